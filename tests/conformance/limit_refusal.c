/*
 * Limits by name, default and range, RINGFORT_LIMIT_PATH_LENGTH, and who hears of a limit that was
 * met.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"
#include "../support/refusals.h"
#include "../support/steps.h"

#include <string.h>
#include <sys/resource.h>

enum { LIMITS = 12, LONGEST = 4095 };

static const struct {
    const char *name;
    uint64_t standard;
    uint64_t most;
} limits[LIMITS] = {
    { "open-files", 256, 1 << 20 },
    { "subscriptions", 4096, 1 << 20 },
    { "bytes-written", UINT64_MAX, UINT64_MAX },
    { "file-size", UINT64_MAX, UINT64_MAX },
    { "entries-created", UINT64_MAX, UINT64_MAX },
    { "output", UINT64_MAX, UINT64_MAX },
    { "path-length", LONGEST, LONGEST },
    { "wall-time", UINT64_MAX, UINT64_MAX },
    { "memory", 1 << 30, UINT64_MAX },
    { "table-elements", 1 << 20, UINT32_MAX },
    { "instances", 10000, UINT32_MAX },
    { "fuel", UINT64_MAX, UINT64_MAX },
};

static void every_limit_has_its_name_default_and_range(void **state)
{
    struct world *const w = *state;
    for (unsigned i = 0; i < LIMITS; i++) {
        const ringfort_limit which = (ringfort_limit)i;
        assert_string_equal(ringfort_limit_name(which), limits[i].name);
        assert_int_equal(ringfort_config_limit(w->config, which), limits[i].standard);
        assert_status(ringfort_config_set_limit(w->config, which, 0), RINGFORT_ERR_OUT_OF_RANGE);
        if (limits[i].most != UINT64_MAX) {
            assert_status(ringfort_config_set_limit(w->config, which, limits[i].most + 1),
                          RINGFORT_ERR_OUT_OF_RANGE);
        }
        assert_int_equal(ringfort_config_limit(w->config, which), limits[i].standard);
        limit(w, which, 1);
        assert_int_equal(ringfort_config_limit(w->config, which), 1);
        limit(w, which, limits[i].most);
        assert_int_equal(ringfort_config_limit(w->config, which), limits[i].most);
    }
    assert_null(ringfort_limit_name((ringfort_limit)LIMITS));
    assert_null(ringfort_limit_name((ringfort_limit)-1));
    assert_int_equal(ringfort_config_limit(w->config, (ringfort_limit)LIMITS), 0);
}

/* ---- Paths ---- */

static void a_path_that_is_too_long_is_refused_by_every_operation(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    host_mkdir(w, "box/d");
    limit(w, RINGFORT_LIMIT_PATH_LENGTH, strlen(PATH_OP_SOURCE));
    watch_limits(w, &told);
    assert_each_op_gives(w, FIRST_PREOPEN, "./d/./d/./", WASI_ENAMETOOLONG);
    assert_met(w, &told, RINGFORT_LIMIT_PATH_LENGTH);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "././././d").filetype, TYPE_DIRECTORY);
    assert_met_none(&told);
    assert_errno(wasi_path_create_directory(w, 99, text(w, "./d/./d/./")), WASI_EBADF);
    assert_met_none(&told);
}

static void a_links_text_is_a_path(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    limit(w, RINGFORT_LIMIT_PATH_LENGTH, 4);
    watch_limits(w, &told);
    assert_errno(wasi_path_symlink(w, text(w, "12345"), FIRST_PREOPEN, text(w, "s")),
                 WASI_ENAMETOOLONG);
    assert_met(w, &told, RINGFORT_LIMIT_PATH_LENGTH);
    assert_false(host_exists(w, "box/s"));
    assert_errno(wasi_path_symlink(w, text(w, "1234"), FIRST_PREOPEN, text(w, "s")), WASI_SUCCESS);
    assert_met_none(&told);
}

static void without_a_limit_it_is_the_kernels(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    char path[LONGEST + 2] = "";
    for (size_t i = 0; i < LONGEST; i++) {
        path[i] = i % 2 == 0 ? '.' : '/';
    }
    host_write(w, "box/f", "");
    path[LONGEST - 1] = 'f';
    watch_limits(w, &told);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, path).filetype, TYPE_REGULAR_FILE);
    path[LONGEST] = 'f';
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, path, 0), WASI_ENAMETOOLONG);
    assert_met(w, &told, RINGFORT_LIMIT_PATH_LENGTH);
}

/* ---- Who hears ---- */

