/*
 * fd_filestat_set_size, fd_filestat_set_times, fd_allocate, fd_advise, fd_sync, fd_datasync.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

static const uint64_t too_large[] = { UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX };
enum { TOO_LARGE = sizeof too_large / sizeof too_large[0] };

#define SECOND UINT64_C(1000000000)

static uint32_t open_file(struct world *w, const char *contents, uint64_t base)
{
    host_write(w, "box/f", contents);
    return guest_open(w, FIRST_PREOPEN, "f", 0, base);
}

static void fd_filestat_set_size_cuts_and_grows_with_zeros_and_keeps_the_offset(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    guest_seek(w, fd, 6, SEEK_FROM_START);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 3), WASI_SUCCESS);
    host_assert_text(w, "box/f", "012");
    assert_errno(wasi_fd_filestat_set_size(w, fd, 5), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/f").st_size, 5);
    assert_int_equal(guest_tell(w, fd), 6);
    const struct span room = { guest_alloc(w, 5), 5 };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_pread(w, fd, iovec(w, room), 1, 0, out), WASI_SUCCESS);
    assert_memory_equal(w->memory + room.at, "012\0\0", 5);
}

/* Checklist row 3. */
static void fd_filestat_set_size_beyond_any_file_is_inval_and_changes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    for (int i = 0; i < TOO_LARGE; i++) {
        assert_errno_either(wasi_fd_filestat_set_size(w, fd, too_large[i]), WASI_EINVAL,
                            WASI_EFBIG);
    }
    host_assert_text(w, "box/f", "0123");
}

static void fd_filestat_set_size_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    guest_give_up(w, fd, RIGHT_FD_FILESTAT_SET_SIZE, 0);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_filestat_set_size(w, FIRST_PREOPEN, 0), WASI_EBADF);
    host_assert_text(w, "box/f", "0123");
}

/* As ftruncate says. */
static void fd_filestat_set_size_of_what_was_opened_to_be_read_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_READER);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_EINVAL);
    assert_errno(wasi_fd_allocate(w, fd, 0, 100), WASI_EBADF);
    host_assert_text(w, "box/f", "0123");
}

static void fd_filestat_set_times_keeps_every_nanosecond(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 7 * SECOND + 123456789, 9 * SECOND + 1,
                                            FST_ATIM | FST_MTIM),
                 WASI_SUCCESS);
    const struct stat host = host_stat(w, "box/f");
    assert_int_equal(host.st_atim.tv_sec, 7);
    assert_int_equal(host.st_atim.tv_nsec, 123456789);
    assert_int_equal(host.st_mtim.tv_sec, 9);
    assert_int_equal(host.st_mtim.tv_nsec, 1);
    assert_int_equal(guest_stat(w, fd).atim, 7 * SECOND + 123456789);
}

static void fd_filestat_set_times_leaves_the_time_that_was_not_asked_for(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct timespec then = { 1000000000, 5 };
    host_set_times(w, "box/f", then, then);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 3 * SECOND, 4 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(guest_stat(w, fd).atim, 1000000000 * SECOND + 5);
    assert_int_equal(guest_stat(w, fd).mtim, 4 * SECOND);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 3 * SECOND, 0, FST_ATIM), WASI_SUCCESS);
    assert_int_equal(guest_stat(w, fd).atim, 3 * SECOND);
    assert_int_equal(guest_stat(w, fd).mtim, 4 * SECOND);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, 0), WASI_SUCCESS);
    assert_int_equal(guest_stat(w, fd).atim, 3 * SECOND);
    assert_int_equal(guest_stat(w, fd).mtim, 4 * SECOND);
}

static void fd_filestat_set_times_to_now_is_the_time_of_the_host(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct timespec then = { 1000, 0 };
    host_set_times(w, "box/f", then, then);
    /* The kernel stamps files with a clock that ticks more coarsely than CLOCK_REALTIME. */
    const uint64_t before = host_clock_ns(CLOCK_REALTIME_COARSE);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 2 * SECOND, FST_ATIM_NOW | FST_MTIM),
                 WASI_SUCCESS);
    const uint64_t after = host_clock_ns(CLOCK_REALTIME);
    assert_in_range(guest_stat(w, fd).atim, before, after);
    assert_int_equal(guest_stat(w, fd).mtim, 2 * SECOND);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, FST_MTIM_NOW), WASI_SUCCESS);
    assert_true(guest_stat(w, fd).mtim >= before);
}

