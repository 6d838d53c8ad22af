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
        TEST(fuel_ends_a_loop_and_is_named),
        TEST(without_a_limit_an_engine_that_counts_fuel_does_not_run_out),
        TEST(fuel_needs_an_engine_that_counts),
        TEST(the_guests_time_ends_a_read_that_blocks_and_is_named),
        TEST(the_guests_time_ends_a_loop_of_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
