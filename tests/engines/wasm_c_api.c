/*
 * The class on the standard wasm.h, compiled with Wasmtime's: imports, states, exits, traps,
 * memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "standard.h"

static void start_runs_a_command_that_writes(void **state)
{
    struct standard *it = *state;
    int ends[2];
    char text[16] = "";
    uint32_t code = 99;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ringfort_config_set_stdout(it->config, ends[1]), RINGFORT_OK);
    make(it, "(module " FD_WRITE MEMORY "(data (i32.const 0) \"\\08\\00\\00\\00\\05\\00\\00\\00"
             "hello\")" START("(if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) "
                              "(i32.const 16)) (then unreachable))") ")");
    assert_int_equal(start(it, &code), RINGFORT_OK);
    assert_int_equal(code, 0);
    assert_int_equal(read(ends[0], text, sizeof text - 1), 5);
    assert_string_equal(text, "hello");
    close(ends[0]);
    close(ends[1]);
}

static void every_argument_arrives_as_it_is(void **state)
{
    struct standard *it = *state;
    uint64_t args[9] = { 0 };
    ringfort_config_set_trace(it->config, run_keep_arguments, args);
    make(it, OPENS_WITH_ALL_ARGUMENTS);
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP, "path_open: ");
    assert_all_arguments(args);
}

static void start_gives_the_code_of_proc_exit_back(void **state)
{
    struct standard *it = *state;
    uint32_t code = 0;
    make(it, "(module " PROC_EXIT MEMORY START("(call $proc_exit (i32.const -1)) unreachable") ")");
    assert_int_equal(start(it, &code), RINGFORT_OK);
    assert_int_equal(code, 0xffffffff);
    assert_true(ringfort_wasi_exited(it->wasi, NULL));
    must_fail(it, start(it, &code), RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
    assert_int_equal(code, 0);
}

static void an_exit_in_initialize_is_ok(void **state)
{
    struct standard *it = *state;
    uint32_t code = 0;
    make(it, "(module " PROC_EXIT MEMORY "(func (export \"_initialize\") (call $proc_exit "
             "(i32.const 4)) unreachable))");
    assert_int_equal(initialize(it), RINGFORT_OK);
    assert_true(ringfort_wasi_exited(it->wasi, &code));
    assert_int_equal(code, 4);
}

static void an_exit_in_the_start_section_is_ok(void **state)
{
    struct standard *it = *state;
    compile(it,
            "(module " PROC_EXIT MEMORY "(func $f (call $proc_exit (i32.const 4))) (start $f))");
    assert_int_equal(get_imports(it), RINGFORT_OK);
    assert_int_equal(instantiate(it), RINGFORT_OK);
    assert_true(ringfort_wasi_exited(it->wasi, NULL));
}

static void without_return_on_exit_the_process_ends(void **state)
{
    struct standard *it = *state;
    int status = 0;
    ringfort_config_set_return_on_exit(it->config, false);
    make(it, "(module " PROC_EXIT MEMORY START("(call $proc_exit (i32.const 0x1ff))") ")");
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        (void)start(it, NULL);
        _exit(92);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 255);
}

static void a_reactor_runs_and_its_exports_work(void **state)
{
    struct standard *it = *state;
    int32_t result = 0;
    make(it, "(module " YIELD MEMORY "(global $n (mut i32) (i32.const 0))"
             "(func (export \"_initialize\") (global.set $n (i32.const 7)))"
             "(func (export \"n\") (result i32) (i32.add (call $sched_yield) (global.get $n))))");
    assert_int_equal(initialize(it), RINGFORT_OK);
    assert_int_equal(call_nth(it, 2, &result), RINGFORT_OK);
    assert_int_equal(result, 7);
}

static void initialize_needs_no_initialize(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY ")");
    assert_int_equal(initialize(it), RINGFORT_OK);
}

static void no_memory_is_refused_and_may_be_tried_again(void **state)
{
    struct standard *it = *state;
    make(it, "(module " START("") ")");
    must_fail(it, start(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    must_fail(it, initialize(it), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
    must_fail(it, finalize(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
}

static void a_memory_export_that_is_no_memory_is_refused(void **state)
{
    struct standard *it = *state;
    make(it, "(module (func (export \"memory\"))" START("") ")");
    must_fail(it, start(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "memory");
}

static void both_entry_points_are_refused_by_start(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY START("") "(func (export \"_initialize\")))");
    must_fail(it, start(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_initialize");
    must_fail(it, initialize(it), RINGFORT_ERR_WASI_ALREADY_STARTED, "started");
}

static void both_entry_points_are_refused_by_initialize(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY START("") "(func (export \"_initialize\")))");
    must_fail(it, initialize(it), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void a_module_without_start_is_refused(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY ")");
    must_fail(it, start(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void a_start_with_parameters_is_refused(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY "(func (export \"_start\") (param i32)))");
    must_fail(it, start(it, NULL), RINGFORT_ERR_INVALID_ARG_TYPE, "_start");
}

static void finalize_bindings_takes_the_embedders_memory(void **state)
{
    struct standard *it = *state;
    int32_t result = 0;
    const wasm_limits_t limits = { .min = 1, .max = 1 };
    wasm_memorytype_t *type = wasm_memorytype_new(&limits);
    wasm_memory_t *memory = wasm_memory_new(it->store, type);
    wasm_memorytype_delete(type);
    wasm_memory_data(memory)[0] = 0x55;
    make(it, "(module (import \"" P1 "\" \"args_sizes_get\" (func $f (param i32 i32) "
             "(result i32))) (func (export \"f\") (result i32) "
             "(call $f (i32.const 0) (i32.const 4))))");
    assert_int_equal(finalize(it, memory), RINGFORT_OK);
    assert_int_equal(call_nth(it, 0, &result), RINGFORT_OK);
    assert_int_equal(result, 0);
    assert_int_equal(wasm_memory_data(memory)[0], 0);
    ringfort_wasi_delete(it->wasi);
    it->wasi = NULL;
    wasm_memory_delete(memory);
}

static void a_call_before_start_traps_with_the_remedy(void **state)
{
    struct standard *it = *state;
    int32_t result = 0;
    make(it, "(module " YIELD MEMORY "(func (export \"f\") (result i32) (call $sched_yield)))");
    must_fail(it, call_nth(it, 1, &result), RINGFORT_ERR_WASI_NOT_STARTED,
              "sched_yield: wasi.start() has not been called");
}

static void a_pointer_outside_the_memory_traps_and_says_which(void **state)
{
    struct standard *it = *state;
    make(it, "(module " FD_WRITE MEMORY START(
                 "(drop (call $fd_write (i32.const 1) (i32.const 0xfffffff0) (i32.const 1) "
                 "(i32.const 0)))") ")");
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP,
              "wasm trap: fd_write: 8 bytes at address 4294967280 (0xfffffff0) are outside the "
              "guest's memory of 65536 bytes");
}

static void a_trap_gives_the_engines_words_without_control_characters(void **state)
{
    struct standard *it = *state;
    make(it, "(module " MEMORY "(func $f (@name \"a\\1b[31m\\c2\\9b\\c3\\a4\") (export \"_start\") "
             "unreachable))");
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP, "unreachable");
    assert_non_null(strstr(it->error.message, "a?[31m?\xc3\xa4"));
}

static void a_trap_begins_with_its_cause_also_where_the_backtrace_is_long(void **state)
{
    struct standard *it = *state;
    char wat[1024];
    char name[512] = { 0 };
    memset(name, 'x', sizeof name - 1);
    snprintf(wat, sizeof wat,
             "(module " MEMORY "(func $f (@name \"%s\") (export \"_start\") (call $f)))", name);
    make(it, wat);
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP, "wasm trap: call stack exhausted");
    assert_ptr_equal(strstr(it->error.message, "wasm trap: "), it->error.message);
}

static void a_growing_memory_is_followed(void **state)
{
    struct standard *it = *state;
    make(it, "(module (import \"" P1
             "\" \"args_sizes_get\" (func $a (param i32 i32) (result i32)))" MEMORY START(
                 "(drop (memory.grow (i32.const 3)))"
                 "(if (call $a (i32.const 0x3fff8) (i32.const 0x3fffc)) "
                 "(then unreachable))"
                 "(drop (call $a (i32.const 0x3fffd) (i32.const 0)))") ")");
    must_fail(it, start(it, NULL), RINGFORT_ERR_TRAP, "memory of 262144 bytes");
}

/* ---- The import object ---- */

