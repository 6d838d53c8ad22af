/*
 * Ways out of the box that must all be closed: checklist rows 10, 11 and 24, and every class of
 * escape seen in other hosts.
 * Each test also ends with the canaries outside untouched, and nothing new beside the box.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

#include <string.h>

static void make_absolute_link(struct world *w, const char *target, const char *path)
{
    char name[512];
    host_symlink(w, host_path(w, target, name), path);
}

static void make_traps(struct world *w)
{
    host_write(w, "box/f", "text");
    host_mkdir(w, "box/d");
    host_write(w, "box/d/f", "text");
    host_symlink(w, "../outside", "box/out");
    host_symlink(w, "../outside/", "box/out-slash");
    host_symlink(w, "..", "box/up");
    host_symlink(w, "../outside.txt", "box/out-file");
    host_symlink(w, "../../outside", "box/d/out");
    host_symlink(w, "out", "box/chain");
    host_symlink(w, "d/../../outside", "box/lexical");
    host_symlink(w, ".", "box/dot");
    host_symlink(w, "dot/../outside", "box/dot-lexical");
    host_symlink(w, "../box/f", "box/back");
    host_symlink(w, "../box", "box/back-dir");
    host_symlink(w, "../created", "box/dangling");
    host_symlink(w, "/proc/self/root", "box/magic");
    host_symlink(w, "/proc/self/cwd", "box/magic-cwd");
    host_symlink(w, "/", "box/root");
    make_absolute_link(w, "outside", "box/absolute");
    make_absolute_link(w, "outside/", "box/absolute-slash");
    make_absolute_link(w, "outside.txt", "box/absolute-file");
    make_absolute_link(w, "created", "box/absolute-dangling");
    make_absolute_link(w, "box/f", "box/absolute-back");
}

static void path_open_and_all_others_refuse_a_link_in_the_middle_that_leads_out(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    const char *const paths[] = {
        "out/secret.txt",
        "out/new",
        "out/../outside.txt",
        "out-slash/secret.txt",
        "up/outside.txt",
        "up/outside/secret.txt",
        "up/box/f",
        "d/out/secret.txt",
        "chain/secret.txt",
        "lexical/secret.txt",
        "dot-lexical/secret.txt",
        "dot/out/secret.txt",
        "dot/../outside.txt",
        "dot/dot/../outside.txt",
        "d/../dot/../outside.txt",
        "back-dir/f",
        "back-dir/new",
        "absolute/secret.txt",
        "absolute/new",
        "absolute-slash/secret.txt",
        "magic/etc/passwd",
        "magic-cwd/new",
        "root/etc/passwd",
        "root/tmp",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_each_op_gives(w, FIRST_PREOPEN, paths[i], WASI_ENOTCAPABLE);
    }
}

static const char *const last_links[] = {
    "out",
    "out-slash",
    "up",
    "out-file",
    "d/out",
    "chain",
    "lexical",
    "dot-lexical",
    "back",
    "back-dir",
    "dangling",
    "magic",
    "magic-cwd",
    "root",
    "absolute",
    "absolute-slash",
    "absolute-file",
    "absolute-dangling",
    "absolute-back",
};
enum { LAST_LINKS = sizeof last_links / sizeof last_links[0] };

static void path_open_and_all_that_follow_refuse_a_last_link_that_leads_out(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    for (size_t i = 0; i < LAST_LINKS; i++) {
        for (size_t j = 0; j < path_op_count; j++) {
            const uint32_t mark = w->next;
            const struct span path = text(w, last_links[i]);
            if (path_ops[j].follows) {
                assert_errno(path_ops[j].run(w, FIRST_PREOPEN, path), WASI_ENOTCAPABLE);
            } else if (path_ops[j].opens) {
                assert_errno(path_ops[j].run(w, FIRST_PREOPEN, path), WASI_ELOOP);
            }
            w->next = mark;
        }
    }
}

static void path_open_and_all_others_refuse_a_last_link_with_a_slash_that_leads_out(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    for (size_t i = 0; i < LAST_LINKS; i++) {
        char path[64];
        for (size_t j = 0; j < path_op_count; j++) {
            const uint32_t mark = w->next;
            snprintf(path, sizeof path, "%s/", last_links[i]);
            assert_int_not_equal(path_ops[j].run(w, FIRST_PREOPEN, text(w, path)), WASI_SUCCESS);
            assert_int_not_equal(w->result.value, WASI_EXDEV);
            snprintf(path, sizeof path, "%s/.", last_links[i]);
            assert_int_not_equal(path_ops[j].run(w, FIRST_PREOPEN, text(w, path)), WASI_SUCCESS);
            w->next = mark;
        }
        snprintf(path, sizeof path, "box/%s", last_links[i]);
        assert_true(S_ISLNK(host_stat(w, path).st_mode));
    }
}

static void path_unlink_file_and_rename_act_on_a_trap_itself(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    for (size_t i = 0; i < LAST_LINKS; i++) {
        const uint32_t mark = w->next;
        assert_errno(wasi_path_rename(w, 3, text(w, last_links[i]), 3, text(w, "renamed")),
                     WASI_SUCCESS);
        assert_errno(wasi_path_link(w, 3, 0, text(w, "renamed"), 3, text(w, "linked")),
                     WASI_SUCCESS);
        assert_errno(wasi_path_unlink_file(w, 3, text(w, "linked")), WASI_SUCCESS);
        assert_errno(wasi_path_unlink_file(w, 3, text(w, "renamed")), WASI_SUCCESS);
        w->next = mark;
    }
}

/* Checklist row 24. */
static void path_symlink_of_the_guests_own_makes_no_way_out(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    const struct {
        const char *target;
        const char *link;
        const char *use;
    } escapes[] = {
        { "..", "up", "up/outside.txt" },
        { "../outside.txt", "file", "file/../outside.txt" },
        { "../..", "d/up", "d/up/outside.txt" },
        { "d/../..", "mixed", "mixed/outside.txt" },
        { "../box/../outside", "around", "around/secret.txt" },
        { ".", "s", "s/../outside.txt" },
        { "s/../outside", "lexical", "lexical/secret.txt" },
        { "s/s/../../outside", "deeper", "deeper/secret.txt" },
        { "../../../../../../../../../../etc", "far", "far/passwd" },
    };
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        assert_errno(wasi_path_symlink(w, text(w, escapes[i].target), FIRST_PREOPEN,
                                       text(w, escapes[i].link)),
                     WASI_SUCCESS);
        assert_each_op_gives(w, FIRST_PREOPEN, escapes[i].use, WASI_ENOTCAPABLE);
    }
}

