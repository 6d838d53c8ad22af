/*
 * fd_seek, fd_tell, fd_pread, fd_pwrite and what appending does to offsets.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

static uint32_t open_file(struct world *w, const char *contents, uint64_t base)
{
    host_write(w, "box/f", contents);
    return guest_open(w, FIRST_PREOPEN, "f", 0, base);
}

static uint32_t open_appending(struct world *w, const char *contents)
{
    host_write(w, "box/f", contents);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(
        wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "f"), 0, RIGHTS_FILE, 0, FDFLAG_APPEND, out),
        WASI_SUCCESS);
    return guest_u32(w, out);
}

static void fd_seek_moves_from_the_start_from_here_and_from_the_end(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    assert_int_equal(guest_seek(w, fd, 4, SEEK_FROM_START), 4);
    assert_int_equal(guest_seek(w, fd, 3, SEEK_FROM_HERE), 7);
    assert_int_equal(guest_seek(w, fd, -5, SEEK_FROM_HERE), 2);
    assert_int_equal(guest_seek(w, fd, -1, SEEK_FROM_END), 9);
    guest_assert_reads(w, fd, 4, "9");
    assert_int_equal(guest_tell(w, fd), 10);
}

static void fd_seek_past_the_end_is_fine_and_a_write_there_leaves_zeros(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "ab", RIGHTS_FILE);
    assert_int_equal(guest_seek(w, fd, 2, SEEK_FROM_END), 4);
    guest_assert_reads(w, fd, 4, "");
    guest_write(w, fd, "c");
    assert_int_equal(guest_stat(w, fd).size, 5);
    guest_seek(w, fd, 2, SEEK_FROM_START);
    const uint32_t out = guest_alloc(w, 4);
    const struct span room = { guest_alloc(w, 3), 3 };
    assert_errno(wasi_fd_read(w, fd, iovec(w, room), 1, out), WASI_SUCCESS);
    assert_memory_equal(w->memory + room.at, "\0\0c", 3);
}

static void fd_seek_to_a_negative_offset_is_inval_and_moves_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    guest_seek(w, fd, 5, SEEK_FROM_START);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, -1, SEEK_FROM_START, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, -6, SEEK_FROM_HERE, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, -11, SEEK_FROM_END, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, INT64_MIN, SEEK_FROM_START, out), WASI_EINVAL);
    assert_errno_either(wasi_fd_seek(w, fd, INT64_MAX, SEEK_FROM_HERE, out), WASI_EINVAL,
                        WASI_EOVERFLOW);
    guest_assert_untouched(w, out, 8);
    assert_int_equal(guest_tell(w, fd), 5);
}

static void fd_seek_with_an_unknown_whence_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, 0, 3, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, 0, UINT32_MAX, out), WASI_EINVAL);
    assert_errno(wasi_fd_seek(w, fd, 0, 256, out), WASI_EINVAL);
}

static void fd_seek_with_a_bad_pointer_moves_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const uint32_t late = guest_end(w, 7);
    assert_fault(w, wasi_fd_seek(w, fd, 2, SEEK_FROM_START, late), late, 8);
    assert_int_equal(guest_tell(w, fd), 0);
}

static void fd_seek_by_nothing_from_here_needs_only_the_right_to_tell(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHT_FD_READ);
    const uint32_t out = guest_alloc(w, 8);
    guest_give_up(w, fd, RIGHT_FD_SEEK, 0);
    guest_assert_reads(w, fd, 2, "01");
    assert_errno(wasi_fd_seek(w, fd, 0, SEEK_FROM_HERE, out), WASI_SUCCESS);
    assert_int_equal(guest_u64(w, out), 2);
    assert_errno(wasi_fd_seek(w, fd, 1, SEEK_FROM_HERE, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_seek(w, fd, 0, SEEK_FROM_START, out), WASI_ENOTCAPABLE);
    assert_int_equal(guest_tell(w, fd), 2);
}

static void fd_seek_in_a_directory_is_badf(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, FIRST_PREOPEN, 0, SEEK_FROM_START, out), WASI_EBADF);
    assert_errno(wasi_fd_seek(w, FIRST_PREOPEN, 0, SEEK_FROM_HERE, out), WASI_EBADF);
    assert_errno(wasi_fd_tell(w, FIRST_PREOPEN, out), WASI_EBADF);
    const uint32_t room = iovec(w, text(w, "room"));
    assert_errno(wasi_fd_pread(w, FIRST_PREOPEN, room, 1, 0, out), WASI_EBADF);
    assert_errno(wasi_fd_pwrite(w, FIRST_PREOPEN, room, 1, 0, out), WASI_EBADF);
}

static void fd_seek_in_a_pipe_is_spipe(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    const uint32_t out = guest_alloc(w, 8);
    const uint32_t room = iovec(w, text(w, "room"));
    assert_errno(wasi_fd_seek(w, 0, 0, SEEK_FROM_START, out), WASI_ESPIPE);
    assert_errno(wasi_fd_seek(w, 1, 1, SEEK_FROM_HERE, out), WASI_ESPIPE);
    assert_errno(wasi_fd_tell(w, 0, out), WASI_ESPIPE);
    assert_errno(wasi_fd_pread(w, 0, room, 1, 0, out), WASI_ESPIPE);
    assert_errno(wasi_fd_pwrite(w, 1, room, 1, 0, out), WASI_ESPIPE);
}

static void fd_tell_gives_the_offset_that_reads_and_writes_moved(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    assert_int_equal(guest_tell(w, fd), 0);
    guest_assert_reads(w, fd, 3, "012");
    assert_int_equal(guest_tell(w, fd), 3);
    guest_write(w, fd, "xy");
    assert_int_equal(guest_tell(w, fd), 5);
    host_assert_text(w, "box/f", "012xy56789");
}

static void fd_tell_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    const uint32_t fd = open_file(w, "0123", RIGHT_FD_READ);
    guest_give_up(w, fd, RIGHT_FD_SEEK | RIGHT_FD_TELL, 0);
    assert_errno(wasi_fd_tell(w, fd, out), WASI_ENOTCAPABLE);
    /* typenames.witx, fd_seek: "This flag implies rights::fd_tell." */
    const uint32_t seeker =
        guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ, RIGHT_FD_TELL);
    assert_errno(wasi_fd_tell(w, seeker, out), WASI_SUCCESS);
}

