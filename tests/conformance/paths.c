/*
 * What a path may be, in every function that takes one. Ways out of the box are in path_sandbox.c.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

#include <stdlib.h>
#include <string.h>

static void make_tree(struct world *w)
{
    host_write(w, "box/f", "text");
    host_mkdir(w, "box/d");
    host_mkdir(w, "box/d/e");
    host_write(w, "box/d/g", "g in d");
    host_symlink(w, "d/e", "box/lde");
    host_symlink(w, "d", "box/ld");
    host_symlink(w, "f", "box/lf");
}

static void path_open_and_all_others_refuse_an_empty_path_with_noent(void **state)
{
    struct world *const w = *state;
    assert_each_op_gives(w, FIRST_PREOPEN, "", WASI_ENOENT);
    const struct span nowhere = { guest_end(w, 0), 0 };
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, nowhere, WASI_ENOENT);
}

static void path_open_and_all_others_refuse_an_absolute_path_with_notcapable(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_each_op_gives(w, FIRST_PREOPEN, "/", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "//f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/etc/passwd", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/box/f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/..", WASI_ENOTCAPABLE);
}

static void path_open_and_all_others_refuse_to_climb_out_with_notcapable(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const char *const out[] = { "..",
                                "../",
                                "../..",
                                "../outside.txt",
                                "../box/f",
                                "./../outside.txt",
                                "d/../../outside.txt",
                                "d/e/../../../outside/secret.txt",
                                "ld/../../outside.txt",
                                "..//outside.txt",
                                "d/../.././outside.txt" };
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        assert_each_op_gives(w, FIRST_PREOPEN, out[i], WASI_ENOTCAPABLE);
    }
}

static void path_open_and_all_others_look_up_what_stands_before_dot_dot(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_each_op_gives(w, FIRST_PREOPEN, "none/../f", WASI_ENOENT);
    assert_each_op_gives(w, FIRST_PREOPEN, "f/../f", WASI_ENOTDIR);
    assert_each_op_gives(w, FIRST_PREOPEN, "lf/../f", WASI_ENOTDIR);
    assert_each_op_gives(w, FIRST_PREOPEN, "f/./x", WASI_ENOTDIR);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d/../f", 0), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "d/e/../../f", 0), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, ".//d/.//g", 0), WASI_SUCCESS);
}

static void path_filestat_get_of_dot_dot_after_a_link_is_the_targets_parent(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "lde/../g").ino,
                     host_stat(w, "box/d/g").st_ino);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "lde/../f", 0), WASI_ENOENT);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "lde/../g", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 16, "g in d");
}

/* Checklist row 20. */
static void path_open_and_all_others_refuse_a_nul_with_inval(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "f\0", 2), WASI_EINVAL);
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "\0f", 2), WASI_EINVAL);
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "d\0x/g", 5), WASI_EINVAL);
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "\0", 1), WASI_EINVAL);
}

/* Checklist row 20. */
static void path_open_and_all_others_refuse_bytes_that_are_not_utf_8_with_ilseq(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    const char *const refused[] = {
        "\xff",
        "\xff\xfe\x80",
        "\x80",
        "caf\xc3",
        "caf\xc3/x",
        "d/\xbf",
        "\xc0\xaf",
        "..\xc0\xaf..",
        "\xe0\x80\xaf",
        "\xf0\x80\x80\xaf",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "0123456\xff",
        "01234567\xff",
        "0123456789abcdef/\xc3",
        "/\xff",
        "../\xff",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_each_op_gives(w, FIRST_PREOPEN, refused[i], WASI_EILSEQ);
    }
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "\0\xff", 2), WASI_EILSEQ);
    const struct span bad = text(w, "\xff");
    assert_errno(wasi_path_symlink(w, bad, FIRST_PREOPEN, text(w, "l")), WASI_EILSEQ);
    assert_false(host_exists(w, "box/l"));
    assert_false(host_exists(w, "box/\xff"));
}

