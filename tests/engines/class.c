/*
 * start, initialize and finalize_bindings on Wasmtime: what each demands, in which order, and what
 * state it leaves.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

static const char command[] = "(module " MEMORY START("") ")";
static const char reactor[] = "(module " MEMORY "(global $n (mut i32) (i32.const 0))"
                              "(func (export \"_initialize\") (global.set $n (i32.const 7)))"
                              "(func (export \"n\") (result i32) (global.get $n)))";

static void start_runs_a_command_and_gives_0(void **state)
{
    struct run *run = *state;
    uint32_t code = 99;
    run_make(run, command);
    assert_false(ringfort_wasi_started(run->wasi));
    assert_int_equal(run_start(run, &code), RINGFORT_OK);
    assert_int_equal(code, 0);
    assert_true(ringfort_wasi_started(run->wasi));
    assert_false(ringfort_wasi_exited(run->wasi, NULL));
}

static void start_takes_null_for_code_and_error(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY START("unreachable") ")");
    assert_int_equal(ringfort_wasi_start(run->wasi, run->context, &run->instance, NULL, NULL),
                     RINGFORT_ERR_TRAP);
}

static void a_second_start_is_already_started(void **state)
{
    struct run *run = *state;
    uint32_t code = 99;
    run_make(run, command);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_failed(run, run_start(run, &code), RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
    assert_int_equal(code, 0);
}

static void all_three_share_one_state(void **state)
{
    struct run *run = *state;
    run_make(run, reactor);
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
    assert_failed(
        run,
        ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, NULL, &run->error),
        RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
    assert_failed(run,
                  ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                  RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
}

static void no_memory_is_refused_and_may_be_tried_again(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " START("") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    assert_false(ringfort_wasi_started(run->wasi));
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    assert_failed(run,
                  ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                  RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    assert_failed(
        run,
        ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, NULL, &run->error),
        RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
}

static void a_memory_export_that_is_no_memory_is_refused(void **state)
{
    struct run *run = *state;
    run_make(run, "(module (func (export \"memory\"))" START("") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    assert_false(ringfort_wasi_started(run->wasi));
}

static void start_refuses_a_module_with_both_entry_points(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY START("unreachable") "(func (export \"_initialize\")))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_initialize");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
}

static void initialize_refuses_a_module_with_both_entry_points(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY START("") "(func (export \"_initialize\") unreachable))");
    assert_failed(run,
                  ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                  RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void start_refuses_a_module_without_start(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void start_refuses_a_start_that_is_no_function(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(global (export \"_start\") i32 (i32.const 0)))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void start_refuses_a_start_with_parameters(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func (export \"_start\") (param i32)))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void start_refuses_a_start_with_results(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func (export \"_start\") (result i32) (i32.const 1)))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void initialize_runs_a_reactor_whose_exports_work_then(void **state)
{
    struct run *run = *state;
    int32_t n = 0;
    run_make(run, reactor);
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_call(run, "n", NULL, &n), RINGFORT_OK);
    assert_int_equal(n, 7);
}

static void initialize_needs_no_initialize(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY ")");
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
    assert_true(ringfort_wasi_started(run->wasi));
}

static void initialize_refuses_an_initialize_that_is_no_plain_function(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func (export \"_initialize\") (param i64)))");
    assert_failed(run,
                  ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                  RINGFORT_ERR_INVALID_ARG_TYPE, "_initialize");
}

static void initialize_gives_the_trap_of_initialize(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func $fails (export \"_initialize\") unreachable))");
    assert_failed(run,
                  ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                  RINGFORT_ERR_TRAP, "fails");
}

static void finalize_bindings_calls_nothing_and_accepts_any_entry_points(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " YIELD MEMORY START(
                      "unreachable") "(func (export \"_initialize\") unreachable)"
                                     "(func (export \"yield\") (result i32) (call $sched_yield)))");
    int32_t result = -1;
    assert_int_equal(
        ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, NULL, &run->error),
        RINGFORT_OK);
    assert_int_equal(run_call(run, "yield", NULL, &result), RINGFORT_OK);
    assert_int_equal(result, 0);
}

/* random_get(0, 4) into the embedder's memory, which the module does not export. */
static void finalize_bindings_takes_the_embedders_memory(void **state)
{
    struct run *run = *state;
    run_make(run, "(module (import \"" P1 "\" \"args_sizes_get\" (func $f (param i32 i32) "
                  "(result i32))) (func (export \"f\") (result i32) "
                  "(call $f (i32.const 0) (i32.const 4))))");
    wasm_memorytype_t *type = NULL;
    wasmtime_memory_t memory;
    const char *argv[] = { "one" };
    assert_int_equal(ringfort_config_set_args(run->config, 1, argv), RINGFORT_OK);
    assert_null(wasmtime_memorytype_new(1, true, 1, false, false, 16, &type));
    assert_null(wasmtime_memory_new(run->context, type, &memory));
    wasm_memorytype_delete(type);
    uint8_t *bytes = wasmtime_memory_data(run->context, &memory);
    bytes[0] = 0xee;
    const wasmtime_extern_t item = { .kind = WASMTIME_EXTERN_MEMORY, .of = { .memory = memory } };
    int32_t result = -1;
    assert_int_equal(ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, &item,
                                                     &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_call(run, "f", NULL, &result), RINGFORT_OK);
    assert_int_equal(result, 0);
    assert_int_equal(bytes[0], 0);
}

