/*
 * wasi-threads on Wasmtime: threads begin, share, and all end with the first that ends the command.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

#include <pthread.h>
#include <time.h>

#define SHARED "(import \"env\" \"memory\" (memory 1 8 shared)) (export \"memory\" (memory 0))"
#define SPAWN  "(import \"wasi\" \"thread-spawn\" (func $spawn (param i32) (result i32)))"
#define THREAD(body)                                                                               \
    "(func $thread (export \"wasi_thread_start\") (param $tid i32) (param $arg i32) " body ")"

/* Blocks until the word at 0 is no longer what it was; a thread sets it with SIGNAL. */
#define WAIT_FOR(count)                                                                            \
    "(loop $again (local.set $n (i32.atomic.load (i32.const 0))) "                                 \
    "(if (i32.lt_u (local.get $n) (i32.const " count ")) (then "                                   \
    "(drop (memory.atomic.wait32 (i32.const 0) (local.get $n) (i64.const -1))) (br $again))))"
#define SIGNAL                                                                                     \
    "(drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) "                                     \
    "(drop (memory.atomic.notify (i32.const 0) (i32.const -1)))"
#define WAIT_FOR_EVER    "(drop (memory.atomic.wait32 (i32.const 4096) (i32.const 0) (i64.const -1)))"
#define EXIT_WITH(value) "(call $proc_exit " value ")"

struct outcome {
    ringfort_status status;
    uint32_t code;
    unsigned stuck;
};

static struct outcome start_with(struct run *run, const char *wat,
                                 const ringfort_wasmtime_threads *options)
{
    struct outcome outcome = { .code = 99, .stuck = 99 };
    run->wants_threads = true;
    run->wants_epochs = true;
    run_load(run, wat);
    outcome.status =
        ringfort_wasmtime_start_threads(run->wasi, run->engine, run->module, run->linker, options,
                                        &outcome.code, &outcome.stuck, &run->error);
    assert_int_equal(outcome.stuck, 0);
    return outcome;
}

static struct outcome start_threads(struct run *run, const char *wat)
{
    const ringfort_wasmtime_threads options = { .max_threads = 8 };
    return start_with(run, wat, &options);
}

static void assert_code(struct run *run, const char *wat, uint32_t code)
{
    const struct outcome outcome = start_threads(run, wat);
    if (outcome.status != RINGFORT_OK) {
        fail_msg("%s", run->error.message);
    }
    assert_int_equal(outcome.code, code);
}

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
                                                 "$tid))" SIGNAL) START(
            "(local $n i32) (local $tid i32) (local.set $tid (call $spawn (i32.const 0)))" WAIT_FOR(
                "1") "(if (i32.lt_s (local.get $tid) (i32.const 1)) (then unreachable))"
                     "(if (i32.gt_s (local.get $tid) (i32.const 0x1fffffff)) (then unreachable))"
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

/* One at a time, a thousand times: seats are given again, and ids with them. */
static void a_seat_is_given_again(void **state)
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

/* ---- Ending ---- */

#define LEAVING_BEHIND(busy)                                                                       \
    "(module " SPAWN PROC_EXIT FD_READ POLL YIELD SHARED                                           \
    "(data (i32.const 1024) \"\\40\\00\\00\\00\\04\\00\\00\\00\")"                                 \
    "(data (i32.const 2064) \"\\01\\00\\00\\00\") (data (i32.const 2072) "                         \
    "\"\\00\\a0\\b8\\30\\46\\03\\00\\00\")" THREAD(SIGNAL busy)                                    \
        START("(local $n i32) (drop (call $spawn (i32.const 0))) (drop (call $spawn "              \
              "(i32.const 0)))" WAIT_FOR("2")) ")"

static void the_return_of_main_ends_threads_in_loops(void **state)
{
    assert_code(*state, LEAVING_BEHIND("(loop $spin (br $spin))"), 0);
}

static void the_return_of_main_ends_threads_that_wait(void **state)
{
    assert_code(*state, LEAVING_BEHIND(WAIT_FOR_EVER), 0);
}

/* Each wait that is woken is begun again, at another address. */
static void the_return_of_main_ends_threads_that_wait_again_and_again(void **state)
{
    assert_code(*state,
                LEAVING_BEHIND(WAIT_FOR_EVER "(drop (memory.atomic.wait64 (i32.const 65528)"
                                             "(i64.const 0) (i64.const -1)))" WAIT_FOR_EVER),
                0);
}

static void the_return_of_main_ends_threads_in_calls(void **state)
{
    struct run *run = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(run->config, ends[0]), RINGFORT_OK);
    assert_code(run,
                LEAVING_BEHIND("(drop (call $fd_read (i32.const 0) (i32.const 1024) "
                               "(i32.const 1) (i32.const 1040)))"),
                0);
    close(ends[0]);
    close(ends[1]);
}

static void the_return_of_main_ends_threads_that_sleep(void **state)
{
    assert_code(*state,
                LEAVING_BEHIND("(drop (call $poll_oneoff (i32.const 2048) (i32.const 3000) "
                               "(i32.const 1) (i32.const 3064)))"),
                0);
}

static void an_exit_of_a_thread_ends_a_main_that_loops(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(EXIT_WITH("(i32.const 33)"))
                    START("(drop (call $spawn (i32.const 0))) (loop $spin (br $spin))") ")",
                33);
}