/* Also what the host has so named, which the guest cannot reach. */
static void path_open_and_all_others_refuse_a_name_that_is_there_and_not_utf_8(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/\xff\xfe", "kept");
    host_mkdir(w, "box/\xfd");
    host_write(w, "box/\xfd/f", "kept");
    assert_each_op_gives(w, FIRST_PREOPEN, "\xff\xfe", WASI_EILSEQ);
    assert_each_op_gives(w, FIRST_PREOPEN, "\xfd/f", WASI_EILSEQ);
    host_assert_text(w, "box/\xff\xfe", "kept");
    host_assert_text(w, "box/\xfd/f", "kept");
}

static void path_open_and_all_others_take_every_name_that_is_utf_8(void **state)
{
    struct world *const w = *state;
    const char *const names[] = {
        "\x01",           "\x7f",         "caf\xc3\xa9",  "\xe2\x82\xac",     "\xf0\x9f\x98\x80",
        "\xef\xbf\xbd",   "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "01234567\xc3\xa9",
        "0123456\xc3\xa9"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        guest_close(w, guest_open(w, FIRST_PREOPEN, names[i], OFLAG_CREAT, RIGHTS_FILE));
        assert_errno(guest_try_stat(w, FIRST_PREOPEN, names[i], 0), WASI_SUCCESS);
        assert_errno(wasi_path_unlink_file(w, FIRST_PREOPEN, text(w, names[i])), WASI_SUCCESS);
    }
    const char odd[] = "a\\b:c*?\n \x01";
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, odd)), WASI_SUCCESS);
    assert_errno(wasi_path_remove_directory(w, FIRST_PREOPEN, text(w, odd)), WASI_SUCCESS);
}

/* Checklist row 20. */
static void path_open_and_all_others_refuse_paths_that_are_too_long(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    char *const path = calloc(1, 70000);
    assert_non_null(path);
    memset(path, 'x', 256);
    assert_each_op_gives(w, FIRST_PREOPEN, path, WASI_ENAMETOOLONG);
    memcpy(path + 256, "/f", 3);
    assert_each_op_gives(w, FIRST_PREOPEN, path, WASI_ENAMETOOLONG);
    for (int i = 0; i < 4096; i += 2) {
        memcpy(path + i, "./", 2);
    }
    memcpy(path + 4095, "f", 2);
    assert_each_op_gives(w, FIRST_PREOPEN, path, WASI_ENAMETOOLONG);
    memcpy(path + 4094, "f", 2);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, path, 0), WASI_SUCCESS);
    memset(path, 'x', 65536);
    assert_each_op_gives(w, FIRST_PREOPEN, path, WASI_ENAMETOOLONG);
    free(path);
    const struct span huge = { 0, (uint32_t)w->memory_size };
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, huge, WASI_ENAMETOOLONG);
}

static void path_create_directory_takes_a_name_of_255_bytes(void **state)
{
    struct world *const w = *state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, name)), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, name, 0), WASI_SUCCESS);
}

/* Checklist row 7. */
static void path_open_and_all_others_on_what_is_no_directory_are_notdir(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_INHERITING);
    const uint32_t others[] = { 0, 1, 2, file };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_each_op_gives(w, others[i], "f", WASI_ENOTDIR);
        assert_each_op_gives(w, others[i], ".", WASI_ENOTDIR);
    }
}

/* Checklist row 6. */
static void path_open_and_all_others_on_what_is_not_open_are_badf(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    const uint32_t closed[] = { 4, 99, 255, 256, UINT32_C(1) << 31, UINT32_MAX };
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        assert_each_op_gives(w, closed[i], "f", WASI_EBADF);
    }
}

/* Checklist row 13. */
static void path_open_and_all_others_of_what_is_missing_are_noent(void **state)
{
    struct world *const w = *state;
    for (size_t i = 0; i < path_op_count; i++) {
        if (!path_ops[i].makes) {
            assert_errno(path_ops[i].run(w, FIRST_PREOPEN, text(w, "none")), WASI_ENOENT);
        }
    }
    assert_each_op_gives(w, FIRST_PREOPEN, "none/x", WASI_ENOENT);
}

