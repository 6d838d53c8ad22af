/*
 * fd_read and fd_write: bytes between files and guest memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <string.h>

static uint32_t open_file(struct world *w, const char *contents, uint64_t base)
{
    host_write(w, "box/f", contents);
    return guest_open(w, FIRST_PREOPEN, "f", 0, base);
}

static void fd_write_puts_the_bytes_of_all_iovecs_in_order(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct span parts[] = { text(w, "one "), text(w, "two "), text(w, "three") };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovecs(w, parts, 3), 3, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 13);
    host_assert_text(w, "box/f", "one two three");
    assert_int_equal(guest_tell(w, fd), 13);
}

/* Checklist row 5. */
static void fd_write_skips_empty_iovecs_also_first_and_at_the_end_of_memory(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct span empty = { guest_end(w, 0), 0 };
    const struct span parts[] = { empty, { 0, 0 }, text(w, "ab"), empty, text(w, "c"), empty };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovecs(w, parts, 6), 6, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 3);
    host_assert_text(w, "box/f", "abc");
}

static void fd_write_of_no_iovecs_writes_nothing_and_succeeds(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "kept", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, guest_end(w, 0), 0, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 0);
    host_assert_text(w, "box/f", "kept");
    assert_errno(wasi_fd_write(w, 99, 0, 0, out), WASI_EBADF);
}

static void fd_write_past_the_end_of_memory_is_a_fault_and_writes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "kept", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t late = guest_end(w, 3);
    const struct span parts[] = { text(w, "first"), { late, 4 } };
    assert_fault(w, wasi_fd_write(w, fd, iovecs(w, parts, 2), 2, out), late, 4);
    const struct span whole = { 0, UINT32_MAX };
    assert_fault(w, wasi_fd_write(w, fd, iovec(w, whole), 1, out), 0, UINT32_MAX);
    const struct span wraps = { UINT32_MAX, 2 };
    assert_fault(w, wasi_fd_write(w, fd, iovec(w, wraps), 1, out), UINT32_MAX, 2);
    host_assert_text(w, "box/f", "kept");
    assert_int_equal(guest_tell(w, fd), 0);
}

static void fd_write_with_a_bad_place_for_its_result_writes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "kept", RIGHTS_FILE);
    const uint32_t iovs = iovec(w, text(w, "new"));
    assert_fault(w, wasi_fd_write(w, fd, iovs, 1, guest_end(w, 3)), guest_end(w, 3), 4);
    assert_fault(w, wasi_fd_write(w, fd, iovs, 1, UINT32_MAX), UINT32_MAX, 4);
    host_assert_text(w, "box/f", "kept");
}

/* Checklist row 18: the product with the size of an iovec must not wrap. */
static void fd_write_of_more_iovecs_than_memory_holds_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "kept", RIGHTS_FILE);
    const uint32_t iovs = iovec(w, text(w, "new"));
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t counts[] = { UINT32_C(1) << 28, UINT32_C(1) << 29, UINT32_C(1) << 30,
                                UINT32_C(1) << 31, UINT32_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint64_t size = (uint64_t)counts[i] * SIZE_IOVEC;
        assert_fault(w, wasi_fd_write(w, fd, iovs, counts[i], out), iovs, size);
        assert_fault(w, wasi_fd_read(w, fd, iovs, counts[i], out), iovs, size);
        assert_fault(w, wasi_fd_pwrite(w, fd, iovs, counts[i], 0, out), iovs, size);
        assert_fault(w, wasi_fd_pread(w, fd, iovs, counts[i], 0, out), iovs, size);
    }
    host_assert_text(w, "box/f", "kept");
}

static void fd_write_of_thousands_of_iovecs_writes_a_true_part_of_them(void **state)
{
    struct world *const w = *state;
    enum { PARTS = 3000 };
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const uint32_t data = guest_alloc(w, PARTS);
    const uint32_t iovs = guest_alloc(w, PARTS * SIZE_IOVEC);
    for (uint32_t i = 0; i < PARTS; i++) {
        w->memory[data + i] = (unsigned char)('a' + i % 26);
        guest_set_u32(w, iovs + i * SIZE_IOVEC, data + i);
        guest_set_u32(w, iovs + i * SIZE_IOVEC + 4, 1);
    }
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovs, PARTS, out), WASI_SUCCESS);
    const uint32_t written = guest_u32(w, out);
    assert_in_range(written, 1, PARTS);
    assert_int_equal(host_stat(w, "box/f").st_size, written);
    guest_seek(w, fd, 0, SEEK_FROM_START);
    memset(w->memory + data, 0, PARTS);
    assert_errno(wasi_fd_read(w, fd, iovs, PARTS, out), WASI_SUCCESS);
    const uint32_t given = guest_u32(w, out);
    assert_in_range(given, 1, written);
    for (uint32_t i = 0; i < given; i++) {
        assert_int_equal(w->memory[data + i], 'a' + i % 26);
    }
    guest_assert_zeros(w, data + given, PARTS - given);
}

