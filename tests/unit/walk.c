/* Where the walk goes, what it gives back when it cannot go on, and that no name it hands to the
 * kernel leads anywhere else.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one of walk_folder.h */
#include "path/walk.c"

#include "walk_folder.h"

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
    static const long calls[] = { SYS_fstat, SYS_openat, SYS_fstat, SYS_openat };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        system_files = i >= 2;
        fail_each(calls[i], "d/e/f", O_RDONLY, -1);
        fail_each(calls[i], "d/./e/../e/f", O_RDONLY, -1);
        fail_each(calls[i], "d/e/.", O_RDONLY, -1);
        fail_each(calls[i], "d/..", O_RDONLY, -1);
        fail_each(calls[i], "l-f", O_RDONLY, -1);
        fail_each(calls[i], "l-abs/f", O_RDONLY, box);
        fail_each(calls[i], "d/../l-abs", O_PATH, box);
    }
    system_files = false;
    fail_each(SYS_newfstatat, "d/e/f", O_RDONLY, -1);
    fail_each(SYS_newfstatat, "l-f", O_RDONLY, -1);
    system_files = true;
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
    const int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct start in_dev = { .dir = dev, .root = -1, .behind_mount = true };
    fail_nth(SYS_openat, 0, 0);
    fd = ringfort_walk_open(&in_dev, "null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(first_flags, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    close(fd);
    close(dev);
    fail_nth(SYS_openat, 3, EIO);
    assert_int_equal(ringfort_walk_open(&start, "dev/null", O_RDONLY | O_CLOEXEC), -EIO);
    fail_nth(SYS_openat, 3, EIO); /* it never comes to that */
    assert_int_equal(ringfort_walk_open(&start, "dev/ptmx", O_RDONLY | O_CLOEXEC), -EXDEV);
    assert_int_equal(fault.seen, 2);
    close(root);
}

static void nothing_leads_up_or_to_the_hosts_root_and_all_of_it_is_exdev(void **state)
{
    (void)state;
    make_dir("d");
    make_link("/", "l-root");
    make_link("..", "l-up");
    make_link("../..", "d/l-up");
    static const char *const escapes[] = { "..",       "../x",     "d/../..",   "d/../../x",
                                           "l-root",   "l-root/x", "l-up",      "l-up/x",
                                           "d/l-up",   "d/l-up/.", "d/../l-up", "d/../l-root/.",
                                           "./../d/.." };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        assert_int_equal(walk_box(escapes[i], O_PATH), -EXDEV);
        assert_int_equal(walk_box(escapes[i], O_RDONLY | O_DIRECTORY), -EXDEV);
    }
}

