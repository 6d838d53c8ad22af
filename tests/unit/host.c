/* What the embedder gives, on a kernel of the test's own: which stdio is opened anew, and how.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "path/host.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { GIVEN = 9, OPENED = 20, DUPLICATE = 30 };

/* The kernel: what GIVEN is, and what was asked. */
static struct {
    mode_t mode;
    unsigned device_major;
    bool fstat_fails;
    bool is_tty;
    int flags;
    int opened;    /* what openat gives */
    int to_search; /* the same with O_PATH */
    bool has_ended;
    int dir;
    char path[32];
    int open_flags;
    int opens;
    int polls;
    int duplicates_of;
    int closed;
} kernel;

static long answer_fcntl(int fd, long command, long value)
{
    if (command == F_GETFL) {
        return kernel.flags;
    }
    assert_int_equal(command, F_DUPFD_CLOEXEC);
    assert_int_equal(value, 3);
    kernel.duplicates_of = fd;
    return DUPLICATE;
}

static long answer_stat(struct stat *st)
{
    memset(st, 0, sizeof *st);
    st->st_mode = kernel.mode;
    st->st_rdev = makedev(kernel.device_major, 0);
    return kernel.fstat_fails ? -EIO : 0;
}

static long answer_open(int dir, const char *path, long flags)
{
    kernel.dir = dir;
    snprintf(kernel.path, sizeof kernel.path, "%s", path);
    kernel.open_flags = (int)flags;
    kernel.opens++;
    return (flags & O_PATH) != 0 ? kernel.to_search : kernel.opened;
}

static long answer_poll(const struct pollfd *fds, long count, const struct timespec *timeout)
{
    assert_int_equal(fds->fd, GIVEN);
    assert_int_equal(count, 1);
    assert_true(timeout->tv_sec == 0 && timeout->tv_nsec == 0);
    kernel.polls++;
    return kernel.has_ended ? 1 : 0;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)e;
    (void)f;
    switch (number) {
    case SYS_fstat:
        return answer_stat((struct stat *)b);
    case SYS_fcntl:
        return answer_fcntl((int)a, b, c);
    case SYS_ioctl:
        return kernel.is_tty ? 0 : -ENOTTY;
    case SYS_openat:
        assert_int_equal(d, 0); /* no mode: nothing is created */
        return answer_open((int)a, (const char *)b, c);
    case SYS_ppoll:
        return answer_poll((const struct pollfd *)a, b, (const struct timespec *)c);
    default:
        assert_int_equal(number, SYS_close);
        kernel.closed = (int)a;
        return 0;
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.opened = OPENED;
    kernel.duplicates_of = -1;
    kernel.closed = -1;
    return 0;
}

static void give(mode_t mode, unsigned device_major, int flags)
{
    kernel.mode = mode;
    kernel.device_major = device_major;
    kernel.flags = flags;
}

static void assert_duplicated(void)
{
    assert_int_equal(ringfort_reopen_stdio(GIVEN), DUPLICATE);
    assert_int_equal(kernel.duplicates_of, GIVEN);
}

static void assert_opened_anew(int expected_flags)
{
    assert_int_equal(ringfort_reopen_stdio(GIVEN), OPENED);
    assert_int_equal(kernel.dir, AT_FDCWD);
    assert_string_equal(kernel.path, "/proc/self/fd/9");
    assert_int_equal(kernel.open_flags, expected_flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    assert_int_equal(kernel.duplicates_of, -1);
    assert_int_equal(kernel.closed, -1);
}

static void a_pipe_is_opened_anew_as_it_was_and_does_not_block(void **state)
{
    (void)state;
    give(S_IFIFO, 0, O_WRONLY | O_APPEND | O_DIRECT | O_NONBLOCK | O_NOATIME);
    assert_opened_anew(O_WRONLY | O_APPEND | O_DIRECT);
    assert_int_equal(kernel.polls, 0);
    give(S_IFIFO, 0, O_RDWR);
    assert_opened_anew(O_RDWR);
    assert_int_equal(kernel.polls, 0);
    give(S_IFIFO, 0, O_RDONLY);
    assert_opened_anew(O_RDONLY);
    assert_int_equal(kernel.polls, 1);
}

static void a_pipe_whose_writer_has_gone_is_duplicated(void **state)
{
    (void)state;
    kernel.has_ended = true;
    give(S_IFIFO, 0, O_RDONLY);
    assert_duplicated();
    assert_int_equal(kernel.closed, OPENED);
    kernel.closed = -1;
    kernel.duplicates_of = -1;
    give(S_IFIFO, 0, O_WRONLY);
    assert_opened_anew(O_WRONLY);
}

static void a_terminal_is_opened_anew_and_its_far_side_is_duplicated(void **state)
{
    (void)state;
    kernel.is_tty = true;
    kernel.has_ended = true; /* of no concern here */
    give(S_IFCHR, 136, O_RDONLY | O_DIRECT);
    assert_opened_anew(O_RDONLY);
    assert_int_equal(kernel.polls, 0);
    give(S_IFCHR, 5, O_RDWR);
    assert_duplicated();
    assert_int_equal(kernel.opens, 1);
}

static void everything_else_is_duplicated(void **state)
{
    (void)state;
    static const mode_t others[] = { S_IFREG, S_IFCHR, S_IFSOCK, S_IFDIR, S_IFBLK };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        give(others[i], 1, O_RDWR);
        assert_duplicated();
        kernel.is_tty = others[i] != S_IFCHR;
        assert_duplicated();
        kernel.is_tty = false;
    }
    assert_int_equal(kernel.opens, 0);
}

