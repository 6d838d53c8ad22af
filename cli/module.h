/*
 * From a source to a module that can be instantiated: loaded, taken from the cache, or compiled.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include "cache.h"
#include "source.h"

/* Compiles here. Returns -1 with *module set (yours), or the status to end with. */
int module_compile(const struct source *source, wasm_engine_t *engine, wasmtime_module_t **module);

/* Takes the code from the cache, or compiles it in a process of its own. Returns as above. */
int module_load(const struct source *source, wasm_engine_t *engine, struct engine_settings settings,
                const struct cache *cache, wasmtime_module_t **module);

#endif
