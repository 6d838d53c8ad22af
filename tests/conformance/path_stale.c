/*
 * A descriptor of a directory is that directory, whatever becomes of its name: moved, replaced,
 * removed, renumbered.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

static uint32_t begin(struct world *w)
{
    host_mkdir(w, "box/d");
    host_write(w, "box/d/f", "f in d");
    return guest_open_dir(w, FIRST_PREOPEN, "d");
}

static void path_open_in_a_directory_that_was_renamed_still_finds_its_files(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = begin(w);
    assert_errno(wasi_path_rename(w, 3, text(w, "d"), 3, text(w, "e")), WASI_SUCCESS);
    const uint32_t fd = guest_open(w, dir, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 16, "f in d");
    guest_open(w, dir, "new", OFLAG_CREAT, RIGHTS_FILE);
    assert_true(host_exists(w, "box/e/new"));
    assert_each_op_gives(w, dir, "../f", WASI_ENOTCAPABLE);
}

static void path_open_in_a_directory_whose_name_became_a_link_does_not_follow_it(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = begin(w);
    assert_errno(wasi_path_rename(w, 3, text(w, "d"), 3, text(w, "e")), WASI_SUCCESS);
    host_symlink(w, "../outside", "box/d");
    assert_errno(guest_try_open(w, dir, "secret.txt", 0, 0, RIGHT_FD_READ), WASI_ENOENT);
    assert_errno(guest_try_stat(w, dir, "secret.txt", 0), WASI_ENOENT);
    assert_errno(wasi_path_create_directory(w, dir, text(w, "made")), WASI_SUCCESS);
    assert_true(host_exists(w, "box/e/made"));
    assert_errno(wasi_path_unlink_file(w, dir, text(w, "secret.txt")), WASI_ENOENT);
    assert_each_op_gives(w, FIRST_PREOPEN, "d/secret.txt", WASI_ENOTCAPABLE);
}

static void path_open_in_a_directory_that_was_removed_makes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = begin(w);
    assert_errno(wasi_path_unlink_file(w, dir, text(w, "f")), WASI_SUCCESS);
    assert_errno(wasi_path_remove_directory(w, 3, text(w, "d")), WASI_SUCCESS);
    host_symlink(w, "../outside", "box/d");
    assert_each_op_gives(w, dir, "secret.txt", WASI_ENOENT);
    assert_each_op_gives(w, dir, "new/x", WASI_ENOENT);
    assert_each_op_gives(w, dir, "../f", WASI_ENOTCAPABLE);
    assert_int_equal(guest_stat(w, dir).filetype, TYPE_DIRECTORY);
    const uint32_t buf = guest_alloc(w, 256);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, dir, buf, 256, 0, used), WASI_SUCCESS);
    assert_true(guest_u32(w, used) <= 2 * SIZE_DIRENT + 3);
    guest_close(w, dir);
}

static void path_open_in_a_directory_that_the_host_moved_out_stays_beneath_it(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = begin(w);
    host_rename(w, "box/d", "other/d");
    host_write(w, "other/beside", "beside d now");
    assert_each_op_gives(w, dir, "../beside", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "../../outside.txt", WASI_ENOTCAPABLE);
    host_symlink(w, "../beside", "other/d/l");
    assert_errno(guest_try_stat(w, dir, "l", LOOKUP_FOLLOW), WASI_ENOTCAPABLE);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d", 0), WASI_ENOENT);
    host_assert_text(w, "other/beside", "beside d now");
}

static void path_open_through_a_renumbered_directory_is_beneath_the_one_that_moved(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = begin(w);
    host_mkdir(w, "box/e");
    host_write(w, "box/e/g", "g in e");
    const uint32_t other = guest_open_dir(w, FIRST_PREOPEN, "e");
    assert_errno(wasi_fd_renumber(w, other, dir), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, dir, "g", 0), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, dir, "f", 0), WASI_ENOENT);
    assert_each_op_gives(w, dir, "../d/f", WASI_ENOTCAPABLE);
}

static void path_open_after_the_preopens_name_was_replaced_still_means_the_same_folder(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    host_mkdir(w, "other/root");
    host_write(w, "other/root/f", "the true one");
    world_preopen(w, "root", "other/root", 0);
    world_start(w);
    host_rename(w, "other/root", "other/moved");
    host_symlink(w, "../outside", "other/root");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 16, "the true one");
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "secret.txt", 0), WASI_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_in_a_directory_that_was_renamed_still_finds_its_files),
        TEST(path_open_in_a_directory_whose_name_became_a_link_does_not_follow_it),
        TEST(path_open_in_a_directory_that_was_removed_makes_nothing),
        TEST(path_open_in_a_directory_that_the_host_moved_out_stays_beneath_it),
        TEST(path_open_through_a_renumbered_directory_is_beneath_the_one_that_moved),
        TEST(path_open_after_the_preopens_name_was_replaced_still_means_the_same_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