static void what_cannot_be_looked_at_or_opened_anew_is_duplicated(void **state)
{
    (void)state;
    give(S_IFIFO, 0, O_RDONLY);
    kernel.fstat_fails = true;
    assert_duplicated();
    assert_int_equal(kernel.opens, 0);
    give(S_IFCHR, 136, O_RDWR);
    kernel.is_tty = true;
    assert_duplicated();
    assert_int_equal(kernel.opens, 0);
    kernel.fstat_fails = false;
    give(S_IFIFO, 0, -EIO);
    assert_duplicated();
    assert_int_equal(kernel.opens, 0);
    give(S_IFIFO, 0, O_RDONLY);
    kernel.opened = -ENOENT;
    assert_duplicated();
    assert_int_equal(kernel.opens, 1);
    assert_int_equal(kernel.closed, -1);
}

static bool only_searched;

static int open_named(const char *path)
{
    only_searched = true;
    return ringfort_open_host_directory(path, &only_searched);
}

static int reopen_directory(void)
{
    only_searched = true;
    return ringfort_reopen_directory(GIVEN, &only_searched);
}

static void none_of_it_takes_a_number_of_stdio(void **state)
{
    (void)state;
    for (int low = 0; low < 3; low++) {
        kernel.opened = low;
        give(S_IFIFO, 0, O_WRONLY);
        assert_int_equal(ringfort_reopen_stdio(GIVEN), DUPLICATE);
        assert_int_equal(kernel.duplicates_of, low);
        assert_int_equal(kernel.closed, low);
        assert_int_equal(open_named("x"), DUPLICATE);
        assert_int_equal(kernel.closed, low);
        assert_int_equal(reopen_directory(), DUPLICATE);
        kernel.opened = -EACCES;
        kernel.to_search = low;
        assert_int_equal(open_named("x"), DUPLICATE);
        assert_int_equal(kernel.duplicates_of, low);
    }
}

static void a_directory_is_opened_for_listing_alone(void **state)
{
    (void)state;
    assert_int_equal(open_named("some/where"), OPENED);
    assert_false(only_searched);
    assert_int_equal(kernel.dir, AT_FDCWD);
    assert_string_equal(kernel.path, "some/where");
    assert_int_equal(kernel.open_flags, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(reopen_directory(), OPENED);
    assert_false(only_searched);
    assert_int_equal(kernel.dir, GIVEN);
    assert_string_equal(kernel.path, ".");
    assert_int_equal(kernel.open_flags, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    kernel.opened = -ENOTDIR;
    assert_int_equal(open_named("f"), -ENOTDIR);
    assert_int_equal(reopen_directory(), -ENOTDIR);
}

static void a_directory_that_cannot_be_listed_is_opened_to_search_it(void **state)
{
    (void)state;
    kernel.opened = -EACCES;
    kernel.to_search = OPENED;
    assert_int_equal(open_named("some/where"), OPENED);
    assert_true(only_searched);
    assert_int_equal(kernel.opens, 3); /* to list, the way there, and itself */
    assert_int_equal(kernel.dir, OPENED);
    assert_string_equal(kernel.path, ".");
    assert_int_equal(kernel.open_flags, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(kernel.closed, OPENED); /* the way there */
    assert_int_equal(reopen_directory(), OPENED);
    assert_true(only_searched);
    kernel.to_search = -EACCES;
    assert_int_equal(open_named("some/where"), -EACCES);
    assert_int_equal(reopen_directory(), -EACCES);
}

#define BEGUN(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEGUN(a_pipe_is_opened_anew_as_it_was_and_does_not_block),
        BEGUN(a_pipe_whose_writer_has_gone_is_duplicated),
        BEGUN(a_terminal_is_opened_anew_and_its_far_side_is_duplicated),
        BEGUN(everything_else_is_duplicated),
        BEGUN(what_cannot_be_looked_at_or_opened_anew_is_duplicated),
        BEGUN(none_of_it_takes_a_number_of_stdio),
        BEGUN(a_directory_is_opened_for_listing_alone),
        BEGUN(a_directory_that_cannot_be_listed_is_opened_to_search_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
