/*
 * Reading to the end, within limits.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct input_limits {
    size_t length;              /* fewer than SIZE_MAX */
    const struct timespec *end; /* of CLOCK_MONOTONIC; NULL: none. Lent */
};

/* Reads what a file of any kind has; `expected` only saves growing. Returns 0; EFBIG if there is
 * more than the limit, ETIMEDOUT, or another errno. The bytes are yours in any case. */
int input_read_all(int fd, size_t expected, const struct input_limits *limits, uint8_t **bytes,
                   size_t *length);

#endif
