/*
 * fd_fdstat_get, fd_fdstat_set_flags, fd_fdstat_set_rights and fd_filestat_get: what a descriptor
 * says of itself.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <unistd.h>

/** Opens "f", which is made where it is missing, with fdflags. */
static uint32_t open_with(struct world *w, uint32_t fdflags)
{
    if (!host_exists(w, "box/f")) {
        host_write(w, "box/f", "0123456789");
    }
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "f"), 0, RIGHTS_FILE, 0, fdflags, out),
                 WASI_SUCCESS);
    return guest_u32(w, out);
}

static void fd_fdstat_get_of_a_preopen_shows_the_rights_of_directories_alone(void **state)
{
    struct world *const w = *state;
    const struct fdstat stat = guest_fdstat_of(w, FIRST_PREOPEN);
    assert_int_equal(stat.filetype, TYPE_DIRECTORY);
    assert_int_equal(stat.flags, 0);
    assert_int_equal(stat.base & ~RIGHTS_SOCKET_BITS, RIGHTS_PREOPEN);
    assert_int_equal(stat.inheriting & ~RIGHTS_SOCKET_BITS,
                     RIGHTS_INHERITING & ~RIGHTS_SOCKET_BITS);
}

static void fd_fdstat_get_of_a_file_shows_the_rights_of_files_alone(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_INHERITING);
    const struct fdstat stat = guest_fdstat_of(w, fd);
    assert_int_equal(stat.filetype, TYPE_REGULAR_FILE);
    assert_int_equal(stat.flags, 0);
    assert_int_equal(stat.base, RIGHTS_FILE);
    assert_int_equal(stat.inheriting, 0);
}

static void fd_fdstat_get_of_a_directory_can_be_used_to_open_it_again(void **state)
{
    struct world *const w = *state;
    const struct fdstat stat = guest_fdstat_of(w, FIRST_PREOPEN);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(
        wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "."), 0, stat.base, stat.inheriting, 0, out),
        WASI_SUCCESS);
    const struct fdstat again = guest_fdstat_of(w, guest_u32(w, out));
    assert_int_equal(again.filetype, TYPE_DIRECTORY);
    assert_int_equal(again.base & ~RIGHTS_SOCKET_BITS, stat.base & ~RIGHTS_SOCKET_BITS);
    assert_int_equal(again.inheriting & ~RIGHTS_SOCKET_BITS, stat.inheriting & ~RIGHTS_SOCKET_BITS);
}

/* Checklist row 14. */
static void fd_fdstat_get_shows_each_flag_that_the_file_was_opened_with(void **state)
{
    struct world *const w = *state;
    const uint32_t flags[] = { FDFLAG_APPEND, FDFLAG_DSYNC, FDFLAG_NONBLOCK,
                               FDFLAG_RSYNC,  FDFLAG_SYNC,  FDFLAG_APPEND | FDFLAG_NONBLOCK };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const uint32_t fd = open_with(w, flags[i]);
        const uint16_t shown = guest_fdstat_of(w, fd).flags;
        assert_int_equal(shown & flags[i], flags[i]);
        const uint32_t never = (flags[i] & (FDFLAG_SYNC | FDFLAG_RSYNC)) != 0
                                   ? FDFLAG_APPEND | FDFLAG_NONBLOCK
                                   : ~flags[i];
        assert_int_equal(shown & never, 0);
        guest_close(w, fd);
    }
}

static void fd_fdstat_get_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t late = guest_end(w, SIZE_FDSTAT - 1);
    assert_fault(w, wasi_fd_fdstat_get(w, FIRST_PREOPEN, late), late, SIZE_FDSTAT);
    assert_errno(wasi_fd_fdstat_get(w, FIRST_PREOPEN, guest_end(w, SIZE_FDSTAT)), WASI_SUCCESS);
}

