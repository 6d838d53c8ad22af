/*
 * path_create_directory, path_remove_directory, path_unlink_file, path_rename.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <stdlib.h>
#include <unistd.h>

static uint32_t make_dir(struct world *w, const char *path)
{
    return wasi_path_create_directory(w, FIRST_PREOPEN, text(w, path));
}

static uint32_t remove_dir(struct world *w, const char *path)
{
    return wasi_path_remove_directory(w, FIRST_PREOPEN, text(w, path));
}

static uint32_t unlink_file(struct world *w, const char *path)
{
    return wasi_path_unlink_file(w, FIRST_PREOPEN, text(w, path));
}

static uint32_t rename_to(struct world *w, const char *old_path, const char *new_path)
{
    return wasi_path_rename(w, FIRST_PREOPEN, text(w, old_path), FIRST_PREOPEN, text(w, new_path));
}

/** f, a file; d, a directory with a file x; e, an empty directory; lf -> f, ld -> d, dangling ->
 * none. */
static void make_tree(struct world *w)
{
    host_write(w, "box/f", "text of f");
    host_mkdir(w, "box/d");
    host_write(w, "box/d/x", "text of x");
    host_mkdir(w, "box/e");
    host_symlink(w, "f", "box/lf");
    host_symlink(w, "d", "box/ld");
    host_symlink(w, "none", "box/dangling");
}

static void path_create_directory_makes_a_directory_of_the_umasks_mode(void **state)
{
    struct world *const w = *state;
    umask(077);
    assert_errno(make_dir(w, "new"), WASI_SUCCESS);
    umask(022);
    assert_errno(make_dir(w, "new/sub"), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/new").st_mode, S_IFDIR | 0700);
    assert_int_equal(host_stat(w, "box/new/sub").st_mode, S_IFDIR | 0755);
    assert_errno(make_dir(w, "slashes///"), WASI_SUCCESS);
    assert_true(host_exists(w, "box/slashes"));
}

static void path_create_directory_where_something_is_is_exist(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const char *const there[] = {
        "f", "d", "d/", "lf", "ld", "dangling", ".", "./", "d/.", "d/.."
    };
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        assert_errno(make_dir(w, there[i]), WASI_EEXIST);
    }
    assert_false(host_exists(w, "box/none"));
}

static void path_create_directory_without_a_parent_is_noent_or_notdir(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(make_dir(w, "none/new"), WASI_ENOENT);
    assert_errno(make_dir(w, "f/new"), WASI_ENOTDIR);
    assert_errno(make_dir(w, "dangling/new"), WASI_ENOENT);
    assert_errno(make_dir(w, "ld/new"), WASI_SUCCESS);
    assert_true(host_exists(w, "box/d/new"));
}

static void path_create_directory_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_CREATE_DIRECTORY);
    assert_errno(wasi_path_create_directory(w, dir, text(w, "new")), WASI_ENOTCAPABLE);
    assert_false(host_exists(w, "box/new"));
}

static void path_remove_directory_removes_an_empty_one_alone(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(remove_dir(w, "e"), WASI_SUCCESS);
    assert_false(host_exists(w, "box/e"));
    assert_errno(remove_dir(w, "d"), WASI_ENOTEMPTY);
    assert_errno(remove_dir(w, "none"), WASI_ENOENT);
    host_mkdir(w, "box/slash");
    assert_errno(remove_dir(w, "slash/"), WASI_SUCCESS);
    assert_false(host_exists(w, "box/slash"));
}

static void path_remove_directory_of_what_is_none_is_notdir(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    host_symlink(w, "e", "box/le");
    const char *const others[] = { "f", "f/", "lf", "ld", "ld/", "le", "le/", "dangling" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_errno(remove_dir(w, others[i]), WASI_ENOTDIR);
    }
    assert_true(host_exists(w, "box/e"));
    assert_true(host_exists(w, "box/d/x"));
}

static void path_remove_directory_of_dots_or_the_preopen_itself_is_refused(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno_either(remove_dir(w, "."), WASI_EINVAL, WASI_EBUSY);
    assert_errno_either(remove_dir(w, "e/."), WASI_EINVAL, WASI_EBUSY);
    const uint32_t error = remove_dir(w, "e/..");
    assert_true(error == WASI_EINVAL || error == WASI_ENOTEMPTY || error == WASI_EBUSY);
    assert_errno(remove_dir(w, ".."), WASI_ENOTCAPABLE);
    assert_true(host_exists(w, "box/e"));
}

static void path_remove_directory_needs_its_right(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_REMOVE_DIRECTORY);
    assert_errno(wasi_path_remove_directory(w, dir, text(w, "e")), WASI_ENOTCAPABLE);
    assert_true(host_exists(w, "box/e"));
}