static void fd_pread_reads_at_an_offset_and_leaves_the_position(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    guest_seek(w, fd, 1, SEEK_FROM_START);
    const struct span rooms[] = { { guest_alloc(w, 2), 2 }, { 0, 0 }, { guest_alloc(w, 4), 4 } };
    const uint32_t iovs = iovecs(w, rooms, 3);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_pread(w, fd, iovs, 3, 5, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 5);
    guest_assert_text(w, rooms[0].at, "56");
    guest_assert_text(w, rooms[2].at, "789");
    guest_assert_untouched(w, rooms[2].at + 3, 1);
    assert_int_equal(guest_tell(w, fd), 1);
}

static void fd_pread_past_the_end_gives_zero_bytes(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const struct span room = { guest_alloc(w, 4), 4 };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_pread(w, fd, iovec(w, room), 1, 4, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 0);
    assert_errno(wasi_fd_pread(w, fd, iovec(w, room), 1, 1000000, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 0);
    assert_errno(wasi_fd_pread(w, fd, 0, 0, 0, out), WASI_SUCCESS);
    guest_assert_untouched(w, room.at, 4);
}

/* Checklist row 3. */
static void fd_pread_at_an_offset_beyond_any_file_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const uint32_t room = iovec(w, text(w, "room"));
    const uint32_t out = guest_alloc(w, 4);
    const uint64_t offsets[] = { UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX };
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        assert_errno(wasi_fd_pread(w, fd, room, 1, offsets[i], out), WASI_EINVAL);
        assert_errno(wasi_fd_pwrite(w, fd, room, 1, offsets[i], out), WASI_EINVAL);
    }
    host_assert_text(w, "box/f", "0123");
}

static void fd_pread_needs_the_right_to_seek_as_well(void **state)
{
    struct world *const w = *state;
    const uint32_t room = iovec(w, text(w, "room"));
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t reader = open_file(w, "0123", RIGHT_FD_READ);
    guest_give_up(w, reader, RIGHT_FD_SEEK, 0);
    assert_errno(wasi_fd_pread(w, reader, room, 1, 0, out), WASI_ENOTCAPABLE);
    const uint32_t seeker =
        guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ, RIGHT_FD_READ);
    assert_errno(wasi_fd_pread(w, seeker, room, 1, 0, out), WASI_ENOTCAPABLE);
    const uint32_t both = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ);
    assert_errno(wasi_fd_pread(w, both, room, 1, 0, out), WASI_SUCCESS);
}