static void fd_fdstat_set_flags_turns_appending_and_nonblocking_on_and_off(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, fd).flags, FDFLAG_APPEND);
    guest_write(w, fd, "+");
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, fd).flags, FDFLAG_NONBLOCK);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, 0), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, fd).flags, 0);
    guest_seek(w, fd, 0, SEEK_FROM_START);
    guest_write(w, fd, "-");
    host_assert_text(w, "box/f", "-123456789+");
}

/* Checklist row 4. */
static void fd_fdstat_set_flags_to_append_keeps_the_offset(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    guest_seek(w, fd, 4, SEEK_FROM_START);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND), WASI_SUCCESS);
    assert_int_equal(guest_tell(w, fd), 4);
    guest_assert_reads(w, fd, 3, "456");
    guest_write(w, fd, "+");
    assert_int_equal(guest_tell(w, fd), 11);
}

static void fd_fdstat_set_flags_cannot_change_how_writes_are_synchronised(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_DSYNC), WASI_EINVAL);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_RSYNC), WASI_EINVAL);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_SYNC), WASI_EINVAL);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND | FDFLAG_SYNC), WASI_EINVAL);
    assert_int_equal(guest_fdstat_of(w, fd).flags, 0);
}

static void fd_fdstat_set_flags_with_unknown_bits_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, 32), WASI_EINVAL);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, 0x10000 | FDFLAG_APPEND), WASI_EINVAL);
    assert_int_equal(guest_fdstat_of(w, fd).flags, 0);
}

static void fd_fdstat_set_rights_takes_rights_away_and_they_are_refused_then(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    const uint64_t base = guest_fdstat_of(w, fd).base & ~RIGHT_FD_READ;
    assert_errno(wasi_fd_fdstat_set_rights(w, fd, base, 0), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, fd).base, base);
    const struct span room = { guest_alloc(w, 4), 4 };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, fd, iovec(w, room), 1, out), WASI_ENOTCAPABLE);
    guest_write(w, fd, "still");
}

static void fd_fdstat_set_rights_to_the_same_rights_succeeds(void **state)
{
    struct world *const w = *state;
    const struct fdstat stat = guest_fdstat_of(w, FIRST_PREOPEN);
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, stat.base, stat.inheriting),
                 WASI_SUCCESS);
    const struct fdstat after = guest_fdstat_of(w, FIRST_PREOPEN);
    assert_int_equal(after.base, stat.base);
    assert_int_equal(after.inheriting, stat.inheriting);
}

static void fd_fdstat_set_rights_never_gives_and_then_changes_nothing(void **state)
{
    struct world *const w = *state;
    const struct fdstat stat = guest_fdstat_of(w, FIRST_PREOPEN);
    const uint64_t less = stat.base & ~RIGHT_PATH_SYMLINK;
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, stat.base | RIGHT_FD_READ, 0),
                 WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, less, stat.inheriting | RIGHT(40)),
                 WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, UINT64_MAX, UINT64_MAX),
                 WASI_ENOTCAPABLE);
    const struct fdstat after = guest_fdstat_of(w, FIRST_PREOPEN);
    assert_int_equal(after.base, stat.base);
    assert_int_equal(after.inheriting, stat.inheriting);
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, less, stat.inheriting), WASI_SUCCESS);
    assert_errno(wasi_fd_fdstat_set_rights(w, FIRST_PREOPEN, stat.base, stat.inheriting),
                 WASI_ENOTCAPABLE);
}

static void fd_filestat_get_is_what_the_host_knows_of_the_file(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    host_link(w, "box/f", "box/second-name");
    host_set_times(w, "box/f", (struct timespec){ 1000000001, 123456789 },
                   (struct timespec){ 1700000000, 987654321 });
    const struct filestat found = guest_stat(w, fd);
    const struct stat host = host_stat(w, "box/f");
    assert_filestat_is(&found, &host);
    assert_int_equal(found.filetype, TYPE_REGULAR_FILE);
    assert_int_equal(found.nlink, 2);
    assert_int_equal(found.size, 10);
    assert_int_equal(found.atim, UINT64_C(1000000001123456789));
    assert_int_equal(found.mtim, UINT64_C(1700000000987654321));
    const struct filestat other = guest_stat_at(w, FIRST_PREOPEN, "second-name");
    assert_int_equal(other.ino, found.ino);
    assert_int_equal(other.dev, found.dev);
}

