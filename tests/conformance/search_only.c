/*
 * Directories that may be searched but not listed: as preopens, as open directories and on the way.
 * Run as root, the tests act as an ordinary user, to whom permissions matter.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <unistd.h>

enum { NOBODY = 65534, SEARCHED = 0300, CLOSED = 0 };

static const char *const mine[] = {
    "box", "box/f", "box/dir", "box/dir/g", "box/none", "box/shut"
};

static void set_mode(struct world *w, const char *path, mode_t mode)
{
    assert_int_equal(fchmodat(w->root_fd, path, mode, 0), 0);
}

/** From now on files are reached as an ordinary user does, who owns the box. */
static void become_ordinary(struct world *w)
{
    if (geteuid() != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
        assert_int_equal(fchownat(w->root_fd, mine[i], NOBODY, NOBODY, 0), 0);
    }
    setfsgid(NOBODY);
    setfsuid(NOBODY);
}

static void become_oneself(void)
{
    setfsuid(geteuid());
    setfsgid(getegid());
}

/** Preopens a folder by a name that leads past the test's own folder, which is closed to others. */
static void preopen(struct world *w, const char *path, unsigned flags)
{
    char name[64];
    const int dir = host_open(w, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(name, sizeof name, "/proc/self/fd/%d", dir);
    assert_status(ringfort_config_preopen(w->config, path, name, flags), RINGFORT_OK);
}

static int begin(void **state)
{
    if (WORLD_SETUP(state) != 0) {
        return -1;
    }
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_mkdir(w, "box/dir");
    host_write(w, "box/dir/g", "more");
    host_mkdir(w, "box/none");
    host_write(w, "box/shut", "secret");
    set_mode(w, "box/shut", 0200);
    set_mode(w, "box/dir", SEARCHED);
    set_mode(w, "box/none", CLOSED);
    set_mode(w, "box", SEARCHED);
    world_without_preopens(w);
    preopen(w, "box", 0);
    become_ordinary(w);
    return 0;
}

static int end(void **state)
{
    struct world *const w = *state;
    become_oneself();
    set_mode(w, "box", 0700);
    set_mode(w, "box/dir", 0700);
    set_mode(w, "box/none", 0700);
    return world_teardown(state);
}

/** Runs a test for both dialects. */
static void for_both(struct world *w, void (*test)(struct world *w))
{
    const ringfort_dialect dialects[] = { RINGFORT_DIALECT_STANDARD, RINGFORT_DIALECT_NODE };
    for (size_t i = 0; i < 2; i++) {
        assert_status(ringfort_config_set_dialect(w->config, dialects[i]), RINGFORT_OK);
        test(w);
        world_restart(w);
    }
}

static void assert_cannot_be_listed(struct world *w, uint32_t fd)
{
    const uint32_t buf = guest_alloc(w, 64);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, fd, buf, 64, 0, used), WASI_EACCES);
    assert_errno(wasi_fd_sync(w, fd), WASI_EACCES);
}

static void use_preopen(struct world *w)
{
    guest_assert_reads(w, guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), 8, "text");
    guest_assert_reads(w, guest_open(w, FIRST_PREOPEN, "dir/g", 0, RIGHT_FD_READ), 8, "more");
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "f").size, 4);
    assert_int_equal(guest_stat(w, FIRST_PREOPEN).filetype, TYPE_DIRECTORY);
    assert_int_equal(guest_fdstat_of(w, FIRST_PREOPEN).filetype, TYPE_DIRECTORY);
    assert_cannot_be_listed(w, FIRST_PREOPEN);
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "new")), WASI_SUCCESS);
    assert_errno(wasi_path_rename(w, FIRST_PREOPEN, text(w, "new"), FIRST_PREOPEN, text(w, "n")),
                 WASI_SUCCESS);
    assert_errno(wasi_path_remove_directory(w, FIRST_PREOPEN, text(w, "n")), WASI_SUCCESS);
    assert_errno(wasi_fd_filestat_set_times(w, FIRST_PREOPEN, 5, 7, FST_ATIM | FST_MTIM),
                 WASI_SUCCESS);
    assert_int_equal(guest_stat(w, FIRST_PREOPEN).mtim, 7);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "../outside.txt", 0, 0, RIGHT_FD_READ),
                 WASI_ENOTCAPABLE);
}

