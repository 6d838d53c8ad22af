/* Kinds of files in all their words: the host's mode, the guest's file type, what can be done.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/rights.c"
#include "fd/table.h"
#include "os/stat.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_mode_has_the_file_type_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(filetype_of_mode(S_IFBLK | 0777), 1);
    assert_int_equal(filetype_of_mode(S_IFCHR | 0777), 2);
    assert_int_equal(filetype_of_mode(S_IFDIR | 0777), 3);
    assert_int_equal(filetype_of_mode(S_IFREG | 0777), 4);
    assert_int_equal(filetype_of_mode(S_IFSOCK | 0777), 6);
    assert_int_equal(filetype_of_mode(S_IFIFO | 0777), 6);
    assert_int_equal(filetype_of_mode(S_IFLNK | 0777), 7);
    assert_int_equal(filetype_of_mode(0777), 0);
}

static void a_time_that_does_not_fit_is_the_first_or_the_last_that_does(void **state)
{
    (void)state;
    assert_true(timestamp_of((struct timespec){ .tv_sec = -1 }) == 0);
    assert_true(timestamp_of((struct timespec){ .tv_sec = 0, .tv_nsec = 1 }) == 1);
    assert_true(timestamp_of((struct timespec){ .tv_sec = 2, .tv_nsec = 3 }) == 2000000003);
    /* 2^64 - 1 ns are 18446744073 s and 709551615 ns. */
    const time_t last = 18446744073;
    assert_true(timestamp_of((struct timespec){ last, 709551614 }) == UINT64_MAX - 1);
    assert_true(timestamp_of((struct timespec){ last, 709551616 }) == UINT64_MAX);
    assert_true(timestamp_of((struct timespec){ last, 999999999 }) == UINT64_MAX);
    assert_true(timestamp_of((struct timespec){ last + 1, 0 }) == UINT64_MAX);
    assert_true(timespec_of(UINT64_MAX).tv_sec == last);
    assert_true(timespec_of(UINT64_MAX).tv_nsec == 709551615);
}

static const struct {
    enum file_kind kind;
    wasi_filetype type;
    bool is_stream;
    bool is_socket;
    bool may_block;
} kinds[] = {
    { KIND_NOT_ASKED, FILETYPE_UNKNOWN, false, false, false },
    { KIND_REGULAR, FILETYPE_REGULAR_FILE, false, false, false },
    { KIND_DIRECTORY, FILETYPE_DIRECTORY, false, false, false },
    { KIND_MEMORY_DEVICE, FILETYPE_CHARACTER_DEVICE, false, false, false },
    { KIND_CHARACTER_DEVICE, FILETYPE_CHARACTER_DEVICE, false, false, true },
    { KIND_TTY, FILETYPE_CHARACTER_DEVICE, true, false, true },
    { KIND_BLOCK_DEVICE, FILETYPE_BLOCK_DEVICE, false, false, false },
    { KIND_FIFO, FILETYPE_SOCKET_STREAM, true, false, true },
    { KIND_SOCKET_STREAM, FILETYPE_SOCKET_STREAM, true, true, true },
    { KIND_SOCKET_DGRAM, FILETYPE_SOCKET_DGRAM, true, true, true },
    { KIND_OTHER, FILETYPE_UNKNOWN, false, false, true },
};

static void a_kind_has_a_file_type_and_says_whether_it_has_a_position_and_may_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(ringfort_filetype_of_kind(kinds[i].kind), kinds[i].type);
        assert_true(kind_is_stream(kinds[i].kind) == kinds[i].is_stream);
        assert_true(kind_is_socket(kinds[i].kind) == kinds[i].is_socket);
        assert_true(kind_may_block(kinds[i].kind) == kinds[i].may_block);
    }
    assert_int_equal(ringfort_filetype_of_kind((enum file_kind)99), FILETYPE_UNKNOWN);
}

