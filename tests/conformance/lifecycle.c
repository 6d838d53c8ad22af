/*
 * The import table, the names of errnos and statuses, and the states of an object: start,
 * initialize, finalize.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <string.h>

static void the_table_of_preview1_has_46_rows_that_describe_themselves(void **state)
{
    struct world *const w = *state;
    world_start(w);
    size_t count = 0;
    const ringfort_import *const rows = ringfort_import_table(RINGFORT_PREVIEW1, &count);
    assert_int_equal(count, 46);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(rows[i].module, "wasi_snapshot_preview1");
        assert_int_equal(rows[i].abi, RINGFORT_PREVIEW1);
        assert_int_equal(rows[i].index, i);
        assert_non_null(rows[i].call);
        assert_int_equal(strspn(rows[i].params, "iI"), strlen(rows[i].params));
        assert_string_equal(rows[i].results, strcmp(rows[i].name, "proc_exit") == 0 ? "" : "i");
        size_t names = rows[i].param_names[0] != '\0';
        for (const char *at = rows[i].param_names; *at != '\0'; at++) {
            names += *at == ',';
        }
        assert_int_equal(names, strlen(rows[i].params));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
    size_t own = 0;
    assert_ptr_equal(ringfort_wasi_import(w->wasi, &own), rows);
    assert_int_equal(own, 46);
}

static void the_table_gives_the_wasm_types_of_the_specification(void **state)
{
    struct world *const w = *state;
    const struct {
        const char *name;
        const char *params;
    } types[] = {
        { "args_get", "ii" },
        { "clock_time_get", "iIi" },
        { "fd_advise", "iIIi" },
        { "fd_allocate", "iII" },
        { "fd_close", "i" },
        { "fd_fdstat_set_rights", "iII" },
        { "fd_filestat_set_size", "iI" },
        { "fd_filestat_set_times", "iIIi" },
        { "fd_pread", "iiiIi" },
        { "fd_pwrite", "iiiIi" },
        { "fd_readdir", "iiiIi" },
        { "fd_seek", "iIii" },
        { "fd_write", "iiii" },
        { "path_filestat_set_times", "iiiiIIi" },
        { "path_link", "iiiiiii" },
        { "path_open", "iiiiiIIii" },
        { "path_readlink", "iiiiii" },
        { "path_rename", "iiiiii" },
        { "path_symlink", "iiiii" },
        { "poll_oneoff", "iiii" },
        { "proc_exit", "i" },
        { "sched_yield", "" },
        { "sock_accept", "iii" },
        { "sock_recv", "iiiiii" },
        { "sock_send", "iiiii" },
        { "sock_shutdown", "ii" },
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_string_equal(row_of(w, types[i].name)->params, types[i].params);
    }
}

static void the_tables_are_had_by_version_and_by_no_other_number(void **state)
{
    (void)state;
    size_t count = 0;
    assert_non_null(ringfort_import_table(RINGFORT_UNSTABLE, &count));
    assert_int_equal(count, 45);
    assert_non_null(ringfort_import_table(RINGFORT_UNSTABLE | RINGFORT_PREVIEW1, &count));
    assert_int_equal(count, 91);
    assert_null(ringfort_import_table(0, &count));
    assert_null(ringfort_import_table(4, &count));
    assert_null(ringfort_import_table(7, &count));
}

static void a_row_called_by_itself_does_what_import_call_does(void **state)
{
    struct world *const w = *state;
    world_start(w);
    const uint32_t out = guest_alloc(w, 8);
    const uint64_t args[] = { CLOCK_ID_REALTIME, 0, out };
    const ringfort_memory memory = { w->memory, w->memory_size };
    ringfort_result result = { 0 };
    assert_int_equal(row_of(w, "clock_time_get")->call(w->wasi, memory, args, &result),
                     RINGFORT_RETURNED);
    assert_int_equal(result.value, WASI_SUCCESS);
    assert_true(guest_u64(w, out) > 0);
}

static void a_row_of_a_version_that_was_not_asked_for_is_not_served(void **state)
{
    struct world *const w = *state;
    world_start(w);
    w->abi = RINGFORT_UNSTABLE;
    const uint32_t out = guest_alloc(w, 8);
    assert_int_not_equal(wasi_clock_time_get(w, CLOCK_ID_REALTIME, 0, out), WASI_SUCCESS);
    assert_int_not_equal(wasi_fd_close(w, 0), WASI_SUCCESS);
}

static void errno_name_knows_the_77_of_the_specification(void **state)
{
    (void)state;
    assert_string_equal(ringfort_errno_name(0), "success");
    assert_string_equal(ringfort_errno_name(1), "2big");
    assert_string_equal(ringfort_errno_name(8), "badf");
    assert_string_equal(ringfort_errno_name(61), "overflow");
    assert_string_equal(ringfort_errno_name(76), "notcapable");
    for (uint32_t i = 0; i <= 76; i++) {
        assert_non_null(ringfort_errno_name(i));
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(ringfort_errno_name(i), ringfort_errno_name(j));
        }
    }
    assert_null(ringfort_errno_name(77));
    assert_null(ringfort_errno_name(UINT32_MAX));
}

static void status_name_is_the_code_that_node_gives(void **state)
{
    (void)state;
    assert_string_equal(ringfort_status_name(RINGFORT_ERR_WASI_ALREADY_STARTED),
                        "ERR_WASI_ALREADY_STARTED");
    assert_string_equal(ringfort_status_name(RINGFORT_ERR_INVALID_ARG_TYPE),
                        "ERR_INVALID_ARG_TYPE");
    assert_string_equal(ringfort_status_name(RINGFORT_ERR_WASI_NOT_STARTED),
                        "ERR_WASI_NOT_STARTED");
    for (int i = 0; i <= RINGFORT_ERR_UNSUPPORTED; i++) {
        assert_non_null(ringfort_status_name((ringfort_status)i));
    }
    assert_string_equal(ringfort_version(), RINGFORT_VERSION);
}

static const ringfort_exports command = { .memory = RINGFORT_EXPORT_MEMORY,
                                          .start = RINGFORT_EXPORT_FUNCTION };
static const ringfort_exports reactor = { .memory = RINGFORT_EXPORT_MEMORY,
                                          .initialize = RINGFORT_EXPORT_FUNCTION };

/** ringfort_wasi_begin on a new object. @return whether the object is started for good
 * afterwards */
