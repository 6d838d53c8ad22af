/*
 * What the tests of the Wasmtime adapter share: one module's way from text to an instance, with a
 * config that a test may change before.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_ENGINES_RUN_H
#define RINGFORT_TESTS_ENGINES_RUN_H

#include <ringfort_wasmtime.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define P1     "wasi_snapshot_preview1"
#define MEMORY "(memory (export \"memory\") 1)"
#define FD_WRITE                                                                                   \
    "(import \"" P1 "\" \"fd_write\" (func $fd_write (param i32 i32 i32 i32) (result i32)))"
#define FD_READ                                                                                    \
    "(import \"" P1 "\" \"fd_read\" (func $fd_read (param i32 i32 i32 i32) (result i32)))"
#define POLL                                                                                       \
    "(import \"" P1 "\" \"poll_oneoff\" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))"
#define PROC_EXIT   "(import \"" P1 "\" \"proc_exit\" (func $proc_exit (param i32)))"
#define YIELD       "(import \"" P1 "\" \"sched_yield\" (func $sched_yield (result i32)))"
#define START(body) "(func $start (export \"_start\") " body ")"

struct run {
    bool wants_fuel;
    bool wants_epochs;
    bool wants_threads;
    size_t max_wasm_stack; /* 0: the engine's own choice */
    wasm_engine_t *engine;
    ringfort_config *config;
    ringfort_wasi *wasi;
    wasmtime_module_t *module;
    wasmtime_linker_t *linker;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_instance_t instance;
    ringfort_error error;
};

static inline int run_setup(void **state)
{
    struct run *run = calloc(1, sizeof *run);
    run->config = ringfort_config_new();
    *state = run;
    return run->config == NULL;
}

static inline void run_drop_store(struct run *run)
{
    if (run->store != NULL) {
        wasmtime_store_delete(run->store);
    }
    run->store = NULL;
}

static inline int run_teardown(void **state)
{
    struct run *run = *state;
    run_drop_store(run);
    if (run->linker != NULL) {
        wasmtime_linker_delete(run->linker);
    }
    if (run->module != NULL) {
        wasmtime_module_delete(run->module);
    }
    ringfort_wasi_delete(run->wasi);
    ringfort_config_delete(run->config);
    if (run->engine != NULL) {
        wasm_engine_delete(run->engine);
    }
    free(run);
    return 0;
}

static inline void run_fail(wasmtime_error_t *error)
{
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    fail_msg("%.*s", (int)message.size, message.data);
}

static inline wasmtime_module_t *run_compile(struct run *run, const char *wat)
{
    wasm_byte_vec_t wasm;
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_wat2wasm(wat, strlen(wat), &wasm);
    if (error != NULL) {
        run_fail(error);
    }
    error = wasmtime_module_new(run->engine, (const uint8_t *)wasm.data, wasm.size, &module);
    if (error != NULL) {
        run_fail(error);
    }
    wasm_byte_vec_delete(&wasm);
    return module;
}

/* Wasmtime takes the signals of wasm's traps once, with its first engine; cmocka takes them back
 * for every test. Call after an engine was made. */
static inline void run_give_signals_to_engine(void)
{
    static const int signals[] = { SIGSEGV, SIGILL, SIGFPE, SIGBUS };
    static struct sigaction of_engine[sizeof signals / sizeof signals[0]];
    static bool is_known;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaction(signals[i], is_known ? &of_engine[i] : NULL,
                        is_known ? NULL : &of_engine[i]);
    }
    is_known = true;
}

/* The compiler's own threads would be lost in a child, and the leak checker would find them. */
static inline wasm_config_t *run_engine_config(void)
{
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_parallel_compilation_set(config, false);
    return config;
}

static inline void run_make_engine(struct run *run)
{
    wasm_config_t *config = run_engine_config();
    wasmtime_config_consume_fuel_set(config, run->wants_fuel);
    wasmtime_config_epoch_interruption_set(config, run->wants_epochs);
    wasmtime_config_wasm_threads_set(config, run->wants_threads);
    wasmtime_config_shared_memory_set(config, run->wants_threads);
    if (run->max_wasm_stack > 0) {
        wasmtime_config_max_wasm_stack_set(config, run->max_wasm_stack);
    }
    run->engine = wasm_engine_new_with_config(config);
    run_give_signals_to_engine();
}

