/*
 * Read-only preopens: checklist row 17. Nothing beneath one can be changed; the guest sees ROFS,
 * as on a read-only mount.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

enum { READ_ONLY = FIRST_PREOPEN, WRITABLE = FIRST_PREOPEN + 1 };

static const struct timespec long_ago = { 1000, 0 };

/** Descriptor 3 is the box, read-only; 4 is the folder `other`, writable. */
static void begin(struct world *w)
{
    world_without_preopens(w);
    world_preopen(w, "ro", "box", RINGFORT_READ_ONLY);
    world_preopen(w, "rw", "other", 0);
    host_write(w, "box/f", "kept");
    host_mkdir(w, "box/d");
    host_mkdir(w, "box/empty");
    host_write(w, "box/d/g", "kept too");
    host_symlink(w, "f", "box/l");
    host_write(w, "other/w", "writable");
    host_set_times(w, "box/f", long_ago, long_ago);
    host_set_times(w, "box/l", long_ago, long_ago);
    host_set_times(w, "box/d", long_ago, long_ago);
    host_set_times(w, "box", long_ago, long_ago);
}

static void assert_nothing_changed(struct world *w)
{
    host_assert_text(w, "box/f", "kept");
    host_assert_text(w, "box/d/g", "kept too");
    host_assert_link(w, "box/l", "f");
    assert_true(host_exists(w, "box/empty"));
    assert_int_equal(host_stat(w, "box/f").st_nlink, 1);
    const char *const paths[] = { "box", "box/f", "box/l", "box/d" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(host_stat(w, paths[i]).st_mtim.tv_sec, long_ago.tv_sec);
    }
}

static void path_open_to_read_in_a_read_only_preopen_works(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, READ_ONLY, "f", 0, RIGHTS_READER);
    guest_assert_reads(w, fd, 8, "kept");
    const uint32_t dir = guest_open(w, READ_ONLY, "d", OFLAG_DIRECTORY, RIGHTS_PREOPEN);
    const uint32_t in_dir = guest_open(w, dir, "g", 0, RIGHT_FD_READ);
    guest_assert_reads(w, in_dir, 16, "kept too");
    assert_int_equal(guest_stat_at(w, READ_ONLY, "f").size, 4);
    const uint32_t buf = guest_alloc(w, 1024);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, READ_ONLY, buf, 1024, 0, used), WASI_SUCCESS);
    assert_true(guest_u32(w, used) > 3 * SIZE_DIRENT);
    assert_errno(wasi_path_readlink(w, READ_ONLY, text(w, "l"), buf, 16, used), WASI_SUCCESS);
    assert_nothing_changed(w);
}

static void path_open_in_a_read_only_preopen_to_write_is_rofs(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint64_t writing[] = { RIGHT_FD_WRITE, RIGHT_FD_WRITE | RIGHT_FD_READ, RIGHTS_FILE };
    for (size_t i = 0; i < sizeof writing / sizeof writing[0]; i++) {
        assert_errno(guest_try_open(w, READ_ONLY, "f", 0, 0, writing[i]), WASI_EROFS);
        assert_errno(guest_try_open(w, READ_ONLY, "l", LOOKUP_FOLLOW, 0, writing[i]), WASI_EROFS);
    }
    assert_nothing_changed(w);
}

/* Go asks for the rights to allocate and to set the size of every file that it reads. */
static void path_open_in_a_read_only_preopen_leaves_out_the_other_rights_to_change(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint64_t changing = RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;
    const uint32_t fd = guest_open(w, READ_ONLY, "f", 0, RIGHTS_READER | changing);
    assert_int_equal(guest_fdstat_of(w, fd).base & changing, 0);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_EINVAL);
    assert_errno(wasi_fd_allocate(w, fd, 0, 100), WASI_EBADF);
    assert_nothing_changed(w);
}

