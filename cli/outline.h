/*
 * The outline of a binary module: what it imports, exports and declares, read from its sections
 * without compiling it.
 *
 * The bytes are not trusted: every read is bounded, and nothing is allocated that is larger than
 * the module itself by more than a constant factor. Only Wasmtime decides whether a module is
 * valid; this only says what it contains.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_OUTLINE_H
#define CLI_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Some of the module's own bytes; lives as long as they do. */
struct slice {
    const uint8_t *at;
    size_t length;
};

bool slice_is(struct slice slice, const char *text);

/* The kinds of imports and exports, with the numbers of the binary format. */
enum extern_kind {
    EXTERN_FUNCTION = 0,
    EXTERN_TABLE = 1,
    EXTERN_MEMORY = 2,
    EXTERN_GLOBAL = 3,
    EXTERN_TAG = 4,
};

const char *extern_kind_name(enum extern_kind kind);

struct outline_import {
    struct slice module;
    struct slice name;
    enum extern_kind kind;
    uint32_t type;      /* of a function: the number of its type */
    struct slice whole; /* the import as it stands in the module */
};

struct outline_export {
    struct slice name;
    enum extern_kind kind;
    uint32_t index;
};

struct outline_memory {
    uint64_t min; /* pages */
    uint64_t max; /* pages; UINT64_MAX where there is none */
    uint32_t page_size_log2;
    bool is_shared;
    bool is_64;
    bool is_imported;
};

/* A type; the slices are of a function's, and empty for a struct or an array. */
struct outline_type {
    bool is_function;
    uint32_t param_count;
    uint32_t result_count;
    struct slice params;
    struct slice results;
};

struct outline {
    struct outline_type *types;
    size_t type_count;
    struct outline_import *imports;
    size_t import_count;
    uint32_t *functions; /* the type of each function, imported ones first */
    size_t function_count;
    struct outline_memory *memories;
    size_t memory_count;
    struct outline_export *exports;
    size_t export_count;
    bool has_start;        /* a start section: code that runs when the module is instantiated */
    struct slice features; /* the custom section "target_features", where the compiler left one */
    struct slice type_section; /* with its head, as it stands in the module */
    size_t error_offset;       /* where reading ended, if it failed */
};

/* Reads a module. Returns false where it is not well formed as far as it was read; free it in
 * both cases. */
bool outline_read(struct outline *outline, const uint8_t *bytes, size_t length);
void outline_free(struct outline *outline);

const struct outline_export *outline_export_named(const struct outline *outline, const char *name);

/* The type of an exported function; NULL where the export is something else. */
const struct outline_type *outline_function_type(const struct outline *outline,
                                                 const struct outline_export *export);

/* "(i32, i32) -> i64"; yours. */
char *outline_type_text(const struct outline_type *type);

#endif
