/*
 * The limits that are the engine's, put on a store by ringfort_wasmtime_limit_store, and what the
 * embedder hears when the guest's time or fuel is over.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

#define GROWS                                                                                      \
    "(module (memory (export \"memory\") 1) (memory $two 1) (table $t 1 funcref)"                  \
    "(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"                \
    "(func (export \"grow_two\") (param i32) (result i32) (memory.grow $two (local.get 0)))"       \
    "(func (export \"grow_table\") (param i32) (result i32)"                                       \
    " (table.grow $t (ref.null func) (local.get 0))))"

enum { PAGE = 65536 };

static void limit(const struct run *run, ringfort_limit which, uint64_t value)
{
    assert_int_equal(ringfort_config_set_limit(run->config, which, value), RINGFORT_OK);
}

static ringfort_status limit_store(struct run *run, unsigned memories)
{
    return ringfort_wasmtime_limit_store(run->store, run->config, memories, &run->error);
}

static void assert_refused(const struct run *run, ringfort_limit which)
{
    ringfort_refusal last = { 0 };
    assert_true(ringfort_wasi_refusal(run->wasi, &last));
    assert_string_equal(ringfort_limit_name(last.limit), ringfort_limit_name(which));
    assert_int_equal(last.value, ringfort_config_limit(run->config, which));
}

static int32_t grow(struct run *run, const char *what, int32_t by)
{
    int32_t result = 0;
    assert_int_equal(run_call(run, what, &by, &result), RINGFORT_OK);
    return result;
}

static void memories_and_tables_grow_to_their_limits_and_then_get_minus_one(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 10 * PAGE);
    limit(run, RINGFORT_LIMIT_TABLE_ELEMENTS, 7);
    run_load(run, GROWS);
    assert_int_equal(limit_store(run, 2), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 5), -1);
    assert_int_equal(grow(run, "grow", 4), 1);
    assert_int_equal(grow(run, "grow_two", 4), 1);
    assert_int_equal(grow(run, "grow_two", 1), -1);
    assert_int_equal(grow(run, "grow_table", 7), -1);
    assert_int_equal(grow(run, "grow_table", 6), 1);
    assert_int_equal(grow(run, "grow_table", 1), -1);
}

static void one_memory_gets_all_and_no_number_means_one(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 10 * PAGE);
    run_load(run, "(module (memory (export \"memory\") 1) (func (export \"grow\") (param i32) "
                  "(result i32) (memory.grow (local.get 0))))");
    assert_int_equal(limit_store(run, 0), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 9), 1);
    assert_int_equal(grow(run, "grow", 1), -1);
}

static void what_begins_with_more_is_not_instantiated_and_the_limit_is_named(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 2 * PAGE);
    run_load(run, "(module (memory (export \"memory\") 3))");
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "memory");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void a_memory_too_many_is_not_instantiated(void **state)
{
    struct run *run = *state;
    run_load(run, GROWS);
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "memory");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void a_table_that_begins_with_more_is_not_instantiated(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_TABLE_ELEMENTS, 4);
    run_load(run, "(module (table 5 funcref))");
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "table");
    assert_refused(run, RINGFORT_LIMIT_TABLE_ELEMENTS);
}

static void there_are_as_many_instances_as_the_limit_says(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_INSTANCES, 2);
    run_load(run, "(module)");
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "instance");
    assert_refused(run, RINGFORT_LIMIT_INSTANCES);
}

static void the_defaults_are_finite(void **state)
{
    struct run *run = *state;
    run_load(run, GROWS);
    assert_int_equal(limit_store(run, 2), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", (1 << 13)), -1);
    assert_int_equal(grow(run, "grow_table", 1 << 20), -1);
    assert_int_equal(grow(run, "grow_table", (1 << 20) - 1), 1);
}

/* ---- One budget of the guest ---- */

