/*
 * Checks of a module's imports before it is linked: the versions, unknown names, wrong signatures.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run.h"

#define BOTH (RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE)

static void assert_links(struct run *run, const char *wat, unsigned abis)
{
    run_load_module(run, wat);
    if (ringfort_wasmtime_check_imports(run->module, abis, NULL, NULL, &run->error) !=
        RINGFORT_OK) {
        fail_msg("%s", run->error.message);
    }
}

static void assert_no_link(struct run *run, const char *wat, unsigned abis, const char *words)
{
    run_load_module(run, wat);
    assert_failed(run, ringfort_wasmtime_check_imports(run->module, abis, NULL, NULL, &run->error),
                  RINGFORT_ERR_LINK, words);
}

static void a_module_without_imports_links_and_has_no_version(void **state)
{
    struct run *run = *state;
    assert_links(run, "(module)", BOTH);
    assert_int_equal(ringfort_wasmtime_module_abis(run->module), 0);
}

static void a_module_of_preview1_links(void **state)
{
    struct run *run = *state;
    assert_links(run, "(module " FD_WRITE PROC_EXIT ")", RINGFORT_PREVIEW1);
    assert_int_equal(ringfort_wasmtime_module_abis(run->module), RINGFORT_PREVIEW1);
}

static void a_module_of_unstable_links(void **state)
{
    struct run *run = *state;
    assert_links(run, "(module (import \"wasi_unstable\" \"proc_exit\" (func (param i32))))",
                 RINGFORT_UNSTABLE);
    assert_int_equal(ringfort_wasmtime_module_abis(run->module), RINGFORT_UNSTABLE);
}

static void a_module_of_both_versions_links_with_both(void **state)
{
    struct run *run = *state;
    assert_links(run,
                 "(module (import \"wasi_unstable\" \"proc_exit\" (func (param i32)))" FD_WRITE ")",
                 BOTH);
    assert_int_equal(ringfort_wasmtime_module_abis(run->module), BOTH);
}

static void an_unknown_function_is_named_with_the_nearest(void **state)
{
    assert_no_link(*state, "(module " FD_WRITE "(import \"" P1 "\" \"fd_wirte\" (func)))",
                   RINGFORT_PREVIEW1,
                   "unknown import wasi_snapshot_preview1.fd_wirte, () -> (); the nearest known "
                   "name is wasi_snapshot_preview1.fd_write");
}

static void the_nearest_is_taken_from_the_same_version(void **state)
{
    assert_no_link(*state, "(module (import \"wasi_unstable\" \"path_opn\" (func)))", BOTH,
                   "the nearest known name is wasi_unstable.path_open");
}

static void the_first_unknown_import_is_the_one_named(void **state)
{
    assert_no_link(*state,
                   "(module (import \"" P1 "\" \"clock_time\" (func)) (import \"" P1
                   "\" \"fd_wirte\" (func)))",
                   RINGFORT_PREVIEW1, "clock_time");
}

static void an_unknown_function_that_is_like_nothing_has_no_nearest(void **state)
{
    struct run *run = *state;
    assert_no_link(run, "(module (import \"env\" \"zzzzzzzzzz\" (func (param i64 f32 f64))))",
                   RINGFORT_PREVIEW1, "unknown import env.zzzzzzzzzz, (i64, f32, f64) -> ()");
    assert_null(strstr(run->error.message, "nearest"));
}

static void a_right_name_of_a_wrong_module_is_told(void **state)
{
    assert_no_link(*state, "(module (import \"wasi_preview1\" \"fd_write\" (func)))",
                   RINGFORT_PREVIEW1, "the nearest known name is wasi_snapshot_preview1.fd_write");
}

static void a_version_that_was_not_asked_for_is_told(void **state)
{
    assert_no_link(*state,
                   "(module (import \"wasi_unstable\" \"fd_write\" (func (param i32 i32 "
                   "i32 i32) (result i32))))",
                   RINGFORT_PREVIEW1, "a version that was not asked for, unstable");
}

static void a_module_of_wasi_threads_is_told(void **state)
{
    assert_no_link(*state,
                   "(module (import \"wasi\" \"thread-spawn\" (func (param i32) (result "
                   "i32))))",
                   BOTH, "wasi-threads");
}

static void a_module_of_wasi_2_is_told(void **state)
{
    assert_no_link(*state,
                   "(module (import \"wasi:cli/stdout@0.2.0\" \"get-stdout\" (func "
                   "(result i32))))",
                   BOTH, "WASI 0.2");
}

static void a_wrong_signature_is_named_with_both(void **state)
{
    assert_no_link(*state,
                   "(module (import \"" P1 "\" \"fd_seek\" (func (param i32 i32 i32 i32) "
                   "(result i32))))",
                   RINGFORT_PREVIEW1,
                   "import wasi_snapshot_preview1.fd_seek has another signature: wanted (i32, i64, "
                   "i32, i32) -> (i32), found (i32, i32, i32, i32) -> (i32)");
}

static void a_wrong_result_is_a_wrong_signature(void **state)
{
    assert_no_link(*state,
                   "(module (import \"" P1 "\" \"proc_exit\" (func (param i32) (result "
                   "i32))))",
                   RINGFORT_PREVIEW1, "wanted (i32) -> (), found (i32) -> (i32)");
}

/* Wasmtime's wasm_valtype_kind ends the process for the last two. */
static void types_of_any_proposal_are_named_without_harm(void **state)
{
    assert_no_link(*state,
                   "(module (import \"" P1 "\" \"fd_sync\" (func (param externref v128 "
                   "(ref any)))))",
                   RINGFORT_PREVIEW1, "found (ref, v128, ref) -> ()");
}

