/* What is opened, looked at and changed beneath a directory, by both resolvers: the system calls
 * that it takes, and what they are never told.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "path/beneath.c"

#include "beneath_folder.h"

#include <sys/resource.h>

static long refused; /* the number of a system call that fails with EIO */

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_close) {
        assert_true(a >= 3); /* what is not opened is not closed */
    }
    if (number == refused) {
        return -EIO;
    }
    const long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

static void make_file(const char *name)
{
    const int fd = openat(box, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    close(fd);
}

static struct start starts[2]; /* with the resolver that works here, and with the walk */

static int make_tree(void **state)
{
    refused = -1;
    if (make_folder(state) != 0) {
        return -1;
    }
    starts[0] = start();
    starts[1] = start();
    starts[1].openat2 = false;
    make_file("f");
    make_file("d/f");
    assert_int_equal(symlinkat("f", box, "l"), 0);
    assert_int_equal(symlinkat("../f", box, "d/l"), 0);
    assert_int_equal(symlinkat("d", box, "to-d"), 0);
    assert_int_equal(symlinkat("..", box, "out"), 0);
    return mknodat(box, "d/socket", S_IFSOCK | 0666,
                   0); /* which no open opens but one with O_PATH */
}

/* A path of `depth` directories, all of which are made. */
static const char *make_deep(int depth)
{
    static char path[512];
    path[0] = '\0';
    for (int i = 0; i < depth; i++) {
        strcat(path, i == 0 ? "q" : "/q");
        assert_int_equal(mkdirat(box, path, 0777), 0);
    }
    return path;
}

static void the_kernel_resolves_where_it_can_and_the_walk_where_not(void **state)
{
    (void)state;
    const char *deep = make_deep(130); /* the walk ends at 128 */
    int fd = -1;
    const wasi_errno by_kernel = starts[0].openat2 ? WASI_SUCCESS : WASI_ENAMETOOLONG;
    assert_int_equal(ringfort_beneath_open(&starts[0], deep, O_PATH, &fd), by_kernel);
    close(fd);
    fd = -1;
    assert_int_equal(ringfort_beneath_open(&starts[1], deep, O_PATH, &fd), WASI_ENAMETOOLONG);
    assert_int_equal(fd, -1);
    starts[0].root = box; /* the kernel has no absolute links that begin there */
    assert_int_equal(symlinkat("/d", box, "absolute"), 0);
    assert_int_equal(ringfort_beneath_open(&starts[0], "absolute/e", O_PATH, &fd), WASI_SUCCESS);
    close(fd);
}

static void what_is_opened_is_closed_in_programs_that_are_started(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = -1;
        assert_int_equal(ringfort_beneath_open(&starts[i], "d/f", O_RDONLY, &fd), WASI_SUCCESS);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    }
}

static void a_name_is_looked_at_without_a_descriptor(void **state)
{
    (void)state;
    char name[NAME_LENGTH_MAX + 1] = { 0 };
    char text[8];
    size_t used = 0;
    struct stat st;
    struct rlimit before;
    memset(name, 'n', NAME_LENGTH_MAX);
    make_file(name);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const wasi_errno answers[] = {
        ringfort_beneath_stat(&starts[0], name, true, &st),
        ringfort_beneath_stat(&starts[0], "d", true, &st),
        ringfort_beneath_stat(&starts[0], "l", false, &st),
        ringfort_beneath_readlink(&starts[0], "l", text, sizeof text, &used),
    };
    const wasi_errno by_way = ringfort_beneath_stat(&starts[0], "d/e", true, &st);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        assert_int_equal(answers[i], WASI_SUCCESS);
    }
    assert_int_equal(by_way, WASI_EMFILE);
}

