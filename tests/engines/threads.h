/*
 * What the tests of wasi-threads share: words for modules with threads, and a run to the end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_ENGINES_THREADS_H
#define RINGFORT_TESTS_ENGINES_THREADS_H

#include "run.h"

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
#define WAIT_FOR_EVER                                                                              \
    "(drop (memory.atomic.wait32 (i32.const 4096) "                                                \
    "(i32.const 0) (i64.const -1)))"
#define EXIT_WITH(value) "(call $proc_exit " value ")"

struct outcome {
    ringfort_status status;
    uint32_t code;
    unsigned stuck;
};

static inline struct outcome start_with(struct run *run, const char *wat,
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

static inline struct outcome start_threads(struct run *run, const char *wat)
{
    const ringfort_wasmtime_threads options = { .max_threads = 8 };
    return start_with(run, wat, &options);
}

static inline void assert_code(struct run *run, const char *wat, uint32_t code)
{
    const struct outcome outcome = start_threads(run, wat);
    if (outcome.status != RINGFORT_OK) {
        fail_msg("%s", run->error.message);
    }
    assert_int_equal(outcome.code, code);
}

#endif
