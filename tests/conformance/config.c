/*
 * The config, and what ringfort_wasi_new makes of it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/** ringfort_wasi_new must fail so, name `what`, and leave no descriptor open. */
static void assert_new_fails(struct world *w, ringfort_status expected, int os_errno,
                             const char *what)
{
    const unsigned before = host_files_open();
    ringfort_error error = { 0 };
    assert_status(ringfort_wasi_new(w->config, &w->wasi, &error), expected);
    w->wasi = NULL;
    assert_int_equal(error.status, expected);
    assert_int_equal(error.os_errno, os_errno);
    assert_int_not_equal(error.message[0], '\0');
    assert_int_not_equal(error.message[strlen(error.message) - 1], '\n');
    if (strstr(error.message, what) == NULL) {
        fail_msg("the message \"%s\" does not name %s", error.message, what);
    }
    assert_int_equal(host_files_open(), before);
    assert_status(ringfort_wasi_new(w->config, &w->wasi, NULL), expected);
    w->wasi = NULL;
}

static void config_refuses_versions_that_do_not_exist(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_set_version(w->config, 0), RINGFORT_ERR_INVALID_ARG_VALUE);
    assert_status(ringfort_config_set_version(w->config, 4), RINGFORT_ERR_INVALID_ARG_VALUE);
    assert_status(ringfort_config_set_version(w->config, 7), RINGFORT_ERR_INVALID_ARG_VALUE);
    assert_status(ringfort_config_set_version(w->config, 1), RINGFORT_OK);
    assert_status(ringfort_config_set_version(w->config, 3), RINGFORT_OK);
    assert_status(ringfort_config_set_version(w->config, 2), RINGFORT_OK);
}

static void config_refuses_dialects_limits_and_flags_that_do_not_exist(void **state)
{
    struct world *const w = *state;
    const ringfort_status wrong = RINGFORT_ERR_INVALID_ARG_VALUE;
    assert_status(ringfort_config_set_dialect(w->config, (ringfort_dialect)2), wrong);
    assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)12, 10), wrong);
    assert_status(ringfort_config_preopen(w->config, "x", w->root, 4), wrong);
    assert_status(ringfort_config_preopen_fd(w->config, "x", w->root_fd, 4), wrong);
    const ringfort_status range = RINGFORT_ERR_OUT_OF_RANGE;
    const uint64_t most = UINT64_C(1) << 20;
    for (unsigned limit = 0; limit < 2; limit++) {
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, 0), range);
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, most + 1), range);
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, UINT64_MAX),
                      range);
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, most),
                      RINGFORT_OK);
    }
    for (unsigned limit = 2; limit < 4; limit++) {
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, 0), range);
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, UINT64_MAX),
                      RINGFORT_OK);
        assert_status(ringfort_config_set_limit(w->config, (ringfort_limit)limit, 1), RINGFORT_OK);
    }
    world_start(w);
}

static void config_refuses_descriptors_that_cannot_be(void **state)
{
    struct world *const w = *state;
    const ringfort_status range = RINGFORT_ERR_OUT_OF_RANGE;
    assert_status(ringfort_config_set_stdin(w->config, -1), range);
    assert_status(ringfort_config_set_stdout(w->config, -5), range);
    assert_status(ringfort_config_set_stderr(w->config, INT32_MIN), range);
    const ringfort_status wrong = RINGFORT_ERR_OPEN;
    const int file = host_open(w, "outside.txt", O_RDONLY);
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_preopen_fd(w->config, "x", -1, 0), wrong);
    assert_status(ringfort_config_preopen_fd(w->config, "x", 9999, 0), wrong);
    assert_status(ringfort_config_preopen_fd(w->config, "x", file, 0), wrong);
    assert_status(ringfort_config_preopen_socket(w->config, -1), wrong);
    assert_status(ringfort_config_preopen_socket(w->config, 9999), wrong);
    assert_status(ringfort_config_preopen_socket(w->config, file), wrong);
    assert_status(ringfort_config_preopen_socket(w->config, ends[0]), wrong);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN + 1, out), WASI_EBADF);
}

static void wasi_new_names_a_preopen_that_is_missing(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "data", "none/such", 0);
    assert_new_fails(w, RINGFORT_ERR_OPEN, ENOENT, "none/such");
}

static void wasi_new_names_a_preopen_that_is_no_directory(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "data", "outside.txt", 0);
    assert_new_fails(w, RINGFORT_ERR_OPEN, ENOTDIR, "outside.txt");
}

static void wasi_new_refuses_a_preopen_with_an_empty_path(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_preopen(w->config, "data", "", 0), RINGFORT_OK);
    assert_new_fails(w, RINGFORT_ERR_OPEN, ENOENT, "");
}

static void wasi_new_names_a_descriptor_of_stdio_that_is_closed_before_any_preopen(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "data", "none", 0);
    assert_status(ringfort_config_set_stdout(w->config, 9876), RINGFORT_OK);
    assert_new_fails(w, RINGFORT_ERR_OPEN, EBADF, "9876");
}