#define GROWS_ALL                                                                                  \
    "(module (memory (export \"memory\") 1) (memory $two 0) (table $t 1 funcref)"                  \
    "(type $bytes (array (mut i8))) (global $kept (mut (ref null $bytes)) (ref.null $bytes))"      \
    "(func (export \"_start\") (if (i32.lt_s (memory.grow (i32.const 1000)) (i32.const 0))"        \
    " (then unreachable)))"                                                                        \
    "(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"                \
    "(func (export \"grow_two\") (param i32) (result i32) (memory.grow $two (local.get 0)))"       \
    "(func (export \"make\") (param i32) (result i32)"                                             \
    " (global.set $kept (array.new $bytes (i32.const 1) (local.get 0))) (i32.const 0))"            \
    "(func (export \"grow_table\") (param i32) (result i32)"                                       \
    " (table.grow $t (ref.null func) (local.get 0))))"

static ringfort_status instantiate(struct run *run)
{
    return ringfort_wasmtime_instantiate(run->wasi, run->linker, run->context, run->module,
                                         &run->instance, &run->error);
}

static void make_limited(struct run *run, const char *wat, uint64_t bytes)
{
    limit(run, RINGFORT_LIMIT_MEMORY, bytes);
    run_load(run, wat);
    assert_int_equal(instantiate(run), RINGFORT_OK);
    assert_false(ringfort_wasi_refusal(run->wasi, NULL));
}

static void all_memories_of_a_guest_share_the_limit(void **state)
{
    struct run *run = *state;
    make_limited(run, GROWS_ALL, 100 * PAGE);
    assert_int_equal(grow(run, "grow", 60), 1);
    assert_int_equal(grow(run, "grow_two", 40), -1);
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
    assert_int_equal(grow(run, "grow_two", 39), 0);
    assert_int_equal(grow(run, "grow", 1), -1);
}

static void the_heap_of_collected_objects_shares_the_limit(void **state)
{
    struct run *run = *state;
    int32_t bytes = 6 << 20;
    make_limited(run, GROWS_ALL, 16 << 20);
    assert_int_equal(grow(run, "grow", 12 * 16), 1);
    assert_failed(run, run_call(run, "make", &bytes, &(int32_t){ 0 }), RINGFORT_ERR_TRAP,
                  "GC heap out of memory");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
    bytes = 1 << 20;
    assert_int_equal(run_call(run, "make", &bytes, &(int32_t){ 0 }), RINGFORT_OK);
}

/* 8 MiB, a sixteenth of it and 1 MiB beside: 9.5 MiB hold 1,245,184 elements. */
static void tables_are_charged_by_their_bytes(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_TABLE_ELEMENTS, 10 << 20);
    make_limited(run, GROWS_ALL, 8 << 20);
    assert_int_equal(grow(run, "grow_table", 1300000), -1);
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
    assert_int_equal(grow(run, "grow_table", 1100000), 1);
    assert_int_equal(grow(run, "grow", 40), -1);
}

static void a_table_at_its_limit_is_noted(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_TABLE_ELEMENTS, 7);
    make_limited(run, GROWS_ALL, 8 << 20);
    assert_int_equal(grow(run, "grow_table", 7), -1);
    assert_refused(run, RINGFORT_LIMIT_TABLE_ELEMENTS);
}

static void growing_past_the_modules_own_maximum_is_no_refusal(void **state)
{
    struct run *run = *state;
    make_limited(run,
                 "(module (memory (export \"memory\") 1 2) (func (export \"grow\") (param i32) "
                 "(result i32) (memory.grow (local.get 0))))",
                 100 * PAGE);
    assert_int_equal(grow(run, "grow", 2), -1);
    assert_false(ringfort_wasi_refusal(run->wasi, NULL));
}

