/*
 * fd_prestat_get, fd_prestat_dir_name and fd_close: how a guest finds its preopens, and how
 * descriptors end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>

enum { SECOND_PREOPEN = FIRST_PREOPEN + 1 };

static void fd_prestat_get_gives_the_length_of_each_name_and_badf_after_the_last(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "/the/other", "other", 0);
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_SUCCESS);
    guest_assert_zeros(w, out, 4);
    assert_int_equal(guest_u32(w, out + 4), 3);
    assert_errno(wasi_fd_prestat_get(w, SECOND_PREOPEN, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out + 4), 10);
    assert_errno(wasi_fd_prestat_get(w, SECOND_PREOPEN + 1, out), WASI_EBADF);
}

static void fd_prestat_get_of_what_is_no_preopen_is_badf(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, ".");
    const uint32_t others[] = { 0, 1, 2, file, dir };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_errno(wasi_fd_prestat_get(w, others[i], out), WASI_EBADF);
        assert_errno(wasi_fd_prestat_dir_name(w, others[i], out, 8), WASI_EBADF);
    }
}

static void fd_prestat_get_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t late = guest_end(w, 7);
    assert_fault(w, wasi_fd_prestat_get(w, FIRST_PREOPEN, late), late, SIZE_PRESTAT);
    assert_fault(w, wasi_fd_prestat_get(w, 99, late), late, SIZE_PRESTAT);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, guest_end(w, 8)), WASI_SUCCESS);
}

static void fd_prestat_dir_name_writes_the_name_and_no_nul(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "caf\xc3\xa9/\xff", "other", 0);
    const uint32_t buf = guest_alloc(w, 16);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, buf, 3), WASI_SUCCESS);
    guest_assert_text(w, buf, "box");
    guest_assert_untouched(w, buf + 3, 13);
    const uint32_t longer = guest_alloc(w, 16);
    assert_errno(wasi_fd_prestat_dir_name(w, SECOND_PREOPEN, longer, 16), WASI_SUCCESS);
    guest_assert_text(w, longer, "caf\xc3\xa9/\xff");
    guest_assert_untouched(w, longer + 7, 9);
}

static void fd_prestat_dir_name_into_too_little_room_is_nametoolong(void **state)
{
    struct world *const w = *state;
    const uint32_t buf = guest_alloc(w, 16);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, buf, 2), WASI_ENAMETOOLONG);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, buf, 0), WASI_ENAMETOOLONG);
}

static void fd_prestat_dir_name_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t late = guest_end(w, 2);
    assert_fault(w, wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, late, 3), late, 3);
    assert_fault(w, wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, 16, UINT32_MAX), 16, UINT32_MAX);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, guest_end(w, 3), 3), WASI_SUCCESS);
}

static void fd_close_frees_the_number_and_a_second_close_is_badf(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_close(w, fd);
    assert_errno(wasi_fd_close(w, fd), WASI_EBADF);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), fd);
}

static void fd_close_of_a_preopen_ends_it(void **state)
{
    struct world *const w = *state;
    world_preopen(w, "other", "other", 0);
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    guest_close(w, FIRST_PREOPEN);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_EBADF);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, out, 8), WASI_EBADF);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, ".", 0, 0, 0), WASI_EBADF);
    host_write(w, "other/f", "");
    assert_int_equal(guest_open(w, SECOND_PREOPEN, "f", 0, RIGHTS_FILE), FIRST_PREOPEN);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_EBADF);
}

static void fd_close_of_a_directory_leaves_what_was_opened_through_it(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_write(w, "box/d/f", "text");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    const uint32_t file = guest_open(w, dir, "f", 0, RIGHTS_FILE);
    guest_close(w, dir);
    guest_assert_reads(w, file, 8, "text");
}

static void fd_close_needs_no_right(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, 0);
    guest_close(w, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_prestat_get_gives_the_length_of_each_name_and_badf_after_the_last),
        TEST(fd_prestat_get_of_what_is_no_preopen_is_badf),
        TEST(fd_prestat_get_past_the_end_of_memory_is_a_fault),
        TEST(fd_prestat_dir_name_writes_the_name_and_no_nul),
        TEST(fd_prestat_dir_name_into_too_little_room_is_nametoolong),
        TEST(fd_prestat_dir_name_past_the_end_of_memory_is_a_fault),
        TEST(fd_close_frees_the_number_and_a_second_close_is_badf),
        TEST(fd_close_of_a_preopen_ends_it),
        TEST(fd_close_of_a_directory_leaves_what_was_opened_through_it),
        TEST(fd_close_needs_no_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
