/*
 * Reads a descriptor to its end.
 *
 * A copy is read, not a mapping: a file that another program cuts short meanwhile must not end
 * this one by SIGBUS.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "input.h"

#include "moment.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

enum { CHUNK = 16 << 20 }; /* between two looks at the clock */

/* Waits until there is something to read, which a file of a disk claims at once. Returns 0 or an
 * errno. */
static int wait_for_input(int fd, const struct timespec *end)
{
    struct pollfd input = { .fd = fd, .events = POLLIN };
    for (;;) {
        const int time = end != NULL ? moment_poll_time(*end) : MOMENT_FOREVER;
        const int n = time != 0 ? poll(&input, 1, time) : 0;
        if (n == 0) {
            return ETIMEDOUT;
        }
        if (n > 0 || errno != EINTR) {
            return n > 0 ? 0 : errno;
        }
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Returns how many bytes came, or -1 with *error set. */
static ssize_t read_some(int fd, uint8_t *to, size_t room, const struct timespec *end, int *error)
{
    for (;;) {
        *error = wait_for_input(fd, end);
        if (*error != 0) {
            return -1;
        }
        const ssize_t n = read(fd, to, least(room, CHUNK));
        if (n >= 0) {
            return n;
        }
        if (errno != EINTR && errno != EAGAIN) {
            *error = errno;
            return -1;
        }
    }
}

int input_read_all(int fd, size_t expected, const struct input_limits *limits, uint8_t **bytes,
                   size_t *length)
{
    const size_t most = limits->length + 1; /* one more tells that there is too much */
    size_t room = least(expected, limits->length) + 1;
    *length = 0;
    *bytes = must_allocate(room);
    for (;;) {
        int error = 0;
        const ssize_t n = read_some(fd, *bytes + *length, room - *length, limits->end, &error);
        if (n <= 0) {
            return error;
        }
        *length += (size_t)n;
        if (*length == most) {
            return EFBIG;
        }
        if (*length == room) {
            room = room > most / 2 ? most : room * 2;
            *bytes = must_grow(*bytes, room, 1);
        }
    }
}
