/*
 * wasi-threads on Wasmtime: all threads together have the guest's memory and fuel.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

static void limit(const struct run *run, ringfort_limit which, uint64_t value)
{
    assert_int_equal(ringfort_config_set_limit(run->config, which, value), RINGFORT_OK);
}

static void assert_refused(const struct run *run, ringfort_limit which)
{
    ringfort_refusal last = { 0 };
    assert_true(ringfort_wasi_refusal(run->wasi, &last));
    assert_string_equal(ringfort_limit_name(last.limit), ringfort_limit_name(which));
}

/* ---- Memory ---- */

#define SMALL_SHARED                                                                               \
    "(import \"env\" \"memory\" (memory 1 1 shared)) (export \"memory\" (memory 0))"
/* Exits with the number of threads that could be spawned, of 30. */
#define COUNTS_SPAWNED                                                                             \
    START(                                                                                         \
        "(local $n i32) (local $made i32) (loop $more (if (i32.gt_s (call $spawn (i32.const 0)) "  \
        "(i32.const 0)) (then (local.set $made (i32.add (local.get $made) (i32.const 1)))))"       \
        "(br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) "            \
        "(i32.const 30))))" EXIT_WITH("(local.get $made)"))

static const ringfort_wasmtime_threads forty = { .max_threads = 40,
                                                 .defines_no_shared_memory = true };

/* 16 MiB and what is beside hold 18 memories of 1 MiB: the main thread's and 17 others. */
static void memories_of_all_threads_share_the_limit(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 16 << 20);
    const struct outcome outcome =
        start_with(run,
                   "(module " SPAWN PROC_EXIT SMALL_SHARED "(memory 16)" THREAD(WAIT_FOR_EVER)
                       COUNTS_SPAWNED ")",
                   &forty);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_in_range(outcome.code, 12, 17);
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

static void tables_of_all_threads_share_the_limit(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 16 << 20);
    const struct outcome outcome =
        start_with(run,
                   "(module " SPAWN PROC_EXIT SMALL_SHARED
                   "(table 131072 funcref)" THREAD(WAIT_FOR_EVER) COUNTS_SPAWNED ")",
                   &forty);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_in_range(outcome.code, 12, 17);
    assert_refused(run, RINGFORT_LIMIT_MEMORY);
}

/* The shared memory may take all: what threads have beside is a sixteenth and 1 MiB. */
static void a_shared_memory_is_charged_with_its_maximum(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 16 << 20);
    const struct outcome outcome = start_with(
        run,
        "(module " SPAWN PROC_EXIT
        "(import \"env\" \"memory\" (memory 1 65536 shared)) (export \"memory\" (memory 0))"
        "(memory 4)" THREAD(WAIT_FOR_EVER) COUNTS_SPAWNED ")",
        &forty);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_in_range(outcome.code, 4, 7);
}

static void a_thread_that_ends_gives_its_memory_back(void **state)
{
    struct run *run = *state;
    limit(run, RINGFORT_LIMIT_MEMORY, 16 << 20);
    const struct outcome outcome = start_with(
        run,
        "(module " SPAWN PROC_EXIT YIELD SMALL_SHARED "(memory 64)" THREAD(SIGNAL) START(
            "(local $n i32) (local $made i32)"
            "(loop $more (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0)) (then "
            "(local.set $made (i32.add (local.get $made) (i32.const 1))))"
            "(else (drop (call $sched_yield))))"
            "(br_if $more (i32.lt_u (local.get $made) (i32.const 200))))" WAIT_FOR("200")) ")",
        &forty);
    assert_int_equal(outcome.status, RINGFORT_OK);
}

/* Nobody is asked when a shared memory grows, and nobody says that there is none. */
static void a_memory_that_may_be_shared_is_charged_with_its_maximum(void **state)
{
    struct run *run = *state;
    static const char *const memories[] = { "(memory 1 400 shared)", "(memory 1 400)",
                                            "(memory 1)" };
    const ringfort_wasmtime_threads options = { .max_threads = 1 };
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++) {
        char wat[512];
        snprintf(wat, sizeof wat, "(module %s %s %s)", SMALL_SHARED, memories[i],
                 "(func (export \"_start\"))");
        limit(run, RINGFORT_LIMIT_MEMORY, 15 << 20);
        const struct outcome outcome = start_with(run, wat, &options);
        assert_failed(run, outcome.status, RINGFORT_ERR_LINK, "exceeds memory limits");
        assert_int_equal(run_teardown(state), 0);
        assert_int_equal(run_setup(state), 0);
        run = *state;
    }
}

