/*
 * fd_renumber: checklist rows 1 and 2, and everything that moves with a descriptor.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void fd_renumber_onto_itself_succeeds_and_changes_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_renumber(w, fd, fd), WASI_SUCCESS);
    guest_assert_reads(w, fd, 8, "text");
    for (uint32_t i = 0; i <= FIRST_PREOPEN; i++) {
        assert_errno(wasi_fd_renumber(w, i, i), WASI_SUCCESS);
        guest_fdstat_of(w, i);
    }
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_SUCCESS);
}

static void fd_renumber_of_or_onto_what_is_not_open_is_badf(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t closed[] = { fd + 1,    99, 255, 256, UINT32_C(1) << 30, UINT32_C(1) << 31,
                                UINT32_MAX };
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        assert_errno(wasi_fd_renumber(w, fd, closed[i]), WASI_EBADF);
        assert_errno(wasi_fd_renumber(w, closed[i], fd), WASI_EBADF);
        assert_errno(wasi_fd_renumber(w, closed[i], closed[i]), WASI_EBADF);
    }
    guest_assert_reads(w, fd, 8, "text");
}

static void fd_renumber_moves_offset_rights_and_flags_and_frees_the_old_number(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/a", "0123456789");
    host_write(w, "box/b", "other");
    const uint64_t base = RIGHT_FD_READ | RIGHT_FD_TELL | RIGHT_FD_FDSTAT_SET_FLAGS;
    const uint32_t a = guest_open_without(w, FIRST_PREOPEN, "a", 0, base, ~base);
    const uint32_t b = guest_open(w, FIRST_PREOPEN, "b", 0, RIGHTS_FILE);
    guest_assert_reads(w, a, 4, "0123");
    assert_errno(wasi_fd_fdstat_set_flags(w, a, FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_errno(wasi_fd_renumber(w, a, b), WASI_SUCCESS);
    assert_int_equal(guest_tell(w, b), 4);
    guest_assert_reads(w, b, 3, "456");
    assert_int_equal(guest_fdstat_of(w, b).base, base);
    assert_int_equal(guest_fdstat_of(w, b).flags, FDFLAG_NONBLOCK);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_tell(w, a, out), WASI_EBADF);
    assert_errno(wasi_fd_close(w, a), WASI_EBADF);
}

static void fd_renumber_frees_a_number_that_the_next_open_takes(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t a = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t b = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t c = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_renumber(w, a, c), WASI_SUCCESS);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), a);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), c + 1);
    guest_close(w, b);
    guest_close(w, c);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), b);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), c);
}

static void fd_renumber_over_and_over_leaks_nothing_and_keeps_numbers_unique(void **state)
{
    struct world *const w = *state;
    enum { ROUNDS = 300 };
    host_write(w, "box/f", "text");
    world_start(w);
    const unsigned before = host_files_open();
    for (int round = 0; round < ROUNDS; round++) {
        const uint32_t a = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        const uint32_t b = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        assert_true(a != b);
        assert_errno(wasi_fd_renumber(w, b, a), WASI_SUCCESS);
        const uint32_t c = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        assert_int_equal(c, b);
        guest_assert_reads(w, a, 8, "text");
        guest_close(w, a);
        guest_close(w, c);
        assert_errno(wasi_fd_close(w, a), WASI_EBADF);
    }
    assert_int_equal(host_files_open(), before);
}

static void fd_renumber_of_a_file_over_a_preopen_ends_the_preopen(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_renumber(w, fd, FIRST_PREOPEN), WASI_SUCCESS);
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_EBADF);
    guest_assert_reads(w, FIRST_PREOPEN, 8, "text");
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "f", 0), WASI_ENOTDIR);
}

static void fd_renumber_of_a_preopen_takes_its_name_along(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_renumber(w, FIRST_PREOPEN, fd), WASI_SUCCESS);
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_EBADF);
    assert_errno(wasi_fd_prestat_get(w, fd, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out + 4), 3);
    assert_errno(wasi_fd_prestat_dir_name(w, fd, out, 3), WASI_SUCCESS);
    guest_assert_text(w, out, "box");
    assert_errno(guest_try_stat(w, fd, "f", 0), WASI_SUCCESS);
    assert_errno(guest_try_open(w, fd, "../outside.txt", 0, 0, RIGHTS_READER), WASI_ENOTCAPABLE);
}

/* Checklist row 21. */
static void fd_renumber_over_stdout_leaves_the_hosts_descriptor_open(void **state)
{
    struct world *const w = *state;
    const int host = host_open(w, "other/stdout", O_RDWR | O_CREAT);
    assert_status(ringfort_config_set_stdout(w->config, host), RINGFORT_OK);
    host_write(w, "box/f", "");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_write(w, 1, "to the host");
    assert_errno(wasi_fd_renumber(w, fd, 1), WASI_SUCCESS);
    guest_write(w, 1, "to the file");
    host_assert_text(w, "other/stdout", "to the host");
    host_assert_text(w, "box/f", "to the file");
    assert_int_equal(write(host, "!", 1), 1);
    host_assert_text(w, "other/stdout", "to the host!");
}

static void fd_renumber_moves_the_position_in_a_directory(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "box/d/%02d", i);
        host_write(w, name, "");
    }
    const uint32_t a = guest_open_dir(w, FIRST_PREOPEN, "d");
    const uint32_t b = guest_open_dir(w, FIRST_PREOPEN, ".");
    const uint32_t buf = guest_alloc(w, 4096);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, a, buf, 4096, 0, used), WASI_SUCCESS);
    const uint32_t whole = guest_u32(w, used);
    const uint64_t after_first = guest_u64(w, buf);
    const uint32_t first = SIZE_DIRENT + guest_u32(w, buf + 16);
    unsigned char rest[4096];
    memcpy(rest, w->memory + buf + first, whole - first);
    assert_errno(wasi_fd_renumber(w, a, b), WASI_SUCCESS);
    assert_errno(wasi_fd_readdir(w, b, buf, 4096, after_first, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), whole - first);
    assert_memory_equal(w->memory + buf, rest, whole - first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_renumber_onto_itself_succeeds_and_changes_nothing),
        TEST(fd_renumber_of_or_onto_what_is_not_open_is_badf),
        TEST(fd_renumber_moves_offset_rights_and_flags_and_frees_the_old_number),
        TEST(fd_renumber_frees_a_number_that_the_next_open_takes),
        TEST(fd_renumber_over_and_over_leaks_nothing_and_keeps_numbers_unique),
        TEST(fd_renumber_of_a_file_over_a_preopen_ends_the_preopen),
        TEST(fd_renumber_of_a_preopen_takes_its_name_along),
        TEST(fd_renumber_over_stdout_leaves_the_hosts_descriptor_open),
        TEST(fd_renumber_moves_the_position_in_a_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