static bool begin(struct world *w, ringfort_entry entry, ringfort_exports exports,
                  ringfort_status expected, const char *named)
{
    world_restart(w);
    world_start(w);
    assert_false(ringfort_wasi_started(w->wasi));
    ringfort_error error = { 0 };
    assert_status(ringfort_wasi_begin(w->wasi, entry, &exports, &error), expected);
    if (expected != RINGFORT_OK) {
        assert_int_equal(error.status, expected);
        assert_non_null(strstr(error.message, named));
    }
    return ringfort_wasi_started(w->wasi);
}

static void start_takes_a_command_and_initialize_a_reactor(void **state)
{
    struct world *const w = *state;
    assert_true(begin(w, RINGFORT_START, command, RINGFORT_OK, ""));
    assert_true(begin(w, RINGFORT_INITIALIZE, reactor, RINGFORT_OK, ""));
    const ringfort_exports bare = { .memory = RINGFORT_EXPORT_MEMORY };
    assert_true(begin(w, RINGFORT_INITIALIZE, bare, RINGFORT_OK, ""));
    assert_true(begin(w, RINGFORT_FINALIZE_BINDINGS, bare, RINGFORT_OK, ""));
    assert_true(begin(w, RINGFORT_FINALIZE_BINDINGS, command, RINGFORT_OK, ""));
}

static void start_of_a_second_instance_is_refused_before_anything_else(void **state)
{
    struct world *const w = *state;
    const ringfort_exports nothing = { 0 };
    const ringfort_entry entries[] = { RINGFORT_FINALIZE_BINDINGS, RINGFORT_START,
                                       RINGFORT_INITIALIZE };
    for (size_t i = 0; i < 9; i++) {
        world_restart(w);
        world_start(w);
        const ringfort_exports *const first =
            entries[i / 3] == RINGFORT_INITIALIZE ? &reactor : &command;
        assert_status(ringfort_wasi_begin(w->wasi, entries[i / 3], first, NULL), RINGFORT_OK);
        ringfort_error error = { 0 };
        assert_status(ringfort_wasi_begin(w->wasi, entries[i % 3], &nothing, &error),
                      RINGFORT_ERR_WASI_ALREADY_STARTED);
        assert_non_null(strstr(error.message, "already started"));
    }
}

