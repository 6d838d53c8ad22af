/*
 * sock_accept, sock_recv, sock_send, sock_shutdown, on listeners of the loopback address and on
 * socket pairs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = FIRST_PREOPEN + 1, SOCKET = LISTENER };

/** Descriptor 4 is a listener. @return its port */
static uint16_t give_listener(struct world *w)
{
    uint16_t port = 0;
    const int fd = host_listen(w, &port);
    assert_status(ringfort_config_preopen_socket(w->config, fd), RINGFORT_OK);
    host_close(w, fd);
    return port;
}

static uint32_t accept_one(struct world *w, uint32_t flags)
{
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_accept(w, LISTENER, flags, out), WASI_SUCCESS);
    return guest_u32(w, out);
}

/** Descriptor 0 is one end of a socket pair. @return the host's end */
static int give_pair(struct world *w)
{
    int ends[2];
    host_socketpair(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    host_close(w, ends[0]);
    return ends[1];
}

/** The same of a socket of the guest's own, descriptor SOCKET. @return the host's end */
static int give_own_pair(struct world *w)
{
    int ends[2];
    host_socketpair(w, ends);
    assert_status(ringfort_config_preopen_socket(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    host_close(w, ends[0]);
    return ends[1];
}

struct received {
    uint32_t error;
    uint32_t count;
    uint16_t roflags;
};

/** sock_recv into one iovec of `max` bytes at `room`. */
static struct received receive(struct world *w, uint32_t fd, uint32_t room, uint32_t max,
                               uint32_t flags)
{
    const uint32_t mark = w->next;
    const struct span span = { room, max };
    const uint32_t nread = guest_alloc(w, 4);
    const uint32_t roflags = guest_alloc(w, 2);
    struct received got = { .error =
                                wasi_sock_recv(w, fd, iovec(w, span), 1, flags, nread, roflags) };
    if (got.error == WASI_SUCCESS) {
        got.count = guest_u32(w, nread);
        got.roflags = guest_u16(w, roflags);
    }
    w->next = mark;
    return got;
}

static void sock_accept_gives_a_connection_at_the_lowest_number(void **state)
{
    struct world *const w = *state;
    const uint16_t port = give_listener(w);
    world_start(w);
    const int client = host_connect(w, port);
    const uint32_t fd = accept_one(w, 0);
    assert_int_equal(fd, LISTENER + 1);
    assert_int_equal(guest_fdstat_of(w, fd).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_fdstat_of(w, fd).flags, 0);
    assert_int_equal(write(client, "question", 8), 8);
    guest_assert_reads(w, fd, 16, "question");
    guest_write(w, fd, "answer");
    char answer[16] = "";
    assert_int_equal(read(client, answer, sizeof answer), 6);
    assert_string_equal(answer, "answer");
    guest_close(w, fd);
    assert_int_equal(read(client, answer, sizeof answer), 0);
}

static void sock_accept_takes_the_flag_nonblock_and_no_other(void **state)
{
    struct world *const w = *state;
    const uint16_t port = give_listener(w);
    world_start(w);
    host_connect(w, port);
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t wrong[] = { FDFLAG_APPEND, FDFLAG_DSYNC, FDFLAG_SYNC, 32, 0x10000 };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_errno(wasi_sock_accept(w, LISTENER, wrong[i], out), WASI_EINVAL);
        assert_errno(wasi_sock_accept(w, LISTENER, wrong[i] | FDFLAG_NONBLOCK, out), WASI_EINVAL);
    }
    const uint32_t fd = accept_one(w, FDFLAG_NONBLOCK);
    assert_int_equal(guest_fdstat_of(w, fd).flags, FDFLAG_NONBLOCK);
    const uint32_t room = guest_alloc(w, 8);
    assert_errno(receive(w, fd, room, 8, 0).error, WASI_EAGAIN);
}

static void sock_accept_on_a_nonblocking_listener_without_caller_is_again(void **state)
{
    struct world *const w = *state;
    give_listener(w);
    assert_errno(wasi_fd_fdstat_set_flags(w, LISTENER, FDFLAG_NONBLOCK), WASI_SUCCESS);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_accept(w, LISTENER, 0, out), WASI_EAGAIN);
}

static void sock_accept_on_a_listener_given_nonblocking_is_again_until_somebody_calls(void **state)
{
    struct world *const w = *state;
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    assert_status(ringfort_config_preopen_socket_flags(w->config, listener, RINGFORT_NONBLOCK),
                  RINGFORT_OK);
    assert_status(ringfort_config_preopen_socket_flags(w->config, listener, 0), RINGFORT_OK);
    assert_int_equal(guest_fdstat_of(w, LISTENER).flags, FDFLAG_NONBLOCK);
    assert_int_equal(guest_fdstat_of(w, LISTENER + 1).flags, 0);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_accept(w, LISTENER, 0, out), WASI_EAGAIN);
    host_connect(w, port);
    const uint32_t fd = accept_one(w, 0);
    assert_int_equal(guest_fdstat_of(w, fd).flags, 0);
    assert_errno(wasi_sock_accept(w, LISTENER, 0, out), WASI_EAGAIN);
    host_connect(w, port);
    assert_int_equal(guest_fdstat_of(w, accept_one(w, FDFLAG_NONBLOCK)).flags, FDFLAG_NONBLOCK);
}

