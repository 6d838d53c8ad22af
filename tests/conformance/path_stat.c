/*
 * path_filestat_get and path_filestat_set_times.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

static const struct timespec long_ago = { 1000, 1 };

static uint32_t set_times(struct world *w, uint32_t lookup, const char *path, uint64_t atim,
                          uint64_t mtim, uint32_t flags)
{
    return wasi_path_filestat_set_times(w, FIRST_PREOPEN, lookup, text(w, path), atim, mtim, flags);
}

static void path_filestat_get_is_what_the_host_knows_of_each_kind(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "12345");
    host_mkdir(w, "box/d");
    host_symlink(w, "f", "box/l");
    host_mkfifo(w, "box/p");
    const struct {
        const char *name;
        const char *host;
        uint8_t type;
    } kinds[] = { { "f", "box/f", TYPE_REGULAR_FILE }, { "d", "box/d", TYPE_DIRECTORY },
                  { "d/", "box/d", TYPE_DIRECTORY },   { ".", "box", TYPE_DIRECTORY },
                  { "d/..", "box", TYPE_DIRECTORY },   { "l", "box/l", TYPE_SYMBOLIC_LINK },
                  { "p", "box/p", TYPE_SOCKET_STREAM } };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct filestat found = guest_stat_at(w, FIRST_PREOPEN, kinds[i].name);
        const struct stat host = host_stat(w, kinds[i].host);
        assert_filestat_is(&found, &host);
        assert_int_equal(found.filetype, kinds[i].type);
    }
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "l").size, 1);
    host_symlink(w, "../f", "box/d/l");
    const struct filestat deeper = guest_stat_at(w, FIRST_PREOPEN, "d/l");
    assert_int_equal(deeper.filetype, TYPE_SYMBOLIC_LINK);
    assert_int_equal(deeper.ino, host_stat(w, "box/d/l").st_ino);
}

static void path_filestat_get_with_follow_is_of_the_target(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "12345");
    host_symlink(w, "f", "box/l");
    host_symlink(w, "none", "box/dangling");
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_errno(wasi_path_filestat_get(w, 3, LOOKUP_FOLLOW, text(w, "l"), out), WASI_SUCCESS);
    assert_int_equal(guest_filestat(w, out).ino, host_stat(w, "box/f").st_ino);
    assert_int_equal(guest_filestat(w, out).size, 5);
    assert_errno(guest_try_stat(w, 3, "dangling", LOOKUP_FOLLOW), WASI_ENOENT);
    assert_errno(guest_try_stat(w, 3, "dangling", 0), WASI_SUCCESS);
}

static void path_filestat_get_with_unknown_flags_is_inval(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "f", 2), WASI_EINVAL);
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "f", UINT32_C(1) << 31), WASI_EINVAL);
}

static void path_filestat_get_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t late = guest_end(w, 63);
    assert_fault(w, wasi_path_filestat_get(w, 3, 0, text(w, "f"), late), late, SIZE_FILESTAT);
    const struct span outside = { guest_end(w, 2), 3 };
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_fault(w, wasi_path_filestat_get(w, 3, 0, outside, out), outside.at, 3);
    assert_errno(wasi_path_filestat_get(w, 3, 0, text_at_end(w, "f"), out), WASI_SUCCESS);
}

static void path_filestat_get_needs_its_right(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_FILESTAT_GET);
    assert_errno(guest_try_stat(w, dir, "f", 0), WASI_ENOTCAPABLE);
}

static void path_filestat_set_times_keeps_every_nanosecond(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_errno(set_times(w, 0, "f", 7 * SECOND + 123456789, 9 * SECOND + 1, FST_ATIM | FST_MTIM),
                 WASI_SUCCESS);
    const struct filestat found = guest_stat_at(w, FIRST_PREOPEN, "f");
    assert_int_equal(found.atim, 7 * SECOND + 123456789);
    assert_int_equal(found.mtim, 9 * SECOND + 1);
    assert_int_equal(host_stat(w, "box/f").st_mtim.tv_nsec, 1);
}

static void path_filestat_set_times_changes_only_what_was_asked_for(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_set_times(w, "box/f", long_ago, long_ago);
    assert_errno(set_times(w, 0, "f", 5, 5, 0), WASI_SUCCESS);
    assert_errno(set_times(w, 0, "f", 5, 6 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "f").atim, 1000 * SECOND + 1);
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "f").mtim, 6 * SECOND);
    const uint64_t before = host_clock_ns(CLOCK_REALTIME_COARSE);
    assert_errno(set_times(w, 0, "f", 5, 5, FST_ATIM_NOW), WASI_SUCCESS);
    assert_in_range(guest_stat_at(w, FIRST_PREOPEN, "f").atim, before,
                    host_clock_ns(CLOCK_REALTIME));
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "f").mtim, 6 * SECOND);
}

static void path_filestat_set_times_follows_a_link_only_when_asked(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_symlink(w, "f", "box/l");
    host_set_times(w, "box/f", long_ago, long_ago);
    host_set_times(w, "box/l", long_ago, long_ago);
    assert_errno(set_times(w, 0, "l", 0, 5 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/l").st_mtim.tv_sec, 5);
    assert_int_equal(host_stat(w, "box/f").st_mtim.tv_sec, long_ago.tv_sec);
    assert_errno(set_times(w, LOOKUP_FOLLOW, "l", 0, 6 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/l").st_mtim.tv_sec, 5);
    assert_int_equal(host_stat(w, "box/f").st_mtim.tv_sec, 6);
}

/* Checklist row 12. */
static void path_filestat_set_times_both_to_a_time_and_to_now_is_inval_each_time(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_set_times(w, "box/f", long_ago, long_ago);
    const uint32_t wrong[] = { FST_ATIM | FST_ATIM_NOW, FST_MTIM | FST_MTIM_NOW, 15, 16, 0x10000 };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_errno(set_times(w, 0, "f", 1, 1, wrong[i]), WASI_EINVAL);
        assert_errno(set_times(w, 0, "f", 1, 1, wrong[i]), WASI_EINVAL);
    }
    assert_errno(set_times(w, 2, "f", 1, 1, FST_MTIM), WASI_EINVAL);
    assert_int_equal(host_stat(w, "box/f").st_mtim.tv_sec, long_ago.tv_sec);
}

