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

enum { GO_ON = -1 };

static int compile(const struct source *source, wasm_engine_t *engine, wasmtime_module_t **module)
{
    wasmtime_error_t *error = wasmtime_module_new(engine, source->bytes, source->length, module);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_NOT_WASM, "%s: is not a valid module: %s", source->name, reason);
    }
    return GO_ON;
}

static int load_precompiled(const struct source *source, wasm_engine_t *engine,
                            wasmtime_module_t **module)
{
    wasmtime_error_t *error = wasmtime_module_deserialize(
        engine, source->bytes, source->length - ARTIFACT_TRAILER, module);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_NOT_WASM,
                    "%s: was compiled for something else; compile its module again: %s",
                    source->name, reason);
    }
    return GO_ON;
}

int module_load(const struct source *source, wasm_engine_t *engine, struct engine_settings settings,
                enum cache_use cache_use, wasmtime_module_t **module)
{
    if (source->is_precompiled) {
        return load_precompiled(source, engine, module);
    }
    if (cache_use == CACHE_UNUSED) {
        return compile(source, engine, module);
    }
    struct cache cache = cache_open();
    struct artifact artifact = { .facts = source->facts, .settings = settings };
    int result = GO_ON;
    if (cache.folder >= 0) {
        cache_key(source->bytes, source->length, settings, artifact.key);
        *module = cache_load(&cache, engine, artifact.key);
    }
    if (*module == NULL) {
        result = compile(source, engine, module);
        if (result == GO_ON) {
            cache_store(&cache, *module, &artifact);
        }
    }
    cache_close(&cache);
    return result;
}