static void finalize_bindings_refuses_what_is_no_memory(void **state)
{
    struct run *run = *state;
    run_make(run, command);
    wasmtime_extern_t item;
    assert_true(wasmtime_instance_export_get(run->context, &run->instance, "_start", 6, &item));
    assert_failed(run,
                  ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, &item,
                                                  &run->error),
                  RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    assert_false(ringfort_wasi_started(run->wasi));
    wasmtime_extern_delete(&item);
}

static void finalize_bindings_refuses_a_memory_of_another_store(void **state)
{
    struct run *run = *state;
    run_make(run, command);
    wasmtime_store_t *other = wasmtime_store_new(run->engine, NULL, NULL);
    wasm_memorytype_t *type = NULL;
    wasmtime_memory_t memory;
    assert_null(wasmtime_memorytype_new(1, false, 0, false, false, 16, &type));
    assert_null(wasmtime_memory_new(wasmtime_store_context(other), type, &memory));
    wasm_memorytype_delete(type);
    const wasmtime_extern_t item = { .kind = WASMTIME_EXTERN_MEMORY, .of = { .memory = memory } };
    assert_failed(run,
                  ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, &item,
                                                  &run->error),
                  RINGFORT_ERR_INVALID_ARG_VALUE, "another store");
    wasmtime_store_delete(other);
}

static void the_import_object_defines_every_function_of_its_version(void **state)
{
    struct run *run = *state;
    assert_int_equal(
        ringfort_config_set_version(run->config, RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE),
        RINGFORT_OK);
    run_load(run, "(module)");
    size_t count = 0;
    const ringfort_import *rows = ringfort_wasi_import(run->wasi, &count);
    assert_int_equal(count, 91);
    for (size_t i = 0; i < count; i++) {
        wasmtime_extern_t item;
        assert_true(wasmtime_linker_get(run->linker, run->context, rows[i].module,
                                        strlen(rows[i].module), rows[i].name, strlen(rows[i].name),
                                        &item));
        assert_int_equal(item.kind, WASMTIME_EXTERN_FUNC);
        wasm_functype_t *type = wasmtime_func_type(run->context, &item.of.func);
        assert_int_equal(wasm_functype_params(type)->size, strlen(rows[i].params));
        assert_int_equal(wasm_functype_results(type)->size, strlen(rows[i].results));
        wasm_functype_delete(type);
    }
}

static void the_import_object_of_preview1_has_nothing_of_unstable(void **state)
{
    struct run *run = *state;
    wasmtime_extern_t item;
    run_load(run, "(module)");
    assert_false(
        wasmtime_linker_get(run->linker, run->context, "wasi_unstable", 13, "fd_write", 8, &item));
}

static void the_import_object_twice_in_one_linker_is_a_link_error(void **state)
{
    struct run *run = *state;
    run_load(run, command);
    assert_failed(run, ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                  RINGFORT_ERR_LINK, "defined in this linker already");
}

static void the_import_object_in_two_linkers_serves_both(void **state)
{
    struct run *run = *state;
    run_load(run, "(module " YIELD MEMORY START("(drop (call $sched_yield))") ")");
    wasmtime_linker_delete(run->linker);
    run->linker = wasmtime_linker_new(run->engine);
    assert_int_equal(ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
}

static void start_needs_no_import_object(void **state)
{
    struct run *run = *state;
    run_load_module(run, command);
    assert_int_equal(ringfort_wasi_new(run->config, &run->wasi, &run->error), RINGFORT_OK);
    run->linker = wasmtime_linker_new(run->engine);
    run->store = wasmtime_store_new(run->engine, NULL, NULL);
    run->context = wasmtime_store_context(run->store);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
}

static void an_object_of_another_engine_is_refused(void **state)
{
    struct run *run = *state;
    run_load_module(run, command);
    assert_int_equal(ringfort_wasi_new(run->config, &run->wasi, &run->error), RINGFORT_OK);
    static const char *other = "another adapter's data begins with its own name";
    ringfort_wasi_set_engine_data(run->wasi, &other, NULL);
    run->linker = wasmtime_linker_new(run->engine);
    assert_failed(run, ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                  RINGFORT_ERR_INVALID_ARG_VALUE, "another engine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(start_runs_a_command_and_gives_0),
        TEST(start_takes_null_for_code_and_error),
        TEST(a_second_start_is_already_started),
        TEST(all_three_share_one_state),
        TEST(no_memory_is_refused_and_may_be_tried_again),
        TEST(a_memory_export_that_is_no_memory_is_refused),
        TEST(start_refuses_a_module_with_both_entry_points),
        TEST(initialize_refuses_a_module_with_both_entry_points),
        TEST(start_refuses_a_module_without_start),
        TEST(start_refuses_a_start_that_is_no_function),
        TEST(start_refuses_a_start_with_parameters),
        TEST(start_refuses_a_start_with_results),
        TEST(initialize_runs_a_reactor_whose_exports_work_then),
        TEST(initialize_needs_no_initialize),
        TEST(initialize_refuses_an_initialize_that_is_no_plain_function),
        TEST(initialize_gives_the_trap_of_initialize),
        TEST(finalize_bindings_calls_nothing_and_accepts_any_entry_points),
        TEST(finalize_bindings_takes_the_embedders_memory),
        TEST(finalize_bindings_refuses_what_is_no_memory),
        TEST(finalize_bindings_refuses_a_memory_of_another_store),
        TEST(the_import_object_defines_every_function_of_its_version),
        TEST(the_import_object_of_preview1_has_nothing_of_unstable),
        TEST(the_import_object_twice_in_one_linker_is_a_link_error),
        TEST(the_import_object_in_two_linkers_serves_both),
        TEST(start_needs_no_import_object),
        TEST(an_object_of_another_engine_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