/* Checklist row 24. */
static void path_rename_of_a_link_upwards_makes_no_way_out(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_write(w, "box/f", "text");
    assert_errno(wasi_path_symlink(w, text(w, ".."), 3, text(w, "d/up")), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d/up/f", 0), WASI_SUCCESS);
    assert_errno(wasi_path_rename(w, 3, text(w, "d/up"), 3, text(w, "up")), WASI_SUCCESS);
    assert_each_op_gives(w, FIRST_PREOPEN, "up/outside.txt", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "up/box/f", WASI_ENOTCAPABLE);
    assert_errno(wasi_path_link(w, 3, 0, text(w, "up"), 3, text(w, "d/again")), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d/again/f", 0), WASI_SUCCESS);
}

/* Checklist row 11. */
static void path_open_through_links_to_the_same_place_gains_no_level(void **state)
{
    struct world *const w = *state;
    host_symlink(w, ".", "box/s");
    char path[256] = "";
    for (int i = 0; i < 20; i++) {
        strcat(path, "s/");
    }
    for (int i = 0; i < 20; i++) {
        strcat(path, "../");
    }
    strcat(path, "etc/passwd");
    assert_each_op_gives(w, FIRST_PREOPEN, path, WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "s/s/s/..", WASI_ENOTCAPABLE);
}

static void path_open_beneath_a_directory_of_the_guests_stays_beneath_it(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    host_symlink(w, "../f", "box/d/to-parent");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d/to-parent", LOOKUP_FOLLOW), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, dir, "to-parent", LOOKUP_FOLLOW), WASI_ENOTCAPABLE);
    assert_errno(guest_try_open(w, dir, "to-parent", LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
                 WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "../f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "..", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "../d/f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "../../outside.txt", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, dir, "out/secret.txt", WASI_ENOTCAPABLE);
}

static void path_open_with_creat_through_a_dangling_link_makes_nothing_outside(void **state)
{
    struct world *const w = *state;
    make_traps(w);
    host_symlink(w, "dangling", "box/dangling2");
    host_symlink(w, "out/created", "box/dangling3");
    host_symlink(w, "absolute/created", "box/dangling4");
    const char *const names[] = { "dangling", "absolute-dangling", "dangling2", "dangling3",
                                  "dangling4" };
    const uint32_t flags[] = { OFLAG_CREAT, OFLAG_CREAT | OFLAG_TRUNC };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            assert_errno(
                guest_try_open(w, FIRST_PREOPEN, names[i], LOOKUP_FOLLOW, flags[j], RIGHTS_FILE),
                WASI_ENOTCAPABLE);
            assert_errno(guest_try_open(w, FIRST_PREOPEN, names[i], 0, flags[j], RIGHTS_FILE),
                         WASI_ELOOP);
        }
        assert_errno(guest_try_open(w, FIRST_PREOPEN, names[i], LOOKUP_FOLLOW,
                                    OFLAG_CREAT | OFLAG_EXCL, RIGHTS_FILE),
                     WASI_EEXIST);
    }
    assert_false(host_exists(w, "created"));
    assert_false(host_exists(w, "outside/created"));
}

static void path_open_of_magic_links_below_proc_is_refused(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_preopen(w->config, "proc", "/proc", RINGFORT_SYSTEM_FILES),
                  RINGFORT_OK);
    const char *const magic[] = { "self/root/etc/passwd", "self/cwd/CMakeLists.txt", "self/exe",
                                  "self/fd/0", "self/root" };
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++) {
        assert_errno_either(
            guest_try_open(w, FIRST_PREOPEN + 1, magic[i], LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
            WASI_ENOTCAPABLE, WASI_ELOOP);
        assert_errno_either(guest_try_stat(w, FIRST_PREOPEN + 1, magic[i], LOOKUP_FOLLOW),
                            WASI_ENOTCAPABLE, WASI_ELOOP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_and_all_others_refuse_a_link_in_the_middle_that_leads_out),
        TEST(path_open_and_all_that_follow_refuse_a_last_link_that_leads_out),
        TEST(path_open_and_all_others_refuse_a_last_link_with_a_slash_that_leads_out),
        TEST(path_unlink_file_and_rename_act_on_a_trap_itself),
        TEST(path_symlink_of_the_guests_own_makes_no_way_out),
        TEST(path_rename_of_a_link_upwards_makes_no_way_out),
        TEST(path_open_through_links_to_the_same_place_gains_no_level),
        TEST(path_open_beneath_a_directory_of_the_guests_stays_beneath_it),
        TEST(path_open_with_creat_through_a_dangling_link_makes_nothing_outside),
        TEST(path_open_of_magic_links_below_proc_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
