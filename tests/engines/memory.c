/*
 * Which memory a call reaches on Wasmtime, as it is at that moment; and what outlives what.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

#include <pthread.h>

/* write(n): fd_write of the text at 8 to descriptor 1. The vector is at address 0. */
#define WRITES(text)                                                                               \
    "(module " FD_WRITE MEMORY                                                                     \
    "(data (i32.const 0) \"\\08\\00\\00\\00\\05\\00\\00\\00\") (data (i32.const 8) \"" text "\")"  \
    "(func $write (export \"write\") (result i32) (call $fd_write (i32.const 1) (i32.const 0) "    \
    "(i32.const 1) (i32.const 16)))" START("(drop (call $write))") ")"

struct ends {
    int ends[2];
};

static struct ends capture_stdout(struct run *run)
{
    struct ends pipe_ends;
    assert_int_equal(pipe(pipe_ends.ends), 0);
    assert_int_equal(ringfort_config_set_stdout(run->config, pipe_ends.ends[1]), RINGFORT_OK);
    return pipe_ends;
}

static void assert_captured(struct ends ends, const char *wanted)
{
    char text[64] = "";
    const ssize_t size = read(ends.ends[0], text, sizeof text - 1);
    assert_true(size >= 0);
    assert_string_equal(text, wanted);
    close(ends.ends[0]);
    close(ends.ends[1]);
}

static void a_guest_writes_what_is_in_its_memory(void **state)
{
    struct run *run = *state;
    const struct ends ends = capture_stdout(run);
    run_make(run, WRITES("hello"));
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_captured(ends, "hello");
}

static void every_argument_arrives_as_it_is(void **state)
{
    struct run *run = *state;
    uint64_t args[9] = { 0 };
    ringfort_config_set_trace(run->config, run_keep_arguments, args);
    run_make(run, OPENS_WITH_ALL_ARGUMENTS);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "path_open: ");
    assert_all_arguments(args);
}

/* Pages that did not exist at start are reached once the guest has grown; before that they trap. */
static void a_call_after_growth_reaches_the_new_pages(void **state)
{
    struct run *run = *state;
    const struct ends ends = capture_stdout(run);
    run_make(
        run,
        "(module " FD_WRITE MEMORY "(func $write (call $fd_write (i32.const 1) "
        "(i32.const 0x50000) (i32.const 1) (i32.const 0x50010)) (if (then unreachable)))" START(
            "(drop (memory.grow (i32.const 8)))"
            "(i32.store (i32.const 0x50000) (i32.const 0x50008))"
            "(i32.store (i32.const 0x50004) (i32.const 4))"
            "(i32.store (i32.const 0x50008) (i32.const 0x6e776f72))" /* "rown" */
            "(call $write)") ")");
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_captured(ends, "rown");
}

static void a_call_before_growth_does_not_reach_them(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " FD_WRITE MEMORY START(
                      "(drop (call $fd_write (i32.const 1) (i32.const 0x50000) (i32.const 1) "
                      "(i32.const 0x50010)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "memory of 65536 bytes");
}

