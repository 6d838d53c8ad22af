/*
 * wasi-threads on Wasmtime: how threads begin, what they share, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

/* ---- Beginning ---- */

static void threads_share_the_memory(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(
                    "(drop (i32.atomic.rmw.add (i32.const 8) (local.get $arg)))" SIGNAL)
                    START("(local $n i32)"
                          "(drop (call $spawn (i32.const 1))) (drop (call $spawn (i32.const 20)))"
                          "(drop (call $spawn (i32.const 300))) (drop (call $spawn (i32.const "
                          "4000)))" WAIT_FOR("4") EXIT_WITH("(i32.atomic.load (i32.const 8))")) ")",
                4321);
}

static void a_thread_gets_the_id_that_its_maker_got(void **state)
{
    assert_code(
        *state,
        "(module " SPAWN PROC_EXIT SHARED THREAD("(i32.atomic.store (i32.const 8) (local.get "
                                                 "$tid))" SIGNAL)
            START("(local $n i32) (local $tid i32) (local.set $tid (call $spawn (i32.const "
                  "0)))" WAIT_FOR(
                      "1") "(if (i32.lt_s (local.get $tid) (i32.const 1)) (then unreachable))"
                           "(if (i32.gt_s (local.get $tid) (i32.const 0x1fffffff)) (then "
                           "unreachable))"
                           "(if (i32.ne (local.get $tid) (i32.atomic.load (i32.const 8))) "
                           "(then unreachable))") ")",
        0);
}

static void live_threads_have_different_ids(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(WAIT_FOR_EVER)
                    START("(local $a i32) (local $b i32) (local.set $a (call $spawn (i32.const 0)))"
                          "(local.set $b (call $spawn (i32.const 0)))" EXIT_WITH(
                              "(i32.eq (local.get $a) (local.get $b))")) ")",
                0);
}

/* Its globals are a thread's own, because its instance is. */
static void each_thread_has_an_instance_of_its_own(void **state)
{
    assert_code(
        *state,
        "(module " SPAWN PROC_EXIT SHARED "(global $g (mut i32) (i32.const 5))" THREAD(
            "(global.set $g (i32.add (global.get $g) (i32.const 1)))"
            "(drop (i32.atomic.rmw.add (i32.const 8) (global.get $g)))" SIGNAL)
            START("(local $n i32) (global.set $g (i32.const 100))"
                  "(drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0)))" WAIT_FOR(
                      "2") EXIT_WITH("(i32.atomic.load (i32.const 8))")) ")",
        12);
}

/* The thread closes descriptor 0, and the main thread finds it closed: fd_close gives BADF, 8. */
static void threads_share_the_descriptors(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT "(import \"" P1
                "\" \"fd_close\" (func $close (param i32) (result i32)))" SHARED THREAD(
                    "(if (call $close (i32.const 0)) (then unreachable))" SIGNAL)
                    START("(local $n i32) (drop (call $spawn (i32.const 0)))" WAIT_FOR("1")
                              EXIT_WITH("(call $close (i32.const 0))")) ")",
                8);
}

static void a_thread_may_make_threads(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(
                    "(if (local.get $arg) (then (drop (call $spawn (i32.sub (local.get $arg) "
                    "(i32.const 1))))))" SIGNAL)
                    START("(local $n i32) (drop (call $spawn (i32.const 5)))" WAIT_FOR("6")) ")",
                0);
}

/* 9 are asked for at once, 8 may live: the last fails with WASI's again, negative. */
static void a_thread_too_many_is_refused(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(WAIT_FOR_EVER)
                    START("(local $n i32) (loop $more (drop (call $spawn (i32.const 0)))"
                          "(br_if $more (i32.ne (i32.const 8) (local.tee $n (i32.add (i32.const 1) "
                          "(local.get $n))))))" EXIT_WITH(
                              "(i32.sub (i32.const 0) (call $spawn (i32.const 0)))")) ")",
                6);
}

