/* Places: how a path is split into a directory and one bare name, and what is done to the name.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "path/beneath.c"

#include "beneath_folder.h"

static const struct {
    const char *path;
    const char *directory; /* NULL: the start's own */
    const char *name;
    enum last_component last;
    bool slash;
} splits[] = {
    { "n", NULL, "n", LAST_NAME, false },      { "n/", NULL, "n", LAST_NAME, true },
    { "n///", NULL, "n", LAST_NAME, true },    { "d/n", "d", "n", LAST_NAME, false },
    { "d//n/", "d", "n", LAST_NAME, true },    { "d/e/n", "d/e", "n", LAST_NAME, false },
    { "d/../n", NULL, "n", LAST_NAME, false }, { ".", NULL, ".", LAST_DOT, false },
    { "./", NULL, ".", LAST_DOT, true },       { "d/.", "d", ".", LAST_DOT, false },
    { "d/..", NULL, "", LAST_DOTDOT, false },  { "d/e/..", "d", "", LAST_DOTDOT, false },
    { "d/e/../", "d", "", LAST_DOTDOT, true }, { ".n", NULL, ".n", LAST_NAME, false },
    { "n.", NULL, "n.", LAST_NAME, false },    { "..n", NULL, "..n", LAST_NAME, false },
    { "...", NULL, "...", LAST_NAME, false },  { "n", NULL, "n", LAST_NAME, false },
};

static void a_path_is_split_into_a_directory_and_a_name_without_its_slashes(void **state)
{
    (void)state;
    const struct start from = start();
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct stat found;
        struct stat expected;
        const char *directory = splits[i].directory != NULL ? splits[i].directory : ".";
        PLACE place = place_nowhere();
        assert_int_equal(ringfort_beneath_place(&from, splits[i].path, &place), WASI_SUCCESS);
        assert_int_equal(place.last, splits[i].last);
        assert_int_equal(place.slash, splits[i].slash);
        assert_string_equal(place.name, splits[i].name);
        assert_int_equal(fstat(place.dir, &found), 0);
        assert_int_equal(fstatat(box, directory, &expected, 0), 0);
        assert_true(found.st_ino == expected.st_ino);
        assert_true(place.dir_is_owned || place.dir == box);
    }
}

static void a_place_is_nowhere_until_its_directory_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        wasi_errno error;
    } refused[] = {
        { "..", WASI_ENOTCAPABLE },      { "../n", WASI_ENOTCAPABLE },
        { "d/../..", WASI_ENOTCAPABLE }, { "d/../../n", WASI_ENOTCAPABLE },
        { "missing/n", WASI_ENOENT },    { "missing/..", WASI_ENOENT },
    };
    const struct start from = start();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        PLACE place = place_nowhere();
        assert_int_equal(ringfort_beneath_place(&from, refused[i].path, &place), refused[i].error);
        assert_int_equal(place.dir, -1);
        assert_false(place.dir_is_owned);
    }
}

static void nothing_but_slashes_has_no_name(void **state)
{
    (void)state;
    const struct start from = start();
    PLACE place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, "///", &place), WASI_SUCCESS);
    assert_string_equal(place.name, "");
    assert_true(place.slash);
    assert_int_equal(ringfort_beneath_place(&from, "", &place), WASI_SUCCESS);
    assert_string_equal(place.name, "");
    assert_false(place.slash);
    assert_int_equal(ringfort_beneath_place(&from, "/", &place), WASI_SUCCESS);
    assert_string_equal(place.name, "");
    assert_true(place.slash);
}

static void what_stands_before_a_path_in_memory_is_no_part_of_it(void **state)
{
    (void)state;
    const struct start from = start();
    static const char text[] = "d/e//";
    PLACE place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, text + 5, &place), WASI_SUCCESS);
    assert_string_equal(place.name, "");
    assert_false(place.slash);
    assert_int_equal(ringfort_beneath_place(&from, text + 3, &place), WASI_SUCCESS);
    assert_string_equal(place.name, "");
    assert_true(place.slash);
    assert_int_equal(ringfort_beneath_place(&from, text + 2, &place), WASI_SUCCESS);
    assert_string_equal(place.name, "e");
    assert_int_equal(place.dir, box);
}

static void nothing_of_a_place_before_is_left_in_a_place(void **state)
{
    (void)state;
    const struct start from = start();
    PLACE place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, ".", &place), WASI_SUCCESS);
    assert_int_equal(place.last, LAST_DOT);
    assert_int_equal(ringfort_beneath_place(&from, "long/", &place), WASI_SUCCESS);
    assert_int_equal(place.last, LAST_NAME);
    assert_int_equal(ringfort_beneath_place(&from, "n", &place), WASI_SUCCESS);
    assert_string_equal(place.name, "n");
    assert_false(place.slash);
}

static void the_directory_of_a_place_can_be_entered_and_not_read(void **state)
{
    (void)state;
    const struct start from = start();
    PLACE place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, "d/n", &place), WASI_SUCCESS);
    assert_true((fcntl(place.dir, F_GETFL) & O_PATH) != 0);
}

