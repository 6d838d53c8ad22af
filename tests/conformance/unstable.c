/*
 * Snapshot 0, "wasi_unstable": its own numbers and layouts where they differ, and the same
 * functions elsewhere.
 * Checklist row 23.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <string.h>

enum { UNSTABLE_ROWS = 45, PREVIEW1_ROWS = 46 };

/** whence in snapshot 0. */
enum { OLD_FROM_HERE = 0, OLD_FROM_END = 1, OLD_FROM_START = 2 };

#define MILLISECOND UINT64_C(1000000)

static void begin(struct world *w)
{
    assert_status(ringfort_config_set_version(w->config, RINGFORT_UNSTABLE), RINGFORT_OK);
    w->abi = RINGFORT_UNSTABLE;
}

static void unstable_has_45_functions_with_the_names_and_types_of_preview1(void **state)
{
    struct world *const w = *state;
    begin(w);
    world_start(w);
    size_t count = 0;
    const ringfort_import *const rows = ringfort_wasi_import(w->wasi, &count);
    assert_int_equal(count, UNSTABLE_ROWS);
    w->abi = RINGFORT_PREVIEW1;
    for (size_t i = 0; i < count; i++) {
        const ringfort_import *const new_row = row_of(w, rows[i].name);
        assert_string_equal(rows[i].module, "wasi_unstable");
        assert_int_equal(rows[i].abi, RINGFORT_UNSTABLE);
        assert_int_equal(rows[i].index, i);
        assert_string_equal(rows[i].params, new_row->params);
        assert_string_equal(rows[i].results, new_row->results);
        assert_string_not_equal(rows[i].name, "sock_accept");
    }
}

static void unstable_fd_seek_counts_whence_from_here_from_the_end_from_the_start(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_write(w, "box/f", "0123456789");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_int_equal(guest_seek(w, fd, 3, OLD_FROM_HERE), 3);
    assert_int_equal(guest_seek(w, fd, 3, OLD_FROM_HERE), 6);
    assert_int_equal(guest_seek(w, fd, -1, OLD_FROM_END), 9);
    assert_int_equal(guest_seek(w, fd, 2, OLD_FROM_START), 2);
    guest_assert_reads(w, fd, 3, "234");
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, 0, 3, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, -1, OLD_FROM_START, out), WASI_EINVAL);
    assert_fault(w, wasi_fd_seek(w, fd, 0, 0, guest_end(w, 7)), guest_end(w, 7), 8);
}

/* With the numbers of snapshot 0, it is whence 0 that tells. */
static void unstable_fd_seek_by_nothing_from_here_needs_only_the_right_to_tell(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_write(w, "box/f", "0123");
    const uint32_t fd = guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ, RIGHT_FD_SEEK);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, 0, OLD_FROM_HERE, out), WASI_SUCCESS);
    assert_errno(wasi_fd_seek(w, fd, 0, OLD_FROM_END, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_seek(w, fd, 0, OLD_FROM_START, out), WASI_ENOTCAPABLE);
}

static uint64_t nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/** The 56 bytes of snapshot 0, where the number of links is a u32 at 20. */
static void assert_old_filestat(struct world *w, uint32_t at, const struct stat *host, uint8_t type)
{
    assert_int_equal(guest_u64(w, at), host->st_dev);
    assert_int_equal(guest_u64(w, at + 8), host->st_ino);
    assert_int_equal(guest_u8(w, at + 16), type);
    guest_assert_zeros(w, at + 17, 3);
    assert_int_equal(guest_u32(w, at + 20), host->st_nlink);
    assert_int_equal(guest_u64(w, at + 24), host->st_size);
    assert_int_equal(guest_u64(w, at + 32), nanoseconds(host->st_atim));
    assert_int_equal(guest_u64(w, at + 40), nanoseconds(host->st_mtim));
    assert_int_equal(guest_u64(w, at + 48), nanoseconds(host->st_ctim));
    guest_assert_untouched(w, at + SIZE_FILESTAT_UNSTABLE, 8);
}