static void a_preopened_socket_takes_no_other_flags_and_has_to_be_a_socket(void **state)
{
    struct world *const w = *state;
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    const unsigned wrong[] = { 2, 3, UINT32_C(1) << 31 };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(ringfort_config_preopen_socket_flags(w->config, listener, wrong[i]),
                      RINGFORT_ERR_INVALID_ARG_VALUE);
    }
    assert_status(ringfort_config_preopen_socket_flags(w->config, w->null_fd, RINGFORT_NONBLOCK),
                  RINGFORT_ERR_OPEN);
    assert_status(ringfort_config_preopen_socket_flags(w->config, -1, 0), RINGFORT_ERR_OPEN);
}

static void sock_accept_with_a_bad_place_for_its_result_accepts_nothing(void **state)
{
    struct world *const w = *state;
    const uint16_t port = give_listener(w);
    world_start(w);
    host_connect(w, port);
    assert_fault(w, wasi_sock_accept(w, LISTENER, 0, guest_end(w, 3)), guest_end(w, 3), 4);
    assert_int_equal(accept_one(w, 0), LISTENER + 1);
}

static void sock_accept_of_what_is_no_listener_is_an_error(void **state)
{
    struct world *const w = *state;
    give_pair(w);
    host_write(w, "box/f", "");
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_sock_accept(w, file, 0, out), WASI_ENOTSOCK);
    assert_errno(wasi_sock_accept(w, FIRST_PREOPEN, 0, out), WASI_ENOTSOCK);
    assert_errno(wasi_sock_accept(w, 1, 0, out), WASI_ENOTSOCK);
    assert_errno(wasi_sock_accept(w, 99, 0, out), WASI_EBADF);
}

static void sock_accept_on_a_connection_is_inval_at_once(void **state)
{
    struct world *const w = *state;
    give_own_pair(w);
    const uint32_t out = guest_alloc(w, 4);
    struct deadline deadline;
    deadline_begin(&deadline, w, 3000);
    const uint32_t error = wasi_sock_accept(w, SOCKET, 0, out);
    deadline_end(&deadline, w);
    assert_errno(error, WASI_EINVAL);
}

static void sock_accept_is_on_a_listener_that_is_no_preopened_directory(void **state)
{
    struct world *const w = *state;
    give_listener(w);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_prestat_get(w, LISTENER, out), WASI_EBADF);
    assert_int_equal(guest_fdstat_of(w, LISTENER).filetype, TYPE_SOCKET_STREAM);
    assert_int_equal(guest_fdstat_of(w, LISTENER).base & RIGHT_SOCK_ACCEPT, RIGHT_SOCK_ACCEPT);
}

