/*
 * From a source to a module that can be instantiated: loaded, taken from the cache, or compiled.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include "cache.h"
#include "compile_child.h"
#include "source.h"

enum import_check {
    IMPORTS_UNCHECKED,
    IMPORTS_CHECKED, /* a module that cannot be linked is refused before it is compiled */
};

/* Compiles, in this process. Returns -1 with `code` set (what Wasmtime serializes, yours), or the
 * status to end with. */
int module_compile_here(const struct source *source, struct engine_settings settings,
                        struct code *code);

/* Compiles in a process of its own. Returns as above. */
int module_compile(const struct source *source, struct engine_settings settings,
                   const struct compile_limits *limits, enum import_check import_check,
                   struct code *code);

/* Loads the module, or takes it from the cache, or compiles it. Returns -1 with *module set
 * (yours), or the status to end with. */
int module_load(const struct source *source, wasm_engine_t *engine, struct engine_settings settings,
                const struct compile_limits *limits, const struct cache *cache,
                wasmtime_module_t **module);

#endif
