/*
 * ringfort_wasi_interrupt ends the calls that block, and all that come after.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"

#include <unistd.h>

enum { SOON = 30 };

static void assert_interrupted(struct world *w, struct deadline *deadline, uint32_t outcome)
{
    deadline_end(deadline, w);
    assert_errno(outcome, WASI_INTERRUPTED);
    assert_true(ringfort_wasi_interrupted(w->wasi));
}

static void interrupt_ends_fd_read_of_a_silent_pipe(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    const struct span room = { guest_alloc(w, 8), 8 };
    struct deadline soon;
    deadline_begin(&soon, w, SOON);
    assert_false(ringfort_wasi_interrupted(w->wasi));
    assert_interrupted(w, &soon, wasi_fd_read(w, 0, iovec(w, room), 1, guest_alloc(w, 4)));
}

static void interrupt_ends_fd_write_to_a_full_pipe(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    const struct span data = { 0, (uint32_t)w->memory_size };
    const uint32_t done = guest_alloc(w, 4);
    const uint32_t iovs = iovec(w, data);
    w->unwatched = true; /* what was written before the interrupt may be told, or not */
    struct deadline soon;
    deadline_begin(&soon, w, SOON);
    uint32_t outcome = WASI_SUCCESS;
    for (int i = 0; i < 10 && outcome == WASI_SUCCESS; i++) {
        outcome = wasi_fd_write(w, 1, iovs, 1, done);
    }
    assert_interrupted(w, &soon, outcome);
}

static void interrupt_ends_poll_oneoff_for_ever(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    const uint32_t in = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 2 * SIZE_EVENT);
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    subscribe_fd(w, in + SIZE_SUBSCRIPTION, 2, EVENT_FD_READ, 0);
    for (uint32_t count = 1; count <= 2; count++) {
        world_restart(w);
        struct deadline soon;
        deadline_begin(&soon, w, SOON);
        assert_interrupted(w, &soon, wasi_poll_oneoff(w, in, out, count, guest_alloc(w, 4)));
    }
}

static void interrupt_ends_sock_accept_and_sock_recv(void **state)
{
    struct world *const w = *state;
    const int peer = host_preopen_quiet_sockets(w);
    const struct span room = { guest_alloc(w, 8), 8 };
    const uint32_t out = guest_alloc(w, 8);
    struct deadline soon;
    deadline_begin(&soon, w, SOON);
    assert_interrupted(w, &soon, wasi_sock_accept(w, FIRST_PREOPEN + 1, 0, out));
    world_restart(w);
    deadline_begin(&soon, w, SOON);
    assert_interrupted(w, &soon,
                       wasi_sock_recv(w, FIRST_PREOPEN + 2, iovec(w, room), 1, 0, out, out + 4));
    world_restart(w);
    assert_int_equal(write(peer, "ab", 2), 2);
    w->unwatched = true; /* the two bytes may have come already */
    deadline_begin(&soon, w, SOON);
    const uint32_t outcome =
        wasi_sock_recv(w, FIRST_PREOPEN + 2, iovec(w, room), 1, RECV_WAITALL, out, out + 4);
    deadline_end(&soon, w);
    assert_true(outcome == WASI_INTERRUPTED || outcome == WASI_SUCCESS);
}

static void interrupt_before_a_call_ends_every_call_that_would_block(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    world_start(w);
    ringfort_wasi_interrupt(w->wasi);
    ringfort_wasi_interrupt(w->wasi);
    const struct span room = { guest_alloc(w, 8), 8 };
    const uint32_t out = guest_alloc(w, 4);
    for (int i = 0; i < 3; i++) {
        assert_errno(wasi_fd_read(w, 0, iovec(w, room), 1, out), WASI_INTERRUPTED);
    }
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    const uint32_t events = guest_alloc(w, SIZE_EVENT);
    assert_errno(wasi_poll_oneoff(w, in, events, 1, out), WASI_INTERRUPTED);
}

static void interrupt_of_one_object_leaves_another_alone(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    world_start(w);
    ringfort_wasi *const first = w->wasi;
    w->wasi = NULL;
    ringfort_wasi_interrupt(first);
    assert_int_equal(write(ends[1], "alive", 5), 5);
    guest_assert_reads(w, 0, 8, "alive");
    assert_false(ringfort_wasi_interrupted(w->wasi));
    ringfort_wasi_delete(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(interrupt_ends_fd_read_of_a_silent_pipe),
        TEST(interrupt_ends_fd_write_to_a_full_pipe),
        TEST(interrupt_ends_poll_oneoff_for_ever),
        TEST(interrupt_ends_sock_accept_and_sock_recv),
        TEST(interrupt_before_a_call_ends_every_call_that_would_block),
        TEST(interrupt_of_one_object_leaves_another_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