static void what_is_no_function_is_named(void **state)
{
    assert_no_link(*state, "(module (import \"" P1 "\" \"fd_write\" (global i32)))",
                   RINGFORT_PREVIEW1, "wanted (i32, i32, i32, i32) -> (i32), found a global");
}

static void an_import_of_the_embedder_is_unknown_without_its_linker(void **state)
{
    assert_no_link(*state, "(module (import \"env\" \"memory\" (memory 1)))", RINGFORT_PREVIEW1,
                   "unknown import env.memory, a memory");
}

static wasm_trap_t *nothing(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *args,
                            size_t nargs, wasmtime_val_t *results, size_t nresults)
{
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return NULL;
}

static void an_import_of_the_embedder_is_found_in_its_linker(void **state)
{
    struct run *run = *state;
    run_load(run, "(module (import \"env\" \"f\" (func)) (import \"env\" \"g\" (func)))");
    wasm_functype_t *type = wasm_functype_new_0_0();
    assert_null(
        wasmtime_linker_define_func(run->linker, "env", 3, "f", 1, type, nothing, NULL, NULL));
    assert_failed(
        run,
        ringfort_wasmtime_check_imports(run->module, BOTH, run->linker, run->context, &run->error),
        RINGFORT_ERR_LINK, "unknown import env.g");
    assert_null(
        wasmtime_linker_define_func(run->linker, "env", 3, "g", 1, type, nothing, NULL, NULL));
    wasm_functype_delete(type);
    assert_int_equal(
        ringfort_wasmtime_check_imports(run->module, BOTH, run->linker, run->context, &run->error),
        RINGFORT_OK);
}

static void hostile_names_are_cut_and_made_harmless(void **state)
{
    struct run *run = *state;
    char wat[4096];
    char name[3000];
    memset(name, 'y', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(wat, sizeof wat, "(module (import \"\\1b]0;\\00\\0a\" \"%s\" (func)))", name);
    assert_no_link(run, wat, BOTH, "unknown import ?]0;??.yyyy");
    assert_true(strlen(run->error.message) < 300);
}

static void a_signature_of_a_thousand_types_is_cut(void **state)
{
    struct run *run = *state;
    char wat[8192] = "(module (import \"" P1 "\" \"fd_sync\" (func (param";
    for (int i = 0; i < 1000; i++) {
        strcat(wat, " i64");
    }
    strcat(wat, "))))");
    assert_no_link(run, wat, BOTH, "wanted (i32) -> (i32), found (i64, i64");
    assert_string_equal(run->error.message + strlen(run->error.message) - 3, "...");
}

static void every_function_of_both_versions_passes_with_its_own_signature(void **state)
{
    struct run *run = *state;
    char wat[32768] = "(module";
    size_t used = strlen(wat);
    size_t count = 0;
    const ringfort_import *rows = ringfort_import_table(BOTH, &count);
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
    assert_links(run, wat, BOTH);
    assert_int_equal(count, 91);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_module_without_imports_links_and_has_no_version),
        TEST(a_module_of_preview1_links),
        TEST(a_module_of_unstable_links),
        TEST(a_module_of_both_versions_links_with_both),
        TEST(an_unknown_function_is_named_with_the_nearest),
        TEST(the_nearest_is_taken_from_the_same_version),
        TEST(the_first_unknown_import_is_the_one_named),
        TEST(an_unknown_function_that_is_like_nothing_has_no_nearest),
        TEST(a_right_name_of_a_wrong_module_is_told),
        TEST(a_version_that_was_not_asked_for_is_told),
        TEST(a_module_of_wasi_threads_is_told),
        TEST(a_module_of_wasi_2_is_told),
        TEST(a_wrong_signature_is_named_with_both),
        TEST(a_wrong_result_is_a_wrong_signature),
        TEST(types_of_any_proposal_are_named_without_harm),
        TEST(what_is_no_function_is_named),
        TEST(an_import_of_the_embedder_is_unknown_without_its_linker),
        TEST(an_import_of_the_embedder_is_found_in_its_linker),
        TEST(hostile_names_are_cut_and_made_harmless),
        TEST(a_signature_of_a_thousand_types_is_cut),
        TEST(every_function_of_both_versions_passes_with_its_own_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
