/*
 * Backtraces on Wasmtime: the first words, names and places in the source, and what does not fit.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "load.h"

static void every_trap_begins_with_the_same_words(void **state)
{
    static const char mark[] = "wasm trap: ";
    struct run *run = *state;
    run_make(run, "(module " FD_WRITE MEMORY "(func (export \"bad\") unreachable)"
                  "(func (export \"pointer\") (drop (call $fd_write (i32.const 1) (i32.const -16) "
                  "(i32.const 1) (i32.const 0)))))");
    const wasmtime_extern_t *memory = NULL;
    assert_int_equal(ringfort_wasi_finalize_bindings(run->wasi, run->context, &run->instance,
                                                     memory, &run->error),
                     RINGFORT_OK);
    static const char *const names[] = { "bad", "pointer" };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run_call(run, names[i], NULL, NULL), RINGFORT_ERR_TRAP);
        assert_memory_equal(run->error.message, mark, sizeof mark - 1);
        assert_memory_not_equal(run->error.message + sizeof mark - 1, mark, sizeof mark - 1);
    }
}

static void names_of_cpp_and_rust_are_demangled(void **state)
{
    struct run *run = *state;
    run_make(run, "(module " MEMORY "(func $a (@name \"_ZN2ns6Widget7explodeEi\") unreachable)"
                  "(func $b (@name \"_ZN4core9panicking5panic17h0123456789abcdefE\") (call $a))"
                  "(func $c (@name \"_RNvNtCs1234_7mycrate3foo3bar\") (call $b))" START(
                      "(call $c)") ")");
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at ns::Widget::explode(int) (function 0, offset 0x");
    assert_message_has(run, "\n    at core::panicking::panic (function 1, offset 0x");
    assert_message_has(run, "\n    at mycrate::foo::bar (function 2, offset 0x");
}

/* Starts the guest of the command's tests, with its arguments set, on a config of its own. */
static void load_with_lines(struct run *run)
{
    static char *const args[] = { "trap", "inlined", NULL };
    assert_int_equal(ringfort_config_set_args(run->config, 2, (const char *const *)args),
                     RINGFORT_OK);
    run_load_file(run, "cli_trap.wasm");
    run_link(run);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
}

static void a_lent_module_gives_files_and_lines(void **state)
{
    struct run *run = *state;
    load_with_lines(run);
    assert_int_equal(ringfort_wasmtime_lend_module(run->wasi, load_bytes, load_length, &run->error),
                     RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at innermost (inlined) in ");
    assert_message_has(run, "cli_trap.c:11:");
    assert_message_has(run, "\n    at outermost (function ");
    assert_message_has(run, "cli_trap.c:22:");
}

static void without_the_module_there_are_names_only(void **state)
{
    struct run *run = *state;
    load_with_lines(run);
    assert_int_equal(ringfort_wasmtime_lend_module(run->wasi, load_bytes, load_length, &run->error),
                     RINGFORT_OK);
    assert_int_equal(ringfort_wasmtime_lend_module(run->wasi, NULL, 0, &run->error), RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at outermost (function ");
    assert_null(strstr(run->error.message, "cli_trap.c"));
}

static void another_module_than_the_guests_does_no_harm(void **state)
{
    static const uint8_t odd[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 10, 0xff, 0xff, 0xff, 0xff, 0xff };
    struct run *run = *state;
    load_with_lines(run);
    assert_int_equal(ringfort_wasmtime_lend_module(run->wasi, odd, sizeof odd, &run->error),
                     RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_message_has(run, "\n    at outermost (function ");
}

static void a_long_backtrace_leaves_out_its_middle(void **state)
{
    struct run *run = *state;
    char wat[2048];
    char name[512];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(wat, sizeof wat,
             "(module " MEMORY "(func $f (@name \"%s\") (export \"_start\") (call $f)))", name);
    run_make(run, wat);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "stack");
    const size_t length = strlen(run->error.message);
    assert_true(length < RINGFORT_MESSAGE_MAX && length > RINGFORT_MESSAGE_MAX / 2);
    const char *more = strstr(run->error.message, "\n    ... ");
    assert_non_null(more);
    assert_non_null(strstr(more, " more frames\n    at xxx"));
    const char *last = strrchr(run->error.message, '\n');
    assert_memory_equal(last, "\n    at xxx", 11);
    assert_int_equal(run->error.message[length - 1], ')');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_trap_begins_with_the_same_words),
        TEST(names_of_cpp_and_rust_are_demangled),
        TEST(a_lent_module_gives_files_and_lines),
        TEST(without_the_module_there_are_names_only),
        TEST(another_module_than_the_guests_does_no_harm),
        TEST(a_long_backtrace_leaves_out_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
