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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kind_that_cannot_be_told_is_an_error_and_told_the_next_time),
        TEST(a_sockets_type_that_cannot_be_told_is_told_the_next_time),
        TEST(fd_close_tells_what_the_host_said_and_frees_the_number),
        TEST(stdio_whose_access_cannot_be_told_is_refused),
        TEST(a_preopen_whose_file_system_is_asked_under_signals_is_given),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
