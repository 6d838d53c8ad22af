/* What limits on bytes count of a call, on file systems of the test's own: some have no holes, some
 * tell of blocks late, some give out more than is asked for, and some keep what a failed call took.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "wasi/growth.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = 4096, LIMIT = 1 << 20, SPACE = LIMIT + LIMIT / 2 };

/* The file of the kernel. */
static struct {
    uint64_t size;
    uint64_t blocks; /* in bytes */
    bool fstat_fails;
} kernel;

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)a;
    (void)c;
    (void)d;
    (void)e;
    (void)f;
    assert_int_equal(number, SYS_fstat);
    struct stat *st = (struct stat *)b;
    memset(st, 0, sizeof *st);
    st->st_size = (off_t)kernel.size;
    st->st_blocks = (blkcnt_t)(kernel.blocks / STAT_BLOCK);
    st->st_blksize = BLOCK;
    return kernel.fstat_fails ? -EIO : 0;
}

/* A guest with a limit on bytes, and its file. */
static struct ringfort_wasi wasi;
static struct open_file file = { .kind = KIND_REGULAR };
static struct call call = { .wasi = &wasi };

static int begin(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    memset(wasi.limits, 0xff, sizeof wasi.limits);
    wasi.limits[RINGFORT_LIMIT_BYTES_WRITTEN] = LIMIT;
    ringfort_quota_init(&wasi.quota, wasi.limits, true);
    return 0;
}

static void assert_counted(uint64_t bytes, uint64_t space)
{
    assert_int_equal(LIMIT - atomic_load(&wasi.quota.left[QUOTA_BYTES]), bytes);
    assert_int_equal(SPACE - atomic_load(&wasi.quota.left[QUOTA_SPACE]), space);
}

/* A reservation, of which the kernel does `done` bytes and gives `result`. */
static void reserve(uint64_t offset, uint64_t len, uint64_t done, int64_t result)
{
    GROWTH growth = growth_none();
    assert_int_equal(ringfort_growth_begin(&growth, &call, &file), WASI_SUCCESS);
    assert_int_equal(ringfort_growth_take_range(&growth, offset, len), WASI_SUCCESS);
    kernel.blocks += done;
    kernel.size = offset + done > kernel.size ? offset + done : kernel.size;
    growth.result = result;
}

/* A write of `len` bytes, all done, by which the file system gives out `landed` bytes. */
static void write_bytes(uint64_t at, size_t len, uint64_t landed)
{
    static char bytes[LIMIT];
    struct guest_buffers from = { .count = 1, .total = len };
    from.iov[0] = (struct iovec){ .iov_base = bytes, .iov_len = len };
    GROWTH growth = growth_none();
    assert_int_equal(ringfort_growth_begin(&growth, &call, &file), WASI_SUCCESS);
    assert_int_equal(ringfort_growth_take_write(&growth, at, &from), WASI_SUCCESS);
    assert_int_equal(from.total, len);
    kernel.blocks += landed;
    kernel.size = at + len > kernel.size ? at + len : kernel.size;
    growth.result = (int64_t)len;
}

static void a_reservation_that_fails_counts_as_what_it_keeps(void **state)
{
    (void)state;
    reserve(0, LIMIT / 2, 0, -ENOSPC);
    assert_counted(0, 0);
    reserve(0, LIMIT / 2, 10 * (uint64_t)BLOCK, -ENOSPC);
    assert_counted(10 * (uint64_t)BLOCK, 10 * (uint64_t)BLOCK);
    reserve(0, LIMIT / 2, LIMIT / 2, 0);
    assert_counted(10 * (uint64_t)BLOCK + LIMIT / 2, 10 * (uint64_t)BLOCK + LIMIT / 2);
}

static void a_size_counts_and_takes_room_where_files_have_no_holes(void **state)
{
    (void)state;
    for (uint64_t landed = 0; landed <= LIMIT / 4; landed += LIMIT / 4) {
        GROWTH growth = growth_none();
        assert_int_equal(ringfort_growth_begin(&growth, &call, &file), WASI_SUCCESS);
        assert_int_equal(ringfort_growth_take_size(&growth, kernel.size + LIMIT / 4), WASI_SUCCESS);
        kernel.size += LIMIT / 4;
        kernel.blocks += landed;
        growth.result = 0;
    }
    assert_counted(LIMIT / 2, LIMIT / 4);
}

static void a_write_counts_the_blocks_that_it_needs_where_they_are_told_late(void **state)
{
    (void)state;
    write_bytes(0, 1, 0);
    assert_counted(1, BLOCK);
    write_bytes(1, BLOCK - 1, 0);
    assert_counted(BLOCK, BLOCK);
    write_bytes(BLOCK, 2 * BLOCK, 0);
    assert_counted(3 * (uint64_t)BLOCK, 3 * (uint64_t)BLOCK);
    write_bytes(5 * BLOCK + 7, 1, 0);
    assert_counted(5 * (uint64_t)BLOCK + 8, 4 * (uint64_t)BLOCK);
}

static void a_write_does_not_count_what_is_given_out_ahead_of_it(void **state)
{
    (void)state;
    write_bytes(0, 10, 16 * (uint64_t)BLOCK);
    assert_counted(10, BLOCK);
    write_bytes(10, 10, 0);
    assert_counted(20, BLOCK);
}

/* The host made the hole, so its size says nothing. */
static void a_write_into_a_hole_counts_its_block(void **state)
{
    (void)state;
    kernel.size = LIMIT;
    write_bytes(100 * (uint64_t)BLOCK, 1, BLOCK);
    assert_counted(1, BLOCK);
    write_bytes(100 * (uint64_t)BLOCK, 1, 0);
    assert_counted(2, BLOCK);
}

static void all_that_was_taken_counts_where_the_file_cannot_be_looked_at(void **state)
{
    (void)state;
    GROWTH growth = growth_none();
    kernel.fstat_fails = true;
    assert_int_equal(ringfort_growth_begin(&growth, &call, &file), WASI_EIO);
    ringfort_growth_end(&growth);
    assert_counted(0, 0);
    kernel.fstat_fails = false;
    assert_int_equal(ringfort_growth_begin(&growth, &call, &file), WASI_SUCCESS);
    assert_int_equal(ringfort_growth_take_range(&growth, 0, BLOCK), WASI_SUCCESS);
    kernel.fstat_fails = true;
    ringfort_growth_end(&growth);
    growth.c = NULL;
    assert_counted(BLOCK, BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_reservation_that_fails_counts_as_what_it_keeps, begin),
        cmocka_unit_test_setup(a_size_counts_and_takes_room_where_files_have_no_holes, begin),
        cmocka_unit_test_setup(a_write_counts_the_blocks_that_it_needs_where_they_are_told_late,
                               begin),
        cmocka_unit_test_setup(a_write_does_not_count_what_is_given_out_ahead_of_it, begin),
        cmocka_unit_test_setup(a_write_into_a_hole_counts_its_block, begin),
        cmocka_unit_test_setup(all_that_was_taken_counts_where_the_file_cannot_be_looked_at, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