static void fd_write_of_more_than_four_gigabytes_in_all_reports_what_was_written(void **state)
{
    struct world *const w = *state;
    enum { PARTS = 70000 };
    world_set_memory(w, (size_t)16 * GUEST_PAGE);
    const uint32_t iovs = guest_alloc(w, PARTS * SIZE_IOVEC);
    for (uint32_t i = 0; i < PARTS; i++) {
        guest_set_u32(w, iovs + i * SIZE_IOVEC, 0);
        guest_set_u32(w, iovs + i * SIZE_IOVEC + 4, GUEST_PAGE);
    }
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, 1, iovs, PARTS, out), WASI_SUCCESS);
    assert_true(guest_u32(w, out) > 0);
    assert_int_equal(guest_u32(w, out) % GUEST_PAGE, 0);
}

static void fd_write_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "kept", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    guest_give_up(w, fd, RIGHT_FD_WRITE, 0);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, "x")), 1, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_write(w, fd, 0, 0, out), WASI_ENOTCAPABLE);
    host_assert_text(w, "box/f", "kept");
}

static void fd_write_to_what_was_opened_to_be_read_is_badf(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t iovs = iovec(w, text(w, "x"));
    const uint64_t reading[] = { RIGHT_FD_READ, RIGHTS_READER, RIGHT_FD_READ | RIGHTS_DIRECTORY,
                                 0 };
    for (size_t i = 0; i < sizeof reading / sizeof reading[0]; i++) {
        const uint32_t fd = open_file(w, "kept", reading[i]);
        assert_errno(wasi_fd_write(w, fd, iovs, 1, out), WASI_EBADF);
        assert_errno(wasi_fd_write(w, fd, 0, 0, out), WASI_EBADF);
        assert_errno(wasi_fd_pwrite(w, fd, iovs, 1, 0, out), WASI_EBADF);
        assert_errno(wasi_fd_read(w, fd, iovs, 1, out), WASI_SUCCESS);
        guest_close(w, fd);
    }
    host_assert_text(w, "box/f", "kept");
}

static void fd_write_to_a_directory_is_badf(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t iovs = iovec(w, text(w, "x"));
    const uint32_t dirs[] = { FIRST_PREOPEN, guest_open(w, FIRST_PREOPEN, ".", 0, 0),
                              guest_open(w, FIRST_PREOPEN, ".", 0, RIGHTS_READER) };
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        assert_errno(wasi_fd_write(w, dirs[i], iovs, 1, out), WASI_EBADF);
        assert_errno(wasi_fd_read(w, dirs[i], iovs, 1, out), WASI_EBADF);
        assert_errno(wasi_fd_pwrite(w, dirs[i], iovs, 1, 0, out), WASI_EBADF);
        assert_errno(wasi_fd_pread(w, dirs[i], iovs, 1, 0, out), WASI_EBADF);
    }
}

static void fd_write_accepts_addresses_that_are_not_aligned(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "", RIGHTS_FILE);
    const struct span word = text(w, "odd");
    const uint32_t iovs = guest_alloc(w, 32) + 1;
    guest_set_u32(w, iovs, word.at);
    guest_set_u32(w, iovs + 4, word.length);
    const uint32_t out = guest_alloc(w, 16) + 3;
    assert_errno(wasi_fd_write(w, fd, iovs, 1, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 3);
    host_assert_text(w, "box/f", "odd");
}

static void fd_read_fills_the_iovecs_in_order_and_stops_where_the_file_ends(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "hello world", RIGHTS_FILE);
    const struct span rooms[] = { { guest_alloc(w, 5), 5 },
                                  { guest_alloc(w, 3), 3 },
                                  { guest_alloc(w, 8), 8 } };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, fd, iovecs(w, rooms, 3), 3, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 11);
    guest_assert_text(w, rooms[0].at, "hello");
    guest_assert_text(w, rooms[1].at, " wo");
    guest_assert_text(w, rooms[2].at, "rld");
    guest_assert_untouched(w, rooms[2].at + 3, 5);
}

static void fd_read_at_the_end_of_the_file_gives_zero_bytes(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "ab", RIGHTS_FILE);
    guest_assert_reads(w, fd, 2, "ab");
    guest_assert_reads(w, fd, 16, "");
    guest_assert_reads(w, fd, 16, "");
}

static void fd_read_skips_empty_iovecs_also_first_and_at_the_end_of_memory(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "abc", RIGHTS_FILE);
    const struct span empty = { guest_end(w, 0), 0 };
    const struct span room = { guest_end(w, 3), 3 };
    const struct span parts[] = { empty, { 0, 0 }, room, empty };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, fd, iovecs(w, parts, 4), 4, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 3);
    guest_assert_text(w, room.at, "abc");
}

static void fd_read_of_no_iovecs_gives_zero_bytes(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "abc", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, fd, 0, 0, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 0);
    assert_int_equal(guest_tell(w, fd), 0);
    assert_errno(wasi_fd_read(w, 99, 0, 0, out), WASI_EBADF);
}