static void imports_of_the_embedder_are_left_for_it(void **state)
{
    struct standard *it = *state;
    compile(it, "(module (import \"env\" \"f\" (func)) " YIELD "(import \"env\" \"g\" (func)))");
    assert_int_equal(get_imports(it), RINGFORT_OK);
    assert_int_equal(it->imports.size, 3);
    assert_null(it->imports.data[0]);
    assert_non_null(it->imports.data[1]);
    assert_null(it->imports.data[2]);
}

static void an_unknown_import_is_named(void **state)
{
    struct standard *it = *state;
    compile(it, "(module (import \"" P1 "\" \"fd_\\1bwirte\" (func)))");
    must_fail(it, get_imports(it), RINGFORT_ERR_LINK,
              "import wasi_snapshot_preview1.fd_?wirte is unknown");
}

static void another_number_of_parameters_is_named(void **state)
{
    struct standard *it = *state;
    compile(it, "(module (import \"" P1 "\" \"fd_write\" (func (param i32) (result i32))))");
    must_fail(it, get_imports(it), RINGFORT_ERR_LINK, "fd_write has another signature");
}

static void what_is_no_function_is_named(void **state)
{
    struct standard *it = *state;
    compile(it, "(module (import \"" P1 "\" \"fd_write\" (global i32)))");
    must_fail(it, get_imports(it), RINGFORT_ERR_LINK, "fd_write has another signature");
}

