/*
 * Devices beneath a read-only preopen: a read-only mount keeps its tree, and lets null, zero, full,
 * random and urandom be written. The guest gets the host's /dev.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <unistd.h>

enum { DEV = FIRST_PREOPEN, BOX = FIRST_PREOPEN + 1 };

static const char *const devices[] = { "null", "zero", "random", "urandom" };
enum { DEVICES = sizeof devices / sizeof devices[0] };

/** Descriptor 3 is /dev, 4 the box; both read-only. */
static void begin(struct world *w)
{
    world_without_preopens(w);
    assert_status(ringfort_config_preopen(w->config, "/dev", "/dev", RINGFORT_READ_ONLY),
                  RINGFORT_OK);
    world_preopen(w, "box", "box", RINGFORT_READ_ONLY);
    host_write(w, "box/f", "kept");
    host_mkfifo(w, "box/fifo");
}

static void path_open_of_a_device_in_a_read_only_preopen_may_write(void **state)
{
    struct world *const w = *state;
    begin(w);
    for (size_t i = 0; i < DEVICES; i++) {
        const uint64_t rights[] = { RIGHT_FD_WRITE, RIGHT_FD_READ | RIGHT_FD_WRITE, RIGHTS_FILE };
        for (size_t j = 0; j < sizeof rights / sizeof rights[0]; j++) {
            const uint32_t fd = guest_open(w, DEV, devices[i], 0, rights[j]);
            guest_write(w, fd, "gone");
            guest_close(w, fd);
        }
    }
    const uint32_t full = guest_open(w, DEV, "full", 0, RIGHT_FD_WRITE);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, full, iovec(w, text(w, "x")), 1, out), WASI_ENOSPC);
}

static void path_open_of_a_device_that_was_named_through_an_opened_folder_may_write(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t again = guest_open_dir(w, DEV, ".");
    guest_write(w, guest_open(w, again, "./null", 0, RIGHT_FD_WRITE), "gone");
}

static void path_open_of_a_device_in_a_read_only_preopen_with_creat_and_trunc_opens_it(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t flags[] = { OFLAG_CREAT, OFLAG_TRUNC, OFLAG_CREAT | OFLAG_TRUNC };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        guest_write(w, guest_open(w, DEV, "null", flags[i], RIGHT_FD_WRITE), "gone");
        const uint32_t reader = guest_open(w, DEV, "null", flags[i], RIGHT_FD_READ);
        guest_assert_reads(w, reader, 8, "");
    }
    assert_errno(guest_try_open(w, DEV, "null", 0, OFLAG_CREAT | OFLAG_EXCL, RIGHT_FD_WRITE),
                 WASI_EEXIST);
}

static void fd_functions_that_change_a_device_in_a_read_only_preopen_are_refused(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, DEV, "null", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, FST_MTIM_NOW), WASI_EROFS);
    assert_errno(wasi_path_filestat_set_times(w, DEV, 0, text(w, "null"), 1, 1, FST_MTIM_NOW),
                 WASI_EROFS);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_EINVAL); /* not opened for that */
    assert_errno(wasi_fd_allocate(w, fd, 0, 100), WASI_EBADF);
    assert_errno(wasi_path_unlink_file(w, DEV, text(w, "null")), WASI_EROFS);
}

/* Pipes, terminals and other devices reach beyond the tree: a guest that may only read gets none
 * of them to write. */
static void path_open_of_anything_else_in_a_read_only_preopen_to_write_is_rofs(void **state)
{
    struct world *const w = *state;
    begin(w);
    const char *const others[] = { "tty", "ptmx", "nothing", ".", "fd", "pts" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        for (uint32_t follow = 0; follow <= LOOKUP_FOLLOW; follow += LOOKUP_FOLLOW) {
            assert_errno(guest_try_open(w, DEV, others[i], follow, 0, RIGHT_FD_WRITE), WASI_EROFS);
            assert_errno(
                guest_try_open(w, DEV, others[i], follow, OFLAG_CREAT | OFLAG_TRUNC, RIGHT_FD_READ),
                WASI_EROFS);
        }
    }
    assert_errno(guest_try_open(w, DEV, "null/", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    assert_errno(guest_try_open(w, DEV, "../dev/null", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    assert_errno(guest_try_open(w, BOX, "f", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    assert_errno(guest_try_open(w, BOX, "fifo", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    host_assert_text(w, "box/f", "kept");
}

static void path_open_of_a_link_to_a_device_may_write_where_it_is_followed(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    assert_status(ringfort_config_preopen(w->config, "/", "/", RINGFORT_READ_ONLY), RINGFORT_OK);
    char link[512];
    host_symlink(w, "/dev/null", "box/link");
    const char *const name = host_path(w, "box/link", link) + 1;
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_path_open(w, DEV, LOOKUP_FOLLOW, text(w, name), 0, RIGHT_FD_WRITE, 0, 0, out),
                 WASI_SUCCESS);
    guest_write(w, guest_u32(w, out), "gone");
    assert_errno(guest_try_open(w, DEV, name, 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_of_a_device_in_a_read_only_preopen_may_write),
        TEST(path_open_of_a_device_that_was_named_through_an_opened_folder_may_write),
        TEST(path_open_of_a_device_in_a_read_only_preopen_with_creat_and_trunc_opens_it),
        TEST(fd_functions_that_change_a_device_in_a_read_only_preopen_are_refused),
        TEST(path_open_of_anything_else_in_a_read_only_preopen_to_write_is_rofs),
        TEST(path_open_of_a_link_to_a_device_may_write_where_it_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