static void an_instance_that_needs_more_than_the_limit_is_refused(void **state)
{
    struct run *run = *state;
    enum { GLOBALS = 200000 };
    static const char global[] = "(global (mut i64) (i64.const 0))";
    char *wat = malloc(GLOBALS * sizeof global + 100);
    size_t length = (size_t)sprintf(wat, "(module (memory (export \"memory\") 1)");
    for (int i = 0; i < GLOBALS; i++) {
        memcpy(wat + length, global, sizeof global - 1);
        length += sizeof global - 1;
    }
    memcpy(wat + length, ")", 2);
    limit(run, RINGFORT_LIMIT_MEMORY, 2 * PAGE);
    run_load(run, wat);
    free(wat);
    assert_failed(run, instantiate(run), RINGFORT_ERR_LINK, "globals");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void stores_of_a_guest_share_the_limit_and_give_back(void **state)
{
    struct run *run = *state;
    make_limited(run, GROWS_ALL, 100 * PAGE);
    assert_int_equal(grow(run, "grow", 60), 1);
    wasmtime_store_t *first = run->store;
    run->store = wasmtime_store_new(run->engine, NULL, NULL);
    run->context = wasmtime_store_context(run->store);
    assert_int_equal(ringfort_wasmtime_limit_guest(run->wasi, run->store, 2, &run->error),
                     RINGFORT_OK);
    assert_int_equal(instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 39), -1);
    wasmtime_store_delete(first);
    assert_int_equal(grow(run, "grow", 39), 1);
}

/* ---- Stores that nobody limited ---- */

static void start_limits_the_store(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 1000 * PAGE);
    run_make(run, GROWS_ALL);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void finalize_bindings_limits_the_store(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 10 * PAGE);
    run_make(run, GROWS_ALL);
    assert_int_equal(
        ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, NULL, &run->error),
        RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 10), -1);
    assert_int_equal(grow(run, "grow", 9), 1);
}

static void a_memory_above_the_limit_is_not_started(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 2 * PAGE);
    run_make(run, "(module (memory (export \"memory\") 3)" START("unreachable") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_OUT_OF_RANGE,
                  "196608 bytes, and RINGFORT_LIMIT_MEMORY is 131072");
}

static void a_shared_memory_whose_maximum_is_above_the_limit_is_not_started(void **state)
{
    struct run *run = *state;
    run->wants_threads = true;
    limit(run, RINGFORT_LIMIT_MEMORY, 2 * PAGE);
    run_make(run, "(module (memory (export \"memory\") 1 3 shared)" START("unreachable") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_OUT_OF_RANGE, "196608 bytes");
}

static void no_limit_leaves_the_store_alone(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, UINT64_MAX);
    run_make(run, GROWS_ALL);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 1 << 14), 1001);
}