static void an_exit_of_a_thread_ends_a_main_that_waits(void **state)
{
    assert_code(*state,
                "(module " SPAWN PROC_EXIT SHARED THREAD(EXIT_WITH("(i32.const 0xfffffffe)"))
                    START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER "unreachable") ")",
                0xfffffffe);
}

static void a_trap_of_a_thread_is_the_commands(void **state)
{
    struct run *run = *state;
    const struct outcome outcome = start_threads(
        run, "(module " SPAWN SHARED THREAD("unreachable")
                 START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER "unreachable") ")");
    assert_failed(run, outcome.status, RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at thread");
    assert_int_equal(outcome.code, 0);
}

static void a_trap_of_main_is_the_commands(void **state)
{
    struct run *run = *state;
    const struct outcome outcome =
        start_threads(run, "(module " SPAWN SHARED THREAD("(loop $spin (br $spin))")
                               START("(drop (call $spawn (i32.const 0))) unreachable") ")");
    assert_failed(run, outcome.status, RINGFORT_ERR_TRAP, "\n    at start");
}

static void a_bad_pointer_of_a_thread_is_a_trap(void **state)
{
    struct run *run = *state;
    const struct outcome outcome = start_threads(
        run, "(module " SPAWN FD_WRITE SHARED THREAD(
                 "(drop (call $fd_write (i32.const 1) (i32.const 65536) (i32.const 1) "
                 "(i32.const 0)))")
                 START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER "unreachable") ")");
    assert_failed(run, outcome.status, RINGFORT_ERR_TRAP, "fd_write: 8 bytes at address 65536");
}

static void the_return_of_a_thread_ends_that_thread_alone(void **state)
{
    assert_code(
        *state,
        "(module " SPAWN PROC_EXIT POLL SHARED
        "(data (i32.const 2064) \"\\01\\00\\00\\00\") (data (i32.const 2072) "
        "\"\\80\\84\\1e\\00\")" /* 2 ms */ THREAD(SIGNAL)
            START("(local $n i32) (drop (call $spawn (i32.const 0)))" WAIT_FOR(
                "1") "(if (call $poll_oneoff (i32.const 2048) (i32.const 3000) (i32.const 1) "
                     "(i32.const 3064)) (then unreachable))" EXIT_WITH("(i32.const 7)")) ")",
        7);
}

static void an_exit_in_the_start_section_is_the_commands(void **state)
{
    assert_code(*state,
                "(module " PROC_EXIT SHARED "(func $f (call $proc_exit (i32.const 3)))"
                "(start $f)" START("unreachable") ")",
                3);
}

static void *interrupt_later(void *data)
{
    struct run *run = data;
    const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
    nanosleep(&pause, NULL);
    ringfort_wasi_interrupt(run->wasi);
    return NULL;
}

/* Nobody is awake to notice it but the one who waits for the end. */
static void an_interrupt_ends_a_command_in_which_all_wait(void **state)
{
    struct run *run = *state;
    pthread_t thread;
    const ringfort_wasmtime_threads options = { .max_threads = 8 };
    run->wants_threads = true;
    run->wants_epochs = true;
    run_load(run, "(module " SPAWN SHARED THREAD(WAIT_FOR_EVER)
                      START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, run), 0);
    unsigned stuck = 99;
    const ringfort_status status = ringfort_wasmtime_start_threads(
        run->wasi, run->engine, run->module, run->linker, &options, NULL, &stuck, &run->error);
    pthread_join(thread, NULL);
    assert_failed(run, status, RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
    assert_int_equal(stuck, 0);
}

static void without_return_on_exit_the_process_ends_after_its_threads(void **state)
{
    struct run *run = *state;
    int status = 0;
    ringfort_config_set_return_on_exit(run->config, false);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        (void)start_threads(run,
                            "(module " SPAWN PROC_EXIT SHARED THREAD(EXIT_WITH("(i32.const 0x12d)"))
                                START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")");
        _exit(92);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0x2d);
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
        TEST(a_seat_is_given_again),
        TEST(without_wasi_thread_start_no_thread_is_made),
        TEST(with_another_wasi_thread_start_no_thread_is_made),
        TEST(an_instance_that_fails_is_no_thread_and_no_trap),
        TEST(the_return_of_main_ends_threads_in_loops),
        TEST(the_return_of_main_ends_threads_that_wait),
        TEST(the_return_of_main_ends_threads_that_wait_again_and_again),
        TEST(the_return_of_main_ends_threads_in_calls),
        TEST(the_return_of_main_ends_threads_that_sleep),
        TEST(an_exit_of_a_thread_ends_a_main_that_loops),
        TEST(an_exit_of_a_thread_ends_a_main_that_waits),
        TEST(a_trap_of_a_thread_is_the_commands),
        TEST(a_trap_of_main_is_the_commands),
        TEST(a_bad_pointer_of_a_thread_is_a_trap),
        TEST(the_return_of_a_thread_ends_that_thread_alone),
        TEST(an_exit_in_the_start_section_is_the_commands),
        TEST(an_interrupt_ends_a_command_in_which_all_wait),
        TEST(without_return_on_exit_the_process_ends_after_its_threads),
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
