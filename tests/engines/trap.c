/*
 * Traps and interruptions on Wasmtime: the status, the words, the backtrace, and that calls which
 * block end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static unsigned lines_of(const char *text)
{
    unsigned lines = 1;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void a_trap_gives_its_text_and_a_line_per_frame(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func $inner unreachable) (func $outer (call $inner))" START(
                      "(call $outer)") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at inner (function 0, offset 0x");
    assert_message_has(run, "\n    at outer (function 1, offset 0x");
    assert_message_has(run, "\n    at start (function 2, offset 0x");
    assert_int_equal(lines_of(run->error.message), 4);
    assert_int_equal(run->error.os_errno, 0);
}

static void a_frame_without_a_name_has_its_number(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func (export \"_start\") i32.const 1 i32.const 0 i32.div_u "
                  "drop))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "divide by zero");
    assert_message_has(run, "\n    at (function 0, offset 0x");
}

static void endless_recursion_is_a_trap(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY START("(call $start)") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "stack");
}

static void control_characters_in_names_do_not_reach_the_message(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func $f (@name \"a\\1b[31m\\0ab\\c2\\9bc\\7f\\c3\\a4\") "
                  "(export \"_start\") unreachable))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "at a?[31m?b?c?\xc3\xa4 (function");
}

static void a_pointer_outside_the_memory_traps_and_says_which(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " FD_WRITE MEMORY START(
                      "(drop (call $fd_write (i32.const 1) (i32.const 0xfffffff0) (i32.const 1) "
                      "(i32.const 0)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "fd_write: ");
    assert_message_has(run, "address 4294967280 (0xfffffff0)");
    assert_message_has(run, "8 bytes");
    assert_message_has(run, "memory of 65536 bytes");
    assert_message_has(run, "\n    at start");
}

static void a_buffer_outside_the_memory_traps_and_says_which(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " FD_WRITE MEMORY
                  "(data (i32.const 0) \"\\f0\\ff\\00\\00\\11\\00\\00\\00\")" START(
                      "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) "
                      "(i32.const 16)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP,
                  "fd_write: 17 bytes at address 65520 (0xfff0)");
}

static void a_call_of_the_embedder_gives_its_trap(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func $bad (export \"bad\") unreachable))");
    assert_failed(run, run_call(run, "bad", NULL, NULL), RINGFORT_ERR_TRAP, "at bad");
}

static void a_call_that_went_well_is_ok(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY START("") ")");
    assert_int_equal(ringfort_wasi_call_status(run->wasi, NULL, NULL, &run->error), RINGFORT_OK);
}

static wasm_trap_t *host_fails(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *args,
                               size_t nargs, wasmtime_val_t *results, size_t nresults)
{
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return wasmtime_trap_new(env, strlen(env));
}

/* Runs a guest whose embedder's own function traps with these words. */
static ringfort_status start_with_host_trap(struct run *run, char *words)
{
    run_load(run, "(module (import \"env\" \"f\" (func $f))" MEMORY START("(call $f)") ")");
    wasm_functype_t *type = wasm_functype_new_0_0();
    assert_null(
        wasmtime_linker_define_func(run->linker, "env", 3, "f", 1, type, host_fails, words, NULL));
    wasm_functype_delete(type);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    return run_start(run, NULL);
}

static void a_trap_of_the_embedders_own_function_keeps_its_words(void **state)
{
    assert_failed(*state, start_with_host_trap(*state, "two\nlines of the embedder"),
                  RINGFORT_ERR_TRAP, "two\n");
}

/* The words of our own exit mean nothing without an exit. */
static void words_alone_make_no_exit(void **state)
{
    assert_failed(
        *state,
        start_with_host_trap(*state, "proc_exit was called; ringfort_wasi_exited has the code"),
        RINGFORT_ERR_TRAP, "proc_exit was called");
}

static void an_instantiation_that_the_engine_refuses_is_a_link_error(void **state)
{
    struct run *run = *state;
    run_load(run, "(module (import \"env\" \"missing\" (func)))");
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "missing");
}

static void an_import_of_another_type_is_a_link_error_that_names_it(void **state)
{
    struct run *run = *state;
    run_load(run, "(module (import \"" P1 "\" \"fd_sync\" (func (param i64))))");
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_LINK, "fd_sync");
    assert_message_has(run, "(param i64)");
}

/* ---- Interruptions ---- */

