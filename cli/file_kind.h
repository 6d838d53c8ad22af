/*
 * What a file is, by its first bytes, that is no WebAssembly: so that a message can say it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_FILE_KIND_H
#define CLI_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_kind {
    const char *name;   /* "a gzip archive" */
    const char *remedy; /* what to do to come to a module */
};

/* Returns NULL for what is not known. */
const struct file_kind *file_kind_of(const uint8_t *bytes, size_t length);

/* Returns true for what can be WebAssembly text: blanks and comments, and then a parenthesis. */
bool file_kind_is_text(const uint8_t *bytes, size_t length);

/* Returns true for text whose first word is `component`. */
bool file_kind_is_component_text(const uint8_t *bytes, size_t length);

#endif