static void poll_oneoff_on_a_listener_is_ready_when_somebody_calls(void **state)
{
    struct world *const w = *state;
    const uint16_t port = give_listener(w);
    const uint32_t in = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 2 * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    subscribe_fd(w, in, 1, EVENT_FD_READ, LISTENER);
    subscribe_clock(w, in + SIZE_SUBSCRIPTION, 2, CLOCK_ID_MONOTONIC, 5000000, 0);
    assert_errno(wasi_poll_oneoff(w, in, out, 2, nevents), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nevents), 1);
    assert_int_equal(guest_event(w, out).userdata, 2);
    host_connect(w, port);
    assert_errno(wasi_poll_oneoff(w, in, out, 1, nevents), WASI_SUCCESS);
    assert_int_equal(guest_event(w, out).userdata, 1);
    assert_errno(guest_event(w, out).error, WASI_SUCCESS);
    accept_one(w, 0);
}

static void sock_recv_fills_iovecs_and_writes_flags_of_two_bytes(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    assert_int_equal(write(host, "abcdef", 6), 6);
    const struct span rooms[] = { { guest_alloc(w, 2), 2 }, { 0, 0 }, { guest_alloc(w, 8), 8 } };
    const uint32_t nread = guest_alloc(w, 4);
    const uint32_t roflags = guest_alloc(w, 8);
    assert_errno(wasi_sock_recv(w, 0, iovecs(w, rooms, 3), 3, 0, nread, roflags), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nread), 6);
    guest_assert_text(w, rooms[0].at, "ab");
    guest_assert_text(w, rooms[2].at, "cdef");
    guest_assert_untouched(w, rooms[2].at + 4, 4);
    assert_int_equal(guest_u16(w, roflags), 0);
    guest_assert_untouched(w, roflags + 2, 6);
}

static void sock_recv_with_peek_leaves_the_bytes(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    assert_int_equal(write(host, "abc", 3), 3);
    const uint32_t room = guest_alloc(w, 8);
    assert_int_equal(receive(w, 0, room, 8, RECV_PEEK).count, 3);
    assert_int_equal(receive(w, 0, room, 8, 0).count, 3);
    guest_assert_text(w, room, "abc");
}

static void *write_in_two_parts(void *data)
{
    const int *const fd = data;
    const bool first = write(*fd, "abc", 3) == 3;
    host_sleep_ms(20);
    return first && write(*fd, "def", 3) == 3 ? NULL : data;
}

static void sock_recv_with_waitall_waits_for_all(void **state)
{
    struct world *const w = *state;
    int host = give_pair(w);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_in_two_parts, &host), 0);
    const uint32_t room = guest_alloc(w, 8);
    assert_int_equal(receive(w, 0, room, 6, RECV_WAITALL).count, 6);
    guest_assert_text(w, room, "abcdef");
    assert_int_equal(pthread_join(writer, NULL), 0);
}

static void sock_recv_at_the_end_of_the_stream_gives_zero_bytes(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    assert_int_equal(shutdown(host, SHUT_WR), 0);
    const uint32_t room = guest_alloc(w, 8);
    const struct received got = receive(w, 0, room, 8, 0);
    assert_errno(got.error, WASI_SUCCESS);
    assert_int_equal(got.count, 0);
}

static void sock_recv_with_unknown_flags_is_inval(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    assert_int_equal(write(host, "abc", 3), 3);
    const uint32_t room = guest_alloc(w, 8);
    assert_errno(receive(w, 0, room, 8, 4).error, WASI_EINVAL);
    assert_errno(receive(w, 0, room, 8, 0x10000).error, WASI_EINVAL);
    assert_int_equal(receive(w, 0, room, 8, 0).count, 3);
}