/* One at a time, a thousand times: slots are used again, and ids with them. */
static void a_slot_is_used_again(void **state)
{
    const ringfort_wasmtime_threads options = { .max_threads = 1 };
    struct run *run = *state;
    const struct outcome outcome = start_with(
        run,
        "(module " SPAWN PROC_EXIT YIELD SHARED THREAD(SIGNAL) START(
            "(local $n i32) (local $made i32)"
            "(loop $more (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0)) (then "
            "(local.set $made (i32.add (local.get $made) (i32.const 1))))"
            "(else (drop (call $sched_yield))))"
            "(br_if $more (i32.lt_u (local.get $made) (i32.const 1000))))" WAIT_FOR("1000")) ")",
        &options);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_int_equal(outcome.code, 0);
}

static void without_wasi_thread_start_no_thread_is_made(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED START(
                    EXIT_WITH("(i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))")) ")",
                1);
}

static void with_another_wasi_thread_start_no_thread_is_made(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED
                "(func (export \"wasi_thread_start\") (param i32))" START(
                    EXIT_WITH("(i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))")) ")",
                1);
}

/* The start section runs once for each instance, and traps when it runs the second time. */
static void an_instance_that_fails_is_no_thread_and_no_trap(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(
                    "") "(func $once (if (i32.atomic.rmw.add (i32.const 64) (i32.const 1)) "
                        "(then unreachable))) (start $once)" START(
                            EXIT_WITH("(i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))")) ")",
                1);
}

/* ---- Start sections that spawn ---- */

/* Each instance's start section fills half of the wasm stack and then spawns. On one stack, the
 * third of them would overflow it. */
#define DEEP_START                                                                                 \
    "(func $deep (param $n i32) (result i32)"                                                      \
    "(if (i32.eqz (local.get $n)) (then (return (call $spawn (i32.const 0)))))"                    \
    "(i32.add (call $deep (i32.sub (local.get $n) (i32.const 1))) (local.get $n)))"                \
    "(func $begin (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))"                        \
    "(drop (call $deep (i32.const 6000)))) (start $begin)"

static void start_sections_that_spawn_do_not_nest(void **state)
{
    const ringfort_wasmtime_threads options = { .max_threads = 64 };
    const struct outcome outcome =
        start_with(*state,
                   "(module " SPAWN PROC_EXIT SHARED THREAD("") DEEP_START START(
                       EXIT_WITH("(i32.lt_u (i32.atomic.load (i32.const 64)) (i32.const 65))")) ")",
                   &options);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_int_equal(outcome.code, 0);
}

static void an_exit_in_the_start_section_of_a_thread_ends_the_command(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(
                    "") "(func $once (if (i32.atomic.rmw.add (i32.const 64) (i32.const 1)) "
                        "(then " EXIT_WITH("(i32.const 7)") "))) (start $once)" START(
                            "(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")",
                7);
}

static void a_stack_overflow_of_a_thread_is_a_trap(void **state)
{
    struct run *run = *state;
    const struct outcome outcome = start_threads(
        run, "(module " SPAWN SHARED "(func $deep (call $deep) (call $deep))" THREAD("(call $deep)")
                 START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")");
    assert_failed(run, outcome.status, RINGFORT_ERR_TRAP, "call stack exhausted");
}

static void a_stack_overflow_in_start_sections_makes_spawn_fail(void **state)
{
    assert_code(
        *state,
        "(module " SPAWN PROC_EXIT SHARED THREAD(
            "") "(func $deep (call $deep) (call $deep))"
                "(func $once (if (i32.atomic.rmw.add (i32.const 64) (i32.const 1)) "
                "(then (drop (call $spawn (i32.const 0))) (call $deep)))) (start $once)" START(
                    EXIT_WITH("(i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))")) ")",
        1);
}

