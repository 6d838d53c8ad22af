/*
 * What the tests of the class on the standard wasm.h share: one module's way from text to an
 * instance, on Wasmtime's engine.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_ENGINES_STANDARD_H
#define RINGFORT_TESTS_ENGINES_STANDARD_H

#include "run.h"

#include <ringfort_wasm.h>

/* Like struct run, by the standard's means. */
struct standard {
    wasm_engine_t *engine;
    ringfort_config *config;
    ringfort_wasi *wasi;
    wasm_store_t *store;
    wasm_module_t *module;
    wasm_extern_vec_t imports;
    wasm_instance_t *instance;
    ringfort_error error;
};

static inline int set_up(void **state)
{
    struct standard *it = calloc(1, sizeof *it);
    it->config = ringfort_config_new();
    it->engine = wasm_engine_new_with_config(run_engine_config());
    run_give_signals_to_engine();
    it->store = wasm_store_new(it->engine);
    wasm_extern_vec_new_empty(&it->imports);
    *state = it;
    return 0;
}

static inline int tear_down(void **state)
{
    struct standard *it = *state;
    wasm_extern_vec_delete(&it->imports);
    ringfort_wasi_delete(it->wasi);
    if (it->instance != NULL) {
        wasm_instance_delete(it->instance);
    }
    if (it->module != NULL) {
        wasm_module_delete(it->module);
    }
    wasm_store_delete(it->store);
    wasm_engine_delete(it->engine);
    ringfort_config_delete(it->config);
    free(it);
    return 0;
}

static inline void compile(struct standard *it, const char *wat)
{
    wasm_byte_vec_t wasm;
    run_give_signals_to_engine(); /* cmocka took them since the setup */
    wasmtime_error_t *error = wasmtime_wat2wasm(wat, strlen(wat), &wasm);
    if (error != NULL) {
        run_fail(error);
    }
    it->module = wasm_module_new(it->store, &wasm);
    wasm_byte_vec_delete(&wasm);
    assert_non_null(it->module);
}

static inline ringfort_status get_imports(struct standard *it)
{
    if (it->wasi == NULL) {
        assert_int_equal(ringfort_wasi_new(it->config, &it->wasi, &it->error), RINGFORT_OK);
    }
    return ringfort_wasm_get_import_object(it->wasi, it->store, it->module, &it->imports,
                                           &it->error);
}

static inline ringfort_status instantiate(struct standard *it)
{
    wasm_trap_t *trap = NULL;
    it->instance = wasm_instance_new(it->store, it->module, &it->imports, &trap);
    return ringfort_wasm_call_status(it->wasi, trap, &it->error);
}

static inline void make(struct standard *it, const char *wat)
{
    compile(it, wat);
    assert_int_equal(get_imports(it), RINGFORT_OK);
    if (instantiate(it) != RINGFORT_OK) {
        fail_msg("%s", it->error.message);
    }
    assert_non_null(it->instance);
}

static inline ringfort_status start(struct standard *it, uint32_t *code)
{
    return ringfort_wasm_start(it->wasi, it->module, it->instance, code, &it->error);
}

static inline ringfort_status initialize(struct standard *it)
{
    return ringfort_wasm_initialize(it->wasi, it->module, it->instance, &it->error);
}

static inline ringfort_status finalize(struct standard *it, wasm_memory_t *memory)
{
    return ringfort_wasm_finalize_bindings(it->wasi, it->module, it->instance, memory, &it->error);
}

/* Calls the nth export, a function without parameters and with one i32. */
static inline ringfort_status call_nth(struct standard *it, size_t nth, int32_t *result)
{
    wasm_extern_vec_t exports;
    wasm_val_t value = WASM_INIT_VAL;
    const wasm_val_vec_t args = WASM_EMPTY_VEC;
    wasm_val_vec_t results = { 1, &value };
    wasm_instance_exports(it->instance, &exports);
    wasm_trap_t *trap = wasm_func_call(wasm_extern_as_func(exports.data[nth]), &args, &results);
    const ringfort_status status = ringfort_wasm_call_status(it->wasi, trap, &it->error);
    *result = status == RINGFORT_OK ? value.of.i32 : -1;
    wasm_extern_vec_delete(&exports);
    return status;
}

static inline void must_fail(const struct standard *it, ringfort_status got, ringfort_status wanted,
                             const char *words)
{
    if (got != wanted || it->error.status != wanted || strstr(it->error.message, words) == NULL) {
        fail_msg("%s with \"%s\", and not %s with \"%s\"", ringfort_status_name(got),
                 it->error.message, ringfort_status_name(wanted), words);
    }
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