static void sock_recv_past_the_end_of_memory_is_a_fault_and_takes_nothing(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    assert_int_equal(write(host, "abc", 3), 3);
    const uint32_t out = guest_alloc(w, 8);
    const struct span late = { guest_end(w, 2), 3 };
    const struct span room = { guest_alloc(w, 8), 8 };
    assert_fault(w, wasi_sock_recv(w, 0, iovec(w, late), 1, 0, out, out + 4), late.at, 3);
    assert_fault(w, wasi_sock_recv(w, 0, iovec(w, room), 1, 0, guest_end(w, 3), out),
                 guest_end(w, 3), 4);
    assert_fault(w, wasi_sock_recv(w, 0, iovec(w, room), 1, 0, out, guest_end(w, 1)),
                 guest_end(w, 1), 2);
    const uint32_t count = UINT32_C(1) << 29;
    assert_fault(w, wasi_sock_recv(w, 0, 8, count, 0, out, out + 4), 8, (uint64_t)count * 8);
    assert_int_equal(receive(w, 0, room.at, 8, 0).count, 3);
}

static void sock_send_sends_all_iovecs_in_order(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    const struct span parts[] = { { guest_end(w, 0), 0 }, text(w, "ab"), text(w, "cde") };
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, 0, iovecs(w, parts, 3), 3, 0, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 5);
    char found[8] = "";
    assert_int_equal(read(host, found, sizeof found), 5);
    assert_string_equal(found, "abcde");
}

static void sock_send_with_any_flag_is_inval(void **state)
{
    struct world *const w = *state;
    give_pair(w);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, 0, iovec(w, text(w, "x")), 1, 1, out), WASI_EINVAL);
    assert_errno(wasi_sock_send(w, 0, iovec(w, text(w, "x")), 1, 0x10000, out), WASI_EINVAL);
}

static void sock_send_past_the_end_of_memory_is_a_fault_and_sends_nothing(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    const uint32_t out = guest_alloc(w, 4);
    const struct span parts[] = { text(w, "ab"), { guest_end(w, 1), 2 } };
    assert_fault(w, wasi_sock_send(w, 0, iovecs(w, parts, 2), 2, 0, out), guest_end(w, 1), 2);
    assert_fault(w, wasi_sock_send(w, 0, iovec(w, parts[0]), 1, 0, guest_end(w, 2)),
                 guest_end(w, 2), 4);
    char found[8];
    assert_int_equal(recv(host, found, sizeof found, MSG_DONTWAIT), -1);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
    (void)signal;
    signals++;
}

static void sock_send_to_a_peer_that_left_is_pipe_and_raises_no_signal(void **state)
{
    struct world *const w = *state;
    const int host = give_pair(w);
    const struct sigaction count = { .sa_handler = count_signal };
    struct sigaction old;
    assert_int_equal(sigaction(SIGPIPE, &count, &old), 0);
    signals = 0;
    host_close(w, host);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, 0, iovec(w, text(w, "x")), 1, 0, out), WASI_EPIPE);
    assert_errno(wasi_fd_write(w, 0, iovec(w, text(w, "x")), 1, out), WASI_EPIPE);
    assert_int_equal(signals, 0);
    assert_int_equal(sigaction(SIGPIPE, &old, NULL), 0);
}

static void sock_shutdown_ends_each_direction(void **state)
{
    struct world *const w = *state;
    const int host = give_own_pair(w);
    char found[8];
    assert_errno(wasi_sock_shutdown(w, SOCKET, SHUT_WRITE), WASI_SUCCESS);
    assert_int_equal(read(host, found, sizeof found), 0);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, SOCKET, iovec(w, text(w, "x")), 1, 0, out), WASI_EPIPE);
    assert_int_equal(write(host, "in", 2), 2);
    const uint32_t room = guest_alloc(w, 8);
    assert_int_equal(receive(w, SOCKET, room, 8, 0).count, 2);
    assert_errno(wasi_sock_shutdown(w, SOCKET, SHUT_READ), WASI_SUCCESS);
    assert_int_equal(receive(w, SOCKET, room, 8, 0).count, 0);
    assert_errno(wasi_sock_shutdown(w, SOCKET, SHUT_READ | SHUT_WRITE), WASI_SUCCESS);
}