static void wasi_new_refuses_more_preopens_than_files_may_be_open(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "other", "other", 0);
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OPEN_FILES, 4), RINGFORT_OK);
    assert_new_fails(w, RINGFORT_ERR_OUT_OF_RANGE, 0, "");
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OPEN_FILES, 5), RINGFORT_OK);
    world_start(w);
}

static void wasi_new_numbers_preopens_in_order_and_sockets_after_them(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    assert_status(ringfort_config_preopen_socket(w->config, listener), RINGFORT_OK);
    world_preopen(w, "b", "other", 0);
    const int dir = host_open(w, "box", O_RDONLY | O_DIRECTORY);
    assert_status(ringfort_config_preopen_fd(w->config, "a", dir, 0), RINGFORT_OK);
    world_preopen(w, "b", "box", RINGFORT_READ_ONLY);
    host_close(w, dir);
    host_close(w, listener);
    const uint32_t name = guest_alloc(w, 4);
    const char *const names[] = { "b", "a", "b" };
    for (uint32_t i = 0; i < 3; i++) {
        assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN + i, name, 1), WASI_SUCCESS);
        guest_assert_text(w, name, names[i]);
    }
    assert_int_equal(guest_fdstat_of(w, 6).filetype, TYPE_SOCKET_STREAM);
    assert_errno(wasi_fd_close(w, 7), WASI_EBADF);
    host_write(w, "box/f", "through a descriptor");
    guest_assert_reads(w, guest_open(w, 4, "f", 0, RIGHT_FD_READ), 32, "through a descriptor");
    assert_errno(wasi_path_unlink_file(w, 5, text(w, "f")), WASI_EROFS);
    assert_errno(wasi_path_unlink_file(w, 4, text(w, "f")), WASI_SUCCESS);
}

static void wasi_new_of_one_config_makes_objects_that_share_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    ringfort_wasi *const first = w->wasi;
    w->wasi = NULL;
    assert_errno(wasi_fd_close(w, fd), WASI_EBADF);
    guest_close(w, 1);
    assert_errno(wasi_proc_exit(w, 7), WASI_EXITED);
    world_restart(w);
    w->wasi = first;
    assert_false(ringfort_wasi_exited(first, NULL));
    guest_write(w, 1, "open here");
    guest_assert_reads(w, fd, 8, "text");
}

static void wasi_lives_on_without_its_config(void **state)
{
    struct world *const w = *state;
    const char *const args[] = { "prog" };
    assert_status(ringfort_config_set_args(w->config, 1, args), RINGFORT_OK);
    world_start(w);
    ringfort_config_delete(w->config);
    w->config = NULL;
    const uint32_t name = guest_alloc(w, 8);
    assert_errno(wasi_args_get(w, name, guest_alloc(w, 8)), WASI_SUCCESS);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, name, 3), WASI_SUCCESS);
    guest_assert_text(w, name, "box");
}

static void wasi_delete_closes_everything_that_the_guest_had(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const unsigned before = host_files_open();
    world_start(w);
    for (int i = 0; i < 50; i++) {
        guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        guest_open_dir(w, FIRST_PREOPEN, ".");
    }
    assert_true(host_files_open() >= before + 100);
    world_restart(w);
    assert_int_equal(host_files_open(), before);
    ringfort_wasi_delete(NULL);
    ringfort_config_delete(NULL);
}

static void wasi_new_a_thousand_times_leaks_nothing(void **state)
{
    struct world *const w = *state;
    const unsigned before = host_files_open();
    for (int i = 0; i < 1000; i++) {
        world_start(w);
        world_restart(w);
    }
    assert_int_equal(host_files_open(), before);
}

static void wasi_gives_its_descriptors_to_no_child_process(void **state)
{
    struct world *const w = *state;
    world_start(w);
    for (int fd = 3; fd < 256; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        struct stat found;
        if (flags >= 0 && fstat(fd, &found) == 0 && found.st_ino == host_stat(w, "box").st_ino) {
            assert_int_equal(flags & FD_CLOEXEC, FD_CLOEXEC);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(config_refuses_versions_that_do_not_exist),
        TEST(config_refuses_dialects_limits_and_flags_that_do_not_exist),
        TEST(config_refuses_descriptors_that_cannot_be),
        TEST(wasi_new_names_a_preopen_that_is_missing),
        TEST(wasi_new_names_a_preopen_that_is_no_directory),
        TEST(wasi_new_refuses_a_preopen_with_an_empty_path),
        TEST(wasi_new_names_a_descriptor_of_stdio_that_is_closed_before_any_preopen),
        TEST(wasi_new_refuses_more_preopens_than_files_may_be_open),
        TEST(wasi_new_numbers_preopens_in_order_and_sockets_after_them),
        TEST(wasi_new_of_one_config_makes_objects_that_share_nothing),
        TEST(wasi_lives_on_without_its_config),
        TEST(wasi_delete_closes_everything_that_the_guest_had),
        TEST(wasi_new_a_thousand_times_leaks_nothing),
        TEST(wasi_gives_its_descriptors_to_no_child_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
