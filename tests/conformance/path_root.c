/*
 * A preopen whose guest name is "/": there, and only there, an absolute link target is looked up
 * inside the preopen.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

static void begin(struct world *w)
{
    world_without_preopens(w);
    world_preopen(w, "/", "box", 0);
    host_write(w, "box/f", "f in the box");
    host_mkdir(w, "box/d");
    host_write(w, "box/d/g", "g in d");
}

static void path_open_follows_absolute_targets_inside_a_preopen_called_root(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/f", "box/to-f");
    host_symlink(w, "/d", "box/to-d");
    host_symlink(w, "/to-d/g", "box/d/twice");
    host_symlink(w, "/", "box/to-root");
    host_symlink(w, "/d/../f", "box/with-dots");
    host_symlink(w, "//d//g", "box/with-slashes");
    const struct {
        const char *path;
        const char *contents;
    } names[] = { { "to-f", "f in the box" },
                  { "to-d/g", "g in d" },
                  { "d/twice", "g in d" },
                  { "to-root/f", "f in the box" },
                  { "to-root/to-d/g", "g in d" },
                  { "with-dots", "f in the box" },
                  { "with-slashes", "g in d" },
                  { "to-d/../f", "f in the box" },
                  { "to-root/to-root/f", "f in the box" } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const uint32_t fd = guest_open(w, FIRST_PREOPEN, names[i].path, 0, RIGHT_FD_READ);
        guest_assert_reads(w, fd, 32, names[i].contents);
        guest_close(w, fd);
        assert_errno(guest_try_stat(w, FIRST_PREOPEN, names[i].path, LOOKUP_FOLLOW), WASI_SUCCESS);
    }
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "to-f", 0, 0, RIGHT_FD_READ), WASI_ELOOP);
}

static void path_open_finds_nothing_of_the_host_behind_an_absolute_target(void **state)
{
    struct world *const w = *state;
    begin(w);
    char name[512];
    host_symlink(w, "/etc/passwd", "box/passwd");
    host_symlink(w, "/etc", "box/l");
    host_symlink(w, host_path(w, "outside.txt", name), "box/out");
    host_symlink(w, "/proc/self/root", "box/magic");
    assert_errno(guest_try_open(w, 3, "passwd", LOOKUP_FOLLOW, 0, RIGHT_FD_READ), WASI_ENOENT);
    assert_errno(guest_try_open(w, 3, "l/passwd", LOOKUP_FOLLOW, 0, RIGHT_FD_READ), WASI_ENOENT);
    assert_errno(guest_try_open(w, 3, "out", LOOKUP_FOLLOW, 0, RIGHT_FD_READ), WASI_ENOENT);
    assert_errno(guest_try_stat(w, 3, "magic/etc", LOOKUP_FOLLOW), WASI_ENOENT);
    assert_each_op_gives(w, FIRST_PREOPEN, "l/passwd", WASI_ENOENT);
}

static void path_open_refuses_to_climb_out_of_a_preopen_called_root(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/../outside.txt", "box/out");
    host_symlink(w, "../outside.txt", "box/relative");
    host_symlink(w, "/d/../../outside", "box/out-dir");
    assert_each_op_gives(w, FIRST_PREOPEN, "..", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "../outside.txt", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "out-dir/secret.txt", WASI_ENOTCAPABLE);
    assert_errno(guest_try_stat(w, 3, "out", LOOKUP_FOLLOW), WASI_ENOTCAPABLE);
    assert_errno(guest_try_stat(w, 3, "relative", LOOKUP_FOLLOW), WASI_ENOTCAPABLE);
    assert_errno(guest_try_open(w, 3, "out", LOOKUP_FOLLOW, OFLAG_CREAT, RIGHTS_FILE),
                 WASI_ENOTCAPABLE);
}

static void path_open_with_creat_behind_an_absolute_target_makes_the_file_inside(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/d/new", "box/l");
    assert_errno(guest_try_open(w, 3, "l", LOOKUP_FOLLOW, 0, RIGHTS_FILE), WASI_ENOENT);
    assert_errno(guest_try_open(w, 3, "l", LOOKUP_FOLLOW, OFLAG_CREAT, RIGHTS_FILE), WASI_SUCCESS);
    assert_true(host_exists(w, "box/d/new"));
}

static void path_open_of_absolute_links_in_a_circle_is_loop(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/self", "box/self");
    host_symlink(w, "/b", "box/a");
    host_symlink(w, "a", "box/b");
    assert_errno(guest_try_open(w, 3, "self", LOOKUP_FOLLOW, 0, RIGHT_FD_READ), WASI_ELOOP);
    assert_errno(guest_try_open(w, 3, "a", LOOKUP_FOLLOW, 0, RIGHT_FD_READ), WASI_ELOOP);
    assert_errno(guest_try_stat(w, 3, "self/x", 0), WASI_ELOOP);
}

static void path_operations_with_an_absolute_target_in_the_middle_act_inside(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/d", "box/l");
    assert_errno(wasi_path_create_directory(w, 3, text(w, "l/made")), WASI_SUCCESS);
    assert_true(host_exists(w, "box/d/made"));
    assert_errno(wasi_path_remove_directory(w, 3, text(w, "l/made")), WASI_SUCCESS);
    assert_errno(wasi_path_link(w, 3, 0, text(w, "l/g"), 3, text(w, "l/h")), WASI_SUCCESS);
    assert_errno(wasi_path_rename(w, 3, text(w, "l/h"), 3, text(w, "moved")), WASI_SUCCESS);
    host_assert_text(w, "box/moved", "g in d");
    assert_errno(wasi_path_symlink(w, text(w, "g"), 3, text(w, "l/s")), WASI_SUCCESS);
    host_assert_link(w, "box/d/s", "g");
    assert_errno(wasi_path_unlink_file(w, 3, text(w, "l/s")), WASI_SUCCESS);
    assert_errno(wasi_path_filestat_set_times(w, 3, LOOKUP_FOLLOW, text(w, "l/g"), 0, 1, FST_MTIM),
                 WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/d/g").st_mtim.tv_nsec, 1);
}

static void path_open_from_a_folder_in_a_preopen_called_root_never_leaves_the_preopen(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "/f", "box/d/to-f");
    host_symlink(w, "/etc/passwd", "box/d/passwd");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    const uint32_t error = guest_try_open(w, dir, "to-f", LOOKUP_FOLLOW, 0, RIGHT_FD_READ);
    assert_true(error == WASI_SUCCESS || error == WASI_ENOTCAPABLE || error == WASI_ENOENT);
    const uint32_t other = guest_try_open(w, dir, "passwd", LOOKUP_FOLLOW, 0, RIGHT_FD_READ);
    assert_true(other == WASI_ENOTCAPABLE || other == WASI_ENOENT);
    assert_each_op_gives(w, dir, "../f", WASI_ENOTCAPABLE);
}

static void path_symlink_to_an_absolute_text_is_refused_there_too(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_errno(wasi_path_symlink(w, text(w, "/f"), 3, text(w, "l")), WASI_EPERM);
    assert_false(host_exists(w, "box/l"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_follows_absolute_targets_inside_a_preopen_called_root),
        TEST(path_open_finds_nothing_of_the_host_behind_an_absolute_target),
        TEST(path_open_refuses_to_climb_out_of_a_preopen_called_root),
        TEST(path_open_with_creat_behind_an_absolute_target_makes_the_file_inside),
        TEST(path_open_of_absolute_links_in_a_circle_is_loop),
        TEST(path_operations_with_an_absolute_target_in_the_middle_act_inside),
        TEST(path_open_from_a_folder_in_a_preopen_called_root_never_leaves_the_preopen),
        TEST(path_symlink_to_an_absolute_text_is_refused_there_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
