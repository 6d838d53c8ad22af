/*
 * path_link, path_symlink, path_readlink.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <string.h>

static uint32_t link_to(struct world *w, const char *old_path, const char *new_path)
{
    return wasi_path_link(w, FIRST_PREOPEN, 0, text(w, old_path), FIRST_PREOPEN, text(w, new_path));
}

static uint32_t symlink_to(struct world *w, const char *target, const char *path)
{
    return wasi_path_symlink(w, text(w, target), FIRST_PREOPEN, text(w, path));
}

static void path_link_gives_a_file_a_second_name(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_mkdir(w, "box/d");
    assert_errno(link_to(w, "f", "d/second"), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/d/second").st_ino, host_stat(w, "box/f").st_ino);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "f").nlink, 2);
}

static void path_link_between_preopens_works(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "other", "other", 0);
    host_write(w, "box/f", "text");
    assert_errno(wasi_path_link(w, 3, 0, text(w, "f"), 4, text(w, "g")), WASI_SUCCESS);
    host_assert_text(w, "other/g", "text");
}

static void path_link_where_something_is_is_exist(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_write(w, "box/g", "other");
    host_mkdir(w, "box/d");
    host_symlink(w, "none", "box/dangling");
    assert_errno(link_to(w, "f", "g"), WASI_EEXIST);
    assert_errno(link_to(w, "f", "f"), WASI_EEXIST);
    assert_errno(link_to(w, "f", "d"), WASI_EEXIST);
    assert_errno(link_to(w, "f", "dangling"), WASI_EEXIST);
    assert_errno(link_to(w, "f", "."), WASI_EEXIST);
    host_assert_text(w, "box/g", "other");
    assert_false(host_exists(w, "box/none"));
}

static void path_link_of_a_directory_is_perm(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    assert_errno_either(link_to(w, "d", "new"), WASI_EPERM, WASI_EACCES);
    assert_errno_either(link_to(w, "d/", "new"), WASI_EPERM, WASI_EACCES);
    assert_errno_either(link_to(w, ".", "new"), WASI_EPERM, WASI_EACCES);
    assert_false(host_exists(w, "box/new"));
}

static void path_link_of_a_link_links_the_link_itself(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_symlink(w, "f", "box/l");
    host_symlink(w, "none", "box/dangling");
    assert_errno(link_to(w, "l", "l2"), WASI_SUCCESS);
    assert_errno(link_to(w, "dangling", "dangling2"), WASI_SUCCESS);
    host_assert_link(w, "box/l2", "f");
    host_assert_link(w, "box/dangling2", "none");
    assert_int_equal(host_stat(w, "box/l2").st_ino, host_stat(w, "box/l").st_ino);
}

static void path_link_with_follow_is_inval(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_symlink(w, "f", "box/l");
    const struct span new_path = text(w, "new");
    assert_errno(wasi_path_link(w, 3, LOOKUP_FOLLOW, text(w, "l"), 3, new_path), WASI_EINVAL);
    assert_errno(wasi_path_link(w, 3, LOOKUP_FOLLOW, text(w, "f"), 3, new_path), WASI_EINVAL);
    assert_errno(wasi_path_link(w, 3, 2, text(w, "f"), 3, new_path), WASI_EINVAL);
    assert_false(host_exists(w, "box/new"));
}

static void path_link_with_a_slash_after_a_file_is_an_error(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    assert_errno(link_to(w, "f/", "new"), WASI_ENOTDIR);
    assert_errno_either(link_to(w, "f", "new/"), WASI_ENOENT, WASI_ENOTDIR);
    assert_errno(link_to(w, "none", "new"), WASI_ENOENT);
    assert_errno(link_to(w, "f", "none/new"), WASI_ENOENT);
    assert_false(host_exists(w, "box/new"));
}

static void path_link_needs_a_right_on_each_side(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t no_source = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY,
                                                  RIGHTS_PREOPEN, RIGHT_PATH_LINK_SOURCE);
    const uint32_t no_target = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY,
                                                  RIGHTS_PREOPEN, RIGHT_PATH_LINK_TARGET);
    const struct span f = text(w, "f");
    const struct span g = text(w, "g");
    assert_errno(wasi_path_link(w, no_source, 0, f, FIRST_PREOPEN, g), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_link(w, FIRST_PREOPEN, 0, f, no_target, g), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_link(w, 99, 0, f, FIRST_PREOPEN, g), WASI_EBADF);
    assert_errno(wasi_path_link(w, FIRST_PREOPEN, 0, f, 99, g), WASI_EBADF);
    assert_errno(wasi_path_link(w, no_target, 0, f, no_source, g), WASI_SUCCESS);
}

static void path_symlink_keeps_its_text_as_it_is(void **state)
{
    struct world *const w = *state;
    const char *const texts[] = { "f", "../x", "a//b/./..", "caf\xc3\xa9", "d/" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char name[8];
        snprintf(name, sizeof name, "l%zu", i);
        assert_errno(symlink_to(w, texts[i], name), WASI_SUCCESS);
        char path[16];
        snprintf(path, sizeof path, "box/%s", name);
        host_assert_link(w, path, texts[i]);
    }
}

static void path_symlink_to_an_absolute_or_empty_text_is_refused(void **state)
{
    struct world *const w = *state;
    assert_errno(symlink_to(w, "/etc/passwd", "l"), WASI_EPERM);
    assert_errno(symlink_to(w, "/", "l"), WASI_EPERM);
    assert_errno(symlink_to(w, "", "l"), WASI_ENOENT);
    assert_errno(wasi_path_symlink(w, bytes(w, "a\0b", 3), FIRST_PREOPEN, text(w, "l")),
                 WASI_EINVAL);
    assert_false(host_exists(w, "box/l"));
}

static void path_symlink_where_something_is_is_exist(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_mkdir(w, "box/d");
    host_symlink(w, "none", "box/dangling");
    assert_errno(symlink_to(w, "x", "f"), WASI_EEXIST);
    assert_errno(symlink_to(w, "x", "d"), WASI_EEXIST);
    assert_errno(symlink_to(w, "x", "dangling"), WASI_EEXIST);
    assert_errno(symlink_to(w, "x", "."), WASI_EEXIST);
    assert_errno(symlink_to(w, "x", "d/"), WASI_EEXIST);
    assert_false(host_exists(w, "box/none"));
}

static void path_symlink_with_a_slash_after_it_makes_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_errno(symlink_to(w, "x", "new/"), WASI_ENOENT);
    assert_errno(symlink_to(w, "x", "f/"), WASI_ENOTDIR);
    assert_errno(symlink_to(w, "x", "none/new"), WASI_ENOENT);
    assert_errno(symlink_to(w, "x", "f/new"), WASI_ENOTDIR);
    assert_false(host_exists(w, "box/new"));
}

static void path_symlink_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_SYMLINK);
    assert_errno(wasi_path_symlink(w, text(w, "x"), dir, text(w, "l")), WASI_ENOTCAPABLE);
    assert_false(host_exists(w, "box/l"));
}

/* Checklist row 9. */
static void path_readlink_gives_the_text_and_cuts_it_where_the_room_ends(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_symlink(w, "target", "box/d/l");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    const uint32_t buf = guest_alloc(w, 16);
    const uint32_t used = guest_alloc(w, 4);
    const struct {
        uint32_t fd;
        const char *path;
    } names[] = { { FIRST_PREOPEN, "d/l" }, { dir, "l" } };
    for (int i = 0; i < 2; i++) {
        for (uint32_t room = 0; room <= 10; room++) {
            memset(w->memory + buf, SENTINEL, 16);
            assert_errno(
                wasi_path_readlink(w, names[i].fd, text(w, names[i].path), buf, room, used),
                WASI_SUCCESS);
            const uint32_t expected = room < 6 ? room : 6;
            assert_int_equal(guest_u32(w, used), expected);
            assert_memory_equal(w->memory + buf, "target", expected);
            guest_assert_untouched(w, buf + expected, 16 - expected);
        }
    }
}

