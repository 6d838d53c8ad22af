/* Files in memory: what stdin reads that is given as bytes, what stdout writes that is captured.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The same file opened anew: at its beginning, with other flags. */
static int reopen(int fd, int flags)
{
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

int ringfort_memory_file_of(const void *bytes, size_t length)
{
    const int fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return -1;
    }
    int result = -1;
    if (write_all(fd, bytes, length) &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0) {
        result = reopen(fd, O_RDONLY);
    }
    (void)close(fd);
    return result;
}

int ringfort_memory_file_new(void)
{
    const int fd = memfd_create("output", MFD_CLOEXEC);
    if (fd >= 0 && fcntl(fd, F_SETFL, O_APPEND) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int64_t ringfort_memory_file_size(int fd)
{
    struct stat st;
    /* libc's fstat has a new version in glibc 2.33, which older systems do not have. */
    return syscall(SYS_fstat, fd, &st) == 0 ? st.st_size : 0;
}

size_t ringfort_memory_file_read(int fd, void *bytes, size_t length, int64_t at)
{
    size_t got = 0;
    while (got < length) {
        const ssize_t n = pread(fd, (char *)bytes + got, length - got, at + (int64_t)got);
        if (n > 0) {
            got += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    return got;
}

void ringfort_memory_file_forget(int fd, int64_t end)
{
    (void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, end);
}
