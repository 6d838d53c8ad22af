/*
 * wasi-threads on Wasmtime: all threads end with the first that ends the command.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include <pthread.h>
#include <time.h>

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

static pthread_t caller;

/* exit runs its handlers on the thread that called it. */
static void check_who_exits(void)
{
    if (!pthread_equal(caller, pthread_self())) {
        _exit(93);
    }
}

/* It is not the guest's thread that exits, beside others that still run. */
static void without_return_on_exit_the_process_ends_after_its_threads(void **state)
{
    struct run *run = *state;
    int status = 0;
    ringfort_config_set_return_on_exit(run->config, false);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        caller = pthread_self();
        atexit(check_who_exits);
        (void)start_threads(run,
                            "(module " SPAWN PROC_EXIT SHARED THREAD(EXIT_WITH("(i32.const 0x12d)"))
                                START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")");
        _exit(92);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0x2d);
}

/* The main thread waits in code, where only the thread that met the limit can end it. */
static void the_guests_time_ends_all_threads_and_is_named(void **state)
{
    struct run *run = *state;
    int ends[2];
    ringfort_refusal last = { 0 };
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(run->config, ends[0]), RINGFORT_OK);
    assert_int_equal(ringfort_config_set_limit(run->config, RINGFORT_LIMIT_WALL_TIME, 50),
                     RINGFORT_OK);
    const struct outcome outcome =
        start_threads(run, "(module " SPAWN FD_READ SHARED
                           "(data (i32.const 1024) \"\\40\\00\\00\\00\\04\\00\\00\\00\")" THREAD(
                               "(drop (call $fd_read (i32.const 0) (i32.const 1024) (i32.const 1) "
                               "(i32.const 1040)))")
                               START("(drop (call $spawn (i32.const 0)))" WAIT_FOR_EVER) ")");
    assert_failed(run, outcome.status, RINGFORT_ERR_INTERRUPTED, "RINGFORT_LIMIT_WALL_TIME");
    assert_true(ringfort_wasi_refusal(run->wasi, &last));
    assert_int_equal(last.limit, RINGFORT_LIMIT_WALL_TIME);
    close(ends[0]);
    close(ends[1]);
}

/* The start section of each instance spawns; the last finds no slot and waits, and each spawner
 * waits for the thread that it spawned. */
static void a_chain_of_start_sections_ends_with_the_command(void **state)
{
    struct run *run = *state;
    const ringfort_wasmtime_threads options = { .max_threads = 8 };
    pthread_t thread;
    unsigned stuck = 99;
    run->wants_threads = true;
    run->wants_epochs = true;
    run_load(run, "(module " SPAWN SHARED THREAD(
                      "") "(func $begin (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) "
                          "(then " WAIT_FOR_EVER "))) (start $begin)" START("") ")");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, run), 0);
    const ringfort_status status = ringfort_wasmtime_start_threads(
        run->wasi, run->engine, run->module, run->linker, &options, NULL, &stuck, &run->error);
    pthread_join(thread, NULL);
    assert_failed(run, status, RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
    assert_int_equal(stuck, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        TEST(a_chain_of_start_sections_ends_with_the_command),
        TEST(without_return_on_exit_the_process_ends_after_its_threads),
        TEST(the_guests_time_ends_all_threads_and_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