static void path_functions_work_beneath_a_preopen_that_cannot_be_listed(void **state)
{
    for_both(*state, use_preopen);
}

static void use_opened(struct world *w)
{
    const char *const paths[] = { ".", "dir", "dir/", "dir/.", "dir/../dir" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, paths[i]);
        const char *const name = i == 0 ? "dir/g" : "g";
        guest_assert_reads(w, guest_open(w, dir, name, 0, RIGHT_FD_READ), 8, "more");
        const uint32_t again = guest_open_dir(w, dir, ".");
        guest_assert_reads(w, guest_open(w, again, name, 0, RIGHT_FD_READ), 8, "more");
        assert_cannot_be_listed(w, again);
        guest_close(w, again);
        guest_close(w, dir);
    }
    /* A program may not say that it means a directory. */
    const uint32_t dir = guest_open(w, FIRST_PREOPEN, "dir", 0, RIGHT_FD_READDIR | RIGHT_PATH_OPEN);
    assert_int_equal(guest_fdstat_of(w, dir).filetype, TYPE_DIRECTORY);
    guest_close(w, dir);
}

static void path_open_of_a_directory_that_cannot_be_listed_gives_one_to_search(void **state)
{
    for_both(*state, use_opened);
}

static void fail_to_open(struct world *w)
{
    const uint64_t read = RIGHT_FD_READ;
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "none", 0, OFLAG_DIRECTORY, read), WASI_EACCES);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "none/x", 0, 0, read), WASI_EACCES);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "shut", 0, 0, read), WASI_EACCES);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "shut", 0, OFLAG_CREAT, read), WASI_EACCES);
}

static void path_open_of_what_can_be_neither_listed_nor_searched_is_acces(void **state)
{
    for_both(*state, fail_to_open);
}

static void a_read_only_preopen_that_cannot_be_listed_is_read_only(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    become_oneself();
    preopen(w, "box", RINGFORT_READ_ONLY);
    become_ordinary(w);
    guest_assert_reads(w, guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), 8, "text");
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "new")), WASI_EROFS);
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "dir");
    assert_errno(wasi_path_unlink_file(w, dir, text(w, "g")), WASI_EROFS);
}

static void preopen_fd_takes_a_descriptor_of_a_path_alone(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    become_oneself();
    const char *const paths[] = { "box", "other" };
    for (size_t i = 0; i < 2; i++) {
        const int dir = host_open(w, paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_status(ringfort_config_preopen_fd(w->config, paths[i], dir, 0), RINGFORT_OK);
        host_close(w, dir);
    }
    set_mode(w, "other", 0755);
    become_ordinary(w);
    guest_assert_reads(w, guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), 8, "text");
    assert_cannot_be_listed(w, FIRST_PREOPEN);
    const uint32_t buf = guest_alloc(w, 64);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN + 1, buf, 64, 0, used), WASI_SUCCESS);
}

static void a_preopen_that_can_be_neither_listed_nor_searched_is_an_error(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    become_oneself();
    preopen(w, "box/none", 0);
    become_ordinary(w);
    ringfort_error error = { 0 };
    ringfort_wasi *wasi = NULL;
    assert_status(ringfort_wasi_new(w->config, &wasi, &error), RINGFORT_ERR_OPEN);
    assert_int_equal(error.os_errno, EACCES);
}

#define SEARCHED_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEARCHED_TEST(path_functions_work_beneath_a_preopen_that_cannot_be_listed),
        SEARCHED_TEST(path_open_of_a_directory_that_cannot_be_listed_gives_one_to_search),
        SEARCHED_TEST(path_open_of_what_can_be_neither_listed_nor_searched_is_acces),
        SEARCHED_TEST(a_read_only_preopen_that_cannot_be_listed_is_read_only),
        SEARCHED_TEST(preopen_fd_takes_a_descriptor_of_a_path_alone),
        SEARCHED_TEST(a_preopen_that_can_be_neither_listed_nor_searched_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