static void fd_filestat_get_of_a_directory_is_the_hosts(void **state)
{
    struct world *const w = *state;
    const struct filestat found = guest_stat(w, FIRST_PREOPEN);
    const struct stat host = host_stat(w, "box");
    assert_filestat_is(&found, &host);
    assert_int_equal(found.filetype, TYPE_DIRECTORY);
}

static void fd_filestat_get_names_the_types_of_stdio(void **state)
{
    struct world *const w = *state;
    int ends[2];
    int sockets[2];
    host_pipe(w, ends);
    host_socketpair(w, sockets);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, sockets[0]), RINGFORT_OK);
    assert_int_equal(guest_stat(w, 0).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_stat(w, 1).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_stat(w, 2).filetype, TYPE_CHARACTER_DEVICE);
    assert_int_equal(guest_fdstat_of(w, 0).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_fdstat_of(w, 1).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_fdstat_of(w, 2).filetype, TYPE_CHARACTER_DEVICE);
}

static void fd_filestat_get_past_the_end_of_memory_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t late = guest_end(w, SIZE_FILESTAT - 1);
    assert_fault(w, wasi_fd_filestat_get(w, FIRST_PREOPEN, late), late, SIZE_FILESTAT);
    assert_errno(wasi_fd_filestat_get(w, FIRST_PREOPEN, guest_end(w, SIZE_FILESTAT)), WASI_SUCCESS);
}

/* Checklist row 12: such times do not fit and must not crash; 0 or OVERFLOW are both honest. */
static void fd_filestat_get_of_a_time_before_1970_is_zero_or_overflow(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = open_with(w, 0);
    host_set_times(w, "box/f", (struct timespec){ -5, 500000000 },
                   (struct timespec){ -1000000, 0 });
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const uint32_t error = wasi_fd_filestat_get(w, fd, out);
    assert_errno_either(error, WASI_SUCCESS, WASI_EOVERFLOW);
    if (error == WASI_SUCCESS) {
        assert_int_equal(guest_filestat(w, out).atim, 0);
        assert_int_equal(guest_filestat(w, out).mtim, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_fdstat_get_of_a_preopen_shows_the_rights_of_directories_alone),
        TEST(fd_fdstat_get_of_a_file_shows_the_rights_of_files_alone),
        TEST(fd_fdstat_get_of_a_directory_can_be_used_to_open_it_again),
        TEST(fd_fdstat_get_shows_each_flag_that_the_file_was_opened_with),
        TEST(fd_fdstat_get_past_the_end_of_memory_is_a_fault),
        TEST(fd_fdstat_set_flags_turns_appending_and_nonblocking_on_and_off),
        TEST(fd_fdstat_set_flags_to_append_keeps_the_offset),
        TEST(fd_fdstat_set_flags_cannot_change_how_writes_are_synchronised),
        TEST(fd_fdstat_set_flags_with_unknown_bits_is_inval),
        TEST(fd_fdstat_set_rights_takes_rights_away_and_they_are_refused_then),
        TEST(fd_fdstat_set_rights_to_the_same_rights_succeeds),
        TEST(fd_fdstat_set_rights_never_gives_and_then_changes_nothing),
        TEST(fd_filestat_get_is_what_the_host_knows_of_the_file),
        TEST(fd_filestat_get_of_a_directory_is_the_hosts),
        TEST(fd_filestat_get_names_the_types_of_stdio),
        TEST(fd_filestat_get_past_the_end_of_memory_is_a_fault),
        TEST(fd_filestat_get_of_a_time_before_1970_is_zero_or_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