/* Checklist row 12: such a call left a lock held elsewhere, so that the next one never returned. */
static void fd_filestat_set_times_both_to_a_time_and_to_now_is_inval_each_time(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct timespec then = { 1000, 0 };
    host_set_times(w, "box/f", then, then);
    const uint32_t wrong[] = { FST_ATIM | FST_ATIM_NOW, FST_MTIM | FST_MTIM_NOW,
                               FST_ATIM | FST_MTIM | FST_MTIM_NOW, 16, 0x10000 };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, wrong[i]), WASI_EINVAL);
        assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, wrong[i]), WASI_EINVAL);
    }
    assert_int_equal(guest_stat(w, fd).mtim, 1000 * SECOND);
    assert_int_equal(guest_stat(w, fd).atim, 1000 * SECOND);
}

static void fd_filestat_set_times_works_on_directories_and_on_readers(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_READER);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(guest_stat(w, fd).mtim, SECOND);
    assert_errno(wasi_fd_filestat_set_times(w, FIRST_PREOPEN, 1, SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box").st_mtim.tv_sec, 1);
}

static void fd_filestat_set_times_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    guest_give_up(w, fd, RIGHT_FD_FILESTAT_SET_TIMES, 0);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 1, 1, FST_MTIM), WASI_ENOTCAPABLE);
}

/* Checklist row 15. */
static void fd_allocate_grows_a_file_and_never_shrinks_it(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    assert_errno(wasi_fd_allocate(w, fd, 0, 4), WASI_SUCCESS);
    host_assert_text(w, "box/f", "0123456789");
    assert_errno(wasi_fd_allocate(w, fd, 8, 8), WASI_SUCCESS);
    assert_int_equal(guest_stat(w, fd).size, 16);
    assert_int_equal(guest_tell(w, fd), 0);
    guest_assert_reads(w, fd, 10, "0123456789");
}

static void fd_allocate_of_nothing_or_beyond_any_file_is_an_error(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    assert_errno(wasi_fd_allocate(w, fd, 0, 0), WASI_EINVAL);
    for (int i = 0; i < TOO_LARGE; i++) {
        assert_errno_either(wasi_fd_allocate(w, fd, 0, too_large[i]), WASI_EINVAL, WASI_EFBIG);
        assert_errno_either(wasi_fd_allocate(w, fd, too_large[i], 1), WASI_EINVAL, WASI_EFBIG);
    }
    assert_errno_either(wasi_fd_allocate(w, fd, INT64_MAX, INT64_MAX), WASI_EINVAL, WASI_EFBIG);
    assert_errno_either(wasi_fd_allocate(w, fd, 1, INT64_MAX), WASI_EINVAL, WASI_EFBIG);
    assert_int_equal(guest_stat(w, fd).size, 4);
}

static void fd_allocate_needs_a_file_and_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    guest_give_up(w, fd, RIGHT_FD_ALLOCATE, 0);
    assert_errno(wasi_fd_allocate(w, fd, 0, 100), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_allocate(w, FIRST_PREOPEN, 0, 100), WASI_EBADF);
    host_assert_text(w, "box/f", "0123");
}

static void fd_advise_takes_each_advice_and_no_other(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    for (uint32_t advice = 0; advice <= 5; advice++) {
        assert_errno(wasi_fd_advise(w, fd, 0, 4, advice), WASI_SUCCESS);
    }
    assert_errno(wasi_fd_advise(w, fd, 0, 0, 0), WASI_SUCCESS);
    assert_errno(wasi_fd_advise(w, fd, 0, 4, 6), WASI_EINVAL);
    assert_errno(wasi_fd_advise(w, fd, 0, 4, 256), WASI_EINVAL);
    assert_errno(wasi_fd_advise(w, fd, 0, 4, UINT32_MAX), WASI_EINVAL);
}