static void start_without_a_memory_is_refused_and_may_be_tried_again(void **state)
{
    struct world *const w = *state;
    const ringfort_export wrong[] = { RINGFORT_EXPORT_NONE, RINGFORT_EXPORT_FUNCTION,
                                      RINGFORT_EXPORT_OTHER };
    for (size_t i = 0; i < 3; i++) {
        ringfort_exports exports = command;
        exports.memory = wrong[i];
        const ringfort_status type = RINGFORT_ERR_INVALID_ARG_TYPE;
        assert_false(begin(w, RINGFORT_START, exports, type, "memory"));
        assert_status(ringfort_wasi_begin(w->wasi, RINGFORT_START, &command, NULL), RINGFORT_OK);
    }
}

static void start_with_wrong_entry_points_is_refused_for_good(void **state)
{
    struct world *const w = *state;
    const ringfort_status type = RINGFORT_ERR_INVALID_ARG_TYPE;
    ringfort_exports both = command;
    both.initialize = RINGFORT_EXPORT_FUNCTION;
    assert_true(begin(w, RINGFORT_START, both, type, "_initialize"));
    assert_true(begin(w, RINGFORT_START, reactor, type, "_start"));
    ringfort_exports other = command;
    other.start = RINGFORT_EXPORT_OTHER;
    assert_true(begin(w, RINGFORT_START, other, type, "_start"));
    other.start = RINGFORT_EXPORT_MEMORY;
    assert_true(begin(w, RINGFORT_START, other, type, "_start"));
    other = command;
    other.initialize = RINGFORT_EXPORT_OTHER;
    assert_true(begin(w, RINGFORT_START, other, type, "_initialize"));
    assert_true(begin(w, RINGFORT_INITIALIZE, both, type, "_start"));
    assert_true(begin(w, RINGFORT_INITIALIZE, command, type, "_start"));
    ringfort_exports odd = reactor;
    odd.initialize = RINGFORT_EXPORT_OTHER;
    assert_true(begin(w, RINGFORT_INITIALIZE, odd, type, "_initialize"));
    assert_status(ringfort_wasi_begin(w->wasi, RINGFORT_INITIALIZE, &reactor, NULL),
                  RINGFORT_ERR_WASI_ALREADY_STARTED);
}

static void count_drop(void *data)
{
    int *const count = data;
    (*count)++;
}

static void engine_data_is_dropped_once_when_replaced_and_with_the_object(void **state)
{
    struct world *const w = *state;
    int first = 0;
    int second = 0;
    world_start(w);
    assert_null(ringfort_wasi_engine_data(w->wasi));
    ringfort_wasi_set_engine_data(w->wasi, &first, count_drop);
    assert_ptr_equal(ringfort_wasi_engine_data(w->wasi), &first);
    ringfort_wasi_set_engine_data(w->wasi, &second, count_drop);
    assert_int_equal(first, 1);
    assert_int_equal(second, 0);
    world_restart(w);
    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
    world_start(w);
    ringfort_wasi_set_engine_data(w->wasi, &first, NULL);
    world_restart(w);
    assert_int_equal(first, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_table_of_preview1_has_46_rows_that_describe_themselves),
        TEST(the_table_gives_the_wasm_types_of_the_specification),
        TEST(the_tables_are_had_by_version_and_by_no_other_number),
        TEST(a_row_called_by_itself_does_what_import_call_does),
        TEST(a_row_of_a_version_that_was_not_asked_for_is_not_served),
        TEST(errno_name_knows_the_77_of_the_specification),
        TEST(status_name_is_the_code_that_node_gives),
        TEST(start_takes_a_command_and_initialize_a_reactor),
        TEST(start_of_a_second_instance_is_refused_before_anything_else),
        TEST(start_without_a_memory_is_refused_and_may_be_tried_again),
        TEST(start_with_wrong_entry_points_is_refused_for_good),
        TEST(engine_data_is_dropped_once_when_replaced_and_with_the_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
