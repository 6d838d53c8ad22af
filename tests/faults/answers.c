/*
 * What is answered to a fault that a call once got wrong, one test for each.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/faults.h"
#include "../support/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STDIN = 0, SOCKET = FIRST_PREOPEN + 1, MANY = 60000 };

/** What the call that was to fail did. */
static void assert_fell(void)
{
    assert_true(faults_disarm().fell);
}

static ringfort_status try_new(struct world *w)
{
    ringfort_error error = { 0 };
    return ringfort_wasi_new(w->config, &w->wasi, &error);
}

static void a_kind_that_cannot_be_told_is_an_error_and_told_the_next_time(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    faults_arm_call(SYS_fstat, 0, EIO);
    assert_errno(wasi_fd_fdstat_get(w, fd, out), WASI_EIO);
    assert_fell();
    assert_int_equal(guest_fdstat_of(w, fd).filetype, TYPE_REGULAR_FILE);
    guest_assert_reads(w, fd, 8, "text");
}

static void a_sockets_type_that_cannot_be_told_is_told_the_next_time(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_socketpair(w, ends);
    assert_status(ringfort_config_preopen_socket(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    faults_arm_call(SYS_getsockopt, 0, ENOMEM);
    assert_errno(wasi_fd_fdstat_get(w, SOCKET, out), ringfort_errno_from_host(ENOMEM));
    assert_fell();
    assert_int_equal(guest_fdstat_of(w, SOCKET).filetype, TYPE_SOCKET_STREAM);
}

static void fd_close_tells_what_the_host_said_and_frees_the_number(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    faults_arm_call(SYS_close, 0, ENOSPC);
    assert_errno(wasi_fd_close(w, fd), WASI_ENOSPC);
    assert_fell();
    assert_errno(wasi_fd_close(w, fd), WASI_EBADF);
    const uint32_t next = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_int_equal(next, fd);
    faults_arm_call(SYS_close, 0, EINTR); /* it is closed */
    assert_errno(wasi_fd_close(w, next), WASI_SUCCESS);
    assert_fell();
}

static void stdio_whose_access_cannot_be_told_is_refused(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    faults_arm_call(SYS_fcntl, 1, EPERM); /* of what was opened anew */
    assert_status(try_new(w), RINGFORT_ERR_OPEN);
    assert_fell();
    faults_arm_call(SYS_fcntl, 0, EPERM); /* a duplicate will do */
    assert_status(try_new(w), RINGFORT_OK);
    assert_fell();
    assert_int_equal(guest_fdstat_of(w, STDIN).base & RIGHT_FD_WRITE, 0);
}

static void a_preopen_whose_file_system_is_asked_under_signals_is_given(void **state)
{
    struct world *const w = *state;
    faults_arm_call(SYS_fstatfs, 0, TIMES(EINTR, 5));
    assert_status(try_new(w), RINGFORT_OK);
    assert_fell();
}

static void limit_size(struct world *w, uint64_t size)
{
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_FILE_SIZE, size),
                  RINGFORT_OK);
}

static void a_name_that_could_not_be_made_is_not_counted(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_ENTRIES_CREATED, 1),
                  RINGFORT_OK);
    world_start(w);
    faults_arm_call(SYS_mkdirat, 0, ENOSPC);
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "d")), WASI_ENOSPC);
    assert_fell();
    faults_arm_call(SYS_symlinkat, 0, EIO);
    assert_errno(wasi_path_symlink(w, text(w, "t"), FIRST_PREOPEN, text(w, "s")), WASI_EIO);
    assert_fell();
    faults_arm_call(SYS_openat2, 0, ENFILE);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, OFLAG_CREAT, RIGHTS_FILE),
                 ringfort_errno_from_host(ENFILE));
    assert_fell();
    assert_errno(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "d")), WASI_SUCCESS);
    assert_int_not_equal(wasi_path_create_directory(w, FIRST_PREOPEN, text(w, "e")), WASI_SUCCESS);
}