static void unstable_fd_filestat_get_writes_56_bytes_and_not_one_more(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_write(w, "box/f", "12345");
    host_link(w, "box/f", "box/g");
    host_set_times(w, "box/f", (struct timespec){ 11, 12 }, (struct timespec){ 13, 14 });
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_errno(wasi_fd_filestat_get(w, fd, out), WASI_SUCCESS);
    const struct stat host = host_stat(w, "box/f");
    assert_old_filestat(w, out, &host, TYPE_REGULAR_FILE);
    const uint32_t end = guest_end(w, SIZE_FILESTAT_UNSTABLE);
    assert_errno(wasi_fd_filestat_get(w, fd, end), WASI_SUCCESS);
    assert_fault(w, wasi_fd_filestat_get(w, fd, end + 1), end + 1, SIZE_FILESTAT_UNSTABLE);
}

static void unstable_path_filestat_get_writes_56_bytes_and_not_one_more(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_write(w, "box/f", "12345");
    host_symlink(w, "f", "box/l");
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_errno(wasi_path_filestat_get(w, FIRST_PREOPEN, 0, text(w, "l"), out), WASI_SUCCESS);
    const struct stat link = host_stat(w, "box/l");
    assert_old_filestat(w, out, &link, TYPE_SYMBOLIC_LINK);
    memset(w->memory + out, SENTINEL, SIZE_FILESTAT);
    assert_errno(wasi_path_filestat_get(w, FIRST_PREOPEN, LOOKUP_FOLLOW, text(w, "l"), out),
                 WASI_SUCCESS);
    const struct stat file = host_stat(w, "box/f");
    assert_old_filestat(w, out, &file, TYPE_REGULAR_FILE);
    const uint32_t end = guest_end(w, SIZE_FILESTAT_UNSTABLE);
    assert_errno(wasi_path_filestat_get(w, FIRST_PREOPEN, 0, text(w, "f"), end), WASI_SUCCESS);
    assert_fault(w, wasi_path_filestat_get(w, FIRST_PREOPEN, 0, text(w, "f"), end + 1), end + 1,
                 SIZE_FILESTAT_UNSTABLE);
}

/** A subscription of snapshot 0: 56 bytes, the clock's own identifier at 16 and what follows 8
 * later. */
static void old_subscribe_clock(struct world *w, uint32_t at, uint64_t userdata, uint32_t clock,
                                uint64_t timeout, uint16_t flags)
{
    guest_set_u64(w, at, userdata);
    w->memory[at + 8] = EVENT_CLOCK;
    guest_set_u64(w, at + 16, UINT64_C(0x9999999999999999));
    guest_set_u32(w, at + 24, clock);
    guest_set_u64(w, at + 32, timeout);
    guest_set_u64(w, at + 40, 0);
    guest_set_u16(w, at + 48, flags);
}

static void unstable_poll_oneoff_reads_subscriptions_of_56_bytes(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t in = guest_alloc(w, 4 * SIZE_SUBSCRIPTION_UNSTABLE);
    const uint32_t out = guest_alloc(w, 5 * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    const uint32_t step = SIZE_SUBSCRIPTION_UNSTABLE;
    old_subscribe_clock(w, in, 1, CLOCK_ID_REALTIME, 1, SUBCLOCK_ABSTIME);
    subscribe_fd(w, in + step, 2, EVENT_FD_WRITE, 1);
    old_subscribe_clock(w, in + 2 * step, 3, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    subscribe_fd(w, in + 3 * step, 4, EVENT_FD_READ, 99);
    assert_errno(wasi_poll_oneoff(w, in, out, 4, nevents), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nevents), 3);
    const uint64_t userdata[] = { 1, 2, 4 };
    const uint16_t errors[] = { WASI_SUCCESS, WASI_SUCCESS, WASI_EBADF };
    const uint8_t types[] = { EVENT_CLOCK, EVENT_FD_WRITE, EVENT_FD_READ };
    for (uint32_t i = 0; i < 3; i++) {
        const struct event event = guest_event(w, out + i * SIZE_EVENT);
        assert_int_equal(event.userdata, userdata[i]);
        assert_int_equal(event.error, errors[i]);
        assert_int_equal(event.type, types[i]);
    }
    guest_assert_untouched(w, out + 3 * SIZE_EVENT, 2 * SIZE_EVENT);
}

static void unstable_poll_oneoff_sleeps_as_long_as_its_own_layout_says(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION_UNSTABLE);
    const uint32_t out = guest_alloc(w, SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    old_subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, 15 * MILLISECOND, 0);
    world_start(w);
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    assert_errno(wasi_poll_oneoff(w, in, out, 1, nevents), WASI_SUCCESS);
    const uint64_t slept = host_clock_ns(CLOCK_MONOTONIC) - before;
    assert_in_range(slept, 15 * MILLISECOND, 10000 * MILLISECOND);
    const uint32_t late = guest_end(w, SIZE_SUBSCRIPTION_UNSTABLE - 1);
    assert_fault(w, wasi_poll_oneoff(w, late, out, 1, nevents), late, SIZE_SUBSCRIPTION_UNSTABLE);
    const uint32_t end = guest_end(w, SIZE_SUBSCRIPTION_UNSTABLE);
    old_subscribe_clock(w, end, 1, CLOCK_ID_MONOTONIC, 0, 0);
    assert_errno(wasi_poll_oneoff(w, end, out, 1, nevents), WASI_SUCCESS);
}

