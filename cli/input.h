/*
 * Reading to the end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* Reads what a file of any kind has; `expected` only saves growing. Returns 0 or an errno; the
 * bytes are yours in any case. */
int input_read_all(int fd, size_t expected, uint8_t **bytes, size_t *length);

#endif
