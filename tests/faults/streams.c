/*
 * Pipes, sockets, clocks and random bytes, with every system call and allocation failing in turn.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/scenes.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STDIN = 0, STDOUT = 1, SOCKET = FIRST_PREOPEN + 1, ROOM = 16 };

static int host_end; /* of the pipe or socket of the scene */

/* What is at the host's end, which does not wait. */
static void assert_arrived(const struct stage *s, const char *whole)
{
    char found[64] = "";
    const ssize_t n = recv(host_end, found, sizeof found - 1, MSG_DONTWAIT);
    assert_count(s, n < 0 ? 0 : (uint32_t)n, (uint32_t)strlen(whole));
    assert_memory_equal(found, whole, (size_t)n);
}

/* ---- Pipes ---- */

static void give_pipes(struct world *w)
{
    int in[2];
    int out[2];
    host_pipe(w, in);
    host_pipe(w, out);
    assert_status(ringfort_config_set_stdin(w->config, in[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, out[1]), RINGFORT_OK);
    assert_int_equal(write(in[1], "question", 8), 8);
    host_end = out[0];
}

static void read_a_pipe(struct stage *s)
{
    struct world *const w = s->w;
    const struct span parts[2] = { { guest_alloc(w, 3), 3 }, { guest_alloc(w, ROOM), ROOM } };
    const uint32_t n = guest_alloc(w, 4);
    STEP(s, wasi_fd_read(w, STDIN, iovec(w, parts[0]), 1, n));
    const uint32_t first = guest_u32(w, n);
    assert_count(s, first, 3);
    assert_memory_equal(w->memory + parts[0].at, "que", first);
    STEP(s, wasi_fd_read(w, STDIN, iovecs(w, parts, 2), 2, n));
    assert_count(s, guest_u32(w, n), 8 - first);
}

static void write_a_pipe(struct stage *s)
{
    struct world *const w = s->w;
    const struct span parts[2] = { text(w, "one"), text(w, "two") };
    const uint32_t n = guest_alloc(w, 4);
    guest_set_u32(w, n, 0);
    s->error = wasi_fd_write(w, STDOUT, iovecs(w, parts, 2), 2, n);
    const uint32_t told = guest_u32(w, n);
    char found[ROOM] = "";
    int arrived = 0;
    assert_int_equal(ioctl(host_end, FIONREAD, &arrived), 0);
    assert_int_equal(arrived, told);
    if (s->error == WASI_SUCCESS) {
        assert_count(s, told, 6);
        assert_int_equal(read(host_end, found, sizeof found), arrived);
        assert_memory_equal(found, "onetwo", told);
    }
}

/* ---- Sockets ---- */

static void give_socket(struct world *w)
{
    int ends[2];
    host_socketpair(w, ends);
    assert_status(ringfort_config_preopen_socket(w->config, ends[0]), RINGFORT_OK);
    host_end = ends[1];
    assert_int_equal(send(host_end, "question", 8, 0), 8);
}

static void receive(struct stage *s)
{
    struct world *const w = s->w;
    const struct span room = { guest_alloc(w, 3), 3 };
    const struct span rest = { guest_alloc(w, 5), 5 };
    const uint32_t n = guest_alloc(w, 4);
    const uint32_t flags = guest_alloc(w, 2);
    STEP(s, wasi_sock_recv(w, SOCKET, iovec(w, room), 1, RECV_PEEK, n, flags));
    assert_count(s, guest_u32(w, n), 3);
    STEP(s, wasi_sock_recv(w, SOCKET, iovec(w, room), 1, RECV_WAITALL, n, flags));
    assert_count(s, guest_u32(w, n), 3);
    assert_memory_equal(w->memory + room.at, "que", guest_u32(w, n));
    STEP(s, wasi_fd_read(w, SOCKET, iovec(w, rest), 1, n));
    assert_true(guest_u32(w, n) > 0);
    STEP(s, wasi_sock_shutdown(w, SOCKET, SHUT_READ));
}

/* All of it arrives, or as much as the guest is told of. */
static void transmit(struct stage *s)
{
    struct world *const w = s->w;
    const struct span parts[2] = { text(w, "an"), text(w, "swer") };
    const uint32_t n = guest_alloc(w, 4);
    STEP(s, wasi_sock_send(w, SOCKET, iovecs(w, parts, 2), 2, 0, n));
    assert_count(s, guest_u32(w, n), 6);
    assert_arrived(s, "answer");
    STEP(s, wasi_fd_write(w, SOCKET, iovecs(w, parts, 2), 2, n));
    assert_count(s, guest_u32(w, n), 6);
    assert_arrived(s, "answer");
    STEP(s, wasi_sock_shutdown(w, SOCKET, SHUT_WRITE));
}

static void give_listener(struct world *w)
{
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    assert_status(ringfort_config_preopen_socket(w->config, listener), RINGFORT_OK);
    (void)host_connect(w, port);
}

static void accept_one(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    STEP(s, wasi_sock_accept(w, SOCKET, 0, out));
    STEP(s, wasi_fd_fdstat_get(w, guest_u32(w, out), out));
    assert_int_equal(guest_fdstat(w, out).filetype, TYPE_SOCKET_STREAM);
}

/* ---- Waiting ---- */

static void wait_for_little(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t in = guest_alloc(w, 3 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 3 * SIZE_EVENT);
    const uint32_t n = guest_alloc(w, 4);
    subscribe_fd(w, in, 1, EVENT_FD_READ, STDIN);
    subscribe_fd(w, in + SIZE_SUBSCRIPTION, 2, EVENT_FD_WRITE, STDOUT);
    subscribe_clock(w, in + 2 * SIZE_SUBSCRIPTION, 3, CLOCK_ID_MONOTONIC, 1000000000, 0);
    STEP(s, wasi_poll_oneoff(w, in, out, 3, n));
    assert_int_equal(guest_u32(w, n), 2);
    for (uint32_t i = 0; i < 2; i++) {
        STEP(s, guest_event(w, out + i * SIZE_EVENT).error);
    }
}

/* More than there is room for on the stack, with a regular file among them. */
static void wait_for_much(struct stage *s)
{
    struct world *const w = s->w;
    enum { MANY = 20 };
    const uint32_t in = guest_alloc(w, MANY * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, MANY * SIZE_EVENT);
    const uint32_t n = guest_alloc(w, 4);
    STEP(s, wasi_path_open(w, FIRST_PREOPEN, 0, text(w, SCENE_FILE), 0, RIGHTS_FILE, 0, 0, n));
    const uint32_t file = guest_u32(w, n);
    for (uint32_t i = 0; i < MANY; i++) {
        subscribe_clock(w, in + i * SIZE_SUBSCRIPTION, i, i % 2, 1000000000, 0);
    }
    subscribe_fd(w, in, MANY, EVENT_FD_READ, file);
    STEP(s, wasi_poll_oneoff(w, in, out, MANY, n));
    assert_int_equal(guest_u32(w, n), 1);
    STEP(s, guest_event(w, out).error);
    subscribe_clock(w, in, MANY, CLOCK_ID_REALTIME, 20000, 0);
    STEP(s, wasi_poll_oneoff(w, in, out, MANY, n));
    assert_int_equal(guest_u32(w, n), 1);
    assert_int_equal(guest_event(w, out).userdata, MANY);
    STEP(s, wasi_fd_close(w, file));
}

/* ---- What needs no file ---- */

static void clocks_and_words(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t out = guest_alloc(w, 8);
    for (uint32_t id = CLOCK_ID_REALTIME; id <= CLOCK_ID_THREAD; id++) {
        STEP(s, wasi_clock_time_get(w, id, 0, out));
        assert_true(guest_u64(w, out) > 0);
        STEP(s, wasi_clock_res_get(w, id, out));
        assert_true(guest_u64(w, out) > 0);
    }
    STEP(s, wasi_args_sizes_get(w, out, out + 4));
    STEP(s, wasi_args_get(w, out, out + 4));
    STEP(s, wasi_environ_sizes_get(w, out, out + 4));
    STEP(s, wasi_environ_get(w, out, out + 4));
    STEP(s, wasi_sched_yield(w));
    assert_int_not_equal(wasi_proc_raise(w, 9), WASI_SUCCESS);
}

static void random_bytes(struct stage *s)
{
    struct world *const w = s->w;
    static const uint32_t lengths[] = { 8, 700, 40000 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const uint32_t room = guest_alloc(w, lengths[i]);
        STEP(s, wasi_random_get(w, room, lengths[i]));
        assert_memory_not_equal(w->memory + room, w->memory + room + lengths[i], 8);
    }
}

int main(void)
{
    static const struct scene scenes[] = {
        { "fd_read of a pipe", give_pipes, read_a_pipe, .consumes = true },
        { "fd_write to a pipe", give_pipes, write_a_pipe, .consumes = true },
        { "sock_recv, fd_read and sock_shutdown", give_socket, receive, .consumes = true },
        { "sock_send, fd_write and sock_shutdown", give_socket, transmit, .consumes = true },
        { "sock_accept", give_listener, accept_one, .consumes = true },
        { "poll_oneoff of pipes", give_pipes, wait_for_little, .consumes = false },
        { "poll_oneoff of many", .play = wait_for_much },
        { "clocks, args_get, environ_get, sched_yield", .play = clocks_and_words },
        { "random_get", .play = random_bytes },
    };
    return SCENES("streams", scenes);
}