static void path_filestat_get_with_a_slash_after_a_link_follows_it(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "ld/").ino, host_stat(w, "box/d").st_ino);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "ld/.").ino, host_stat(w, "box/d").st_ino);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "lf/", 0), WASI_ENOTDIR);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "f/", 0), WASI_ENOTDIR);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "f/.", 0), WASI_ENOTDIR);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "ld/", 0, 0, RIGHT_FD_READDIR), WASI_SUCCESS);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "lf/", LOOKUP_FOLLOW, 0, 0), WASI_ENOTDIR);
    assert_errno_either(guest_try_open(w, FIRST_PREOPEN, "f/", 0, OFLAG_CREAT, RIGHT_FD_WRITE),
                        WASI_ENOTDIR, WASI_EISDIR);
    assert_errno_either(guest_try_open(w, FIRST_PREOPEN, "new/", 0, OFLAG_CREAT, RIGHT_FD_WRITE),
                        WASI_ENOENT, WASI_EISDIR);
    assert_false(host_exists(w, "box/new"));
}

/** l1 -> f, l2 -> l1, ... */
static void make_chain(struct world *w, const char *folder, const char *target, int length)
{
    char path[64];
    char before[16];
    snprintf(before, sizeof before, "%s", target);
    for (int i = 1; i <= length; i++) {
        snprintf(path, sizeof path, "%s/l%d", folder, i);
        host_symlink(w, before, path);
        snprintf(before, sizeof before, "l%d", i);
    }
}

static void path_open_follows_forty_links_and_not_one_more(void **state)
{
    struct world *const w = *state;
    make_tree(w);
    make_chain(w, "box", "f", 41);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "l40", LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
                 WASI_SUCCESS);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "l40", LOOKUP_FOLLOW), WASI_SUCCESS);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "l41", LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
                 WASI_ELOOP);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "l41", LOOKUP_FOLLOW), WASI_ELOOP);
}

static void path_filestat_get_through_forty_links_to_directories_and_not_one_more(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_symlink(w, ".", "box/s");
    char path[256] = "";
    for (int i = 0; i < 40; i++) {
        strcat(path, "s/");
    }
    strcat(path, "f");
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, path, 0), WASI_SUCCESS);
    memmove(path + 2, path, strlen(path) + 1);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, path, 0), WASI_ELOOP);
}

/* Checklist row 10. */
static void path_open_of_a_link_to_itself_is_loop(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "self", "box/self");
    host_symlink(w, "b", "box/a");
    host_symlink(w, "a", "box/b");
    assert_each_op_gives(w, FIRST_PREOPEN, "self/x", WASI_ELOOP);
    assert_each_op_gives(w, FIRST_PREOPEN, "a/x", WASI_ELOOP);
    for (size_t i = 0; i < path_op_count; i++) {
        if (path_ops[i].follows || path_ops[i].opens) {
            assert_errno(path_ops[i].run(w, FIRST_PREOPEN, text(w, "self")), WASI_ELOOP);
            assert_errno(path_ops[i].run(w, FIRST_PREOPEN, text(w, "b")), WASI_ELOOP);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_and_all_others_refuse_an_empty_path_with_noent),
        TEST(path_open_and_all_others_refuse_an_absolute_path_with_notcapable),
        TEST(path_open_and_all_others_refuse_to_climb_out_with_notcapable),
        TEST(path_open_and_all_others_look_up_what_stands_before_dot_dot),
        TEST(path_filestat_get_of_dot_dot_after_a_link_is_the_targets_parent),
        TEST(path_open_and_all_others_refuse_a_nul_with_inval),
        TEST(path_open_and_all_others_refuse_bytes_that_are_not_utf_8_with_ilseq),
        TEST(path_open_and_all_others_refuse_a_name_that_is_there_and_not_utf_8),
        TEST(path_open_and_all_others_take_every_name_that_is_utf_8),
        TEST(path_open_and_all_others_refuse_paths_that_are_too_long),
        TEST(path_create_directory_takes_a_name_of_255_bytes),
        TEST(path_open_and_all_others_on_what_is_no_directory_are_notdir),
        TEST(path_open_and_all_others_on_what_is_not_open_are_badf),
        TEST(path_open_and_all_others_of_what_is_missing_are_noent),
        TEST(path_filestat_get_with_a_slash_after_a_link_follows_it),
        TEST(path_open_follows_forty_links_and_not_one_more),
        TEST(path_filestat_get_through_forty_links_to_directories_and_not_one_more),
        TEST(path_open_of_a_link_to_itself_is_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
