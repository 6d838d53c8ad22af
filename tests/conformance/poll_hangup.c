/*
 * poll_oneoff when the other end goes: of sockets, over TCP and of socket pairs, and of terminals.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS = 1, WRITES = 2, TIMES_OUT = 3 };

/** Descriptor 0 is one end of a connection over TCP or of a socket pair. @return the host's end */
static int give_socket(struct world *w, bool over_tcp)
{
    int ends[2];
    world_restart(w);
    if (over_tcp) {
        uint16_t port = 0;
        const int listener = host_listen(w, &port);
        ends[1] = host_connect(w, port);
        ends[0] = host_keep(w, accept(listener, NULL, NULL));
        assert_true(ends[0] >= 0);
    } else {
        host_socketpair(w, ends);
    }
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    host_close(w, ends[0]);
    return ends[1];
}

/** Polls descriptor 0 to read, and to write where `writes`; events[1] is the writer's. */
static void poll_socket(struct world *w, bool writes, struct event events[2])
{
    const uint32_t count = writes ? 2 : 1;
    const uint32_t in = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 2 * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    subscribe_fd(w, in, READS, EVENT_FD_READ, 0);
    subscribe_fd(w, in + SIZE_SUBSCRIPTION, WRITES, EVENT_FD_WRITE, 0);
    assert_errno(wasi_poll_oneoff(w, in, out, count, nevents), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nevents), count);
    for (uint32_t i = 0; i < count; i++) {
        events[i] = guest_event(w, out + i * SIZE_EVENT);
        assert_int_equal(events[i].userdata, i == 0 ? READS : WRITES);
        assert_errno(events[i].error, WASI_SUCCESS);
    }
}

static void assert_reader_hears(struct world *w, uint64_t nbytes, uint16_t flags)
{
    struct event events[2];
    poll_socket(w, false, events);
    assert_int_equal(events[0].nbytes, nbytes);
    assert_int_equal(events[0].flags, flags);
}

static void poll_oneoff_reports_hang_up_when_the_peer_of_a_socket_has_closed(void **state)
{
    struct world *const w = *state;
    for (int over_tcp = 0; over_tcp < 2; over_tcp++) {
        host_close(w, give_socket(w, over_tcp == 1));
        assert_reader_hears(w, 0, EVENT_HANGUP);
    }
}

static void poll_oneoff_reports_hang_up_when_the_peer_of_a_socket_sends_no_more(void **state)
{
    struct world *const w = *state;
    for (int over_tcp = 0; over_tcp < 2; over_tcp++) {
        const int peer = give_socket(w, over_tcp == 1);
        assert_int_equal(shutdown(peer, SHUT_WR), 0);
        struct event events[2];
        poll_socket(w, true, events);
        assert_int_equal(events[0].nbytes, 0);
        assert_int_equal(events[0].flags, EVENT_HANGUP);
        assert_int_equal(events[1].flags, 0); /* the peer still reads */
        guest_write(w, 0, "more");
        char found[8] = "";
        assert_int_equal(read(peer, found, sizeof found), 4);
    }
}

static void poll_oneoff_reports_hang_up_with_the_bytes_that_a_socket_still_has(void **state)
{
    struct world *const w = *state;
    for (int over_tcp = 0; over_tcp < 2; over_tcp++) {
        const int peer = give_socket(w, over_tcp == 1);
        assert_int_equal(write(peer, "rest", 4), 4);
        assert_reader_hears(w, 4, 0);
        host_close(w, peer);
        assert_reader_hears(w, 4, EVENT_HANGUP);
        guest_assert_reads(w, 0, 8, "rest");
        assert_reader_hears(w, 0, EVENT_HANGUP);
    }
}

static void poll_oneoff_waits_for_a_socket_whose_peer_is_there(void **state)
{
    struct world *const w = *state;
    give_socket(w, true);
    const uint32_t in = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 2 * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    subscribe_fd(w, in, READS, EVENT_FD_READ, 0);
    subscribe_clock(w, in + SIZE_SUBSCRIPTION, TIMES_OUT, CLOCK_ID_MONOTONIC, 5000000, 0);
    assert_errno(wasi_poll_oneoff(w, in, out, 2, nevents), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nevents), 1);
    assert_int_equal(guest_event(w, out).userdata, TIMES_OUT);
}

static void *end_sending_later(void *data)
{
    const int *const fd = data;
    host_sleep_ms(20);
    return shutdown(*fd, SHUT_WR) == 0 ? NULL : data;
}

static void poll_oneoff_wakes_when_the_peer_of_a_socket_sends_no_more(void **state)
{
    struct world *const w = *state;
    int peer = give_socket(w, true);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_sending_later, &peer), 0);
    assert_reader_hears(w, 0, EVENT_HANGUP);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void poll_oneoff_reports_hang_up_to_writers_when_a_connection_was_reset(void **state)
{
    struct world *const w = *state;
    const int peer = give_socket(w, true);
    const struct linger at_once = { .l_onoff = 1 };
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    host_close(w, peer);
    struct event events[2];
    poll_socket(w, true, events);
    assert_int_equal(events[0].nbytes, 0);
    assert_int_equal(events[0].flags, EVENT_HANGUP);
    assert_int_equal(events[1].flags, EVENT_HANGUP);
}

static void poll_oneoff_on_a_socket_that_the_guest_shut_hangs_up(void **state)
{
    struct world *const w = *state;
    host_preopen_quiet_sockets(w);
    const uint32_t pair = FIRST_PREOPEN + 2;
    assert_errno(wasi_sock_shutdown(w, pair, SHUT_READ), WASI_SUCCESS);
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    subscribe_fd(w, in, READS, EVENT_FD_READ, pair);
    assert_errno(wasi_poll_oneoff(w, in, out, 1, nevents), WASI_SUCCESS);
    assert_int_equal(guest_event(w, out).nbytes, 0);
    assert_int_equal(guest_event(w, out).flags, EVENT_HANGUP);
}

static void poll_oneoff_on_a_terminal_hangs_up_when_it_is_closed(void **state)
{
    struct world *const w = *state;
    const int master = host_keep(w, posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    const int terminal = host_keep(w, open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_status(ringfort_config_set_stdin(w->config, terminal), RINGFORT_OK);
    world_start(w);
    assert_int_equal(write(master, "line\n", 5), 5);
    assert_reader_hears(w, 5, 0);
    guest_assert_reads(w, 0, 8, "line\n");
    host_close(w, terminal);
    host_close(w, master);
    assert_reader_hears(w, 0, EVENT_HANGUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(poll_oneoff_reports_hang_up_when_the_peer_of_a_socket_has_closed),
        TEST(poll_oneoff_reports_hang_up_when_the_peer_of_a_socket_sends_no_more),
        TEST(poll_oneoff_reports_hang_up_with_the_bytes_that_a_socket_still_has),
        TEST(poll_oneoff_waits_for_a_socket_whose_peer_is_there),
        TEST(poll_oneoff_wakes_when_the_peer_of_a_socket_sends_no_more),
        TEST(poll_oneoff_reports_hang_up_to_writers_when_a_connection_was_reset),
        TEST(poll_oneoff_on_a_socket_that_the_guest_shut_hangs_up),
        TEST(poll_oneoff_on_a_terminal_hangs_up_when_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