/* Checklist row 3. */
static void fd_advise_about_more_than_any_file_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    for (int i = 0; i < TOO_LARGE; i++) {
        assert_errno(wasi_fd_advise(w, fd, 0, too_large[i], 0), WASI_EINVAL);
        assert_errno_either(wasi_fd_advise(w, fd, too_large[i], 1, 0), WASI_EINVAL, WASI_SUCCESS);
    }
}

static void fd_advise_about_a_directory_is_badf_and_about_a_pipe_is_spipe(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    assert_errno(wasi_fd_advise(w, FIRST_PREOPEN, 0, 0, 0), WASI_EBADF);
    assert_errno_either(wasi_fd_advise(w, 0, 0, 0, 0), WASI_ESPIPE, WASI_ENOTCAPABLE);
}

static void fd_advise_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    guest_give_up(w, fd, RIGHT_FD_ADVISE, 0);
    assert_errno(wasi_fd_advise(w, fd, 0, 4, 0), WASI_ENOTCAPABLE);
}

static void fd_sync_works_on_files_and_directories(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    assert_errno(wasi_fd_sync(w, fd), WASI_SUCCESS);
    assert_errno(wasi_fd_sync(w, FIRST_PREOPEN), WASI_SUCCESS);
    const uint32_t less = guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE, RIGHT_FD_SYNC);
    assert_errno(wasi_fd_sync(w, less), WASI_ENOTCAPABLE);
}

static void fd_sync_of_a_pipe_is_an_error(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    assert_errno_either(wasi_fd_sync(w, 1), WASI_EINVAL, WASI_ENOTCAPABLE);
    assert_errno_either(wasi_fd_datasync(w, 1), WASI_EINVAL, WASI_ENOTCAPABLE);
}

static void fd_datasync_works_on_files_and_is_badf_on_directories(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    assert_errno(wasi_fd_datasync(w, fd), WASI_SUCCESS);
    assert_errno(wasi_fd_datasync(w, FIRST_PREOPEN), WASI_EBADF);
    const uint32_t reader = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_READER);
    assert_errno(wasi_fd_datasync(w, reader), WASI_SUCCESS);
    guest_give_up(w, reader, RIGHT_FD_DATASYNC, 0);
    assert_errno(wasi_fd_datasync(w, reader), WASI_ENOTCAPABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_filestat_set_size_cuts_and_grows_with_zeros_and_keeps_the_offset),
        TEST(fd_filestat_set_size_beyond_any_file_is_inval_and_changes_nothing),
        TEST(fd_filestat_set_size_needs_its_right),
        TEST(fd_filestat_set_size_of_what_was_opened_to_be_read_is_inval),
        TEST(fd_filestat_set_times_keeps_every_nanosecond),
        TEST(fd_filestat_set_times_leaves_the_time_that_was_not_asked_for),
        TEST(fd_filestat_set_times_to_now_is_the_time_of_the_host),
        TEST(fd_filestat_set_times_both_to_a_time_and_to_now_is_inval_each_time),
        TEST(fd_filestat_set_times_works_on_directories_and_on_readers),
        TEST(fd_filestat_set_times_needs_its_right),
        TEST(fd_allocate_grows_a_file_and_never_shrinks_it),
        TEST(fd_allocate_of_nothing_or_beyond_any_file_is_an_error),
        TEST(fd_allocate_needs_a_file_and_its_right),
        TEST(fd_advise_takes_each_advice_and_no_other),
        TEST(fd_advise_about_more_than_any_file_is_inval),
        TEST(fd_advise_about_a_directory_is_badf_and_about_a_pipe_is_spipe),
        TEST(fd_advise_needs_its_right),
        TEST(fd_sync_works_on_files_and_directories),
        TEST(fd_sync_of_a_pipe_is_an_error),
        TEST(fd_datasync_works_on_files_and_is_badf_on_directories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