static void every_function_of_both_versions_is_made(void **state)
{
    struct standard *it = *state;
    char wat[32768] = "(module";
    size_t used = strlen(wat);
    size_t count = 0;
    const unsigned both = RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE;
    const ringfort_import *rows = ringfort_import_table(both, &count);
    assert_int_equal(ringfort_config_set_version(it->config, both), RINGFORT_OK);
    for (size_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(wat + used, sizeof wat - used, " (import \"%s\" \"%s\" (func (param",
                             rows[i].module, rows[i].name);
        for (const char *type = rows[i].params; *type != '\0'; type++) {
            used += (size_t)snprintf(wat + used, sizeof wat - used, *type == 'I' ? " i64" : " i32");
        }
        used += (size_t)snprintf(wat + used, sizeof wat - used, ") (result%s)))",
                                 rows[i].results[0] != '\0' ? " i32" : "");
    }
    assert_true(used < sizeof wat - 1);
    strcat(wat, ")");
    make(it, wat);
    assert_int_equal(it->imports.size, 91);
}

static void a_second_store_is_refused(void **state)
{
    struct standard *it = *state;
    compile(it, "(module " YIELD ")");
    assert_int_equal(get_imports(it), RINGFORT_OK);
    wasm_store_t *other = wasm_store_new(it->engine);
    wasm_extern_vec_t imports;
    must_fail(it,
              ringfort_wasm_get_import_object(it->wasi, other, it->module, &imports, &it->error),
              RINGFORT_ERR_INVALID_ARG_VALUE, "another store");
    wasm_store_delete(other);
}

static void an_object_of_the_wasmtime_face_is_refused(void **state)
{
    struct standard *it = *state;
    compile(it, "(module " YIELD MEMORY START("") ")");
    assert_int_equal(ringfort_wasi_new(it->config, &it->wasi, &it->error), RINGFORT_OK);
    wasmtime_linker_t *linker = wasmtime_linker_new(it->engine);
    assert_int_equal(ringfort_wasi_get_import_object(it->wasi, linker, &it->error), RINGFORT_OK);
    must_fail(it, get_imports(it), RINGFORT_ERR_INVALID_ARG_VALUE, "another engine");
    wasmtime_linker_delete(linker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(start_runs_a_command_that_writes),
        TEST(every_argument_arrives_as_it_is),
        TEST(start_gives_the_code_of_proc_exit_back),
        TEST(an_exit_in_initialize_is_ok),
        TEST(an_exit_in_the_start_section_is_ok),
        TEST(without_return_on_exit_the_process_ends),
        TEST(a_reactor_runs_and_its_exports_work),
        TEST(initialize_needs_no_initialize),
        TEST(no_memory_is_refused_and_may_be_tried_again),
        TEST(a_memory_export_that_is_no_memory_is_refused),
        TEST(both_entry_points_are_refused_by_start),
        TEST(both_entry_points_are_refused_by_initialize),
        TEST(a_module_without_start_is_refused),
        TEST(a_start_with_parameters_is_refused),
        TEST(finalize_bindings_takes_the_embedders_memory),
        TEST(a_call_before_start_traps_with_the_remedy),
        TEST(a_pointer_outside_the_memory_traps_and_says_which),
        TEST(a_trap_gives_the_engines_words_without_control_characters),
        TEST(a_trap_begins_with_its_cause_also_where_the_backtrace_is_long),
        TEST(a_growing_memory_is_followed),
        TEST(imports_of_the_embedder_are_left_for_it),
        TEST(an_unknown_import_is_named),
        TEST(another_number_of_parameters_is_named),
        TEST(what_is_no_function_is_named),
        TEST(every_function_of_both_versions_is_made),
        TEST(a_second_store_is_refused),
        TEST(an_object_of_the_wasmtime_face_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
