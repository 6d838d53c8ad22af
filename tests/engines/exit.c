/*
 * proc_exit on Wasmtime: the code comes back, the guest is unwound, or the process ends.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

/* A command whose `exit` export ends it with any code. */
static const char exits_with[] =
    "(module " PROC_EXIT MEMORY START("") "(func (export \"exit\") (param i32)"
                                          "(call $proc_exit (local.get 0)) unreachable))";

/* The code is the first word of memory. */
static const char exits_with_word[] =
    "(module " PROC_EXIT MEMORY START("(call $proc_exit (i32.load (i32.const 0))) unreachable") ")";

static void set_word(struct run *run, uint32_t word)
{
    wasmtime_extern_t item;
    assert_true(wasmtime_instance_export_get(run->context, &run->instance, "memory", 6, &item));
    memcpy(wasmtime_memory_data(run->context, &item.of.memory), &word, sizeof word);
    wasmtime_extern_delete(&item);
}

static uint32_t code_of_start(struct run *run, uint32_t word)
{
    uint32_t code = ~word;
    ringfort_wasi_delete(run->wasi);
    wasmtime_linker_delete(run->linker);
    run_drop_store(run);
    assert_int_equal(ringfort_wasi_new(run->config, &run->wasi, &run->error), RINGFORT_OK);
    run->linker = wasmtime_linker_new(run->engine);
    run->store = wasmtime_store_new(run->engine, NULL, NULL);
    run->context = wasmtime_store_context(run->store);
    assert_int_equal(ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    set_word(run, word);
    assert_int_equal(run_start(run, &code), RINGFORT_OK);
    return code;
}

static void start_gives_every_code_of_proc_exit_back(void **state)
{
    struct run *run = *state;
    run_load(run, exits_with_word);
    for (uint32_t word = 0; word < 256; word++) {
        assert_int_equal(code_of_start(run, word), word);
    }
    assert_int_equal(code_of_start(run, 256), 256);
    assert_int_equal(code_of_start(run, 0x80000000), 0x80000000);
    assert_int_equal(code_of_start(run, 0xffffffff), 0xffffffff);
}

static void the_object_knows_that_its_guest_exited(void **state)
{
    struct run *run = *state;
    uint32_t code = 0;
    run_make(run, exits_with_word);
    set_word(run, 42);
    assert_false(ringfort_wasi_exited(run->wasi, &code));
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_true(ringfort_wasi_exited(run->wasi, &code));
    assert_int_equal(code, 42);
}

static void an_exit_in_initialize_is_ok_and_known(void **state)
{
    struct run *run = *state;
    uint32_t code = 0;
    run_make(run, "(module " PROC_EXIT MEMORY "(func (export \"_initialize\") "
                  "(call $proc_exit (i32.const 9)) unreachable))");
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
    assert_true(ringfort_wasi_exited(run->wasi, &code));
    assert_int_equal(code, 9);
}

static void an_exit_in_a_call_of_the_embedder_is_ok_and_known(void **state)
{
    struct run *run = *state;
    uint32_t code = 0;
    int32_t argument = 17;
    run_make(run, exits_with);
    assert_int_equal(run_start(run, NULL), RINGFORT_OK);
    assert_int_equal(run_call(run, "exit", &argument, NULL), RINGFORT_OK);
    assert_true(ringfort_wasi_exited(run->wasi, &code));
    assert_int_equal(code, 17);
}

static void an_exit_before_any_memory_is_bound_works(void **state)
{
    struct run *run = *state;
    uint32_t code = 0;
    run_load(run, "(module " PROC_EXIT MEMORY "(func $f (call $proc_exit (i32.const 5)) "
                  "unreachable) (start $f))");
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_false(ringfort_wasi_started(run->wasi));
    assert_true(ringfort_wasi_exited(run->wasi, &code));
    assert_int_equal(code, 5);
}

static void a_trap_after_an_exit_is_still_a_trap(void **state)
{
    struct run *run = *state;
    int32_t argument = 3;
    run_make(run, "(module " PROC_EXIT MEMORY "(func (export \"exit\") (param i32) "
                  "(call $proc_exit (local.get 0))) (func (export \"trap\") unreachable))");
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_call(run, "exit", &argument, NULL), RINGFORT_OK);
    assert_failed(run, run_call(run, "trap", NULL, NULL), RINGFORT_ERR_TRAP, "unreachable");
}

/* wasm's exceptions do not catch traps: after proc_exit nothing of the guest runs. */
static void a_guest_cannot_catch_its_exit(void **state)
{
    struct run *run = *state;
    uint32_t code = 0;
    run_make(run, "(module " PROC_EXIT MEMORY START(
                      "(block $caught (try_table (catch_all $caught) "
                      "(call $proc_exit (i32.const 6)))) unreachable") ")");
    assert_int_equal(run_start(run, &code), RINGFORT_OK);
    assert_int_equal(code, 6);
}

/* Runs start in a child without return_on_exit. @return how the child ended, as wait says */
static int status_of_child(struct run *run, uint32_t word, bool *flushed)
{
    int ends[2];
    ringfort_config_set_return_on_exit(run->config, false);
    run_load_module(run, exits_with_word);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = fdopen(ends[1], "w");
        fputs("buffered", out);
        if (ringfort_wasi_new(run->config, &run->wasi, &run->error) != RINGFORT_OK) {
            _exit(90);
        }
        run->linker = wasmtime_linker_new(run->engine);
        run->store = wasmtime_store_new(run->engine, NULL, NULL);
        run->context = wasmtime_store_context(run->store);
        if (ringfort_wasi_get_import_object(run->wasi, run->linker, &run->error) != RINGFORT_OK ||
            run_instantiate(run) != RINGFORT_OK) {
            _exit(91);
        }
        set_word(run, word);
        (void)run_start(run, NULL);
        _exit(92); /* start came back */
    }
    close(ends[1]);
    char text[16] = "";
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    *flushed = size == 8 && strcmp(text, "buffered") == 0;
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void without_return_on_exit_the_process_ends_with_the_code(void **state)
{
    bool flushed = false;
    const int status = status_of_child(*state, 41, &flushed);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 41);
    assert_true(flushed); /* exit, and not _exit */
}

static void without_return_on_exit_the_status_is_the_codes_low_byte(void **state)
{
    bool flushed = false;
    const int status = status_of_child(*state, 0xffffff07, &flushed);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(start_gives_every_code_of_proc_exit_back),
        TEST(the_object_knows_that_its_guest_exited),
        TEST(an_exit_in_initialize_is_ok_and_known),
        TEST(an_exit_in_a_call_of_the_embedder_is_ok_and_known),
        TEST(an_exit_before_any_memory_is_bound_works),
        TEST(a_trap_after_an_exit_is_still_a_trap),
        TEST(a_guest_cannot_catch_its_exit),
        TEST(without_return_on_exit_the_process_ends_with_the_code),
        TEST(without_return_on_exit_the_status_is_the_codes_low_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
