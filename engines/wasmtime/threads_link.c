/*
 * What a module of wasi-threads imports and exports: its shared memory, thread-spawn, and the
 * function that a thread begins with.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

static bool is_spawn(const wasm_importtype_t *import)
{
    return ringfort_wasmtime_is_word(wasm_importtype_module(import), "wasi") &&
           ringfort_wasmtime_is_word(wasm_importtype_name(import), "thread-spawn");
}

/* NULL for anything but a shared memory. */
static const wasm_memorytype_t *shared_memory_of(const wasm_importtype_t *import)
{
    const wasm_externtype_t *type = wasm_importtype_type(import);
    if (wasm_externtype_kind(type) != WASM_EXTERN_MEMORY) {
        return NULL;
    }
    const wasm_memorytype_t *memory = wasm_externtype_as_memorytype_const(type);
    return wasmtime_memorytype_isshared(memory) ? memory : NULL;
}

bool ringfort_wasmtime_module_wants_threads(const wasmtime_module_t *module)
{
    bool wants = false;
    wasm_importtype_vec_t imports;
    wasmtime_module_imports(module, &imports);
    for (size_t i = 0; i < imports.size; i++) {
        wants |= is_spawn(imports.data[i]) || shared_memory_of(imports.data[i]) != NULL;
    }
    wasm_importtype_vec_delete(&imports);
    return wants;
}

static bool are_two_i32(const wasm_valtype_vec_t *types)
{
    wasm_valtype_t *i32 = wasm_valtype_new(WASM_I32);
    const bool are = types->size == 2 && wasmtime_wasm_valtype_equal(types->data[0], i32) &&
                     wasmtime_wasm_valtype_equal(types->data[1], i32);
    wasm_valtype_delete(i32);
    return are;
}

/* Whether there is a `wasi_thread_start` (tid, argument). Without one, thread-spawn fails. */
static bool exports_thread_start(const wasmtime_module_t *module)
{
    bool exports_it = false;
    wasm_exporttype_vec_t exports;
    wasmtime_module_exports(module, &exports);
    for (size_t i = 0; i < exports.size; i++) {
        const wasm_externtype_t *type = wasm_exporttype_type(exports.data[i]);
        const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
        if (function != NULL &&
            ringfort_wasmtime_is_word(wasm_exporttype_name(exports.data[i]), "wasi_thread_start")) {
            exports_it = are_two_i32(wasm_functype_params(function)) &&
                         wasm_functype_results(function)->size == 0;
        }
    }
    wasm_exporttype_vec_delete(&exports);
    return exports_it;
}

/* A lower maximum than the one asked for still matches the import, and limits the guest. */
static ringfort_status make_memory(struct thread_group *group, const wasm_memorytype_t *wanted,
                                   ringfort_error *error)
{
    const uint64_t minimum = wasmtime_memorytype_minimum(wanted);
    const uint64_t page = wasmtime_memorytype_page_size(wanted);
    if (wasmtime_memorytype_is64(wanted)) { /* nothing would wake a thread that waits in it */
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_UNSUPPORTED,
                                      "the module imports a 64-bit shared memory; build it for "
                                      "wasm32-wasip1-threads");
    }
    struct budget *budget = ringfort_wasmtime_binding_budget(group->binding);
    uint64_t limit = ringfort_wasmtime_budget_limit(budget);
    if (group->options.max_memory != 0 && group->options.max_memory < limit) {
        limit = group->options.max_memory;
    }
    uint64_t maximum = minimum;
    (void)wasmtime_memorytype_maximum(wanted, &maximum); /* a shared memory has one */
    if (limit / page < maximum) {
        maximum = limit / page;
        group->memory_limit = maximum * page;
    }
    if (maximum < minimum) {
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_OUT_OF_RANGE,
                                      "the shared memory begins with %" PRIu64
                                      " bytes, and the limit is %" PRIu64,
                                      minimum * page, limit);
    }
    ringfort_wasmtime_budget_reserve_shared(budget, maximum * page);
    wasm_memorytype_t *type = NULL;
    wasmtime_error_t *failure = wasmtime_memorytype_new(
        minimum, true, maximum, false, true, wasmtime_memorytype_page_size_log2(wanted), &type);
    if (failure == NULL) {
        failure = wasmtime_sharedmemory_new(group->engine, type, &group->memory);
        wasm_memorytype_delete(type);
    }
    if (failure != NULL) {
        wasmtime_error_delete(failure);
        return ringfort_wasmtime_fail(
            error, RINGFORT_ERR_NO_MEMORY,
            "the host cannot reserve a shared memory of %" PRIu64 " bytes", maximum * page);
    }
    return RINGFORT_OK;
}

static wasm_trap_t *on_spawn(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *slots,
                             size_t count)
{
    (void)caller, (void)count;
    const int32_t argument = (int32_t)le32toh((uint32_t)slots[0].i32);
    slots[0].i32 = (int32_t)htole32((uint32_t)ringfort_wasmtime_group_spawn(env, argument));
    return NULL;
}

static wasmtime_error_t *define_spawn(struct thread_group *group)
{
    wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    wasmtime_error_t *failure = wasmtime_linker_define_func_unchecked(
        group->linker, "wasi", 4, "thread-spawn", 12, type, on_spawn, group, NULL);
    wasm_functype_delete(type);
    return failure;
}

static wasmtime_error_t *define_memory(struct thread_group *group, wasmtime_context_t *context,
                                       const wasm_importtype_t *import)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    const wasm_name_t *name = wasm_importtype_name(import);
    const wasmtime_extern_t item = { .kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                     .of = { .sharedmemory = group->memory } };
    return wasmtime_linker_define(group->linker, context, module->data, module->size, name->data,
                                  name->size, &item);
}

/* Makes and defines what the module imports; the first shared memory is the one. */
static ringfort_status define_all(struct thread_group *group, wasmtime_context_t *context,
                                  const wasm_importtype_vec_t *imports, ringfort_error *error)
{
    wasmtime_error_t *failure = define_spawn(group);
    for (size_t i = 0; i < imports->size && failure == NULL && group->memory == NULL; i++) {
        const wasm_memorytype_t *type = shared_memory_of(imports->data[i]);
        if (type != NULL) {
            const ringfort_status status = make_memory(group, type, error);
            if (status != RINGFORT_OK) {
                return status;
            }
            failure = define_memory(group, context, imports->data[i]);
        }
    }
    if (failure != NULL) {
        wasmtime_error_delete(failure);
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_LINK,
                                      "the linker already has the shared memory or thread-spawn");
    }
    if (group->memory == NULL) {
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_LINK,
                                      "the module imports no shared memory, which wasi-threads "
                                      "needs; build it for wasm32-wasip1-threads");
    }
    return RINGFORT_OK;
}

ringfort_status ringfort_wasmtime_group_define(struct thread_group *group, ringfort_error *error)
{
    wasm_importtype_vec_t imports;
    wasmtime_module_imports(group->module, &imports);
    wasmtime_store_t *store = wasmtime_store_new(group->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    ringfort_status status = define_all(group, context, &imports, error);
    if (status == RINGFORT_OK) {
        const unsigned abis = ringfort_wasmtime_module_abis(group->module);
        status =
            ringfort_wasmtime_check_imports(group->module, abis, group->linker, context, error);
    }
    wasmtime_store_delete(store);
    wasm_importtype_vec_delete(&imports);
    group->can_spawn = exports_thread_start(group->module);
    return status;
}
