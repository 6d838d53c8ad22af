/* The walk with a kernel that can be told to fail once: how far it goes, what it gives back when it
 * cannot go on, and that no name it hands to the kernel leads anywhere else.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "path/walk.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct {
    long number;
    int nth; /* from 1; 0: none */
    long error;
    int seen;
} fault;

static void fail_nth(long number, int nth, int error)
{
    fault.number = number;
    fault.nth = nth;
    fault.error = -error;
    fault.seen = 0;
}

static void check_name(const char *name)
{
    assert_null(strchr(name, '/'));
    assert_string_not_equal(name, "..");
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_openat || number == SYS_newfstatat || number == SYS_readlinkat) {
        check_name((const char *)b);
    }
    if (number == fault.number && ++fault.seen == fault.nth) {
        return fault.error;
    }
    const long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

/* ---- A folder of the test's own ---- */

static char folder[64];
static int box;
static int open_before;

static int files_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ringfort-walk-XXXXXX");
    assert_non_null(mkdtemp(folder));
    open_before = files_open();
    box = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    fail_nth(0, 0, 0);
    return box >= 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    close(box);
    assert_int_equal(files_open(), open_before); /* the walk leaves nothing open */
    return system(command);
}

static void make_dir(const char *name)
{
    assert_int_equal(mkdirat(box, name, 0777), 0);
}

static void make_file(const char *name)
{
    const int fd = openat(box, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    close(fd);
}

static void make_link(const char *text, const char *name)
{
    assert_int_equal(symlinkat(text, box, name), 0);
}

static int walk_in(int dir, int root, const char *path, int flags)
{
    const struct start start = { .dir = dir, .root = root, .system_files = true };
    return ringfort_walk_open(&start, path, flags | O_CLOEXEC);
}

/* The walk's answer in the box; what it opened is closed. */
static int walk_box(const char *path, int flags)
{
    const int fd = walk_in(box, -1, path, flags);
    return fd >= 0 ? close(fd) : fd;
}

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
    char name[300] = "";
    memset(name, 'n', 255);
    make_dir(name);
    assert_int_equal(walk_box(name, O_PATH), 0);
    strcat(name, "/.");
    assert_int_equal(walk_box(name, O_PATH), 0);
    strcpy(name + 255, "n");
    assert_int_equal(walk_box(name, O_PATH), -ENAMETOOLONG);
}

