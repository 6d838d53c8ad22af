/*
 * Makes a module of a source, the cheapest way there is.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "module.h"

#include "cache.h"
#include "compile_child.h"
#include "engine_error.h"
#include "say.h"
#include "status.h"
#include "text.h"
#include "verdict.h"

#include <stdlib.h>

enum { GO_ON = -1 };

int module_compile(const struct source *source, wasm_engine_t *engine, wasmtime_module_t **module)
{
    wasmtime_error_t *error = wasmtime_module_new(engine, source->bytes, source->length, module);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_NOT_WASM, "%s: is not a valid module: %s", source->name, reason);
    }
    return GO_ON;
}

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
                           const struct cache *cache, struct artifact *artifact,
                           wasmtime_module_t **module)
{
    if (cache->folder >= 0) {
        cache_key(source->bytes, source->length, artifact->settings, artifact->key);
        *module = cache_load(cache, engine, artifact->key);
    }
    if (*module != NULL) {
        return GO_ON;
    }
    struct code code = { .bytes = NULL };
    int result = verdict_check_imports(source); /* compiling may take minutes */
    if (result == GO_ON) {
        result = compile_in_child(source, cache, artifact, &code);
    }
    if (result == GO_ON) {
        result = deserialize(source, engine, &code, module);
    }
    free(code.bytes);
    return result;
}

int module_load(const struct source *source, wasm_engine_t *engine, struct engine_settings settings,
                const struct cache *cache, wasmtime_module_t **module)
{
    if (source->is_precompiled) {
        const struct code code = { .bytes = source->bytes,
                                   .length = source->length - ARTIFACT_TRAILER };
        return deserialize(source, engine, &code, module);
    }
    struct artifact artifact = { .facts = source->facts, .settings = settings };
    return load_or_compile(source, engine, cache, &artifact, module);
}
