/*
 * The class on Wasmtime: start, initialize and finalize_bindings, in Node's order and with Node's
 * conditions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <string.h>

/* The three exports that decide; those that were found are ours until let_go. */
struct found {
    ringfort_exports kinds;
    wasmtime_extern_t memory;
    wasmtime_extern_t start;
    wasmtime_extern_t initialize;
};

static bool takes_and_gives_nothing(const wasmtime_context_t *context,
                                    const wasmtime_func_t *function)
{
    wasm_functype_t *type = wasmtime_func_type(context, function);
    const bool nothing =
        wasm_functype_params(type)->size == 0 && wasm_functype_results(type)->size == 0;
    wasm_functype_delete(type);
    return nothing;
}

static ringfort_export kind_of(const wasmtime_context_t *context, const wasmtime_extern_t *item)
{
    switch (item->kind) {
    case WASMTIME_EXTERN_FUNC:
        return takes_and_gives_nothing(context, &item->of.func) ? RINGFORT_EXPORT_FUNCTION
                                                                : RINGFORT_EXPORT_OTHER;
    case WASMTIME_EXTERN_MEMORY:
    case WASMTIME_EXTERN_SHAREDMEMORY:
        return RINGFORT_EXPORT_MEMORY;
    default:
        return RINGFORT_EXPORT_OTHER;
    }
}

static ringfort_export look_up(wasmtime_context_t *context, const wasmtime_instance_t *instance,
                               const char *name, wasmtime_extern_t *item)
{
    if (!wasmtime_instance_export_get(context, instance, name, strlen(name), item)) {
        return RINGFORT_EXPORT_NONE;
    }
    return kind_of(context, item);
}

static struct found look_for_exports(wasmtime_context_t *context,
                                     const wasmtime_instance_t *instance)
{
    struct found found = { 0 };
    found.kinds.memory = look_up(context, instance, "memory", &found.memory);
    found.kinds.start = look_up(context, instance, "_start", &found.start);
    found.kinds.initialize = look_up(context, instance, "_initialize", &found.initialize);
    return found;
}

static void let_go(struct found *found)
{
    if (found->kinds.memory != RINGFORT_EXPORT_NONE) {
        wasmtime_extern_delete(&found->memory);
    }
    if (found->kinds.start != RINGFORT_EXPORT_NONE) {
        wasmtime_extern_delete(&found->start);
    }
    if (found->kinds.initialize != RINGFORT_EXPORT_NONE) {
        wasmtime_extern_delete(&found->initialize);
    }
}

/* Checks and marks the object, limits the store, then binds the memory: also when only the entry
 * points were refused, as Node does. */
static ringfort_status begin(ringfort_wasi *wasi, wasmtime_context_t *context, ringfort_entry entry,
                             const ringfort_exports *exports, const wasmtime_extern_t *memory,
                             ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(wasi, &status, error);
    if (binding == NULL) {
        return status;
    }
    const bool was_started = ringfort_wasi_started(wasi);
    status = ringfort_wasi_begin(wasi, entry, exports, error);
    if (was_started || !ringfort_wasi_started(wasi)) {
        return status;
    }
    const ringfort_status limited = ringfort_wasmtime_limit_started(
        binding, context, memory, status == RINGFORT_OK ? error : NULL);
    if (limited != RINGFORT_OK) {
        return status == RINGFORT_OK ? limited : status;
    }
    ringfort_wasmtime_binding_bind(binding, context, memory);
    return status;
}

ringfort_status ringfort_wasi_finalize_bindings(ringfort_wasi *wasi, wasmtime_context_t *context,
                                                const wasmtime_instance_t *instance,
                                                const wasmtime_extern_t *memory,
                                                ringfort_error *error)
{
    struct found found = look_for_exports(context, instance);
    ringfort_exports exports = found.kinds;
    const wasmtime_extern_t *bound = &found.memory;
    if (memory != NULL) {
        exports.memory = kind_of(context, memory);
        bound = memory;
    }
    ringfort_status status = RINGFORT_OK;
    if (memory != NULL && memory->kind == WASMTIME_EXTERN_MEMORY &&
        memory->of.memory.store_id != instance->store_id) {
        status = ringfort_wasmtime_fail(error, RINGFORT_ERR_INVALID_ARG_VALUE,
                                        "the memory belongs to another store than the instance");
    } else {
        status = begin(wasi, context, RINGFORT_FINALIZE_BINDINGS, &exports, bound, error);
    }
    let_go(&found);
    return status;
}

static ringfort_status call(ringfort_wasi *wasi, wasmtime_context_t *context,
                            const wasmtime_func_t *function, ringfort_error *error)
{
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *failure = wasmtime_func_call(context, function, NULL, 0, NULL, 0, &trap);
    return ringfort_wasi_call_status(wasi, failure, trap, error);
}

ringfort_status ringfort_wasi_start(ringfort_wasi *wasi, wasmtime_context_t *context,
                                    const wasmtime_instance_t *instance, uint32_t *exit_code,
                                    ringfort_error *error)
{
    uint32_t code = 0;
    struct found found = look_for_exports(context, instance);
    ringfort_status status =
        begin(wasi, context, RINGFORT_START, &found.kinds, &found.memory, error);
    if (status == RINGFORT_OK) {
        status = call(wasi, context, &found.start.of.func, error);
        (void)ringfort_wasi_exited(wasi, &code);
    }
    let_go(&found);
    if (exit_code != NULL) {
        *exit_code = code;
    }
    return status;
}

ringfort_status ringfort_wasi_initialize(ringfort_wasi *wasi, wasmtime_context_t *context,
                                         const wasmtime_instance_t *instance, ringfort_error *error)
{
    struct found found = look_for_exports(context, instance);
    ringfort_status status =
        begin(wasi, context, RINGFORT_INITIALIZE, &found.kinds, &found.memory, error);
    if (status == RINGFORT_OK && found.kinds.initialize == RINGFORT_EXPORT_FUNCTION) {
        status = call(wasi, context, &found.initialize.of.func, error);
    }
    let_go(&found);
    return status;
}
