/* Paths by openat2 with a kernel that answers as the test wants: what is asked of it, and what its
 * answers lead to.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "path/openat2.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OPENED = 17, CALLS_MAX = 1000 };

/* The kernel: answers `first` so many times, then `then`; what it was asked last. */
static struct {
    long first;
    int first_times;
    long then;
    int opens;
    int closes;
    int dir;
    char path[16];
    struct open_how how;
    int closed;
} kernel;

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)e;
    (void)f;
    if (number == SYS_close) {
        kernel.closes++;
        kernel.closed = (int)a;
        return 0;
    }
    assert_int_equal(number, SYS_openat2);
    assert_int_equal(d, sizeof kernel.how);
    assert_true(kernel.opens < CALLS_MAX);
    kernel.dir = (int)a;
    snprintf(kernel.path, sizeof kernel.path, "%s", (const char *)b);
    kernel.how = *(const struct open_how *)c;
    return kernel.opens++ < kernel.first_times ? kernel.first : kernel.then;
}

static void answer(long first, int first_times, long then)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.first = first;
    kernel.first_times = first_times;
    kernel.then = then;
}

static const struct start anywhere = {
    .dir = 5, .root = -1, .openat2 = true, .system_files = true
};
static const struct start one_file_system = { .dir = 5, .root = -1, .openat2 = true };

static int open_with(const struct start *start, int flags)
{
    return ringfort_openat2_open(start, "a/b", flags);
}

static void openat2_works_where_the_kernel_opens_the_working_directory_beneath_itself(void **state)
{
    (void)state;
    answer(0, 0, OPENED);
    assert_true(ringfort_openat2_works());
    assert_int_equal(kernel.opens, 1);
    assert_int_equal(kernel.dir, AT_FDCWD);
    assert_string_equal(kernel.path, ".");
    assert_int_equal(kernel.how.flags, O_PATH | O_CLOEXEC);
    assert_int_equal(kernel.how.mode, 0);
    assert_int_equal(kernel.how.resolve, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    assert_int_equal(kernel.closes, 1);
    assert_int_equal(kernel.closed, OPENED);
    answer(0, 0, 0); /* a host that closed its stdin */
    assert_true(ringfort_openat2_works());
    assert_int_equal(kernel.closes, 1);
}

static void openat2_is_missing_where_the_kernel_does_not_know_it_or_a_filter_denies_it(void **state)
{
    (void)state;
    static const int absent[] = { ENOSYS, EPERM, EINVAL, E2BIG };
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        answer(0, 0, -absent[i]);
        assert_false(ringfort_openat2_works());
        assert_int_equal(kernel.closes, 0);
    }
}

static void a_working_directory_that_cannot_be_opened_says_nothing_about_openat2(void **state)
{
    (void)state;
    static const int other[] = { EACCES, ENOENT, EMFILE, EIO, EAGAIN };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        answer(0, 0, -other[i]);
        assert_true(ringfort_openat2_works());
        assert_int_equal(kernel.closes, 0);
    }
}

static void the_kernel_keeps_a_path_beneath_its_start_and_off_magic_links_and_mounts(void **state)
{
    (void)state;
    answer(0, 0, OPENED);
    assert_int_equal(open_with(&one_file_system, O_RDWR | O_CLOEXEC), OPENED);
    assert_int_equal(kernel.dir, 5);
    assert_string_equal(kernel.path, "a/b");
    assert_int_equal(kernel.how.flags, O_RDWR | O_CLOEXEC);
    assert_int_equal(kernel.how.resolve, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
    answer(0, 0, OPENED);
    assert_int_equal(open_with(&anywhere, O_RDONLY | O_CLOEXEC), OPENED);
    assert_int_equal(kernel.how.resolve, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

static void only_a_path_that_may_be_created_has_a_mode(void **state)
{
    (void)state;
    answer(0, 0, OPENED);
    assert_int_equal(open_with(&anywhere, O_CREAT | O_WRONLY | O_CLOEXEC), OPENED);
    assert_int_equal(kernel.how.mode, 0666);
    answer(0, 0, OPENED);
    assert_int_equal(open_with(&anywhere, O_WRONLY | O_CLOEXEC), OPENED);
    assert_int_equal(kernel.how.mode, 0);
}

static void a_kernel_that_is_busy_renaming_is_asked_128_times(void **state)
{
    (void)state;
    answer(-EAGAIN, 127, OPENED);
    assert_int_equal(open_with(&one_file_system, O_PATH), OPENED);
    assert_int_equal(kernel.opens, 128);
    answer(-EAGAIN, 127, -ENOENT);
    assert_int_equal(open_with(&one_file_system, O_PATH), -ENOENT);
    answer(-EAGAIN, CALLS_MAX, 0);
    assert_int_equal(open_with(&one_file_system, O_PATH), RESOLVE_ELSEWHERE);
    assert_int_equal(kernel.opens, 128);
}

static void the_walk_decides_about_a_way_out_that_may_be_a_mount_or_an_absolute_link(void **state)
{
    (void)state;
    const struct start with_root = { .dir = 5, .root = 0, .openat2 = true, .system_files = true };
    answer(0, 0, -EXDEV);
    assert_int_equal(open_with(&anywhere, O_PATH), -EXDEV);
    assert_int_equal(open_with(&one_file_system, O_PATH), RESOLVE_ELSEWHERE);
    assert_int_equal(open_with(&with_root, O_PATH), RESOLVE_ELSEWHERE);
    assert_int_equal(kernel.opens, 3);
    answer(0, 0, -ENOENT);
    assert_int_equal(open_with(&anywhere, O_PATH), -ENOENT);
    assert_int_equal(open_with(&one_file_system, O_PATH), -ENOENT);
    assert_int_equal(open_with(&with_root, O_PATH), -ENOENT);
    answer(0, 0, 0);
    assert_int_equal(open_with(&with_root, O_PATH), 0);
}

static void the_walk_goes_where_a_filter_denies_openat2_later(void **state)
{
    (void)state;
    answer(0, 0, -ENOSYS);
    assert_int_equal(open_with(&anywhere, O_PATH), RESOLVE_ELSEWHERE);
    assert_int_equal(kernel.opens, 1);
}

static void behind_a_mount_the_walk_looks_before_anything_is_opened(void **state)
{
    (void)state;
    struct start behind = one_file_system;
    behind.behind_mount = true;
    answer(0, 0, OPENED);
    assert_int_equal(open_with(&behind, O_RDONLY), RESOLVE_ELSEWHERE);
    assert_int_equal(kernel.opens, 0);
    behind.system_files = true;
    assert_int_equal(open_with(&behind, O_RDONLY), OPENED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openat2_works_where_the_kernel_opens_the_working_directory_beneath_itself),
        cmocka_unit_test(
            openat2_is_missing_where_the_kernel_does_not_know_it_or_a_filter_denies_it),
        cmocka_unit_test(a_working_directory_that_cannot_be_opened_says_nothing_about_openat2),
        cmocka_unit_test(the_kernel_keeps_a_path_beneath_its_start_and_off_magic_links_and_mounts),
        cmocka_unit_test(only_a_path_that_may_be_created_has_a_mode),
        cmocka_unit_test(a_kernel_that_is_busy_renaming_is_asked_128_times),
        cmocka_unit_test(the_walk_decides_about_a_way_out_that_may_be_a_mount_or_an_absolute_link),
        cmocka_unit_test(the_walk_goes_where_a_filter_denies_openat2_later),
        cmocka_unit_test(behind_a_mount_the_walk_looks_before_anything_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