static void what_a_path_names_is_found_by_either_resolver(void **state)
{
    (void)state;
    static const char *const paths[] = { "f",    "l",        "d",      "d/e",  "d/l",
                                         "to-d", "to-d/e",   "d/../l", "./l",  "d/e/",
                                         ".",    "d/socket", "to-d/l", "to-d/" };
    for (size_t i = 0; i < 2 * 2 * sizeof paths / sizeof *paths; i++) {
        const char *path = paths[i / 4];
        const bool follow = i / 2 % 2 == 1;
        struct stat expected;
        struct stat found = { 0 };
        assert_int_equal(fstatat(box, path, &expected, follow ? 0 : AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(ringfort_beneath_stat(&starts[i % 2], path, follow, &found), WASI_SUCCESS);
        assert_true(found.st_ino == expected.st_ino);
        assert_int_equal(found.st_mode, expected.st_mode);
    }
}

static const struct {
    const char *path;
    wasi_errno error;
} nowhere[] = {
    { "missing", WASI_ENOENT },
    { "missing/f", WASI_ENOENT },
    { "f/f", WASI_ENOTDIR },
    { "..", WASI_ENOTCAPABLE },
    { "../f", WASI_ENOTCAPABLE },
    { "d/../..", WASI_ENOTCAPABLE },
    { "d/../../f", WASI_ENOTCAPABLE },
    { "out/f", WASI_ENOTCAPABLE },
    { "d/../out/f", WASI_ENOTCAPABLE },
};

static void what_is_not_beneath_is_neither_seen_nor_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * sizeof nowhere / sizeof *nowhere; i++) {
        const struct start *from = &starts[i % 2];
        const char *path = nowhere[i / 4].path;
        const bool follow = i / 2 % 2 == 1;
        const wasi_errno error = nowhere[i / 4].error;
        const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 2 } };
        struct stat st;
        char text[8];
        size_t used = 7;
        assert_int_equal(ringfort_beneath_stat(from, path, follow, &st), error);
        assert_int_equal(ringfort_beneath_set_times(from, path, follow, times), error);
        assert_int_equal(ringfort_beneath_readlink(from, path, text, sizeof text, &used), error);
        assert_int_equal(used, 7);
    }
    struct stat st;
    assert_int_equal(ringfort_beneath_stat(&starts[0], "out", true, &st), WASI_ENOTCAPABLE);
    assert_int_equal(ringfort_beneath_stat(&starts[0], "out", false, &st), WASI_SUCCESS);
    assert_true(S_ISLNK(st.st_mode));
}

static time_t changed(const char *name)
{
    struct stat st;
    assert_int_equal(fstatat(box, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_mtime;
}

static void times_are_those_of_the_link_or_of_what_it_leads_to(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct timespec times[2] = { { .tv_sec = 10 + i }, { .tv_sec = 20 + i } };
        const struct timespec later[2] = { { .tv_sec = 30 + i }, { .tv_sec = 40 + i } };
        const struct start *from = &starts[i];
        assert_int_equal(ringfort_beneath_set_times(from, "d/l", false, times), WASI_SUCCESS);
        assert_int_equal(changed("d/l"), 20 + i);
        assert_int_not_equal(changed("f"), 20 + i);
        assert_int_equal(ringfort_beneath_set_times(from, "d/l", true, later), WASI_SUCCESS);
        assert_int_equal(changed("d/l"), 20 + i);
        assert_int_equal(changed("f"), 40 + i);
        assert_int_equal(ringfort_beneath_set_times(from, "d/socket", true, later), WASI_SUCCESS);
        assert_int_equal(changed("d/socket"), 40 + i);
    }
}

static void a_links_text_is_read_as_far_as_there_is_room(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[9] = "--------";
        size_t used = 0;
        const struct start *from = &starts[i];
        assert_int_equal(ringfort_beneath_readlink(from, "d/l", text, 8, &used), WASI_SUCCESS);
        assert_int_equal(used, 4);
        assert_string_equal(text, "../f----");
        assert_int_equal(ringfort_beneath_readlink(from, "l", text, 8, &used), WASI_SUCCESS);
        assert_int_equal(used, 1);
        assert_string_equal(text, "f./f----");
        assert_int_equal(ringfort_beneath_readlink(from, "d/l", text, 3, &used), WASI_SUCCESS);
        assert_int_equal(used, 3);
        assert_int_equal(ringfort_beneath_readlink(from, "f", text, 8, &used), WASI_EINVAL);
        assert_int_equal(ringfort_beneath_readlink(from, "d/f", text, 8, &used), WASI_EINVAL);
        assert_int_equal(ringfort_beneath_readlink(from, ".", text, 8, &used), WASI_EINVAL);
    }
}