/** An engine and a module, and nothing of WASI. */
static inline void run_load_module(struct run *run, const char *wat)
{
    run_make_engine(run);
    run->module = run_compile(run, wat);
}

/** For a module that is there: a WASI object, a linker with its imports, and a store. */
static inline void run_link(struct run *run)
{
    assert_int_equal(ringfort_wasi_new(run->config, &run->wasi, &run->error), RINGFORT_OK);
    run->linker = wasmtime_linker_new(run->engine);
    assert_int_equal(ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                     RINGFORT_OK);
    run->store = wasmtime_store_new(run->engine, NULL, NULL);
    run->context = wasmtime_store_context(run->store);
}

/** A module, a WASI object, a linker with its imports, and a store: all but the instance. */
static inline void run_load(struct run *run, const char *wat)
{
    run_load_module(run, wat);
    run_link(run);
}

/** What came of an instantiation. */
static inline ringfort_status run_instantiate(struct run *run)
{
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error =
        wasmtime_linker_instantiate(run->linker, run->context, run->module, &run->instance, &trap);
    return ringfort_wasi_call_status(run->wasi, error, trap, &run->error);
}

static inline void run_make(struct run *run, const char *wat)
{
    run_load(run, wat);
    if (run_instantiate(run) != RINGFORT_OK) {
        fail_msg("%s", run->error.message);
    }
}

static inline ringfort_status run_start(struct run *run, uint32_t *code)
{
    return ringfort_wasi_start(run->wasi, run->context, &run->instance, code, &run->error);
}

/** Calls an export without parameters or with one i32, as an embedder does. */
static inline ringfort_status run_call(struct run *run, const char *name, int32_t *argument,
                                       int32_t *result)
{
    wasmtime_extern_t item;
    assert_true(
        wasmtime_instance_export_get(run->context, &run->instance, name, strlen(name), &item));
    const wasmtime_val_t in = { .kind = WASMTIME_I32,
                                .of = { .i32 = argument != NULL ? *argument : 0 } };
    wasmtime_val_t out = { .kind = WASMTIME_I32, .of = { .i32 = 0 } };
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error =
        wasmtime_func_call(run->context, &item.of.func, &in, argument != NULL ? 1 : 0, &out,
                           result != NULL ? 1 : 0, &trap);
    wasmtime_extern_delete(&item);
    if (result != NULL) {
        *result = out.of.i32;
    }
    return ringfort_wasi_call_status(run->wasi, error, trap, &run->error);
}

static inline void assert_message_has(const struct run *run, const char *words)
{
    if (strstr(run->error.message, words) == NULL) {
        fail_msg("\"%s\" is not in the message: %s", words, run->error.message);
    }
    assert_true(strlen(run->error.message) < RINGFORT_MESSAGE_MAX);
    assert_int_not_equal(run->error.message[strlen(run->error.message) - 1], '\n');
}

/** Asserts a failure of this status, and that the error says the same. */
static inline void assert_failed(const struct run *run, ringfort_status got, ringfort_status wanted,
                                 const char *words)
{
    if (got != wanted) {
        fail_msg("%s and not %s: %s", ringfort_status_name(got), ringfort_status_name(wanted),
                 run->error.message);
    }
    assert_int_equal(run->error.status, wanted);
    assert_message_has(run, words);
}

/* path_open has the most parameters and both kinds; this one's last is no address, so it traps. */
#define OPENS_WITH_ALL_ARGUMENTS                                                                   \
    "(module (import \"" P1 "\" \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 " \
    "i32) (result i32)))" MEMORY START(                                                            \
        "(drop (call $open (i32.const 99) (i32.const -2) "                                         \
        "(i32.const 3) (i32.const 4) (i32.const 5) (i64.const -6) "                                \
        "(i64.const 0x700000007) (i32.const 8) (i32.const -9)))") ")"

/** A trace callback that keeps the arguments of the last call in `data`, nine uint64_t. */
static inline void run_keep_arguments(void *data, const ringfort_trace *trace)
{
    memcpy(data, trace->args, strlen(trace->import->params) * sizeof trace->args[0]);
}

static inline void assert_all_arguments(const uint64_t *args)
{
    static const uint64_t wanted[] = {
        99, 0xfffffffe, 3, 4, 5, (uint64_t)-6, 0x700000007, 8, 0xfffffff7,
    };
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(args[i], wanted[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, run_setup, run_teardown)

#endif