static void path_filestat_set_times_works_on_directories(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    assert_errno(set_times(w, 0, "d", 0, SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/d").st_mtim.tv_sec, 1);
    assert_errno(set_times(w, 0, "d/", 0, 2 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/d").st_mtim.tv_sec, 2);
    assert_errno(set_times(w, 0, ".", 0, 3 * SECOND, FST_MTIM), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box").st_mtim.tv_sec, 3);
    assert_errno(set_times(w, 0, "none", 0, SECOND, FST_MTIM), WASI_ENOENT);
}

static void path_filestat_set_times_beyond_what_the_kernel_counts_does_not_crash(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t error = set_times(w, 0, "f", UINT64_MAX, UINT64_MAX, FST_ATIM | FST_MTIM);
    assert_errno_either(error, WASI_SUCCESS, WASI_EINVAL);
    assert_errno_either(guest_try_stat(w, FIRST_PREOPEN, "f", 0), WASI_SUCCESS, WASI_EOVERFLOW);
}

/* Checklist row 12: the kernel keeps such times where its file system can, and u64 nanoseconds end
 * in 2554. */
static void path_filestat_get_of_a_time_after_2554_is_the_last_one_or_overflow(void **state)
{
    struct world *const w = *state;
    char name[64];
    snprintf(name, sizeof name, "/dev/shm/ringfort-test-XXXXXX");
    assert_non_null(mkdtemp(name));
    assert_status(ringfort_config_preopen(w->config, "shm", name, 0), RINGFORT_OK);
    const struct timespec times[2] = { { 20000000000, 5 }, { 20000000000, 5 } };
    const int set = utimensat(AT_FDCWD, name, times, 0);
    struct stat host;
    const int found = stat(name, &host);
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const uint32_t error = wasi_path_filestat_get(w, 4, 0, text(w, "."), out);
    rmdir(name);
    assert_int_equal(set, 0);
    assert_int_equal(found, 0);
    if (host.st_mtim.tv_sec == 20000000000 && error == WASI_SUCCESS) {
        assert_int_equal(guest_filestat(w, out).mtim, UINT64_MAX);
    } else {
        assert_errno_either(error, WASI_SUCCESS, WASI_EOVERFLOW);
    }
}

static void path_filestat_set_times_needs_its_right(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_FILESTAT_SET_TIMES);
    assert_errno(wasi_path_filestat_set_times(w, dir, 0, text(w, "f"), 1, 1, FST_MTIM),
                 WASI_ENOTCAPABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_filestat_get_is_what_the_host_knows_of_each_kind),
        TEST(path_filestat_get_with_follow_is_of_the_target),
        TEST(path_filestat_get_with_unknown_flags_is_inval),
        TEST(path_filestat_get_past_the_end_of_memory_is_a_fault),
        TEST(path_filestat_get_needs_its_right),
        TEST(path_filestat_set_times_keeps_every_nanosecond),
        TEST(path_filestat_set_times_changes_only_what_was_asked_for),
        TEST(path_filestat_set_times_follows_a_link_only_when_asked),
        TEST(path_filestat_set_times_both_to_a_time_and_to_now_is_inval_each_time),
        TEST(path_filestat_set_times_works_on_directories),
        TEST(path_filestat_set_times_beyond_what_the_kernel_counts_does_not_crash),
        TEST(path_filestat_get_of_a_time_after_2554_is_the_last_one_or_overflow),
        TEST(path_filestat_set_times_needs_its_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