/* Linux truncates even what is opened to be read. */
static void path_open_in_a_read_only_preopen_with_trunc_or_creat_is_rofs(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_errno(guest_try_open(w, READ_ONLY, "f", 0, OFLAG_TRUNC, RIGHT_FD_READ), WASI_EROFS);
    assert_errno(guest_try_open(w, READ_ONLY, "f", 0, OFLAG_TRUNC, 0), WASI_EROFS);
    assert_errno(guest_try_open(w, READ_ONLY, "new", 0, OFLAG_CREAT, RIGHT_FD_READ), WASI_EROFS);
    assert_errno(guest_try_open(w, READ_ONLY, "new", 0, OFLAG_CREAT | OFLAG_EXCL, 0), WASI_EROFS);
    assert_errno(guest_try_open(w, READ_ONLY, "d/new", 0, OFLAG_CREAT, RIGHTS_FILE), WASI_EROFS);
    assert_false(host_exists(w, "box/new"));
    assert_nothing_changed(w);
}

static void path_functions_that_change_a_read_only_preopen_are_rofs(void **state)
{
    struct world *const w = *state;
    begin(w);
    const struct span f = text(w, "f");
    const struct span l = text(w, "l");
    const struct span d = text(w, "d");
    const struct span empty = text(w, "empty");
    const struct span new_path = text(w, "new");
    assert_errno(wasi_path_create_directory(w, READ_ONLY, new_path), WASI_EROFS);
    assert_errno(wasi_path_remove_directory(w, READ_ONLY, empty), WASI_EROFS);
    assert_errno(wasi_path_unlink_file(w, READ_ONLY, f), WASI_EROFS);
    assert_errno(wasi_path_unlink_file(w, READ_ONLY, l), WASI_EROFS);
    assert_errno(wasi_path_symlink(w, f, READ_ONLY, new_path), WASI_EROFS);
    assert_errno(wasi_path_rename(w, READ_ONLY, f, READ_ONLY, new_path), WASI_EROFS);
    assert_errno(wasi_path_link(w, READ_ONLY, 0, f, READ_ONLY, new_path), WASI_EROFS);
    const uint32_t now = FST_MTIM_NOW;
    assert_errno(wasi_path_filestat_set_times(w, READ_ONLY, 0, f, 1, 1, FST_MTIM), WASI_EROFS);
    assert_errno(wasi_path_filestat_set_times(w, READ_ONLY, 0, l, 1, 1, now), WASI_EROFS);
    assert_errno(wasi_path_filestat_set_times(w, READ_ONLY, 1, l, 1, 1, now), WASI_EROFS);
    assert_errno(wasi_path_filestat_set_times(w, READ_ONLY, 0, d, 1, 1, now), WASI_EROFS);
    assert_nothing_changed(w);
}

/* A hard link or a rename into a writable preopen would give the file's contents away to
 * writers. */
static void path_link_and_rename_between_a_read_only_and_a_writable_preopen_are_rofs(void **state)
{
    struct world *const w = *state;
    begin(w);
    const struct span f = text(w, "f");
    const struct span d = text(w, "d");
    const struct span writable = text(w, "w");
    const struct span new_path = text(w, "new");
    assert_errno(wasi_path_link(w, READ_ONLY, 0, f, WRITABLE, new_path), WASI_EROFS);
    assert_errno(wasi_path_link(w, WRITABLE, 0, writable, READ_ONLY, new_path), WASI_EROFS);
    assert_errno(wasi_path_rename(w, READ_ONLY, f, WRITABLE, new_path), WASI_EROFS);
    assert_errno(wasi_path_rename(w, READ_ONLY, d, WRITABLE, new_path), WASI_EROFS);
    assert_errno(wasi_path_rename(w, WRITABLE, writable, READ_ONLY, new_path), WASI_EROFS);
    assert_errno(wasi_path_rename(w, WRITABLE, writable, READ_ONLY, f), WASI_EROFS);
    host_assert_text(w, "other/w", "writable");
    assert_false(host_exists(w, "other/new"));
    assert_nothing_changed(w);
}

