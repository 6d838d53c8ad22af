/*
 * Reads a descriptor to its end.
 *
 * A copy is read, not a mapping: a file that another program cuts short meanwhile must not end
 * this one by SIGBUS.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "input.h"

#include "text.h"

#include <errno.h>
#include <unistd.h>

int input_read_all(int fd, size_t expected, uint8_t **bytes, size_t *length)
{
    size_t room = expected + 1;
    *length = 0;
    *bytes = must_allocate(room);
    for (;;) {
        const ssize_t n = read(fd, *bytes + *length, room - *length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno;
        }
        if (n == 0) {
            return 0;
        }
        *length += (size_t)n;
        if (*length == room) {
            room *= 2;
            *bytes = must_grow(*bytes, room, 1);
        }
    }
}