static void path_readlink_shows_texts_that_may_not_be_followed(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "/etc/passwd", "box/absolute");
    host_symlink(w, "../outside.txt", "box/out");
    const uint32_t buf = guest_alloc(w, 32);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "absolute"), buf, 32, used),
                 WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 11);
    guest_assert_text(w, buf, "/etc/passwd");
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "out"), buf, 32, used), WASI_SUCCESS);
    guest_assert_text(w, buf, "../outside.txt");
}

static void path_readlink_of_what_is_no_link_is_inval(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_mkdir(w, "box/d");
    host_symlink(w, "d", "box/ld");
    const uint32_t buf = guest_alloc(w, 32);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_path_readlink(w, 3, text(w, "f"), buf, 32, used), WASI_EINVAL);
    assert_errno(wasi_path_readlink(w, 3, text(w, "d"), buf, 32, used), WASI_EINVAL);
    assert_errno(wasi_path_readlink(w, 3, text(w, "."), buf, 32, used), WASI_EINVAL);
    assert_errno(wasi_path_readlink(w, 3, text(w, "ld/"), buf, 32, used), WASI_EINVAL);
    assert_errno(wasi_path_readlink(w, 3, text(w, "none"), buf, 32, used), WASI_ENOENT);
    assert_errno(wasi_path_readlink(w, 3, text(w, "f/l"), buf, 32, used), WASI_ENOTDIR);
}

