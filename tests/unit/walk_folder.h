/* A kernel that can be told to fail once, a folder, and the walk in it; included after
 * "path/walk.c", which sees that kernel.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_TESTS_WALK_FOLDER_H
#define RINGFORT_TESTS_WALK_FOLDER_H

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

static long first_flags; /* of the first openat since fail_nth */

static void fail_nth(long number, int nth, int error)
{
    fault.number = number;
    fault.nth = nth;
    fault.error = -error;
    fault.seen = 0;
    first_flags = 0;
}

static void check_name(const char *name)
{
    assert_null(strchr(name, '/'));
    assert_string_not_equal(name, "..");
}

static void check_open(const char *name, long flags, long mode)
{
    assert_true((flags & O_CLOEXEC) != 0);
    assert_true((flags & O_NOFOLLOW) != 0 || strcmp(name, ".") == 0);
    assert_int_equal(mode, (flags & O_CREAT) != 0 ? 0666 : 0);
    first_flags = first_flags != 0 ? first_flags : flags;
}

/* What a call that fails leaves behind may be anything, such as a device. */
static void leave_anything(long number, long b)
{
    if (number == SYS_fstat) {
        memset((void *)b, 0, sizeof(struct stat));
        ((struct stat *)b)->st_mode = S_IFCHR;
    }
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_openat || number == SYS_newfstatat || number == SYS_readlinkat) {
        check_name((const char *)b);
    }
    if (number == SYS_close) {
        assert_true(a >= 0);
    }
    if (number == SYS_openat) {
        check_open((const char *)b, c, d);
    }
    if (number == fault.number && ++fault.seen == fault.nth) {
        leave_anything(number, b);
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

static inline void make_dir(const char *name)
{
    assert_int_equal(mkdirat(box, name, 0777), 0);
}

static inline void make_file(const char *name)
{
    const int fd = openat(box, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    close(fd);
}

static inline void make_link(const char *text, const char *name)
{
    assert_int_equal(symlinkat(text, box, name), 0);
}

static bool system_files = true;

static inline int walk_in(int dir, int root, const char *path, int flags)
{
    const struct start start = { .dir = dir, .root = root, .system_files = system_files };
    return ringfort_walk_open(&start, path, flags | O_CLOEXEC);
}

/* The walk's answer in the box; what it opened is closed. */
static inline int walk_box(const char *path, int flags)
{
    const int fd = walk_in(box, -1, path, flags);
    assert_true(fd < 0 || fd > 2); /* stdio is open */
    return fd >= 0 ? close(fd) : fd;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