static void the_object_that_starts_takes_a_stores_own_limit_over(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 1000 * PAGE);
    run_load(run, GROWS_ALL);
    assert_int_equal(limit_store(run, 2), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void what_the_embedder_limits_holds_beside(void **state)
{
    struct run *run = *state;
    run_load(run, GROWS_ALL);
    wasmtime_store_limiter(run->store, 5 * PAGE, -1, -1, -1, -1);
    assert_int_equal(instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", 5), -1);
    assert_int_equal(grow(run, "grow", 4), 1);
}

static void a_limit_holds_after_the_object_was_freed(void **state)
{
    struct run *run = *state;
    make_limited(run, GROWS_ALL, 100 * PAGE);
    ringfort_wasi_delete(run->wasi);
    run->wasi = NULL;
    int32_t result = 0;
    wasmtime_extern_t item;
    assert_true(wasmtime_instance_export_get(run->context, &run->instance, "grow", 4, &item));
    const wasmtime_val_t by = { .kind = WASMTIME_I32, .of = { .i32 = 100 } };
    wasmtime_val_t grown;
    wasm_trap_t *trap = NULL;
    assert_null(wasmtime_func_call(run->context, &item.of.func, &by, 1, &grown, 1, &trap));
    result = grown.of.i32;
    wasmtime_extern_delete(&item);
    assert_int_equal(result, -1);
}

/* ---- Fuel ---- */

#define LOOPS "(module " YIELD MEMORY START("(drop (call $sched_yield)) (loop (br 0))") ")"

static void fuel_ends_a_loop_and_is_named(void **state)
{
    struct run *run = *state;
    run->wants_fuel = true;
    limit(run, RINGFORT_LIMIT_FUEL, 100000);
    run_load(run, LOOPS);
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INTERRUPTED, "fuel");
    assert_refused(run, RINGFORT_LIMIT_FUEL);
}

static void without_a_limit_an_engine_that_counts_fuel_does_not_run_out(void **state)
{
    struct run *run = *state;
    run->wants_fuel = true;
    run_load(run, "(module " MEMORY START("(local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 "
                                          "(i32.add (local.get 0) (i32.const 1))) "
                                          "(i32.const 100000))))") ")");
    assert_int_equal(limit_store(run, 1), RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_false(ringfort_wasi_refusal(run->wasi, NULL));
}

static void fuel_needs_an_engine_that_counts(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_FUEL, 1);
    run_load(run, LOOPS);
    assert_failed(run, limit_store(run, 1), RINGFORT_ERR_UNSUPPORTED, "consume_fuel");
}

/* ---- Time ---- */

static void the_guests_time_ends_a_read_that_blocks_and_is_named(void **state)
{
    struct run *run = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(run->config, ends[0]), RINGFORT_OK);
    limit(run, RINGFORT_LIMIT_WALL_TIME, 30);
    run_make(run, "(module " FD_READ MEMORY
                  "(data (i32.const 0) \"\\40\\00\\00\\00\\04\\00\\00\\00\")" START(
                      "(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) "
                      "(i32.const 16)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INTERRUPTED, "RINGFORT_LIMIT_WALL_TIME");
    assert_refused(run, RINGFORT_LIMIT_WALL_TIME);
    assert_true(ringfort_wasi_interrupted(run->wasi));
    close(ends[0]);
    close(ends[1]);
}

static void the_guests_time_ends_a_loop_of_calls(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_WALL_TIME, 30);
    run_make(run, "(module " YIELD MEMORY START("(loop (drop (call $sched_yield)) (br 0))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INTERRUPTED, "RINGFORT_LIMIT_WALL_TIME");
    assert_refused(run, RINGFORT_LIMIT_WALL_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memories_and_tables_grow_to_their_limits_and_then_get_minus_one),
        TEST(one_memory_gets_all_and_no_number_means_one),
        TEST(what_begins_with_more_is_not_instantiated_and_the_limit_is_named),
        TEST(a_memory_too_many_is_not_instantiated),
        TEST(a_table_that_begins_with_more_is_not_instantiated),
        TEST(there_are_as_many_instances_as_the_limit_says),
        TEST(the_defaults_are_finite),
        TEST(all_memories_of_a_guest_share_the_limit),
        TEST(the_heap_of_collected_objects_shares_the_limit),
        TEST(tables_are_charged_by_their_bytes),
        TEST(a_table_at_its_limit_is_noted),
        TEST(growing_past_the_modules_own_maximum_is_no_refusal),
        TEST(an_instance_that_needs_more_than_the_limit_is_refused),
        TEST(stores_of_a_guest_share_the_limit_and_give_back),
        TEST(start_limits_the_store),
        TEST(finalize_bindings_limits_the_store),
        TEST(a_memory_above_the_limit_is_not_started),
        TEST(a_shared_memory_whose_maximum_is_above_the_limit_is_not_started),
        TEST(no_limit_leaves_the_store_alone),
        TEST(the_object_that_starts_takes_a_stores_own_limit_over),
        TEST(what_the_embedder_limits_holds_beside),
        TEST(a_limit_holds_after_the_object_was_freed),
        TEST(fuel_ends_a_loop_and_is_named),
        TEST(without_a_limit_an_engine_that_counts_fuel_does_not_run_out),
        TEST(fuel_needs_an_engine_that_counts),
        TEST(the_guests_time_ends_a_read_that_blocks_and_is_named),
        TEST(the_guests_time_ends_a_loop_of_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