static void path_unlink_file_removes_files_and_links_themselves(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(unlink_file(w, "lf"), WASI_SUCCESS);
    assert_errno(unlink_file(w, "ld"), WASI_SUCCESS);
    assert_errno(unlink_file(w, "dangling"), WASI_SUCCESS);
    host_assert_text(w, "box/f", "text of f");
    assert_true(host_exists(w, "box/d/x"));
    assert_errno(unlink_file(w, "f"), WASI_SUCCESS);
    assert_errno(unlink_file(w, "d/x"), WASI_SUCCESS);
    assert_false(host_exists(w, "box/f"));
    assert_false(host_exists(w, "box/d/x"));
    assert_errno(unlink_file(w, "f"), WASI_ENOENT);
}

static void path_unlink_file_of_a_directory_is_isdir(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(unlink_file(w, "e"), WASI_EISDIR);
    assert_errno(unlink_file(w, "e/"), WASI_EISDIR);
    assert_errno(unlink_file(w, "d"), WASI_EISDIR);
    assert_errno(unlink_file(w, "."), WASI_EISDIR);
    assert_true(host_exists(w, "box/e"));
}

static void path_unlink_file_with_a_slash_after_it_is_notdir(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(unlink_file(w, "f/"), WASI_ENOTDIR);
    assert_errno(unlink_file(w, "d/x/"), WASI_ENOTDIR);
    assert_errno(unlink_file(w, "lf/"), WASI_ENOTDIR);
    assert_errno(unlink_file(w, "f/x"), WASI_ENOTDIR);
    host_assert_text(w, "box/f", "text of f");
    assert_true(host_exists(w, "box/lf"));
}

static void path_unlink_file_leaves_an_open_file_readable(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(unlink_file(w, "f"), WASI_SUCCESS);
    guest_assert_reads(w, fd, 16, "text of f");
    assert_int_equal(guest_stat(w, fd).nlink, 0);
}

static void path_unlink_file_needs_its_right(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_UNLINK_FILE);
    assert_errno(wasi_path_unlink_file(w, dir, text(w, "f")), WASI_ENOTCAPABLE);
    assert_true(host_exists(w, "box/f"));
}

static void path_rename_moves_files_and_directories_and_replaces_their_like(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    host_write(w, "box/old", "old");
    assert_errno(rename_to(w, "f", "old"), WASI_SUCCESS);
    host_assert_text(w, "box/old", "text of f");
    assert_false(host_exists(w, "box/f"));
    assert_errno(rename_to(w, "old", "d/old"), WASI_SUCCESS);
    host_assert_text(w, "box/d/old", "text of f");
    assert_errno(rename_to(w, "d", "e"), WASI_SUCCESS);
    host_assert_text(w, "box/e/x", "text of x");
    assert_errno(rename_to(w, "e/x", "./e/../y"), WASI_SUCCESS);
    host_assert_text(w, "box/y", "text of x");
}

static void path_rename_refuses_to_replace_unlike_things(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(rename_to(w, "f", "e"), WASI_EISDIR);
    assert_errno(rename_to(w, "e", "f"), WASI_ENOTDIR);
    assert_errno_either(rename_to(w, "e", "d"), WASI_ENOTEMPTY, WASI_EEXIST);
    assert_errno(rename_to(w, "d", "d/inside"), WASI_EINVAL);
    assert_errno(rename_to(w, "none", "new"), WASI_ENOENT);
    assert_errno(rename_to(w, "f", "none/new"), WASI_ENOENT);
    assert_errno(rename_to(w, "f", "f/new"), WASI_ENOTDIR);
    host_assert_text(w, "box/f", "text of f");
    host_assert_text(w, "box/d/x", "text of x");
}

static void path_rename_onto_itself_succeeds(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    host_link(w, "box/f", "box/same");
    assert_errno(rename_to(w, "f", "f"), WASI_SUCCESS);
    assert_errno(rename_to(w, "f", "same"), WASI_SUCCESS);
    assert_errno(rename_to(w, "d", "d"), WASI_SUCCESS);
    host_assert_text(w, "box/f", "text of f");
    host_assert_text(w, "box/same", "text of f");
}

static void path_rename_allows_slashes_after_directories_alone(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(rename_to(w, "f/", "new"), WASI_ENOTDIR);
    assert_errno(rename_to(w, "f", "new/"), WASI_ENOTDIR);
    assert_errno(rename_to(w, "lf/", "new"), WASI_ENOTDIR);
    host_assert_text(w, "box/f", "text of f");
    assert_errno(rename_to(w, "d/", "moved"), WASI_SUCCESS);
    assert_errno(rename_to(w, "moved", "again/"), WASI_SUCCESS);
    assert_errno(rename_to(w, "again/", "e/"), WASI_SUCCESS);
    host_assert_text(w, "box/e/x", "text of x");
}

static void path_rename_of_dots_is_inval_or_busy(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const char *const dots[] = { ".", "e/.", "d/.." };
    for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++) {
        assert_errno_either(rename_to(w, dots[i], "new"), WASI_EINVAL, WASI_EBUSY);
        assert_errno_either(rename_to(w, "e", dots[i]), WASI_EINVAL, WASI_EBUSY);
    }
    assert_errno(rename_to(w, "..", "new"), WASI_ENOTCAPABLE);
    assert_errno(rename_to(w, "e", ".."), WASI_ENOTCAPABLE);
    assert_true(host_exists(w, "box/e"));
}