static void a_memory_of_zero_pages_serves_calls_without_pointers(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " YIELD FD_WRITE "(memory (export \"memory\") 0)" START(
                      "(if (call $sched_yield) (then unreachable))"
                      "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) "
                      "(i32.const 0)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "memory of 0 bytes");
}

static void a_call_before_start_traps_with_the_remedy(void **state)
{
    struct run *run = *state;
    int32_t result = 0;
    run_make(run, WRITES("never"));
    assert_failed(run, run_call(run, "write", NULL, &result), RINGFORT_ERR_WASI_NOT_STARTED,
                  "fd_write: wasi.start() has not been called");
    assert_message_has(run, "ringfort_wasi_finalize_bindings");
    assert_message_has(run, "\n    at write");
}

static void a_call_in_the_start_section_traps_and_start_still_works(void **state)
{
    struct run *run = *state;
    run_load(run, "(module " YIELD MEMORY "(func $early (drop (call $sched_yield)))"
                  "(start $early))");
    assert_failed(run, run_instantiate(run), RINGFORT_ERR_WASI_NOT_STARTED, "sched_yield: ");
    assert_false(ringfort_wasi_started(run->wasi));
    wasmtime_module_delete(run->module);
    run->module = run_compile(run, "(module " YIELD MEMORY START("(drop (call $sched_yield))") ")");
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
}

static void a_refused_start_has_bound_the_memory_all_the_same(void **state)
{
    struct run *run = *state;
    int32_t result = -1;
    run_make(run, "(module " YIELD MEMORY "(func (export \"f\") (result i32) "
                  "(call $sched_yield)))");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
    assert_int_equal(run_call(run, "f", NULL, &result), RINGFORT_OK);
    assert_int_equal(result, 0);
}

static void two_objects_at_once_keep_apart(void **state)
{
    struct run *run = *state;
    struct run *other = NULL;
    assert_int_equal(run_setup((void **)&other), 0);
    const struct ends ends = capture_stdout(run);
    const struct ends other_ends = capture_stdout(other);
    run_make(run, WRITES("first"));
    run_make(other, WRITES("other"));
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    int32_t result = 0;
    assert_failed(other, run_call(other, "write", NULL, &result), RINGFORT_ERR_WASI_NOT_STARTED,
                  "fd_write");
    assert_int_equal(run_start(other, NULL), RINGFORT_OK);
    assert_captured(ends, "first");
    assert_captured(other_ends, "other");
    run_teardown((void **)&other);
}

/* ---- Stores and lifetimes ---- */

/* A second store with an instance of its own, made with the same linker. */
static void second_store(struct run *run)
{
    run->store = wasmtime_store_new(run->engine, NULL, NULL);
    run->context = wasmtime_store_context(run->store);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
}

static void another_store_than_the_started_one_traps(void **state)
{
    struct run *run = *state;
    const struct ends ends = capture_stdout(run);
    int32_t result = 0;
    run_make(run, WRITES("hello"));
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    wasmtime_store_t *first = run->store;
    second_store(run);
    assert_failed(run, run_call(run, "write", NULL, &result), RINGFORT_ERR_TRAP,
                  "fd_write: the caller's store is not the one that was started");
    wasmtime_store_delete(first);
    assert_captured(ends, "hello");
}

/* A new store may stand where the freed one stood, and its memory is not the one that was bound. */
static void a_store_after_the_started_one_was_freed_traps(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " YIELD MEMORY START(
                      "(drop (call $sched_yield))") "(func (export \"f\") (result i32) (call "
                                                    "$sched_yield)))");
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    for (int i = 0; i < 16; i++) {
        int32_t result = 0;
        run_drop_store(run);
        second_store(run);
        assert_failed(run, run_call(run, "f", NULL, &result), RINGFORT_ERR_WASI_NOT_STARTED,
                      "sched_yield: ");
    }
}

static void a_call_after_the_object_was_freed_traps(void **state)
{
    struct run *run = *state;
    int32_t result = 0;
    run_make(run, "(module " YIELD PROC_EXIT MEMORY START(
                      "") "(func (export \"f\") (result i32) (call $sched_yield))"
                          "(func (export \"g\") (call $proc_exit (i32.const 1))))");
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    ringfort_wasi *freed = run->wasi;
    ringfort_wasi *witness = NULL;
    assert_int_equal(ringfort_wasi_new(run->config, &witness, &run->error), RINGFORT_OK);
    ringfort_wasi_delete(freed);
    run->wasi = witness; /* only to read what came of the calls */
    assert_failed(run, run_call(run, "f", NULL, &result), RINGFORT_ERR_TRAP,
                  "sched_yield: the WASI object of this import was freed");
    assert_failed(run, run_call(run, "g", NULL, NULL), RINGFORT_ERR_TRAP,
                  "proc_exit: the WASI object of this import was freed");
}

/* ---- Shared memory ---- */

static void a_shared_memory_serves_like_any_other(void **state)
{
    struct run *run = *state;
    const struct ends ends = capture_stdout(run);
    run->wants_threads = true;
    run_make(run, "(module " FD_WRITE "(memory (export \"memory\") 1 4 shared)" START(
                      "(drop (memory.grow (i32.const 2)))"
                      "(i32.store (i32.const 0x20000) (i32.const 0x20008))"
                      "(i32.store (i32.const 0x20004) (i32.const 4))"
                      "(i32.store (i32.const 0x20008) (i32.const 0x72616873))" /* "shar" */
                      "(if (call $fd_write (i32.const 1) (i32.const 0x20000) (i32.const 1) "
                      "(i32.const 0x20010)) (then unreachable))"
                      "(drop (call $fd_write (i32.const 1) (i32.const 0x30000) (i32.const 1) "
                      "(i32.const 0)))") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "memory of 196608 bytes");
    assert_captured(ends, "shar");
}

struct thread_run {
    struct run *run;
    wasmtime_sharedmemory_t *memory;
    int32_t result;
    ringfort_status status;
};

static void *run_in_thread(void *data)
{
    struct thread_run *mine = data;
    struct run *run = mine->run;
    wasmtime_store_t *store = wasmtime_store_new(run->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    const wasmtime_extern_t item = { .kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                     .of = { .sharedmemory = mine->memory } };
    wasmtime_linker_t *linker = wasmtime_linker_clone(run->linker);
    wasmtime_instance_t instance;
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_linker_define(linker, context, "env", 3, "memory", 6, &item);
    if (error == NULL) {
        error = wasmtime_linker_instantiate(linker, context, run->module, &instance, &trap);
    }
    if (error == NULL && trap == NULL) {
        wasmtime_extern_t function;
        wasmtime_val_t out = { .kind = WASMTIME_I32 };
        if (wasmtime_instance_export_get(context, &instance, "f", 1, &function)) {
            error = wasmtime_func_call(context, &function.of.func, NULL, 0, &out, 1, &trap);
        }
        mine->result = out.of.i32;
    }
    mine->status = ringfort_wasi_call_status(run->wasi, error, trap, NULL);
    wasmtime_store_delete(store);
    wasmtime_linker_delete(linker);
    return NULL;
}

/* The way to run threads by hand: finalize_bindings once, then any store on any thread. */
static void a_shared_memory_serves_every_store_on_every_thread(void **state)
{
    enum { THREADS = 4 };
    struct run *run = *state;
    struct thread_run threads[THREADS];
    pthread_t ids[THREADS];
    wasm_memorytype_t *type = NULL;
    wasmtime_sharedmemory_t *memory = NULL;
    run->wants_threads = true;
    run_load(run, "(module (import \"env\" \"memory\" (memory 1 1 shared)) "
                  "(import \"" P1 "\" \"args_sizes_get\" (func $a (param i32 i32) (result i32)))"
                  "(func (export \"f\") (result i32) (local $i i32) (loop $again "
                  "(if (call $a (i32.const 0) (i32.const 4)) (then unreachable)) "
                  "(br_if $again (i32.ne (i32.const 10000) (local.tee $i (i32.add (i32.const 1) "
                  "(local.get $i)))))) (i32.load (i32.const 0))))");
    const char *argv[] = { "a", "b", "c" };
    ringfort_wasi_delete(run->wasi);
    wasmtime_linker_delete(run->linker);
    assert_int_equal(ringfort_config_set_args(run->config, 3, argv), RINGFORT_OK);
    assert_int_equal(ringfort_wasi_new(run->config, &run->wasi, &run->error), RINGFORT_OK);
    run->linker = wasmtime_linker_new(run->engine);
    assert_int_equal(ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                     RINGFORT_OK);
    assert_null(wasmtime_memorytype_new(1, true, 1, false, true, 16, &type));
    assert_null(wasmtime_sharedmemory_new(run->engine, type, &memory));
    wasm_memorytype_delete(type);
    const wasmtime_extern_t item = { .kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                     .of = { .sharedmemory = memory } };
    wasmtime_module_t *empty = run_compile(run, "(module)");
    wasm_trap_t *trap = NULL;
    assert_null(
        wasmtime_linker_instantiate(run->linker, run->context, empty, &run->instance, &trap));
    assert_int_equal(ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance, &item,
                                                     &run->error),
                     RINGFORT_OK);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct thread_run){ .run = run, .memory = memory };
        assert_int_equal(pthread_create(&ids[i], NULL, run_in_thread, &threads[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(ids[i], NULL);
        assert_int_equal(threads[i].status, RINGFORT_OK);
        assert_int_equal(threads[i].result, 3);
    }
    wasmtime_module_delete(empty);
    wasmtime_sharedmemory_delete(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_guest_writes_what_is_in_its_memory),
        TEST(every_argument_arrives_as_it_is),
        TEST(a_call_after_growth_reaches_the_new_pages),
        TEST(a_call_before_growth_does_not_reach_them),
        TEST(a_memory_of_zero_pages_serves_calls_without_pointers),
        TEST(a_call_before_start_traps_with_the_remedy),
        TEST(a_call_in_the_start_section_traps_and_start_still_works),
        TEST(a_refused_start_has_bound_the_memory_all_the_same),
        TEST(two_objects_at_once_keep_apart),
        TEST(another_store_than_the_started_one_traps),
        TEST(a_store_after_the_started_one_was_freed_traps),
        TEST(a_call_after_the_object_was_freed_traps),
        TEST(a_shared_memory_serves_like_any_other),
        TEST(a_shared_memory_serves_every_store_on_every_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
