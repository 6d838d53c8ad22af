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
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
    return fail(STATUS_REFUSED, "%s: cannot be written: %s", path, strerror(errno));
}

static int write_in_place(const char *path, const struct output_part *parts, size_t count)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return say_failed(path);
    }
    const bool is_written = output_write(fd, parts, count);
    const bool is_closed = close(fd) == 0;
    return is_written && is_closed ? STATUS_OK : say_failed(path);
}

int output_file_write(const char *path, const struct output_part *parts, size_t count)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return write_in_place(path, parts, count);
    }
    FREED_TEXT char *temporary = must_format("%s.part-%ld", path, (long)getpid());
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        return say_failed(path);
    }
    const bool is_written = output_write(fd, parts, count);
    const bool is_closed = close(fd) == 0;
    if (!is_written || !is_closed || rename(temporary, path) != 0) {
        const int result = say_failed(path);
        (void)unlink(temporary);
        return result;
    }
    return STATUS_OK;
}
