/* Writes under limits, on a kernel of the test's own in which another thread of the guest changes
 * the file's flags at each system call: where a write begins is decided once.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "wasi/fd_io.c"
#include "wasi/growth.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 1000, WRITTEN = 600, SIZE = 700 };

static struct {
    uint64_t size;
    int64_t position;
    int host_flags;
    int fails_to; /* fstat, fcntl or lseek */
} kernel;

static struct ringfort_wasi wasi;
static struct open_file file = { .kind = KIND_REGULAR };
static struct call call = { .wasi = &wasi };

/* What another thread does at any time. */
static void toggle(void)
{
    atomic_fetch_xor(&file.fdflags, FDFLAGS_APPEND);
}

static long write_it(long number, long len, int64_t offset, long flags)
{
    const bool appends =
        (number == SYS_pwritev2 && (flags & RWF_APPEND) != 0) || (kernel.host_flags & O_APPEND);
    const uint64_t at = appends ? kernel.size : (uint64_t)offset;
    assert_true(appends || offset >= 0);
    kernel.size = at + (uint64_t)len > kernel.size ? at + (uint64_t)len : kernel.size;
    return len;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)a;
    (void)e;
    toggle();
    if (number == kernel.fails_to) {
        return -EIO;
    }
    switch (number) {
    case SYS_fstat:
        memset((void *)b, 0, sizeof(struct stat));
        ((struct stat *)b)->st_size = (off_t)kernel.size;
        return 0;
    case SYS_fcntl:
        return kernel.host_flags;
    case SYS_lseek:
        kernel.position = c == SEEK_CUR ? kernel.position + b : b;
        return kernel.position;
    case SYS_pwrite64:
        return write_it(number, c, d, 0);
    case SYS_pwritev2:
        return write_it(number, (long)((const struct iovec *)b)->iov_len, d, f);
    case SYS_write:
        return write_it(number, c, kernel.position, 0);
    default:
        fail_msg("call %ld", number);
        return -ENOSYS;
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.size = SIZE;
    kernel.fails_to = -1;
    memset(wasi.limits, 0xff, sizeof wasi.limits);
    wasi.limits[RINGFORT_LIMIT_FILE_SIZE] = LIMIT;
    ringfort_quota_init(&wasi.quota, wasi.limits, true);
    return 0;
}

/* A write of WRITTEN bytes; -1 for the host's offset. */
static wasi_errno try_write(bool appends, int64_t offset, ssize_t *n)
{
    static char bytes[WRITTEN];
    struct guest_buffers from = { .count = 1, .total = WRITTEN };
    from.iov[0] = (struct iovec){ .iov_base = bytes, .iov_len = WRITTEN };
    atomic_store(&file.fdflags, appends ? FDFLAGS_APPEND : 0);
    *n = 0;
    return write_regular(&call, &file, &from, offset, n);
}

static void a_write_at_an_offset_stays_there_when_append_is_set_meanwhile(void **state)
{
    (void)state;
    ssize_t n;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(try_write(false, 0, &n), WASI_SUCCESS);
        assert_int_equal(n, WRITTEN);
        assert_int_equal(kernel.size, SIZE);
    }
    assert_int_equal(try_write(false, LIMIT - 1, &n), WASI_SUCCESS);
    assert_int_equal(n, 1);
    assert_int_equal(kernel.size, LIMIT);
}

static void a_write_at_the_hosts_offset_stays_there_too(void **state)
{
    (void)state;
    ssize_t n;
    kernel.position = 100;
    assert_int_equal(try_write(false, -1, &n), WASI_SUCCESS);
    assert_int_equal(n, WRITTEN);
    assert_int_equal(kernel.position, 100 + WRITTEN);
    assert_int_equal(kernel.size, SIZE);
}

static void an_append_stays_one_when_append_is_cleared_meanwhile(void **state)
{
    (void)state;
    ssize_t n;
    for (int64_t offset = -1; offset <= 0; offset++) {
        kernel.size = SIZE;
        assert_int_equal(try_write(true, offset, &n), WASI_SUCCESS);
        assert_int_equal(n, LIMIT - SIZE);
        assert_int_equal(kernel.size, LIMIT);
        assert_int_equal(try_write(true, offset, &n), WASI_EFBIG);
        assert_int_equal(kernel.size, LIMIT);
    }
}

static void what_the_host_appends_to_is_appended_to(void **state)
{
    (void)state;
    ssize_t n;
    kernel.host_flags = O_APPEND;
    assert_int_equal(try_write(false, 0, &n), WASI_SUCCESS);
    assert_int_equal(n, LIMIT - SIZE);
    assert_int_equal(try_write(false, -1, &n), WASI_EFBIG);
    assert_int_equal(kernel.size, LIMIT);
}

static void a_file_that_cannot_be_looked_at_is_not_written(void **state)
{
    (void)state;
    static const int calls[] = { SYS_fstat, SYS_fcntl, SYS_lseek };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        ssize_t n;
        kernel.fails_to = calls[i];
        assert_int_equal(try_write(false, -1, &n), WASI_EIO);
        assert_int_equal(n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_write_at_an_offset_stays_there_when_append_is_set_meanwhile,
                               begin),
        cmocka_unit_test_setup(a_write_at_the_hosts_offset_stays_there_too, begin),
        cmocka_unit_test_setup(an_append_stays_one_when_append_is_cleared_meanwhile, begin),
        cmocka_unit_test_setup(what_the_host_appends_to_is_appended_to, begin),
        cmocka_unit_test_setup(a_file_that_cannot_be_looked_at_is_not_written, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