static void a_name_may_have_255_bytes_and_the_way_to_it_4095(void **state)
{
    (void)state;
    const struct start from = start();
    char path[PATH_MAX + 16] = "d/";
    memset(path + 2, 'n', 255);
    PLACE place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, path, &place), WASI_SUCCESS);
    assert_int_equal(strlen(place.name), 255);
    path[2 + 255] = 'n';
    PLACE none = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, path, &none), WASI_ENAMETOOLONG);
    for (int i = 0; i < PATH_MAX - 1; i++) {
        path[i] = i % 2 == 0 ? '.' : '/';
    }
    strcpy(path + PATH_MAX - 1, "n");
    path[PATH_MAX - 2] = '/'; /* 4,095 bytes lead to n */
    PLACE near = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, path, &near), WASI_SUCCESS);
    strcpy(path + PATH_MAX - 1, "/n");
    PLACE far = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, path, &far), WASI_ENAMETOOLONG);
}

static void an_entry_has_the_type_of_what_it_is_and_not_of_what_it_leads_to(void **state)
{
    (void)state;
    const int fd = openat(box, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    close(fd);
    assert_int_equal(symlinkat("d", box, "l"), 0);
    assert_int_equal(ringfort_entry_filetype(box, "f"), FILETYPE_REGULAR_FILE);
    assert_int_equal(ringfort_entry_filetype(box, "d"), FILETYPE_DIRECTORY);
    assert_int_equal(ringfort_entry_filetype(box, "l"), FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(ringfort_entry_filetype(box, "missing"), FILETYPE_UNKNOWN);
}

static void a_place_that_is_left_twice_closes_once(void **state)
{
    (void)state;
    const struct start from = start();
    struct place place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, "d/n", &place), WASI_SUCCESS);
    assert_true(place.dir_is_owned);
    ringfort_place_leave(&place);
    assert_int_equal(fcntl(place.dir, F_GETFD), -1);
    const int other = fcntl(box, F_DUPFD_CLOEXEC, place.dir);
    assert_int_equal(other, place.dir);
    ringfort_place_leave(&place);
    assert_int_equal(close(other), 0);
}

static struct place place_of(const char *path)
{
    const struct start from = start();
    struct place place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&from, path, &place), WASI_SUCCESS);
    return place;
}

static void a_new_name_with_a_slash_is_for_a_directory_that_is_there(void **state)
{
    (void)state;
    const int fd = openat(box, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    close(fd);
    assert_int_equal(symlinkat("d", box, "l"), 0);
    const struct place missing = place_of("missing");
    const struct place file = place_of("f");
    const struct place link = place_of("l");
    const struct place directory = place_of("d");
    const struct place made = place_of("made/");
    const struct place there = place_of("d/");
    assert_int_equal(ringfort_place_rename(&missing, &made), WASI_ENOENT);
    assert_int_equal(ringfort_place_rename(&file, &made), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_rename(&link, &made), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_link(&file, &made), WASI_ENOENT);
    assert_int_equal(ringfort_place_link(&file, &there), WASI_EEXIST);
    assert_int_equal(ringfort_place_symlink("f", &made), WASI_ENOENT);
    assert_int_equal(ringfort_place_symlink("f", &there), WASI_EEXIST);
    assert_int_equal(ringfort_place_rename(&directory, &made), WASI_SUCCESS);
    assert_int_equal(faccessat(box, "made/e", F_OK, 0), 0);
}

static void an_old_name_with_a_slash_is_a_directorys(void **state)
{
    (void)state;
    const int fd = openat(box, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    close(fd);
    assert_int_equal(symlinkat("d", box, "l"), 0);
    const struct place file = place_of("f/");
    const struct place link = place_of("l/");
    const struct place missing = place_of("missing/");
    const struct place made = place_of("made");
    assert_int_equal(ringfort_place_unlink(&file), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_unlink(&link), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_unlink(&missing), WASI_ENOENT);
    assert_int_equal(ringfort_place_link(&file, &made), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_link(&missing, &made), WASI_ENOENT);
    assert_int_equal(ringfort_place_rename(&link, &made), WASI_ENOTDIR);
    assert_int_equal(faccessat(box, "made", F_OK, 0), -1);
    assert_int_equal(faccessat(box, "f", F_OK, 0), 0);
    assert_int_equal(faccessat(box, "l", F_OK, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_path_is_split_into_a_directory_and_a_name_without_its_slashes),
        IN_FOLDER(a_place_is_nowhere_until_its_directory_is_found),
        IN_FOLDER(nothing_but_slashes_has_no_name),
        IN_FOLDER(what_stands_before_a_path_in_memory_is_no_part_of_it),
        IN_FOLDER(nothing_of_a_place_before_is_left_in_a_place),
        IN_FOLDER(the_directory_of_a_place_can_be_entered_and_not_read),
        IN_FOLDER(a_name_may_have_255_bytes_and_the_way_to_it_4095),
        IN_FOLDER(an_entry_has_the_type_of_what_it_is_and_not_of_what_it_leads_to),
        IN_FOLDER(a_new_name_with_a_slash_is_for_a_directory_that_is_there),
        IN_FOLDER(an_old_name_with_a_slash_is_a_directorys),
        IN_FOLDER(a_place_that_is_left_twice_closes_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