static void prepare_by_limit_store(void *data, wasmtime_store_t *store)
{
    assert_int_equal(ringfort_wasmtime_limit_store(store, data, 2, NULL), RINGFORT_OK);
}

static void limit_store_holds_beside_the_guests_limit(void **state)
{
    struct run *run = *state;
    ringfort_wasmtime_threads options = forty;
    options.prepare = prepare_by_limit_store;
    options.data = run->config;
    limit(run, RINGFORT_LIMIT_MEMORY, 16 << 20);
    const struct outcome outcome =
        start_with(run,
                   "(module " SPAWN PROC_EXIT SMALL_SHARED "(memory 16)" THREAD(WAIT_FOR_EVER)
                       COUNTS_SPAWNED ")",
                   &options);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_in_range(outcome.code, 12, 17);
}

/* ---- Fuel ---- */

#define WORK                                                                                       \
    "(func $work (local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) "   \
    "(br_if $l (i32.lt_u (local.get $i) (i32.const 10000)))))"

/* Each thread does some work, spawns the next and ends. The 300th exits. */
#define CHAIN                                                                                      \
    "(module " SPAWN PROC_EXIT SHARED WORK THREAD(                                                 \
        "(call $work) (if (i32.ge_u (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) "             \
        "(i32.const 300)) (then " EXIT_WITH(                                                       \
            "(i32.const 42)") "))"                                                                 \
                              "(loop $again (br_if $again (i32.lt_s (call $spawn (i32.const 0)) "  \
                              "(i32.const 0))))")                                                  \
        START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")"

static struct outcome run_with_fuel(struct run *run, const char *wat, uint64_t fuel)
{
    const ringfort_wasmtime_threads options = { .max_threads = 64 };
    run->wants_fuel = true;
    limit(run, RINGFORT_LIMIT_FUEL, fuel);
    return start_with(run, wat, &options);
}

static void a_chain_of_threads_has_one_fuel(void **state)
{
    struct run *run = *state;
    const struct outcome outcome = run_with_fuel(run, CHAIN, 1000000);
    assert_failed(run, outcome.status, RINGFORT_ERR_INTERRUPTED, "fuel");
    assert_refused(run, RINGFORT_LIMIT_FUEL);
}

static void a_chain_of_threads_with_enough_fuel_ends_by_itself(void **state)
{
    const struct outcome outcome = run_with_fuel(*state, CHAIN, 1000000000);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_int_equal(outcome.code, 42);
}

#define PARALLEL                                                                                   \
    "(module " SPAWN PROC_EXIT SHARED WORK THREAD("(call $work)" SIGNAL)                           \
        START("(local $n i32) (loop $more (drop (call $spawn (i32.const 0))) (br_if $more "        \
              "(i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const "        \
              "64))))" WAIT_FOR("64")) ")"

/* Each of the 64 needs some 60,000, so all together need more than they get. */
static void threads_side_by_side_have_one_fuel(void **state)
{
    struct run *run = *state;
    const struct outcome outcome = run_with_fuel(run, PARALLEL, 2000000);
    assert_failed(run, outcome.status, RINGFORT_ERR_INTERRUPTED, "fuel");
}

static void threads_side_by_side_with_enough_fuel_end_by_themselves(void **state)
{
    const struct outcome outcome = run_with_fuel(*state, PARALLEL, 1000000000);
    assert_int_equal(outcome.status, RINGFORT_OK);
}

static void fuel_for_threads_needs_an_engine_that_counts(void **state)
{
    struct run *run = *state;
    const ringfort_wasmtime_threads options = { .max_threads = 1 };
    limit(run, RINGFORT_LIMIT_FUEL, 1000);
    const struct outcome outcome = start_with(run, "(module " SHARED START("") ")", &options);
    assert_failed(run, outcome.status, RINGFORT_ERR_UNSUPPORTED, "consume_fuel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memories_of_all_threads_share_the_limit),
        TEST(tables_of_all_threads_share_the_limit),
        TEST(a_shared_memory_is_charged_with_its_maximum),
        TEST(a_thread_that_ends_gives_its_memory_back),
        TEST(a_memory_that_may_be_shared_is_charged_with_its_maximum),
        TEST(limit_store_holds_beside_the_guests_limit),
        TEST(a_chain_of_threads_has_one_fuel),
        TEST(a_chain_of_threads_with_enough_fuel_ends_by_itself),
        TEST(threads_side_by_side_have_one_fuel),
        TEST(threads_side_by_side_with_enough_fuel_end_by_themselves),
        TEST(fuel_for_threads_needs_an_engine_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
