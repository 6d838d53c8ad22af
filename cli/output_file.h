/*
 * A file that is there whole or not at all.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct output_part {
    const void *at;
    size_t length;
};

/* Writes all of the parts to a descriptor. */
bool output_write(int fd, const struct output_part *parts, size_t count);

/* Writes a file beside `path` and renames it to that; a pipe, a device or /dev/stdout is written as
 * it is. A link is replaced, not followed. Returns 0, or the status to end with. */
int output_file_write(const char *path, const struct output_part *parts, size_t count);

#endif
