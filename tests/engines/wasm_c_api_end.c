/*
 * The class on the standard wasm.h: what ends a call that blocks.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "standard.h"

#include <pthread.h>
#include <time.h>

static void *interrupt_later(void *wasi)
{
    const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
    nanosleep(&pause, NULL);
    ringfort_wasi_interrupt(wasi);
    return NULL;
}

static void an_interrupt_ends_a_read_that_blocks(void **state)
{
    struct standard *it = *state;
    int ends[2];
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(it->config, ends[0]), RINGFORT_OK);
    make(it, "(module " FD_READ MEMORY
             "(data (i32.const 0) \"\\40\\00\\00\\00\\04\\00\\00\\00\")" START(
                 "(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) "
                 "(i32.const 16)))") ")");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, it->wasi), 0);
    must_fail(it, start(it, NULL), RINGFORT_ERR_INTERRUPTED, "ringfort_wasi_interrupt");
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

#define READS_TWICE                                                                                \
    "(module " FD_READ MEMORY "(data (i32.const 0) \"\\40\\00\\00\\00\\04\\00\\00\\00\")"          \
    "(func (export \"read\") (result i32) (drop (call $fd_read (i32.const 0) (i32.const 0) "       \
    "(i32.const 1) (i32.const 16))) (i32.load (i32.const 0x40))))"

static bool end_it(void *beats)
{
    ++*(int *)beats;
    return true;
}

static void a_heartbeat_ends_one_call_and_the_next_one_reads(void **state)
{
    struct standard *it = *state;
    int ends[2];
    int beats = 0;
    int32_t result = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(it->config, ends[0]), RINGFORT_OK);
    assert_int_equal(ringfort_config_set_heartbeat(it->config, end_it, &beats, 20), RINGFORT_OK);
    make(it, READS_TWICE);
    assert_int_equal(initialize(it), RINGFORT_OK);
    must_fail(it, call_nth(it, 1, &result), RINGFORT_ERR_INTERRUPTED, "heartbeat");
    assert_int_equal(beats, 1);
    assert_false(ringfort_wasi_interrupted(it->wasi));
    assert_int_equal(write(ends[1], "\1\2\0\0", 4), 4);
    assert_int_equal(call_nth(it, 1, &result), RINGFORT_OK);
    assert_int_equal(result, 0x201);
    close(ends[0]);
    close(ends[1]);
}

static void the_guests_time_ends_a_read_that_blocks_and_is_named(void **state)
{
    struct standard *it = *state;
    int ends[2];
    int32_t result = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdin(it->config, ends[0]), RINGFORT_OK);
    assert_int_equal(ringfort_config_set_limit(it->config, RINGFORT_LIMIT_WALL_TIME, 30),
                     RINGFORT_OK);
    make(it, READS_TWICE);
    assert_int_equal(initialize(it), RINGFORT_OK);
    must_fail(it, call_nth(it, 1, &result), RINGFORT_ERR_INTERRUPTED, "WALL_TIME");
    assert_true(ringfort_wasi_interrupted(it->wasi));
    close(ends[0]);
    close(ends[1]);
}

static void words_in_a_trap_are_no_interruption(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY "(func $f (@name \"interrupted: the heartbeat's callback ended the "
             "call\") (export \"_start\") unreachable))");
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP, "unreachable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_interrupt_ends_a_read_that_blocks),
        TEST(a_heartbeat_ends_one_call_and_the_next_one_reads),
        TEST(the_guests_time_ends_a_read_that_blocks_and_is_named),
        TEST(words_in_a_trap_are_no_interruption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