static void fd_functions_that_change_what_a_read_only_preopen_holds_are_refused(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, READ_ONLY, "f", 0, RIGHTS_READER);
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t iovs = iovec(w, text(w, "new"));
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, FST_MTIM), WASI_EROFS);
    assert_errno(wasi_fd_filestat_set_times(w, READ_ONLY, 1, 1, FST_MTIM_NOW), WASI_EROFS);
    assert_errno(wasi_fd_write(w, fd, iovs, 1, out), WASI_EBADF); /* open to be read alone */
    assert_errno(wasi_fd_pwrite(w, fd, iovs, 1, 0, out), WASI_EBADF);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_EINVAL);
    assert_errno(wasi_fd_allocate(w, fd, 0, 100), WASI_EBADF);
    assert_nothing_changed(w);
}

static void path_open_of_a_folder_in_a_read_only_preopen_is_read_only_as_well(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t dir = guest_open_dir(w, READ_ONLY, "d");
    const uint32_t again = guest_open_dir(w, dir, ".");
    const struct span g = text(w, "g");
    const struct span new_path = text(w, "new");
    assert_errno(guest_try_open(w, again, "g", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    assert_errno(guest_try_open(w, again, "new", 0, OFLAG_CREAT, RIGHT_FD_READ), WASI_EROFS);
    assert_errno(wasi_path_unlink_file(w, again, g), WASI_EROFS);
    assert_errno(wasi_path_link(w, again, 0, g, WRITABLE, new_path), WASI_EROFS);
    assert_errno(wasi_fd_filestat_set_times(w, again, 1, 1, FST_MTIM), WASI_EROFS);
    assert_nothing_changed(w);
}

static void fd_renumber_of_a_read_only_preopen_over_a_writable_one_stays_read_only(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_errno(wasi_fd_renumber(w, READ_ONLY, WRITABLE), WASI_SUCCESS);
    assert_errno(wasi_path_unlink_file(w, WRITABLE, text(w, "f")), WASI_EROFS);
    assert_errno(guest_try_open(w, WRITABLE, "f", 0, 0, RIGHT_FD_WRITE), WASI_EROFS);
    assert_nothing_changed(w);
}

static void path_open_in_a_read_only_preopen_still_refuses_ways_out_and_missing_files(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_errno(guest_try_open(w, READ_ONLY, "../outside.txt", 0, 0, RIGHT_FD_READ),
                 WASI_ENOTCAPABLE);
    assert_errno(guest_try_open(w, READ_ONLY, "none", 0, 0, RIGHT_FD_READ), WASI_ENOENT);
}

static void path_open_in_a_writable_preopen_beside_a_read_only_one_writes(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, WRITABLE, "new", OFLAG_CREAT, RIGHTS_FILE);
    guest_write(w, fd, "made");
    host_assert_text(w, "other/new", "made");
    assert_nothing_changed(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_to_read_in_a_read_only_preopen_works),
        TEST(path_open_in_a_read_only_preopen_to_write_is_rofs),
        TEST(path_open_in_a_read_only_preopen_leaves_out_the_other_rights_to_change),
        TEST(path_open_in_a_read_only_preopen_with_trunc_or_creat_is_rofs),
        TEST(path_functions_that_change_a_read_only_preopen_are_rofs),
        TEST(path_link_and_rename_between_a_read_only_and_a_writable_preopen_are_rofs),
        TEST(fd_functions_that_change_what_a_read_only_preopen_holds_are_refused),
        TEST(path_open_of_a_folder_in_a_read_only_preopen_is_read_only_as_well),
        TEST(fd_renumber_of_a_read_only_preopen_over_a_writable_one_stays_read_only),
        TEST(path_open_in_a_read_only_preopen_still_refuses_ways_out_and_missing_files),
        TEST(path_open_in_a_writable_preopen_beside_a_read_only_one_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