static void an_absolute_link_begins_at_the_root_and_not_where_the_walk_stands(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d/e");
    make_file("f");
    make_link("/f", "d/e/l-f");
    make_link("/d/", "d/e/l-d");
    make_link("/", "d/e/l-root");
    static const char *const paths[] = { "d/e/l-f", "d/e/l-root/f", "d/e/l-d/../f",
                                         "d/e/l-d/e/l-root/d/../f" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const int fd = walk_in(box, box, paths[i], O_RDONLY);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_int_equal(walk_in(box, box, "d/e/l-root/..", O_PATH), -EXDEV);
    assert_int_equal(walk_in(box, box, "d/e/l-d/../..", O_PATH), -EXDEV);
    const int sub = openat(box, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = walk_in(sub, box, "e/l-f", O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    fd = walk_in(sub, box, "e/l-root", O_PATH); /* nothing but a slash is left */
    assert_true(fd > 2);
    close(fd);
    close(sub);
}

static void a_host_that_closed_its_stdin_changes_nothing(void **state)
{
    (void)state;
    make_dir("d");
    make_file("d/f");
    make_link("/d", "l-d");
    const int saved = fcntl(0, F_DUPFD_CLOEXEC, 3);
    const int root = fcntl(box, F_DUPFD_CLOEXEC, 3);
    close(0);
    const int on_the_way = walk_in(box, -1, "d/f", O_RDONLY); /* the directory is 0 */
    const bool is_free_again = fcntl(0, F_GETFD) == -1 || on_the_way == 0;
    dup2(root, 0);
    const int from_root = walk_in(box, 0, "l-d/f", O_RDONLY);
    dup2(saved, 0);
    close(root);
    close(saved);
    assert_true(is_free_again);
    assert_true(on_the_way > 0 && from_root > 0);
    close(on_the_way);
    close(from_root);
}

static void what_is_no_directory_is_not_gone_into(void **state)
{
    (void)state;
    make_file("f");
    assert_int_equal(mkfifoat(box, "fifo", 0666), 0);
    make_link("f", "l-f");
    static const char *const paths[] = { "f/x", "f/.", "f/..", "fifo/x", "l-f/x", "l-f/.." };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(walk_box(paths[i], O_PATH), -ENOTDIR);
    }
    assert_int_equal(walk_box("missing/x", O_PATH), -ENOENT);
}

static void a_directory_on_the_way_is_asked_for_as_one(void **state)
{
    (void)state;
    make_dir("d");
    make_file("d/f");
    fail_nth(0, 0, 0);
    assert_int_equal(walk_box("d/f", O_RDONLY), 0);
    assert_int_equal(first_flags, O_PATH | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY);
}

static void a_slash_at_the_end_asks_for_a_directory_and_follows(void **state)
{
    (void)state;
    make_dir("d");
    make_file("f");
    make_link("d", "l-d");
    make_link("f", "l-f");
    assert_int_equal(walk_box("f/", O_RDONLY), -ENOTDIR);
    assert_int_equal(walk_box("l-f/", O_RDONLY), -ENOTDIR);
    assert_int_equal(walk_box("d/", O_RDONLY), 0);
    assert_int_equal(walk_box("l-d/", O_RDONLY | O_NOFOLLOW), 0);
    assert_int_equal(walk_box("l-d", O_RDONLY | O_DIRECTORY), 0);
    assert_int_equal(walk_box("l-d", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), -ENOTDIR);
    fail_nth(SYS_openat, 1, EACCES);
    assert_int_equal(walk_box("l-d", O_RDONLY | O_DIRECTORY), -EACCES);
    system_files = false;
    fail_nth(SYS_openat, 1, EACCES);
    assert_int_equal(walk_box("l-d", O_RDONLY), -EACCES);
    system_files = true;
    fail_nth(SYS_readlinkat, 1, ENOENT); /* a link that another has taken the place of */
    assert_int_equal(walk_box("l-d", O_RDONLY), 0);
}

static void a_link_is_created_through_unless_a_new_file_is_asked_for(void **state)
{
    (void)state;
    make_link("new", "l-new");
    assert_int_equal(walk_box("l-new", O_CREAT | O_EXCL | O_RDWR), -EEXIST);
    assert_int_equal(faccessat(box, "new", F_OK, 0), -1);
    assert_int_equal(walk_box("l-new", O_CREAT | O_RDWR), 0);
    assert_int_equal(faccessat(box, "new", F_OK, 0), 0);
    assert_int_equal(walk_box("l-new", O_EXCL | O_RDWR), 0); /* without O_CREAT it means nothing */
    assert_int_equal(walk_box("new", O_CREAT | O_EXCL | O_RDWR), -EEXIST);
}

static void where_everything_is_allowed_nothing_is_looked_at_first(void **state)
{
    (void)state;
    make_file("f");
    fail_nth(SYS_newfstatat, 1, EIO);
    assert_int_equal(walk_box("f", O_RDONLY), 0);
    assert_int_equal(fault.seen, 0);
}

static int look_at(const struct start *start, const char *path)
{
    const int fd = ringfort_walk_open(start, path, O_PATH | O_CLOEXEC);
    return fd >= 0 ? close(fd) : fd;
}

/* The walk behind a mount in a host that closed its stdin. */
static int walk_as_0(struct start *start, const char *path, bool *crossed)
{
    struct stat st = { 0 };
    const int saved = fcntl(0, F_DUPFD_CLOEXEC, 3);
    *crossed = false;
    start->crossed = crossed;
    close(0);
    fail_nth(SYS_openat, 0, 0);
    const int fd = ringfort_walk_open(start, path, O_RDONLY | O_CLOEXEC);
    close(0);
    const int looked_at = ringfort_walk_open(start, path, O_PATH | O_CLOEXEC);
    (void)fstat(looked_at, &st);
    close(0);
    dup2(saved, 0);
    close(saved);
    assert_int_equal(looked_at, fd);
    assert_false(S_ISLNK(st.st_mode));
    return fd;
}

static void number_0_is_a_descriptor_like_others(void **state)
{
    (void)state;
    bool crossed;
    const int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct start start = { .dir = dev, .root = -1, .behind_mount = true };
    assert_int_equal(walk_as_0(&start, "null", &crossed), 0);
    assert_true(crossed);
    assert_int_equal(fault.seen, 4);
    assert_int_equal(walk_as_0(&start, "ptmx", &crossed), -EXDEV);
    assert_int_equal(fault.seen, 2); /* looked at and not opened, twice */
    assert_int_equal(walk_as_0(&start, ".", &crossed), 0);
    assert_true(crossed);
    close(dev);
    make_dir("d");
    make_link("d", "l-d");
    struct start from_box = { .dir = box, .root = -1, .system_files = true };
    assert_int_equal(walk_as_0(&from_box, "l-d", &crossed), 0);
    assert_false(crossed);
    from_box.behind_mount = true;
    make_file("f");
    assert_int_equal(walk_as_0(&from_box, "f", &crossed), 0);
    assert_true(crossed);
    assert_int_equal(walk_as_0(&from_box, "d/..", &crossed), 0);
    assert_true(crossed);
}

static void system_files_are_shut_behind_a_mount_alone_and_where_they_are_not_allowed(void **state)
{
    (void)state;
    const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct start from_root = { .dir = root, .root = -1 };
    struct start from_dev = { .dir = dev, .root = -1 };
    assert_int_equal(look_at(&from_root, "dev/ptmx"), -EXDEV);
    assert_int_equal(look_at(&from_root, "proc/version"), -EXDEV);
    assert_int_equal(look_at(&from_root, "proc/self/stat"), -EXDEV);
    assert_int_equal(look_at(&from_root, "proc/."), -EXDEV);
    assert_int_equal(look_at(&from_root, "proc/../dev/null"), -EXDEV); /* not entered at all */
    assert_int_equal(look_at(&from_root, "dev/null"), 0);
    assert_int_equal(look_at(&from_dev, "ptmx"), 0); /* given with its directory */
    from_dev.behind_mount = true;
    assert_int_equal(look_at(&from_dev, "ptmx"), -EXDEV);
    assert_int_equal(look_at(&from_dev, "null"), 0);
    from_root.system_files = true;
    from_dev.system_files = true;
    assert_int_equal(look_at(&from_root, "dev/ptmx"), 0);
    assert_int_equal(look_at(&from_root, "proc/version"), 0);
    assert_int_equal(look_at(&from_root, "proc/self/stat"), 0);
    assert_int_equal(look_at(&from_dev, "ptmx"), 0);
    close(root);
    close(dev);
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
    fail_nth(SYS_openat, 0, 0);
    assert_int_equal(walk_box(".", O_CREAT | O_RDWR), -EISDIR);
    assert_int_equal(fault.seen, 0); /* the kernel is not asked */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_was_a_link_when_it_was_opened_and_is_none_is_opened_again),
        IN_FOLDER(a_link_without_text_leads_nowhere),
        IN_FOLDER(a_failure_of_any_step_is_the_walks_own_and_leaves_nothing_open),
        IN_FOLDER(behind_a_mount_a_look_that_fails_is_no_answer),
        IN_FOLDER(nothing_leads_up_or_to_the_hosts_root_and_all_of_it_is_exdev),
        IN_FOLDER(an_absolute_link_begins_at_the_root_and_not_where_the_walk_stands),
        IN_FOLDER(a_host_that_closed_its_stdin_changes_nothing),
        IN_FOLDER(what_is_no_directory_is_not_gone_into),
        IN_FOLDER(a_directory_on_the_way_is_asked_for_as_one),
        IN_FOLDER(a_slash_at_the_end_asks_for_a_directory_and_follows),
        IN_FOLDER(a_link_is_created_through_unless_a_new_file_is_asked_for),
        IN_FOLDER(where_everything_is_allowed_nothing_is_looked_at_first),
        IN_FOLDER(number_0_is_a_descriptor_like_others),
        IN_FOLDER(system_files_are_shut_behind_a_mount_alone_and_where_they_are_not_allowed),
        IN_FOLDER(a_path_that_crosses_no_mount_says_so_and_costs_no_look),
        IN_FOLDER(the_directory_itself_cannot_be_created),
        IN_FOLDER(a_new_file_may_be_read_and_written_by_all_whom_the_umask_lets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