static void path_rename_moves_links_and_never_follows_them(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_errno(rename_to(w, "ld", "moved"), WASI_SUCCESS);
    host_assert_link(w, "box/moved", "d");
    assert_errno(rename_to(w, "f", "moved"), WASI_SUCCESS);
    host_assert_text(w, "box/moved", "text of f");
    assert_true(S_ISREG(host_stat(w, "box/moved").st_mode));
    assert_errno(rename_to(w, "moved", "dangling"), WASI_SUCCESS);
    assert_true(S_ISREG(host_stat(w, "box/dangling").st_mode));
    assert_false(host_exists(w, "box/none"));
}

static void path_rename_between_preopens_moves_the_file(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    world_preopen(w, "other", "other", 0);
    assert_errno(wasi_path_rename(w, 3, text(w, "f"), 4, text(w, "g")), WASI_SUCCESS);
    host_assert_text(w, "other/g", "text of f");
    assert_errno(wasi_path_rename(w, 3, text(w, "none"), 4, text(w, "h")), WASI_ENOENT);
}

/** Descriptor 4 is a folder on another device than the box, where the host has one. @return
 * whether it is another */
static bool preopen_shared_memory(struct world *w, char folder[static 64])
{
    snprintf(folder, 64, "/dev/shm/ringfort-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_status(ringfort_config_preopen(w->config, "shm", folder, 0), RINGFORT_OK);
    struct stat found;
    assert_int_equal(stat(folder, &found), 0);
    return found.st_dev != host_stat(w, "box").st_dev;
}

static void path_rename_and_link_between_devices_are_xdev(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    char folder[64];
    const uint32_t expected = preopen_shared_memory(w, folder) ? WASI_EXDEV : WASI_SUCCESS;
    const uint32_t linked = wasi_path_link(w, 3, 0, text(w, "f"), 4, text(w, "linked"));
    const uint32_t renamed = wasi_path_rename(w, 3, text(w, "f"), 4, text(w, "renamed"));
    wasi_path_unlink_file(w, 4, text(w, "linked"));
    wasi_path_unlink_file(w, 4, text(w, "renamed"));
    rmdir(folder);
    assert_errno(linked, expected);
    assert_errno(renamed, expected);
    assert_int_equal(host_exists(w, "box/f"), expected == WASI_EXDEV);
}

static void path_rename_needs_a_right_on_each_side(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t no_source = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY,
                                                  RIGHTS_PREOPEN, RIGHT_PATH_RENAME_SOURCE);
    const uint32_t no_target = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY,
                                                  RIGHTS_PREOPEN, RIGHT_PATH_RENAME_TARGET);
    const struct span f = text(w, "f");
    const struct span g = text(w, "g");
    assert_errno(wasi_path_rename(w, no_source, f, no_target, g), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_rename(w, no_source, f, FIRST_PREOPEN, g), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_rename(w, FIRST_PREOPEN, f, no_target, g), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_rename(w, no_target, f, no_source, g), WASI_SUCCESS);
}

static void path_rename_with_either_descriptor_bad_is_badf(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const struct span f = text(w, "f");
    const struct span g = text(w, "g");
    assert_errno(wasi_path_rename(w, 99, f, FIRST_PREOPEN, g), WASI_EBADF);
    assert_errno(wasi_path_rename(w, FIRST_PREOPEN, f, 99, g), WASI_EBADF);
    assert_true(host_exists(w, "box/f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_create_directory_makes_a_directory_of_the_umasks_mode),
        TEST(path_create_directory_where_something_is_is_exist),
        TEST(path_create_directory_without_a_parent_is_noent_or_notdir),
        TEST(path_create_directory_needs_its_right),
        TEST(path_remove_directory_removes_an_empty_one_alone),
        TEST(path_remove_directory_of_what_is_none_is_notdir),
        TEST(path_remove_directory_of_dots_or_the_preopen_itself_is_refused),
        TEST(path_remove_directory_needs_its_right),
        TEST(path_unlink_file_removes_files_and_links_themselves),
        TEST(path_unlink_file_of_a_directory_is_isdir),
        TEST(path_unlink_file_with_a_slash_after_it_is_notdir),
        TEST(path_unlink_file_leaves_an_open_file_readable),
        TEST(path_unlink_file_needs_its_right),
        TEST(path_rename_moves_files_and_directories_and_replaces_their_like),
        TEST(path_rename_refuses_to_replace_unlike_things),
        TEST(path_rename_onto_itself_succeeds),
        TEST(path_rename_allows_slashes_after_directories_alone),
        TEST(path_rename_of_dots_is_inval_or_busy),
        TEST(path_rename_moves_links_and_never_follows_them),
        TEST(path_rename_between_preopens_moves_the_file),
        TEST(path_rename_and_link_between_devices_are_xdev),
        TEST(path_rename_needs_a_right_on_each_side),
        TEST(path_rename_with_either_descriptor_bad_is_badf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