static void fd_pread_into_memory_that_is_not_there_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const struct span parts[] = { { guest_alloc(w, 2), 2 }, { guest_end(w, 1), 2 } };
    const uint32_t out = guest_alloc(w, 4);
    assert_fault(w, wasi_fd_pread(w, fd, iovecs(w, parts, 2), 2, 0, out), guest_end(w, 1), 2);
    assert_fault(w, wasi_fd_pread(w, fd, iovec(w, parts[0]), 1, 0, guest_end(w, 0)),
                 guest_end(w, 0), 4);
}

static void fd_pwrite_writes_at_an_offset_and_leaves_the_position(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123456789", RIGHTS_FILE);
    const struct span parts[] = { text(w, "a"), { 0, 0 }, text(w, "bc") };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_pwrite(w, fd, iovecs(w, parts, 3), 3, 8, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 3);
    host_assert_text(w, "box/f", "01234567abc");
    assert_int_equal(guest_tell(w, fd), 0);
}

static void fd_pwrite_needs_the_right_to_seek_as_well(void **state)
{
    struct world *const w = *state;
    const uint32_t data = iovec(w, text(w, "data"));
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t writer = open_file(w, "0123", RIGHT_FD_WRITE);
    guest_give_up(w, writer, RIGHT_FD_SEEK, 0);
    assert_errno(wasi_fd_pwrite(w, writer, data, 1, 0, out), WASI_ENOTCAPABLE);
    const uint32_t both = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_WRITE);
    assert_errno(wasi_fd_pwrite(w, both, data, 1, 0, out), WASI_SUCCESS);
    host_assert_text(w, "box/f", "data");
}

static void fd_pwrite_from_memory_that_is_not_there_is_a_fault_and_writes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "0123", RIGHTS_FILE);
    const struct span parts[] = { text(w, "new"), { guest_end(w, 1), 2 } };
    const uint32_t out = guest_alloc(w, 4);
    assert_fault(w, wasi_fd_pwrite(w, fd, iovecs(w, parts, 2), 2, 0, out), guest_end(w, 1), 2);
    host_assert_text(w, "box/f", "0123");
}

/* Checklist row 4: what Linux does, and the specification's tests require. */
static void fd_pwrite_to_an_appending_descriptor_appends(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_appending(w, "start");
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_pwrite(w, fd, iovec(w, text(w, "+p")), 1, 0, out), WASI_SUCCESS);
    host_assert_text(w, "box/f", "start+p");
}

/* Checklist row 4. */
static void fd_write_to_an_appending_descriptor_goes_to_the_end_of_that_moment(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_appending(w, "a");
    guest_write(w, fd, "b");
    host_append(w, "box/f", "HOST");
    const uint32_t other = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_seek(w, other, 0, SEEK_FROM_END);
    guest_write(w, other, "c");
    guest_write(w, fd, "d");
    host_assert_text(w, "box/f", "abHOSTcd");
    assert_int_equal(guest_tell(w, fd), 8);
    guest_seek(w, fd, 0, SEEK_FROM_START);
    guest_write(w, fd, "e");
    host_assert_text(w, "box/f", "abHOSTcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_seek_moves_from_the_start_from_here_and_from_the_end),
        TEST(fd_seek_past_the_end_is_fine_and_a_write_there_leaves_zeros),
        TEST(fd_seek_to_a_negative_offset_is_inval_and_moves_nothing),
        TEST(fd_seek_with_an_unknown_whence_is_inval),
        TEST(fd_seek_with_a_bad_pointer_moves_nothing),
        TEST(fd_seek_by_nothing_from_here_needs_only_the_right_to_tell),
        TEST(fd_seek_in_a_directory_is_badf),
        TEST(fd_seek_in_a_pipe_is_spipe),
        TEST(fd_tell_gives_the_offset_that_reads_and_writes_moved),
        TEST(fd_tell_needs_its_right),
        TEST(fd_pread_reads_at_an_offset_and_leaves_the_position),
        TEST(fd_pread_past_the_end_gives_zero_bytes),
        TEST(fd_pread_at_an_offset_beyond_any_file_is_inval),
        TEST(fd_pread_needs_the_right_to_seek_as_well),
        TEST(fd_pread_into_memory_that_is_not_there_is_a_fault),
        TEST(fd_pwrite_writes_at_an_offset_and_leaves_the_position),
        TEST(fd_pwrite_needs_the_right_to_seek_as_well),
        TEST(fd_pwrite_from_memory_that_is_not_there_is_a_fault_and_writes_nothing),
        TEST(fd_pwrite_to_an_appending_descriptor_appends),
        TEST(fd_write_to_an_appending_descriptor_goes_to_the_end_of_that_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
