/*
 * Writes files by way of a temporary name.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "output_file.h"

#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

bool output_write(int fd, const struct output_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = parts[i].at;
        size_t length = parts[i].length;
        while (length > 0) {
            const ssize_t n = write(fd, at, length);
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n <= 0) {
                return false;
            }
            at += n;
            length -= (size_t)n;
        }
    }
    return true;
}

static int say_failed(const char *path)
{
    const char *remedy = errno == EFBIG ? "; raise the limit on files (ulimit -f)" : "";
    return fail(STATUS_REFUSED, "%s: cannot be written: %s%s", path, strerror(errno), remedy);
}

static int write_in_place(const char *path, int fd, const struct output_part *parts, size_t count)
{
    const bool is_written = output_write(fd, parts, count);
    const bool is_closed = close(fd) == 0;
    return is_written && is_closed ? STATUS_OK : say_failed(path);
}

/* The folder of a path, and the name in it. */
struct target {
    int folder; /* owned */
    const char *name;
};

static struct target open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    FREED_TEXT char *folder =
        slash != NULL ? must_copy(path, (size_t)(slash + 1 - path)) : must_copy(".", 1);
    return (struct target){
        .folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC),
        .name = name,
    };
}

static int write_beside(const char *path, const struct target *target,
                        const struct output_part *parts, size_t count)
{
    FREED_TEXT char *temporary = must_format("%s.part-%ld", target->name, (long)getpid());
    const int fd = openat(target->folder, temporary,
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        return say_failed(path);
    }
    const bool is_written = output_write(fd, parts, count);
    const bool is_closed = close(fd) == 0;
    if (!is_written || !is_closed ||
        renameat(target->folder, temporary, target->folder, target->name) != 0) {
        const int result = say_failed(path);
        (void)unlinkat(target->folder, temporary, 0);
        return result;
    }
    return STATUS_OK;
}

/* Links of the kernel's own file systems are the only ones that are followed: /dev/stdout leads to
 * one of /proc. Any other may have been put there by a guest of an earlier run, and is replaced. */
static bool is_link_of_system(const struct target *target)
{
    struct statfs file_system;
    struct stat status;
    struct stat dev;
    const bool is_in_dev = fstat(target->folder, &status) == 0 && stat("/dev", &dev) == 0 &&
                           status.st_dev == dev.st_dev && status.st_ino == dev.st_ino;
    const bool is_in_proc =
        fstatfs(target->folder, &file_system) == 0 && file_system.f_type == PROC_SUPER_MAGIC;
    return is_in_dev || is_in_proc;
}

static int write_to(const char *path, const struct target *target, const struct output_part *parts,
                    size_t count)
{
    struct stat status;
    const bool is_there = fstatat(target->folder, target->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    const bool is_link = is_there && S_ISLNK(status.st_mode);
    const bool is_in_place =
        is_link ? is_link_of_system(target) : is_there && !S_ISREG(status.st_mode);
    if (!is_in_place) {
        return write_beside(path, target, parts, count);
    }
    const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (is_link ? O_TRUNC : O_NOFOLLOW);
    const int fd = openat(target->folder, target->name, flags);
    return fd >= 0 ? write_in_place(path, fd, parts, count) : say_failed(path);
}

int output_file_write(const char *path, const struct output_part *parts, size_t count)
{
    const struct target target = open_folder(path);
    if (target.folder < 0) {
        return say_failed(path);
    }
    const int result = write_to(path, &target, parts, count);
    (void)close(target.folder);
    return result;
}