static void sock_shutdown_of_no_direction_or_an_unknown_one_is_inval(void **state)
{
    struct world *const w = *state;
    give_own_pair(w);
    assert_errno(wasi_sock_shutdown(w, SOCKET, 0), WASI_EINVAL);
    assert_errno(wasi_sock_shutdown(w, SOCKET, 4), WASI_EINVAL);
    assert_errno(wasi_sock_shutdown(w, SOCKET, 7), WASI_EINVAL);
    assert_errno(wasi_sock_shutdown(w, SOCKET, 0x10001), WASI_EINVAL);
}

static void sock_shutdown_of_a_listener_without_connection_is_notconn(void **state)
{
    struct world *const w = *state;
    give_pair(w);
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    world_restart(w);
    assert_status(ringfort_config_preopen_socket(w->config, listener), RINGFORT_OK);
    assert_errno_either(wasi_sock_shutdown(w, LISTENER, SHUT_WRITE), WASI_ENOTCONN, WASI_SUCCESS);
}

static void sock_functions_on_what_is_no_socket_are_notsock_before_anything_else(void **state)
{
    struct world *const w = *state;
    int pipe_ends[2];
    host_pipe(w, pipe_ends);
    assert_status(ringfort_config_set_stdin(w->config, pipe_ends[0]), RINGFORT_OK);
    host_write(w, "box/f", "");
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", 0, 0);
    const uint32_t others[] = { 0, 1, FIRST_PREOPEN, file };
    const uint32_t out = guest_alloc(w, 8);
    const uint32_t iovs = iovec(w, text(w, "x"));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const uint32_t fd = others[i];
        assert_errno(wasi_sock_recv(w, fd, iovs, 1, 0, out, out + 4), WASI_ENOTSOCK);
        assert_errno(wasi_sock_send(w, fd, iovs, 1, 0, out), WASI_ENOTSOCK);
        assert_errno(wasi_sock_shutdown(w, fd, SHUT_WRITE), WASI_ENOTSOCK);
        assert_errno(wasi_sock_accept(w, fd, 0, out), WASI_ENOTSOCK);
    }
    assert_errno(wasi_sock_shutdown(w, 99, SHUT_WRITE), WASI_EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sock_accept_gives_a_connection_at_the_lowest_number),
        TEST(sock_accept_takes_the_flag_nonblock_and_no_other),
        TEST(sock_accept_on_a_nonblocking_listener_without_caller_is_again),
        TEST(sock_accept_on_a_listener_given_nonblocking_is_again_until_somebody_calls),
        TEST(a_preopened_socket_takes_no_other_flags_and_has_to_be_a_socket),
        TEST(sock_accept_with_a_bad_place_for_its_result_accepts_nothing),
        TEST(sock_accept_of_what_is_no_listener_is_an_error),
        TEST(sock_accept_on_a_connection_is_inval_at_once),
        TEST(sock_accept_is_on_a_listener_that_is_no_preopened_directory),
        TEST(poll_oneoff_on_a_listener_is_ready_when_somebody_calls),
        TEST(sock_recv_fills_iovecs_and_writes_flags_of_two_bytes),
        TEST(sock_recv_with_peek_leaves_the_bytes),
        TEST(sock_recv_with_waitall_waits_for_all),
        TEST(sock_recv_at_the_end_of_the_stream_gives_zero_bytes),
        TEST(sock_recv_with_unknown_flags_is_inval),
        TEST(sock_recv_past_the_end_of_memory_is_a_fault_and_takes_nothing),
        TEST(sock_send_sends_all_iovecs_in_order),
        TEST(sock_send_with_any_flag_is_inval),
        TEST(sock_send_past_the_end_of_memory_is_a_fault_and_sends_nothing),
        TEST(sock_send_to_a_peer_that_left_is_pipe_and_raises_no_signal),
        TEST(sock_shutdown_ends_each_direction),
        TEST(sock_shutdown_of_no_direction_or_an_unknown_one_is_inval),
        TEST(sock_shutdown_of_a_listener_without_connection_is_notconn),
        TEST(sock_functions_on_what_is_no_socket_are_notsock_before_anything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
