/* How far the walk goes: levels, links, names and text.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one of walk_folder.h */
#include "path/walk.c"

#include "walk_folder.h"

static void the_walk_goes_down_128_directories_and_no_further(void **state)
{
    (void)state;
    int dir = openat(box, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char path[3 * 130] = "";
    for (int i = 0; i < 129; i++) {
        assert_int_equal(mkdirat(dir, "d", 0777), 0);
        const int next = openat(dir, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(dir);
        dir = next;
        strcat(path, "d/");
        if (i == 127) {
            assert_int_equal(walk_box(path, O_PATH), 0);
            strcat(path, "./.");
            assert_int_equal(walk_box(path, O_PATH), 0);
            path[strlen(path) - 3] = '\0';
        }
    }
    close(dir);
    assert_int_equal(walk_box(path, O_PATH), 0); /* the last is opened, and not gone into */
    strcat(path, ".");
    assert_int_equal(walk_box(path, O_PATH), -ENAMETOOLONG);
    fail_nth(SYS_fstat, 1 + 129, EIO);
    assert_int_equal(walk_box(path, O_PATH), -EIO);
}

/* `first`, and `./` and a dot until it has so many bytes. */
static void pad(char *text, const char *first, size_t len)
{
    strcpy(text, first);
    while (strlen(text) < len) {
        strcat(text, text[strlen(text) - 1] == '.' ? "/" : ".");
    }
}

static void the_walk_has_room_for_32768_bytes_of_text_and_says_so_beyond(void **state)
{
    (void)state;
    char text[PATH_MAX];
    for (int i = 0; i < 8; i++) {
        char name[16];
        char next[8];
        snprintf(name, sizeof name, "l%d", i);
        snprintf(next, sizeof next, "l%d/", i + 1);
        pad(text, next, PATH_MAX - 1);
        make_link(text, name);
    }
    /* The end takes one byte, and a link's name makes room before its text comes: 4,093 bytes stay
     * of each of the eight. */
    const size_t left = 8 * PATH_MAX - 1 - 8 * (PATH_MAX - 1 - 2);
    pad(text, ".", left);
    make_link(text, "l8");
    assert_int_equal(walk_box("l0", O_PATH), 0);
    assert_int_equal(unlinkat(box, "l8", 0), 0);
    pad(text, ".", left + 1);
    make_link(text, "l8");
    assert_int_equal(walk_box("l0", O_PATH), -ENAMETOOLONG);
    assert_int_equal(walk_box("l1", O_PATH), 0);
}

static void the_walk_follows_40_links_and_no_more(void **state)
{
    (void)state;
    make_dir("l0");
    for (int i = 1; i <= 41; i++) {
        char name[16];
        char text[8];
        snprintf(name, sizeof name, "l%d", i);
        snprintf(text, sizeof text, "l%d", i - 1);
        make_link(text, name);
    }
    assert_int_equal(walk_box("l40", O_RDONLY), 0);
    assert_int_equal(walk_box("l40/.", O_RDONLY), 0);
    assert_int_equal(walk_box("l41", O_RDONLY), -ELOOP);
    assert_int_equal(walk_box("l41/.", O_RDONLY), -ELOOP);
    assert_int_equal(walk_box("l41", O_PATH | O_NOFOLLOW), 0);
}

static void a_name_of_255_bytes_is_opened_and_one_more_is_too_long(void **state)
{
    (void)state;
    char name[3001] = "";
    memset(name, 'n', 255);
    make_dir(name);
    assert_int_equal(walk_box(name, O_PATH), 0);
    strcat(name, "/.");
    assert_int_equal(walk_box(name, O_PATH), 0);
    strcpy(name + 255, "n");
    assert_int_equal(walk_box(name, O_PATH), -ENAMETOOLONG);
    memset(name, 'n', 3000);
    assert_int_equal(walk_box(name, O_PATH), -ENAMETOOLONG);
    make_dir("d");
    memcpy(name, "d/", 2);
    assert_int_equal(walk_box(name, O_PATH), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_walk_goes_down_128_directories_and_no_further),
        IN_FOLDER(the_walk_has_room_for_32768_bytes_of_text_and_says_so_beyond),
        IN_FOLDER(the_walk_follows_40_links_and_no_more),
        IN_FOLDER(a_name_of_255_bytes_is_opened_and_one_more_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