static void fd_read_past_the_end_of_memory_is_a_fault_and_reads_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "abcdef", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    const struct span parts[] = { { guest_alloc(w, 3), 3 }, { guest_end(w, 2), 3 } };
    assert_fault(w, wasi_fd_read(w, fd, iovecs(w, parts, 2), 2, out), guest_end(w, 2), 3);
    const uint32_t iovs = iovec(w, parts[0]);
    assert_fault(w, wasi_fd_read(w, fd, iovs, 1, guest_end(w, 1)), guest_end(w, 1), 4);
    const struct span empty_but_outside = { UINT32_MAX, 0 };
    assert_fault(w, wasi_fd_read(w, fd, iovec(w, empty_but_outside), 1, out), UINT32_MAX, 0);
    assert_int_equal(guest_tell(w, fd), 0);
}

static void fd_read_over_its_own_iovecs_uses_them_as_they_were(void **state)
{
    struct world *const w = *state;
    char contents[33];
    memset(contents, 'z', 32);
    contents[32] = '\0';
    const uint32_t fd = open_file(w, contents, RIGHTS_FILE);
    const uint32_t iovs = guest_alloc(w, 2 * SIZE_IOVEC);
    const uint32_t room = guest_alloc(w, 16);
    guest_set_u32(w, iovs, iovs);
    guest_set_u32(w, iovs + 4, 2 * SIZE_IOVEC);
    guest_set_u32(w, iovs + 8, room);
    guest_set_u32(w, iovs + 12, 16);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, fd, iovs, 2, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 32);
    guest_assert_text(w, iovs, "zzzzzzzzzzzzzzzz");
    guest_assert_text(w, room, "zzzzzzzzzzzzzzzz");
}

static void fd_read_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_file(w, "abc", RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    const struct span room = { guest_alloc(w, 4), 4 };
    guest_give_up(w, fd, RIGHT_FD_READ, 0);
    assert_errno(wasi_fd_read(w, fd, iovec(w, room), 1, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_pread(w, fd, iovec(w, room), 1, 0, out), WASI_ENOTCAPABLE);
}

static void fd_read_of_what_was_opened_to_be_written_is_badf(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t room = iovec(w, text(w, "room"));
    const uint64_t writing[] = { RIGHT_FD_WRITE, RIGHTS_WRITING, RIGHTS_FILE & ~RIGHT_FD_READ };
    for (size_t i = 0; i < sizeof writing / sizeof writing[0]; i++) {
        const uint32_t fd = open_file(w, "abc", writing[i]);
        assert_errno(wasi_fd_read(w, fd, room, 1, out), WASI_EBADF);
        assert_errno(wasi_fd_pread(w, fd, room, 1, 0, out), WASI_EBADF);
        assert_errno(wasi_fd_write(w, fd, room, 1, out), WASI_SUCCESS);
        guest_close(w, fd);
    }
}

static void fd_read_checks_its_pointers_before_its_descriptor(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    const struct span late = { guest_end(w, 0), 1 };
    assert_fault(w, wasi_fd_read(w, 99, iovec(w, late), 1, out), guest_end(w, 0), 1);
    assert_fault(w, wasi_fd_write(w, 99, iovec(w, late), 1, out), guest_end(w, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_write_puts_the_bytes_of_all_iovecs_in_order),
        TEST(fd_write_skips_empty_iovecs_also_first_and_at_the_end_of_memory),
        TEST(fd_write_of_no_iovecs_writes_nothing_and_succeeds),
        TEST(fd_write_past_the_end_of_memory_is_a_fault_and_writes_nothing),
        TEST(fd_write_with_a_bad_place_for_its_result_writes_nothing),
        TEST(fd_write_of_more_iovecs_than_memory_holds_is_a_fault),
        TEST(fd_write_of_thousands_of_iovecs_writes_a_true_part_of_them),
        TEST(fd_write_of_more_than_four_gigabytes_in_all_reports_what_was_written),
        TEST(fd_write_needs_its_right),
        TEST(fd_write_to_what_was_opened_to_be_read_is_badf),
        TEST(fd_write_to_a_directory_is_badf),
        TEST(fd_write_accepts_addresses_that_are_not_aligned),
        TEST(fd_read_fills_the_iovecs_in_order_and_stops_where_the_file_ends),
        TEST(fd_read_at_the_end_of_the_file_gives_zero_bytes),
        TEST(fd_read_skips_empty_iovecs_also_first_and_at_the_end_of_memory),
        TEST(fd_read_of_no_iovecs_gives_zero_bytes),
        TEST(fd_read_past_the_end_of_memory_is_a_fault_and_reads_nothing),
        TEST(fd_read_over_its_own_iovecs_uses_them_as_they_were),
        TEST(fd_read_needs_its_right),
        TEST(fd_read_of_what_was_opened_to_be_written_is_badf),
        TEST(fd_read_checks_its_pointers_before_its_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