/* The rights by their bits in the specification: fd_datasync 0, fd_read 1, fd_seek 2,
 * fd_fdstat_set_flags 3, fd_sync 4, fd_tell 5, fd_write 6, fd_advise 7, fd_allocate 8,
 * path_create_directory 9, path_create_file 10, path_link_source 11, path_link_target 12,
 * path_open 13, fd_readdir 14, path_readlink 15, path_rename_source 16, path_rename_target 17,
 * path_filestat_get 18, path_filestat_set_size 19, path_filestat_set_times 20, fd_filestat_get 21,
 * fd_filestat_set_size 22, fd_filestat_set_times 23, path_symlink 24, path_remove_directory 25,
 * path_unlink_file 26, poll_fd_readwrite 27, sock_shutdown 28, sock_accept 29. */
static const uint64_t all = (1U << 30) - 1;
static const uint64_t of_streams =
    1U << 0 | 1U << 1 | 1U << 3 | 1U << 4 | 1U << 6 | 1U << 21 | 1U << 23 | 1U << 27;
static const uint64_t of_places = 1U << 2 | 1U << 5 | 1U << 7 | 1U << 8 | 1U << 22;
static const uint64_t of_sockets = 1U << 28 | 1U << 29;

static void a_directory_has_the_rights_to_paths_and_none_to_bytes(void **state)
{
    (void)state;
    const uint64_t not_of_directories =
        1U << 0 | 1U << 1 | 1U << 2 | 1U << 5 | 1U << 6 | 1U << 8 | 1U << 22 | of_sockets;
    assert_true(ringfort_rights_possible(FILETYPE_DIRECTORY, false) == (all & ~not_of_directories));
    assert_true(ringfort_rights_all() == all);
    assert_true(ringfort_rights_inheriting() == all);
}

static void what_is_no_directory_has_no_rights_to_paths(void **state)
{
    (void)state;
    const uint64_t of_files = of_streams | of_places;
    assert_true(ringfort_rights_possible(FILETYPE_REGULAR_FILE, false) == of_files);
    assert_true(ringfort_rights_possible(FILETYPE_BLOCK_DEVICE, false) == of_files);
    assert_true(ringfort_rights_possible(FILETYPE_CHARACTER_DEVICE, false) == of_files);
    assert_true(ringfort_rights_possible(FILETYPE_CHARACTER_DEVICE, true) == of_streams);
    assert_true(ringfort_rights_possible(FILETYPE_SOCKET_DGRAM, false) ==
                (of_streams | of_sockets));
    assert_true(ringfort_rights_possible(FILETYPE_SOCKET_STREAM, false) ==
                (of_streams | of_sockets));
    assert_true(ringfort_rights_possible(FILETYPE_UNKNOWN, false) == of_streams);
    assert_true(ringfort_rights_possible(FILETYPE_SYMBOLIC_LINK, false) == of_streams);
    assert_true(ringfort_rights_possible((wasi_filetype)99, false) == of_streams);
}

static void stdio_reads_and_writes_as_the_host_does_and_changes_nothing_else(void **state)
{
    (void)state;
    const uint64_t reading = 1U << 1;
    const uint64_t writing = 1U << 0 | 1U << 4 | 1U << 6; /* and syncing */
    const uint64_t neither = 1U << 2 | 1U << 3 | 1U << 5 | 1U << 21 | 1U << 27;
    assert_true(ringfort_rights_stdio(false, false) == neither);
    assert_true(ringfort_rights_stdio(true, false) == (neither | reading));
    assert_true(ringfort_rights_stdio(false, true) == (neither | writing));
    assert_true(ringfort_rights_stdio(true, true) == (neither | reading | writing));
    assert_true(ringfort_rights_stdio_directory() == 1U << 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mode_has_the_file_type_of_the_specification),
        cmocka_unit_test(a_time_that_does_not_fit_is_the_first_or_the_last_that_does),
        cmocka_unit_test(a_kind_has_a_file_type_and_says_whether_it_has_a_position_and_may_block),
        cmocka_unit_test(a_directory_has_the_rights_to_paths_and_none_to_bytes),
        cmocka_unit_test(what_is_no_directory_has_no_rights_to_paths),
        cmocka_unit_test(stdio_reads_and_writes_as_the_host_does_and_changes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