static void path_readlink_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "t", "box/l");
    const uint32_t used = guest_alloc(w, 4);
    const struct span l = text(w, "l");
    const uint32_t late = guest_end(w, 7);
    assert_fault(w, wasi_path_readlink(w, 3, l, late, 8, used), late, 8);
    assert_fault(w, wasi_path_readlink(w, 3, l, 8, UINT32_MAX, used), 8, UINT32_MAX);
    assert_fault(w, wasi_path_readlink(w, 3, l, 8, 8, guest_end(w, 1)), guest_end(w, 1), 4);
}

/* The host may have made it. Where the room cuts a character, the text is UTF-8 all the same. */
static void path_readlink_of_a_text_that_is_not_utf_8_is_ilseq(void **state)
{
    struct world *const w = *state;
    const char *const refused[] = { "\xff", "caf\xc3", "01234567\xc0\xaf" };
    const uint32_t buf = guest_alloc(w, 64);
    const uint32_t used = guest_alloc(w, 4);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        host_symlink(w, refused[i], "box/raw");
        assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "raw"), buf, 64, used),
                     WASI_EILSEQ);
        assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "raw"), buf, 1, used),
                     WASI_EILSEQ);
        host_unlink(w, "box/raw");
    }
    guest_assert_untouched(w, buf, 64);
    host_symlink(w, "caf\xc3\xa9", "box/l");
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "l"), buf, 4, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 4);
    guest_assert_text(w, buf, "caf\xc3");
}

static void path_readlink_needs_its_right(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "t", "box/l");
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_READLINK);
    const uint32_t buf = guest_alloc(w, 8);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_path_readlink(w, dir, text(w, "l"), buf, 8, used), WASI_ENOTCAPABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_link_gives_a_file_a_second_name),
        TEST(path_link_between_preopens_works),
        TEST(path_link_where_something_is_is_exist),
        TEST(path_link_of_a_directory_is_perm),
        TEST(path_link_of_a_link_links_the_link_itself),
        TEST(path_link_with_follow_is_inval),
        TEST(path_link_with_a_slash_after_a_file_is_an_error),
        TEST(path_link_needs_a_right_on_each_side),
        TEST(path_symlink_keeps_its_text_as_it_is),
        TEST(path_symlink_to_an_absolute_or_empty_text_is_refused),
        TEST(path_symlink_where_something_is_is_exist),
        TEST(path_symlink_with_a_slash_after_it_makes_nothing),
        TEST(path_symlink_needs_its_right),
        TEST(path_readlink_gives_the_text_and_cuts_it_where_the_room_ends),
        TEST(path_readlink_shows_texts_that_may_not_be_followed),
        TEST(path_readlink_of_what_is_no_link_is_inval),
        TEST(path_readlink_past_the_end_of_memory_is_a_fault),
        TEST(path_readlink_of_a_text_that_is_not_utf_8_is_ilseq),
        TEST(path_readlink_needs_its_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