static void unstable_knows_the_other_functions_as_preview1_does(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t out = guest_alloc(w, 32);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    guest_write(w, fd, "text");
    host_assert_text(w, "box/f", "text");
    assert_int_equal(guest_tell(w, fd), 4);
    assert_int_equal(guest_fdstat_of(w, fd).base, RIGHTS_FILE);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out + 4), 3);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, out, 3), WASI_SUCCESS);
    guest_assert_text(w, out, "box");
    const uint32_t buf = guest_alloc(w, 256);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 256, 0, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 3 * SIZE_DIRENT + 1 + 2 + 1);
    assert_errno(wasi_path_rename(w, 3, text(w, "f"), 3, text(w, "g")), WASI_SUCCESS);
    assert_errno(wasi_path_unlink_file(w, 3, text(w, "g")), WASI_SUCCESS);
    assert_errno(wasi_fd_renumber(w, fd, 0), WASI_SUCCESS);
    assert_errno(wasi_fd_close(w, fd), WASI_EBADF);
    assert_errno(wasi_random_get(w, buf, 8), WASI_SUCCESS);
    assert_errno(wasi_clock_time_get(w, 0, 0, out), WASI_SUCCESS);
    assert_errno(wasi_proc_exit(w, 3), WASI_EXITED);
}

static void unstable_and_preview1_may_be_had_together_with_one_table_of_descriptors(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_set_version(w->config, RINGFORT_UNSTABLE | RINGFORT_PREVIEW1),
                  RINGFORT_OK);
    host_write(w, "box/f", "0123456789");
    world_start(w);
    size_t count = 0;
    const ringfort_import *const rows = ringfort_wasi_import(w->wasi, &count);
    assert_int_equal(count, UNSTABLE_ROWS + PREVIEW1_ROWS);
    unsigned old_rows = 0;
    for (size_t i = 0; i < count; i++) {
        old_rows += strcmp(rows[i].module, "wasi_unstable") == 0;
    }
    assert_int_equal(old_rows, UNSTABLE_ROWS);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    w->abi = RINGFORT_UNSTABLE;
    assert_int_equal(guest_seek(w, fd, 4, OLD_FROM_START), 4);
    w->abi = RINGFORT_PREVIEW1;
    assert_int_equal(guest_seek(w, fd, 1, SEEK_FROM_HERE), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unstable_has_45_functions_with_the_names_and_types_of_preview1),
        TEST(unstable_fd_seek_counts_whence_from_here_from_the_end_from_the_start),
        TEST(unstable_fd_seek_by_nothing_from_here_needs_only_the_right_to_tell),
        TEST(unstable_fd_filestat_get_writes_56_bytes_and_not_one_more),
        TEST(unstable_path_filestat_get_writes_56_bytes_and_not_one_more),
        TEST(unstable_poll_oneoff_reads_subscriptions_of_56_bytes),
        TEST(unstable_poll_oneoff_sleeps_as_long_as_its_own_layout_says),
        TEST(unstable_knows_the_other_functions_as_preview1_does),
        TEST(unstable_and_preview1_may_be_had_together_with_one_table_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