static void out_of_fuel_is_an_interruption(void **state)
{
    struct run *run = *state;
    run->wants_fuel = true;
    run_load(run, "(module " MEMORY START("(loop $again (br $again))") ")");
    assert_null(wasmtime_context_set_fuel(run->context, 100000));
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INTERRUPTED, "fuel");
    assert_message_has(run, "\n    at start");
}

struct later {
    struct run *run;
    bool raises_epoch;
    bool interrupts;
};

static void *act_later(void *data)
{
    const struct later *later = data;
    const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
    nanosleep(&pause, NULL);
    if (later->interrupts) {
        ringfort_wasi_interrupt(later->run->wasi);
    }
    if (later->raises_epoch) {
        wasmtime_engine_increment_epoch(later->run->engine);
    }
    return NULL;
}

static ringfort_status start_and_act_later(struct later later)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, act_later, &later), 0);
    const ringfort_status status = run_start(later.run, NULL);
    pthread_join(thread, NULL);
    return status;
}

static void an_epoch_ends_a_loop(void **state)
{
    struct run *run = *state;
    run->wants_epochs = true;
    run_load(run, "(module " MEMORY START("(loop $again (br $again))") ")");
    wasmtime_context_set_epoch_deadline(run->context, 1);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, start_and_act_later((struct later){ .run = run, .raises_epoch = true }),
                  RINGFORT_ERR_INTERRUPTED, "epoch deadline");
}

static void an_interrupt_ends_a_loop_with_the_help_of_an_epoch(void **state)
{
    struct run *run = *state;
    run->wants_epochs = true;
    run_load(run, "(module " MEMORY START("(loop $again (br $again))") ")");
    wasmtime_context_set_epoch_deadline(run->context, 1);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(
        run,
        start_and_act_later((struct later){ .run = run, .raises_epoch = true, .interrupts = true }),
        RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
}

static void an_interrupt_ends_a_loop_that_calls_wasi(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " YIELD MEMORY START("(loop $again (drop (call $sched_yield)) "
                                                "(br $again))") ")");
    assert_failed(run, start_and_act_later((struct later){ .run = run, .interrupts = true }),
                  RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
}

static void an_interrupt_ends_a_read_that_blocks(void **state)
{
    struct run *run = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(run->config, ends[0]), RINGFORT_OK);
    run_make(run, "(module " FD_READ MEMORY
                  "(data (i32.const 0) \"\\40\\00\\00\\00\\04\\00\\00\\00\")" START(
                      "(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) "
                      "(i32.const 16)))") ")");
    assert_failed(run, start_and_act_later((struct later){ .run = run, .interrupts = true }),
                  RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
    assert_true(ringfort_wasi_interrupted(run->wasi));
    close(ends[0]);
    close(ends[1]);
}

/* A clock subscription (tag 0) at 0, on the monotonic clock, an hour from now. */
static void an_interrupt_ends_a_poll_that_blocks(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " POLL MEMORY "(data (i32.const 16) \"\\01\\00\\00\\00\")"
                  "(data (i32.const 24) \"\\00\\a0\\b8\\30\\46\\03\\00\\00\")" START(
                      "(drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) "
                      "(i32.const 128)))") ")");
    assert_failed(run, start_and_act_later((struct later){ .run = run, .interrupts = true }),
                  RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trap_gives_its_text_and_a_line_per_frame),
        TEST(a_frame_without_a_name_has_its_number),
        TEST(endless_recursion_is_a_trap),
        TEST(control_characters_in_names_do_not_reach_the_message),
        TEST(a_pointer_outside_the_memory_traps_and_says_which),
        TEST(a_buffer_outside_the_memory_traps_and_says_which),
        TEST(a_call_of_the_embedder_gives_its_trap),
        TEST(a_call_that_went_well_is_ok),
        TEST(a_trap_of_the_embedders_own_function_keeps_its_words),
        TEST(words_alone_make_no_exit),
        TEST(an_instantiation_that_the_engine_refuses_is_a_link_error),
        TEST(an_import_of_another_type_is_a_link_error_that_names_it),
        TEST(out_of_fuel_is_an_interruption),
        TEST(an_epoch_ends_a_loop),
        TEST(an_interrupt_ends_a_loop_with_the_help_of_an_epoch),
        TEST(an_interrupt_ends_a_loop_that_calls_wasi),
        TEST(an_interrupt_ends_a_read_that_blocks),
        TEST(an_interrupt_ends_a_poll_that_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