static void what_was_a_link_when_it_was_opened_and_is_none_is_opened_again(void **state)
{
    (void)state;
    make_file("f");
    fail_nth(SYS_openat, 1, ELOOP);
    assert_int_equal(walk_box("f", O_RDONLY), 0);
    assert_int_equal(fault.seen, 2);
    fail_nth(SYS_openat, 1, ENOTDIR);
    assert_int_equal(walk_box("f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
    assert_int_equal(fault.seen, 1);
    make_link("f", "l");
    fail_nth(SYS_openat, 1, ENOTDIR); /* without O_DIRECTORY it is no sign of a link */
    assert_int_equal(walk_box("l", O_RDONLY), -ENOTDIR);
}

static void a_link_without_text_leads_nowhere(void **state)
{
    (void)state;
    make_link("f", "l");
    fail_nth(SYS_readlinkat, 1, 0);
    assert_int_equal(walk_box("l", O_RDONLY), -ENOENT);
    fail_nth(SYS_readlinkat, 1, -PATH_MAX); /* text that was cut */
    assert_int_equal(walk_box("l", O_RDONLY), -ENAMETOOLONG);
}

/* Each failure of a step of `path` is what the walk gives, and nothing stays open. */
static void fail_each(long number, const char *path, int flags, int root)
{
    for (int nth = 1;; nth++) {
        fail_nth(number, nth, EIO);
        const int fd = walk_in(box, root, path, flags);
        if (fault.seen < nth) {
            assert_true(fd >= 0);
            assert_true(nth > 1);
            close(fd);
            break;
        }
        assert_int_equal(fd, -EIO);
    }
    fail_nth(0, 0, 0);
}

static void a_failure_of_any_step_is_the_walks_own_and_leaves_nothing_open(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d/e");
    make_file("d/e/f");
    make_link("/d/e", "l-abs");
    make_link("d/e/f", "l-f");
    static const long calls[] = { SYS_fstat, SYS_openat };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fail_each(calls[i], "d/e/f", O_RDONLY, -1);
        fail_each(calls[i], "d/./e/../e/f", O_RDONLY, -1);
        fail_each(calls[i], "d/e/.", O_RDONLY, -1);
        fail_each(calls[i], "d/..", O_RDONLY, -1);
        fail_each(calls[i], "l-f", O_RDONLY, -1);
        fail_each(calls[i], "l-abs/f", O_RDONLY, box);
        fail_each(calls[i], "d/../l-abs", O_PATH, box);
    }
    fail_each(SYS_readlinkat, "l-abs/f", O_RDONLY, box);
    fail_each(SYS_readlinkat, "l-f", O_RDONLY, -1);
}

static void behind_a_mount_a_look_that_fails_is_no_answer(void **state)
{
    (void)state;
    bool crossed = false;
    const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct start start = { .dir = root, .root = -1, .crossed = &crossed };
    int fd = ringfort_walk_open(&start, "dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && crossed);
    close(fd);
    fail_nth(SYS_openat, 2, ENOENT); /* the look; then it is there again */
    fd = ringfort_walk_open(&start, "dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fault.seen, 3);
    close(fd);
    fail_nth(SYS_openat, 3, EIO);
    assert_int_equal(ringfort_walk_open(&start, "dev/null", O_RDONLY | O_CLOEXEC), -EIO);
    fail_nth(SYS_openat, 3, EIO); /* it never comes to that */
    assert_int_equal(ringfort_walk_open(&start, "dev/ptmx", O_RDONLY | O_CLOEXEC), -EXDEV);
    assert_int_equal(fault.seen, 2);
    close(root);
}

static void a_path_that_crosses_no_mount_says_so_and_costs_no_look(void **state)
{
    (void)state;
    bool crossed = false;
    make_file("f");
    struct start start = { .dir = box, .root = -1, .crossed = &crossed };
    fail_nth(SYS_openat, 0, 0);
    int fd = ringfort_walk_open(&start, "f", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && !crossed);
    assert_int_equal(fault.seen, 1);
    close(fd);
    start.behind_mount = true;
    fd = ringfort_walk_open(&start, "f", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && crossed);
    assert_int_equal(fault.seen, 3);
    close(fd);
}

static void the_directory_itself_cannot_be_created(void **state)
{
    (void)state;
    static const char *const here[] = { ".", "./.", "d/.", "d/..", "d/../" };
    make_dir("d");
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        assert_int_equal(walk_box(here[i], O_CREAT | O_RDWR), -EISDIR);
        assert_int_equal(walk_box(here[i], O_CREAT | O_EXCL | O_RDWR), -EEXIST);
        assert_int_equal(walk_box(here[i], O_RDONLY | O_NOFOLLOW), 0);
    }
    assert_int_equal(walk_box("new/", O_CREAT | O_RDWR), -EISDIR);
    assert_int_equal(faccessat(box, "new", F_OK, 0), -1);
}

static void a_new_file_may_be_read_and_written_by_all_whom_the_umask_lets(void **state)
{
    (void)state;
    const mode_t before = umask(0);
    assert_int_equal(walk_box("new", O_CREAT | O_RDWR), 0);
    umask(before);
    struct stat st;
    assert_int_equal(fstatat(box, "new", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_walk_goes_down_128_directories_and_no_further),
        IN_FOLDER(the_walk_has_room_for_32768_bytes_of_text_and_says_so_beyond),
        IN_FOLDER(the_walk_follows_40_links_and_no_more),
        IN_FOLDER(a_name_of_255_bytes_is_opened_and_one_more_is_too_long),
        IN_FOLDER(what_was_a_link_when_it_was_opened_and_is_none_is_opened_again),
        IN_FOLDER(a_link_without_text_leads_nowhere),
        IN_FOLDER(a_failure_of_any_step_is_the_walks_own_and_leaves_nothing_open),
        IN_FOLDER(behind_a_mount_a_look_that_fails_is_no_answer),
        IN_FOLDER(a_path_that_crosses_no_mount_says_so_and_costs_no_look),
        IN_FOLDER(the_directory_itself_cannot_be_created),
        IN_FOLDER(a_new_file_may_be_read_and_written_by_all_whom_the_umask_lets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