/* 2 MiB is the most that the engine takes. */
static void the_stack_of_threads_has_room_for_the_engines(void **state)
{
    struct run *run = *state;
    run->max_wasm_stack = 2 << 20;
    const ringfort_wasmtime_threads options = { .max_threads = 2, .max_wasm_stack = 2 << 20 };
    const struct outcome outcome = start_with(
        run,
        "(module " SPAWN SHARED "(func $deep (call $deep) (call $deep))" THREAD("(call $deep)")
            START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")",
        &options);
    assert_failed(run, outcome.status, RINGFORT_ERR_TRAP, "call stack exhausted");
}

/* The thread is there before the memory is bound to the WASI object, and sees that it is only by
 * what the guest's threads tell each other. ThreadSanitizer knows nothing of that. */
static void a_thread_of_the_start_section_calls_after_the_memory_was_bound(void **state)
{
    assert_code(
        *state,
        "(module " SPAWN PROC_EXIT YIELD SHARED THREAD("(local $n i32)" WAIT_FOR(
            "1") "(drop (call $sched_yield))"
                 "(i32.atomic.store (i32.const 8) (i32.const 1))"
                 "(drop (memory.atomic.notify (i32.const 8) "
                 "(i32.const 1)))") "(func $once (if (i32.eqz (i32.atomic.rmw.add (i32.const 64) "
                                    "(i32.const 1))) "
                                    "(then (drop (call $spawn (i32.const 0)))))) (start "
                                    "$once)" START(
                                        SIGNAL
                                        "(drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) "
                                        "(i64.const -1)))") ")",
        0);
}

/* ---- What is refused before anything runs ---- */

static void assert_refused(struct run *run, const char *wat,
                           const ringfort_wasmtime_threads *options, ringfort_status wanted,
                           const char *words)
{
    const struct outcome outcome = start_with(run, wat, options);
    assert_failed(run, outcome.status, wanted, words);
    assert_int_equal(outcome.code, 0);
}

static const ringfort_wasmtime_threads eight = { .max_threads = 8 };

static void a_module_without_a_shared_memory_is_refused(void **state)
{
    assert_refused(*state, "(module " SPAWN MEMORY START("") ")", &eight, RINGFORT_ERR_LINK,
                   "imports no shared memory");
}

static void an_unknown_import_is_refused(void **state)
{
    assert_refused(*state,
                   "(module " SPAWN SHARED "(import \"" P1 "\" \"fd_wirte\" (func))" START("") ")",
                   &eight, RINGFORT_ERR_LINK, "fd_write");
}

static void another_thread_spawn_is_refused(void **state)
{
    assert_refused(
        *state,
        "(module (import \"wasi\" \"thread-spawn\" (func (param i64)))" SHARED START("") ")",
        &eight, RINGFORT_ERR_LINK, "thread-spawn");
}

static void a_module_without_start_is_refused(void **state)
{
    assert_refused(*state, "(module " SPAWN SHARED ")", &eight, RINGFORT_ERR_INVALID_ARG_TYPE,
                   "_start");
}

