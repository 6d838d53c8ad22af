/*
 * The file that is run: read, recognized by its first bytes, and outlined.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "artifact.h"
#include "compile_limits.h"
#include "outline.h"
#include "trees.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    const char *name; /* for messages; lent */
    const char *file; /* as the command line has it; lent */
    uint8_t *bytes;   /* a binary module, also where the file was text; or compiled code */
    size_t length;
    bool is_text;        /* the file was in the text format */
    bool is_precompiled; /* then `settings` is what it was compiled for */
    struct engine_settings settings;
    struct module_facts facts;
};

/* Reads FILE, or stdin for "-"; `writable` has the directories that a guest may write. Returns -1,
 * or the status to end with; free it in both cases. */
int source_open(struct source *source, const char *file, const struct tree_set *writable,
                const struct compile_limits *limits);
void source_free(struct source *source);

#endif