static void a_refusal_names_the_last_limit_that_was_met(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    limit(w, RINGFORT_LIMIT_OPEN_FILES, 5);
    limit(w, RINGFORT_LIMIT_SUBSCRIPTIONS, 1);
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 3);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 5);
    watch_limits(w, &told);
    world_start(w);
    ringfort_refusal last = { .value = 77 };
    assert_false(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.value, 77);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHTS_FILE), WASI_EMFILE);
    assert_met(w, &told, RINGFORT_LIMIT_OPEN_FILES);
    const uint32_t room = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    assert_errno(wasi_poll_oneoff(w, room, room, 2, guest_alloc(w, 4)), WASI_EINVAL);
    assert_met(w, &told, RINGFORT_LIMIT_SUBSCRIPTIONS);
    assert_errno(wasi_poll_oneoff(w, room, room, 0, guest_alloc(w, 4)), WASI_EINVAL);
    assert_met_none(&told);
    const uint32_t done = guest_alloc(w, 4);
    const uint32_t four = iovec(w, text(w, "1234"));
    assert_errno(wasi_fd_write(w, fd, four, 1, done), WASI_SUCCESS);
    assert_met(w, &told, RINGFORT_LIMIT_FILE_SIZE);
    assert_errno(wasi_fd_write(w, fd, four, 1, done), WASI_EFBIG);
    assert_met(w, &told, RINGFORT_LIMIT_FILE_SIZE);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 4), WASI_EFBIG);
    assert_met(w, &told, RINGFORT_LIMIT_FILE_SIZE);
    assert_errno(wasi_fd_allocate(w, fd, 2, 2), WASI_EFBIG);
    assert_met(w, &told, RINGFORT_LIMIT_FILE_SIZE);
    assert_errno(wasi_fd_allocate(w, fd, 0, 6), WASI_ENOSPC);
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_errno(wasi_fd_pwrite(w, fd, four, 1, 0, done), WASI_SUCCESS);
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_errno(wasi_fd_pwrite(w, fd, four, 1, 0, done), WASI_ENOSPC);
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_errno(wasi_fd_tell(w, 99, guest_alloc(w, 8)), WASI_EBADF);
    assert_met_none(&told);
    assert_true(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.limit, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_int_equal(last.value, 5);
}

static void sock_accept_names_the_limit_of_open_files(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    uint16_t port = 0;
    assert_status(ringfort_config_preopen_socket(w->config, host_listen(w, &port)), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_OPEN_FILES, 5);
    watch_limits(w, &told);
    assert_errno(wasi_sock_accept(w, FIRST_PREOPEN + 1, 0, guest_alloc(w, 4)), WASI_EMFILE);
    assert_met(w, &told, RINGFORT_LIMIT_OPEN_FILES);
}

static void what_the_host_refuses_is_no_limits_doing(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    struct rlimit before;
    watch_limits(w, &told);
    host_write(w, "box/f", "");
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHTS_FILE), WASI_SUCCESS);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = { .rlim_cur = 3, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const uint32_t error = guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHTS_FILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_errno(error, WASI_EMFILE);
    assert_met_none(&told);
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
}

static void the_unstable_version_has_the_same_limits(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    assert_status(ringfort_config_set_version(w->config, RINGFORT_UNSTABLE), RINGFORT_OK);
    w->abi = RINGFORT_UNSTABLE;
    limit(w, RINGFORT_LIMIT_SUBSCRIPTIONS, 1);
    limit(w, RINGFORT_LIMIT_PATH_LENGTH, 4);
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    limit(w, RINGFORT_LIMIT_WALL_TIME, 1);
    watch_limits(w, &told);
    const uint32_t room = guest_alloc(w, 2 * SIZE_SUBSCRIPTION_UNSTABLE);
    assert_errno(wasi_poll_oneoff(w, room, room, 2, guest_alloc(w, 4)), WASI_EINVAL);
    assert_met(w, &told, RINGFORT_LIMIT_SUBSCRIPTIONS);
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "12345")), WASI_ENAMETOOLONG);
    assert_met(w, &told, RINGFORT_LIMIT_PATH_LENGTH);
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "1234")), WASI_SUCCESS);
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "5678")), WASI_EDQUOT);
    assert_met(w, &told, RINGFORT_LIMIT_ENTRIES_CREATED);
    begin(w);
    host_sleep_ms(30);
    assert_errno(wasi_sched_yield(w), WASI_INTERRUPTED);
    assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
}

static void an_adapter_notes_what_the_engine_refused(void **state)
{
    struct world *const w = *state;
    ringfort_refusal last;
    limit(w, RINGFORT_LIMIT_FUEL, 1000);
    world_start(w);
    ringfort_wasi_note_refusal(w->wasi, (ringfort_limit)LIMITS);
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
    ringfort_wasi_note_refusal(w->wasi, RINGFORT_LIMIT_FUEL);
    assert_true(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.limit, RINGFORT_LIMIT_FUEL);
    assert_int_equal(last.value, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_limit_has_its_name_default_and_range),
        TEST(a_path_that_is_too_long_is_refused_by_every_operation),
        TEST(a_links_text_is_a_path),
        TEST(without_a_limit_it_is_the_kernels),
        TEST(a_refusal_names_the_last_limit_that_was_met),
        TEST(sock_accept_names_the_limit_of_open_files),
        TEST(what_the_host_refuses_is_no_limits_doing),
        TEST(the_unstable_version_has_the_same_limits),
        TEST(an_adapter_notes_what_the_engine_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
