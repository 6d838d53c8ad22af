/*
 * Makes a module of a source, the cheapest way there is.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "module.h"

#include "cache.h"
#include "engine_error.h"
#include "say.h"
#include "status.h"
#include "text.h"
#include "verdict.h"

#include <stdbool.h>
#include <stdlib.h>

enum { GO_ON = -1 };

/* ---- Compiling ---- */

static int say_invalid(const struct source *source, wasmtime_error_t *error)
{
    FREED_TEXT char *reason = engine_error_take(error);
    if (engine_error_is_memory(reason)) {
        return say_out_of_memory();
    }
    return fail(STATUS_NOT_WASM, "%s: is not a valid module: %s", source->name, reason);
}

int module_compile_here(const struct source *source, struct engine_settings settings,
                        struct code *code)
{
    wasm_byte_vec_t bytes;
    wasmtime_module_t *module = NULL;
    wasm_engine_t *engine = engine_new_for_compiling(settings);
    wasmtime_error_t *error = wasmtime_module_new(engine, source->bytes, source->length, &module);
    if (error != NULL) {
        return say_invalid(source, error);
    }
    error = wasmtime_module_serialize(module, &bytes);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_REFUSED, "%s: its machine code cannot be handed over: %s", source->name,
                    reason);
    }
    *code = (struct code){ .bytes = (uint8_t *)bytes.data, .length = bytes.size };
    return GO_ON;
}

struct compilation {
    const struct source *source;
    struct engine_settings settings;
    enum import_check import_check;
};

static int compile(const void *data, struct code *made)
{
    const struct compilation *compilation = data;
    const int result = compilation->import_check == IMPORTS_CHECKED
                           ? verdict_check_imports(compilation->source)
                           : GO_ON;
    return result == GO_ON ? module_compile_here(compilation->source, compilation->settings, made)
                           : result;
}

int module_compile(const struct source *source, struct engine_settings settings,
                   const struct compile_limits *limits, enum import_check import_check,
                   struct code *code)
{
    const struct compilation compilation = {
        .source = source,
        .settings = settings,
        .import_check = import_check,
    };
    const struct compile_work work = {
        .file = source->name,
        .size = source->length,
        .doing = "compiling",
        .limits = limits,
        .run = compile,
        .data = &compilation,
        .made_max = compile_limits_code(limits),
        .made_limit = "of machine code (a quarter of --max-compile-memory)",
    };
    return compile_in_child(&work, code);
}

/* ---- Loading ---- */

static int deserialize(const struct source *source, wasm_engine_t *engine, const struct code *code,
                       wasmtime_module_t **module)
{
    wasmtime_error_t *error =
        wasmtime_module_deserialize(engine, code->bytes, code->length, module);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_NOT_WASM,
                    "%s: was compiled for something else; compile its module again: %s",
                    source->name, reason);
    }
    return GO_ON;
}

/* `artifact` says what the code would be made of, but for the key. */
static int load_or_compile(const struct source *source, wasm_engine_t *engine,
                           const struct compile_limits *limits, const struct cache *cache,
                           struct artifact *artifact, wasmtime_module_t **module)
{
    if (cache->folder >= 0) {
        cache_key(source->bytes, source->length, artifact->settings, artifact->key);
        *module = cache_load(cache, engine, artifact->key);
    }
    if (*module != NULL) {
        return GO_ON;
    }
    struct code code = { .bytes = NULL };
    int result = module_compile(source, artifact->settings, limits, IMPORTS_CHECKED, &code);
    if (result == GO_ON) {
        const wasm_byte_vec_t bytes = { .size = code.length, .data = (char *)code.bytes };
        cache_store(cache, &bytes, artifact);
        result = deserialize(source, engine, &code, module);
    }
    free(code.bytes);
    return result;
}

int module_load(const struct source *source, wasm_engine_t *engine, struct engine_settings settings,
                const struct compile_limits *limits, const struct cache *cache,
                wasmtime_module_t **module)
{
    if (source->is_precompiled) {
        const struct code code = { .bytes = source->bytes,
                                   .length = source->length - ARTIFACT_TRAILER };
        return deserialize(source, engine, &code, module);
    }
    struct artifact artifact = { .facts = source->facts, .settings = settings };
    return load_or_compile(source, engine, limits, cache, &artifact, module);
}
