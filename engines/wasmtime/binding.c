/*
 * The binding of a WASI object to Wasmtime: its functions in linkers, its memory in a store, and
 * how long each lives.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <stdlib.h>
#include <string.h>

static const char adapter_name[] = "wasmtime";

static void release(struct binding *binding)
{
    if (atomic_fetch_sub(&binding->references, 1) == 1) {
        ringfort_wasmtime_budget_release(binding->budget);
        free(binding);
    }
}

/* A linker or store gave up one of the host functions. */
static void drop_callee(void *callee)
{
    release(((struct callee *)callee)->binding);
}

static void forget_memory(struct binding *binding)
{
    atomic_store_explicit(&binding->kind, MEMORY_NONE, memory_order_release);
    if (binding->shared != NULL) {
        wasmtime_sharedmemory_delete(binding->shared);
    }
    binding->shared = NULL;
    binding->shared_base = NULL;
    binding->context = NULL;
}

/* The WASI object is being freed. */
static void detach(void *data)
{
    struct binding *binding = data;
    forget_memory(binding);
    if (binding->budget != NULL) {
        ringfort_wasmtime_budget_set_wasi(binding->budget, NULL);
    }
    binding->wasi = NULL;
    release(binding);
}

/* The store whose memory is bound is being freed. */
static void on_store_gone(void *env)
{
    struct binding *binding = env;
    if (binding_kind(binding) == MEMORY_OWNED) {
        forget_memory(binding);
    }
    release(binding);
}

static wasm_trap_t *never_called(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *slots,
                                 size_t count)
{
    (void)env, (void)caller, (void)slots, (void)count;
    return NULL;
}

/* A store has no callback for its end, but it drops its host functions. So this gives it one that
 * nobody calls. */
void ringfort_wasmtime_watch_store(wasmtime_context_t *context, void *data,
                                   void (*gone)(void *data))
{
    wasm_functype_t *type = wasm_functype_new_0_0();
    wasmtime_func_t watcher;
    wasmtime_func_new_unchecked(context, type, never_called, data, gone, &watcher);
    wasm_functype_delete(type);
}

void ringfort_wasmtime_binding_bind(struct binding *binding, wasmtime_context_t *context,
                                    const wasmtime_extern_t *memory)
{
    if (memory->kind == WASMTIME_EXTERN_SHAREDMEMORY) {
        binding->shared = wasmtime_sharedmemory_clone(memory->of.sharedmemory);
        binding->shared_base = wasmtime_sharedmemory_data(binding->shared);
        atomic_store_explicit(&binding->kind, MEMORY_SHARED, memory_order_release);
        return;
    }
    atomic_fetch_add(&binding->references, 1);
    ringfort_wasmtime_watch_store(context, binding, on_store_gone);
    binding->memory = memory->of.memory;
    binding->context = context;
    atomic_store_explicit(&binding->kind, MEMORY_OWNED, memory_order_release);
}

static struct callee callee_of(struct binding *binding, const ringfort_import *import)
{
    struct callee callee = {
        .binding = binding, .import = import, .params = (unsigned)strlen(import->params), .wide = 0
    };
    for (unsigned i = 0; i < callee.params; i++) {
        callee.wide |= import->params[i] == 'I' ? 1U << i : 0;
    }
    return callee;
}

struct binding *ringfort_wasmtime_binding_if_any(ringfort_wasi *wasi)
{
    struct binding *binding = ringfort_wasi_engine_data(wasi);
    return binding != NULL && binding->adapter == adapter_name ? binding : NULL;
}

struct binding *ringfort_wasmtime_binding_of(ringfort_wasi *wasi, ringfort_status *status,
                                             ringfort_error *error)
{
    struct binding *binding = ringfort_wasmtime_binding_if_any(wasi);
    if (binding != NULL) {
        return binding;
    }
    if (ringfort_wasi_engine_data(wasi) != NULL) {
        *status = ringfort_wasmtime_fail(
            error, RINGFORT_ERR_INVALID_ARG_VALUE,
            "this WASI object is used with another engine; make one for each");
        return NULL;
    }
    size_t count = 0;
    const ringfort_import *rows = ringfort_wasi_import(wasi, &count);
    binding = calloc(1, sizeof *binding + count * sizeof binding->callees[0]);
    if (binding == NULL) {
        *status =
            ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
        return NULL;
    }
    binding->adapter = adapter_name;
    atomic_init(&binding->references, 1);
    binding->wasi = wasi;
    binding->count = count;
    for (size_t i = 0; i < count; i++) {
        binding->callees[i] = callee_of(binding, &rows[i]);
    }
    ringfort_wasi_set_engine_data(wasi, binding, detach);
    return binding;
}

static void valtypes_of(const char *letters, wasm_valtype_vec_t *out)
{
    wasm_valtype_t *types[CALL_PARAMS_MAX];
    const size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++) {
        types[i] = wasm_valtype_new(letters[i] == 'I' ? WASM_I64 : WASM_I32);
    }
    wasm_valtype_vec_new(out, count, types);
}

static wasmtime_error_t *define(wasmtime_linker_t *linker, struct callee *callee)
{
    const ringfort_import *import = callee->import;
    wasm_valtype_vec_t params;
    wasm_valtype_vec_t results;
    valtypes_of(import->params, &params);
    valtypes_of(import->results, &results);
    wasm_functype_t *type = wasm_functype_new(&params, &results);
    atomic_fetch_add(&callee->binding->references, 1);
    wasmtime_error_t *failure = wasmtime_linker_define_func_unchecked(
        linker, import->module, strlen(import->module), import->name, strlen(import->name), type,
        ringfort_wasmtime_on_import, callee, drop_callee);
    wasm_functype_delete(type);
    return failure;
}

ringfort_status ringfort_wasi_get_import_object(ringfort_wasi *wasi, wasmtime_linker_t *linker,
                                                ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(wasi, &status, error);
    if (binding == NULL) {
        return status;
    }
    for (size_t i = 0; i < binding->count; i++) {
        const ringfort_import *import = binding->callees[i].import;
        wasmtime_error_t *failure = define(linker, &binding->callees[i]);
        if (failure != NULL) {
            wasmtime_error_delete(failure);
            return ringfort_wasmtime_fail(
                error, RINGFORT_ERR_LINK,
                "%s.%s is defined in this linker already; give each WASI object its own linker",
                import->module, import->name);
        }
    }
    return RINGFORT_OK;
}

ringfort_status ringfort_wasmtime_lend_module(ringfort_wasi *wasi, const uint8_t *bytes,
                                              size_t length, ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(wasi, &status, error);
    if (binding != NULL) {
        binding->module = bytes;
        binding->module_length = length;
    }
    return status;
}