static void what_the_kernel_refuses_is_told(void **state)
{
    (void)state;
    const struct timespec times[2] = { 0 };
    struct stat st;
    char text[8];
    size_t used;
    refused = SYS_fstat;
    assert_int_equal(ringfort_beneath_stat(&starts[0], "d/f", true, &st), WASI_EIO);
    refused = SYS_utimensat;
    assert_int_equal(ringfort_beneath_set_times(&starts[0], "f", true, times), WASI_EIO);
    refused = SYS_readlinkat;
    assert_int_equal(ringfort_beneath_readlink(&starts[0], "l", text, 8, &used), WASI_EIO);
    assert_int_equal(ringfort_beneath_readlink(&starts[0], "d/l", text, 8, &used), WASI_EIO);
}

static struct place place_of(const char *path)
{
    struct place place = place_nowhere();
    assert_int_equal(ringfort_beneath_place(&starts[0], path, &place), WASI_SUCCESS);
    return place;
}

static void a_directory_is_made_for_all_and_removed_as_one(void **state)
{
    (void)state;
    struct stat st;
    const struct place made = place_of("made");
    const struct place file = place_of("f");
    const struct place full = place_of("d");
    const mode_t mask = umask(0);
    assert_false(ringfort_place_is_taken(&made));
    assert_int_equal(ringfort_place_mkdir(&made), WASI_SUCCESS);
    umask(mask);
    assert_true(ringfort_place_is_taken(&made));
    assert_int_equal(fstatat(box, "made", &st, 0), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0777);
    assert_int_equal(ringfort_place_mkdir(&made), WASI_EEXIST);
    assert_int_equal(ringfort_place_unlink(&made), WASI_EISDIR);
    assert_int_equal(ringfort_place_rmdir(&made), WASI_SUCCESS);
    assert_false(ringfort_place_is_taken(&made));
    assert_int_equal(ringfort_place_rmdir(&file), WASI_ENOTDIR);
    assert_int_equal(ringfort_place_rmdir(&full), WASI_ENOTEMPTY);
}

static void a_file_has_as_many_names_as_it_is_given(void **state)
{
    (void)state;
    struct stat st;
    char text[4] = { 0 };
    const struct place file = place_of("f");
    const struct place other = place_of("other");
    const struct place link = place_of("new-link");
    const struct place last = place_of("last");
    assert_int_equal(ringfort_place_link(&file, &other), WASI_SUCCESS);
    assert_int_equal(ringfort_place_link(&file, &other), WASI_EEXIST);
    assert_int_equal(fstatat(box, "other", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(ringfort_place_rename(&other, &last), WASI_SUCCESS);
    assert_false(ringfort_place_is_taken(&other));
    assert_true(ringfort_place_is_taken(&last));
    assert_int_equal(ringfort_place_unlink(&last), WASI_SUCCESS);
    assert_false(ringfort_place_is_taken(&last));
    assert_int_equal(ringfort_place_symlink("d/f", &link), WASI_SUCCESS);
    assert_int_equal(readlinkat(box, "new-link", text, sizeof text), 3);
    assert_memory_equal(text, "d/f", 3);
    assert_int_equal(ringfort_place_symlink("d/f", &link), WASI_EEXIST);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TREE(the_kernel_resolves_where_it_can_and_the_walk_where_not),
        IN_TREE(what_is_opened_is_closed_in_programs_that_are_started),
        IN_TREE(a_name_is_looked_at_without_a_descriptor),
        IN_TREE(what_a_path_names_is_found_by_either_resolver),
        IN_TREE(what_is_not_beneath_is_neither_seen_nor_changed),
        IN_TREE(times_are_those_of_the_link_or_of_what_it_leads_to),
        IN_TREE(a_links_text_is_read_as_far_as_there_is_room),
        IN_TREE(what_the_kernel_refuses_is_told),
        IN_TREE(a_directory_is_made_for_all_and_removed_as_one),
        IN_TREE(a_file_has_as_many_names_as_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