static void a_second_start_is_refused(void **state)
{
    struct run *run = *state;
    static const char wat[] = "(module " SPAWN SHARED START("") ")";
    assert_code(run, wat, 0);
    const ringfort_status status = ringfort_wasmtime_start_threads(
        run->wasi, run->engine, run->module, run->linker, &eight, NULL, NULL, &run->error);
    assert_failed(run, status, RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
}

static void no_threads_at_all_are_refused(void **state)
{
    assert_refused(*state, "(module " SPAWN SHARED START("") ")", &(ringfort_wasmtime_threads){ 0 },
                   RINGFORT_ERR_OUT_OF_RANGE, "max_threads is 0");
}

static void more_threads_than_can_be_are_refused(void **state)
{
    assert_refused(*state, "(module " SPAWN SHARED START("") ")",
                   &(ringfort_wasmtime_threads){ .max_threads = 65537 }, RINGFORT_ERR_OUT_OF_RANGE,
                   "max_threads is 65537");
}

static void a_memory_that_begins_above_the_limit_is_refused(void **state)
{
    assert_refused(*state, "(module (import \"a\" \"b\" (memory 3 8 shared))" START("") ")",
                   &(ringfort_wasmtime_threads){ .max_threads = 1, .max_memory = 131072 },
                   RINGFORT_ERR_OUT_OF_RANGE, "begins with 196608 bytes, and the limit is 131072");
}

/* ---- Options ---- */

/* Grows by one page until it cannot: the limit is 4 pages, the module's own 8. */
static void the_memory_grows_to_the_limit_and_no_further(void **state)
{
    struct run *run = *state;
    const ringfort_wasmtime_threads options = { .max_threads = 1, .max_memory = 4 * 65536 + 100 };
    const struct outcome outcome =
        start_with(run,
                   "(module " PROC_EXIT SHARED START(
                       "(loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 1)) "
                       "(i32.const 0))))" EXIT_WITH("(memory.size)")) ")",
                   &options);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_int_equal(outcome.code, 4);
}

static void count_store(void *data, wasmtime_store_t *store)
{
    unsigned *count = data;
    assert_non_null(store);
    ++*count;
}

static void every_store_is_prepared(void **state)
{
    struct run *run = *state;
    unsigned count = 0;
    const ringfort_wasmtime_threads options = { .max_threads = 4,
                                                .prepare = count_store,
                                                .data = &count };
    const struct outcome outcome =
        start_with(run,
                   "(module " SPAWN SHARED THREAD(SIGNAL)
                       START("(local $n i32) (drop (call $spawn (i32.const 0))) (drop (call $spawn "
                             "(i32.const 0)))" WAIT_FOR("2")) ")",
                   &options);
    assert_int_equal(outcome.status, RINGFORT_OK);
    assert_int_equal(count, 3);
}

static void a_module_tells_whether_it_wants_threads(void **state)
{
    static const struct {
        const char *wat;
        bool wants;
    } cases[] = {
        { "(module " SPAWN ")", true },
        { "(module " SHARED ")", true },
        { "(module (memory 1 1 shared))", false },
        { "(module (import \"env\" \"memory\" (memory 1 1)))", false },
        { "(module (import \"wasi\" \"thread_spawn\" (func)))", false },
    };
    struct run *run = *state;
    run->wants_threads = true;
    run_make_engine(run);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wasmtime_module_t *module = run_compile(run, cases[i].wat);
        assert_int_equal(ringfort_wasmtime_module_wants_threads(module), cases[i].wants);
        wasmtime_module_delete(module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(threads_share_the_memory),
        TEST(a_thread_gets_the_id_that_its_maker_got),
        TEST(live_threads_have_different_ids),
        TEST(each_thread_has_an_instance_of_its_own),
        TEST(threads_share_the_descriptors),
        TEST(a_thread_may_make_threads),
        TEST(a_thread_too_many_is_refused),
        TEST(a_slot_is_used_again),
        TEST(without_wasi_thread_start_no_thread_is_made),
        TEST(with_another_wasi_thread_start_no_thread_is_made),
        TEST(an_instance_that_fails_is_no_thread_and_no_trap),
        TEST(start_sections_that_spawn_do_not_nest),
        TEST(an_exit_in_the_start_section_of_a_thread_ends_the_command),
        TEST(a_stack_overflow_of_a_thread_is_a_trap),
        TEST(a_stack_overflow_in_start_sections_makes_spawn_fail),
        TEST(the_stack_of_threads_has_room_for_the_engines),
        TEST(a_thread_of_the_start_section_calls_after_the_memory_was_bound),
        TEST(a_module_without_a_shared_memory_is_refused),
        TEST(an_unknown_import_is_refused),
        TEST(another_thread_spawn_is_refused),
        TEST(a_module_without_start_is_refused),
        TEST(a_second_start_is_refused),
        TEST(no_threads_at_all_are_refused),
        TEST(more_threads_than_can_be_are_refused),
        TEST(a_memory_that_begins_above_the_limit_is_refused),
        TEST(the_memory_grows_to_the_limit_and_no_further),
        TEST(every_store_is_prepared),
        TEST(a_module_tells_whether_it_wants_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