static void a_limited_write_whose_flags_cannot_be_told_writes_nothing(void **state)
{
    struct world *const w = *state;
    limit_size(w, 8);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    (void)guest_seek(w, fd, 100, SEEK_FROM_START);
    faults_arm_call(SYS_fcntl, 0, EPERM);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, "x")), 1, out), WASI_EPERM);
    assert_fell();
    host_assert_text(w, "box/f", "");
}

static void a_limited_write_that_cannot_move_the_position_says_so(void **state)
{
    struct world *const w = *state;
    limit_size(w, 8);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 4);
    faults_arm_call(SYS_lseek, 1, EIO);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, "one")), 1, out), WASI_EIO);
    assert_fell();
    guest_write(w, fd, "two");
    host_assert_text(w, "box/f", "two");
}

/** Descriptor SOCKET takes some of MANY bytes at once. @return the host's end */
static int give_narrow_socket(struct world *w)
{
    const int least = 1;
    int ends[2];
    host_socketpair(w, ends);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    assert_status(ringfort_config_preopen_socket(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    return ends[1];
}

static void assert_part_arrived(int end, uint32_t told)
{
    int arrived = 0;
    assert_int_equal(ioctl(end, FIONREAD, &arrived), 0);
    assert_true(told > 0 && told < MANY);
    assert_int_equal(arrived, told);
}

static void fd_write_that_cannot_wait_after_a_part_tells_of_the_part(void **state)
{
    struct world *const w = *state;
    const int end = give_narrow_socket(w);
    const struct span many = { guest_alloc(w, MANY), MANY };
    const uint32_t out = guest_alloc(w, 4);
    faults_arm_call(SYS_ppoll, 0, ENOMEM);
    assert_errno(wasi_fd_write(w, SOCKET, iovec(w, many), 1, out), WASI_SUCCESS);
    assert_fell();
    assert_part_arrived(end, guest_u32(w, out));
}

static void sock_send_that_cannot_wait_after_a_part_tells_of_the_part(void **state)
{
    struct world *const w = *state;
    const int end = give_narrow_socket(w);
    const struct span many = { guest_alloc(w, MANY), MANY };
    const uint32_t out = guest_alloc(w, 4);
    faults_arm_call(SYS_ppoll, 0, ENOMEM);
    assert_errno(wasi_sock_send(w, SOCKET, iovec(w, many), 1, 0, out), WASI_SUCCESS);
    assert_fell();
    assert_part_arrived(end, guest_u32(w, out));
}

static void a_link_that_goes_away_while_it_is_followed_was_never_there(void **state)
{
    struct world *const w = *state;
    faults_deny_openat2(true);
    world_start(w);
    faults_arm_call(SYS_openat, 0, ELOOP);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "new", OFLAG_CREAT, RIGHTS_FILE);
    assert_fell();
    faults_deny_openat2(false);
    guest_write(w, fd, "made");
    host_assert_text(w, "box/new", "made");
}

static void the_walk_opens_nothing_that_it_cannot_look_at(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    faults_deny_openat2(true);
    world_start(w);
    faults_arm_call(SYS_newfstatat, 0, EIO);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, OFLAG_TRUNC, RIGHTS_FILE), WASI_EIO);
    assert_fell();
    faults_deny_openat2(false);
    host_assert_text(w, "box/f", "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kind_that_cannot_be_told_is_an_error_and_told_the_next_time),
        TEST(a_sockets_type_that_cannot_be_told_is_told_the_next_time),
        TEST(fd_close_tells_what_the_host_said_and_frees_the_number),
        TEST(stdio_whose_access_cannot_be_told_is_refused),
        TEST(a_preopen_whose_file_system_is_asked_under_signals_is_given),
        TEST(a_name_that_could_not_be_made_is_not_counted),
        TEST(a_limited_write_whose_flags_cannot_be_told_writes_nothing),
        TEST(a_limited_write_that_cannot_move_the_position_says_so),
        TEST(fd_write_that_cannot_wait_after_a_part_tells_of_the_part),
        TEST(sock_send_that_cannot_wait_after_a_part_tells_of_the_part),
        TEST(a_link_that_goes_away_while_it_is_followed_was_never_there),
        TEST(the_walk_opens_nothing_that_it_cannot_look_at),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
