/*
 * poll_oneoff: checklist row 16.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define MILLISECOND UINT64_C(1000000)
#define SECOND      UINT64_C(1000000000)

enum { MOST = 8 };

/** Where the subscriptions and the events of a test are. */
struct poll {
    struct world *w;
    uint32_t in;
    uint32_t out;
    uint32_t nevents;
    uint32_t count; /**< subscriptions */
};

static struct poll begin(struct world *w)
{
    return (struct poll){ .w = w,
                          .in = guest_alloc(w, MOST * SIZE_SUBSCRIPTION),
                          .out = guest_alloc(w, MOST * SIZE_EVENT),
                          .nevents = guest_alloc(w, 4) };
}

static void on_clock(struct poll *poll, uint64_t userdata, uint32_t clock, uint64_t timeout,
                     uint16_t flags)
{
    assert_true(poll->count < MOST);
    subscribe_clock(poll->w, poll->in + poll->count * SIZE_SUBSCRIPTION, userdata, clock, timeout,
                    flags);
    poll->count++;
}

static void on_fd(struct poll *poll, uint64_t userdata, uint8_t type, uint32_t fd)
{
    assert_true(poll->count < MOST);
    subscribe_fd(poll->w, poll->in + poll->count * SIZE_SUBSCRIPTION, userdata, type, fd);
    poll->count++;
}

static uint32_t run(struct poll *poll)
{
    return wasi_poll_oneoff(poll->w, poll->in, poll->out, poll->count, poll->nevents);
}

/** Polls, which must give `count` events and write no more. */
static void run_for(struct poll *poll, uint32_t count)
{
    memset(poll->w->memory + poll->out, SENTINEL, (size_t)MOST * SIZE_EVENT);
    assert_errno(run(poll), WASI_SUCCESS);
    assert_int_equal(guest_u32(poll->w, poll->nevents), count);
    guest_assert_untouched(poll->w, poll->out + count * SIZE_EVENT, (MOST - count) * SIZE_EVENT);
}

static struct event event(const struct poll *poll, uint32_t index)
{
    return guest_event(poll->w, poll->out + index * SIZE_EVENT);
}

static void assert_event(const struct poll *poll, uint32_t index, uint64_t userdata, uint8_t type,
                         uint16_t error)
{
    const struct event found = event(poll, index);
    assert_int_equal(found.userdata, userdata);
    assert_int_equal(found.type, type);
    assert_errno(found.error, error);
}

static void use_pipes(struct world *w, int in[2], int out[2])
{
    host_pipe(w, in);
    host_pipe(w, out);
    assert_status(ringfort_config_set_stdin(w->config, in[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, out[1]), RINGFORT_OK);
}

static void poll_oneoff_of_nothing_is_inval(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    assert_errno(run(&poll), WASI_EINVAL);
}

static void poll_oneoff_on_a_relative_clock_sleeps_at_least_that_long(void **state)
{
    struct world *const w = *state;
    const uint32_t clocks[] = { CLOCK_ID_REALTIME, CLOCK_ID_MONOTONIC };
    const uint64_t timeouts[] = { 0, 1, 900000, 20 * MILLISECOND };
    world_start(w);
    for (size_t i = 0; i < 8; i++) {
        struct poll poll = begin(w);
        const uint64_t timeout = timeouts[i / 2];
        on_clock(&poll, UINT64_C(0x1122334455667788), clocks[i % 2], timeout, 0);
        const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
        run_for(&poll, 1);
        const uint64_t slept = host_clock_ns(CLOCK_MONOTONIC) - before;
        assert_true(slept >= timeout);
        assert_true(slept < timeout + 10 * SECOND);
        assert_event(&poll, 0, UINT64_C(0x1122334455667788), EVENT_CLOCK, WASI_SUCCESS);
    }
}

static void poll_oneoff_on_an_absolute_clock_waits_until_then(void **state)
{
    struct world *const w = *state;
    const clockid_t host[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };
    for (uint32_t clock = CLOCK_ID_REALTIME; clock <= CLOCK_ID_MONOTONIC; clock++) {
        struct poll poll = begin(w);
        const uint64_t deadline = host_clock_ns(host[clock]) + 20 * MILLISECOND;
        on_clock(&poll, 7, clock, deadline, SUBCLOCK_ABSTIME);
        run_for(&poll, 1);
        const uint64_t now = host_clock_ns(host[clock]);
        assert_true(now >= deadline);
        assert_true(now < deadline + 10 * SECOND);
    }
}

/* Such a deadline made other hosts sleep for centuries. */
static void poll_oneoff_on_a_deadline_in_the_past_returns_at_once(void **state)
{
    struct world *const w = *state;
    const uint64_t past[] = { 0, 1, SECOND };
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    for (uint32_t clock = CLOCK_ID_REALTIME; clock <= CLOCK_ID_MONOTONIC; clock++) {
        for (size_t i = 0; i < 3; i++) {
            struct poll poll = begin(w);
            on_clock(&poll, i, clock, past[i], SUBCLOCK_ABSTIME);
            run_for(&poll, 1);
            assert_event(&poll, 0, i, EVENT_CLOCK, WASI_SUCCESS);
        }
    }
    assert_true(host_clock_ns(CLOCK_MONOTONIC) - before < 5 * SECOND);
}

static void poll_oneoff_reports_every_clock_that_is_due_in_order_of_subscription(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_clock(&poll, 10, CLOCK_ID_MONOTONIC, 2 * MILLISECOND, 0);
    on_clock(&poll, 11, CLOCK_ID_MONOTONIC, 3600 * SECOND, 0);
    on_clock(&poll, 12, CLOCK_ID_MONOTONIC, 2 * MILLISECOND, 0);
    on_clock(&poll, 13, CLOCK_ID_REALTIME, 0, SUBCLOCK_ABSTIME);
    on_clock(&poll, 14, CLOCK_ID_MONOTONIC, 0, 0);
    run_for(&poll, 2);
    assert_event(&poll, 0, 13, EVENT_CLOCK, WASI_SUCCESS);
    assert_event(&poll, 1, 14, EVENT_CLOCK, WASI_SUCCESS);
    struct poll equal = begin(w);
    on_clock(&equal, 20, CLOCK_ID_MONOTONIC, 5 * MILLISECOND, 0);
    on_clock(&equal, 21, CLOCK_ID_MONOTONIC, 5 * MILLISECOND, 0);
    run_for(&equal, 2);
    assert_event(&equal, 0, 20, EVENT_CLOCK, WASI_SUCCESS);
    assert_event(&equal, 1, 21, EVENT_CLOCK, WASI_SUCCESS);
}

static void poll_oneoff_with_the_longest_timeouts_does_not_overflow(void **state)
{
    struct world *const w = *state;
    const uint64_t longest[] = { UINT64_MAX, UINT64_MAX - 1, INT64_MAX, UINT64_C(1) << 63 };
    for (size_t i = 0; i < 4; i++) {
        struct poll poll = begin(w);
        on_clock(&poll, 1, CLOCK_ID_MONOTONIC, longest[i], 0);
        on_clock(&poll, 2, CLOCK_ID_REALTIME, longest[i], SUBCLOCK_ABSTIME);
        on_clock(&poll, 3, CLOCK_ID_MONOTONIC, longest[i], SUBCLOCK_ABSTIME);
        on_clock(&poll, 4, CLOCK_ID_MONOTONIC, MILLISECOND, 0);
        run_for(&poll, 1);
        assert_event(&poll, 0, 4, EVENT_CLOCK, WASI_SUCCESS);
    }
}

static void poll_oneoff_on_a_clock_that_is_unknown_is_inval(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_clock(&poll, 1, 4, 0, 0);
    const uint32_t error = run(&poll);
    assert_errno_either(error, WASI_EINVAL, WASI_SUCCESS);
    if (error == WASI_SUCCESS) {
        assert_event(&poll, 0, 1, EVENT_CLOCK, WASI_EINVAL);
    }
}

static void poll_oneoff_of_an_unknown_type_is_inval(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_clock(&poll, 1, CLOCK_ID_MONOTONIC, 0, 0);
    on_fd(&poll, 2, 3, 0);
    assert_errno(run(&poll), WASI_EINVAL);
}

static void poll_oneoff_on_regular_files_is_always_ready(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123456789");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_seek(w, fd, 4, SEEK_FROM_START);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, fd);
    on_fd(&poll, 2, EVENT_FD_WRITE, fd);
    run_for(&poll, 2);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_SUCCESS);
    assert_event(&poll, 1, 2, EVENT_FD_WRITE, WASI_SUCCESS);
    assert_int_equal(event(&poll, 0).nbytes, 6);
    assert_int_equal(event(&poll, 0).flags, 0);
}

static void poll_oneoff_on_a_file_as_stdout_is_ready(void **state)
{
    struct world *const w = *state;
    const int file = host_open(w, "other/out", O_RDWR | O_CREAT);
    assert_status(ringfort_config_set_stdout(w->config, file), RINGFORT_OK);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_WRITE, 1);
    run_for(&poll, 1);
    assert_event(&poll, 0, 1, EVENT_FD_WRITE, WASI_SUCCESS);
}

static void poll_oneoff_at_the_end_of_a_file_is_ready_with_no_bytes(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "01");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_seek(w, fd, 0, SEEK_FROM_END);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, fd);
    run_for(&poll, 1);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_SUCCESS);
    assert_int_equal(event(&poll, 0).nbytes, 0);
    guest_seek(w, fd, 100, SEEK_FROM_START);
    run_for(&poll, 1);
    assert_int_equal(event(&poll, 0).nbytes, 0);
}

static void poll_oneoff_counts_the_bytes_that_wait_in_a_pipe(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    assert_int_equal(write(in[1], "12345", 5), 5);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 0);
    on_fd(&poll, 2, EVENT_FD_WRITE, 1);
    on_clock(&poll, 3, CLOCK_ID_MONOTONIC, 3600 * SECOND, 0);
    run_for(&poll, 2);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_SUCCESS);
    assert_int_equal(event(&poll, 0).nbytes, 5);
    assert_event(&poll, 1, 2, EVENT_FD_WRITE, WASI_SUCCESS);
    guest_assert_reads(w, 0, 8, "12345");
}

static void poll_oneoff_on_a_silent_pipe_ends_with_the_clock(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 0);
    on_clock(&poll, 2, CLOCK_ID_MONOTONIC, 10 * MILLISECOND, 0);
    run_for(&poll, 1);
    assert_event(&poll, 0, 2, EVENT_CLOCK, WASI_SUCCESS);
}

static void *write_later(void *data)
{
    const int *const fd = data;
    host_sleep_ms(20);
    return write(*fd, "x", 1) == 1 ? NULL : data;
}

static void poll_oneoff_wakes_when_bytes_come(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    world_start(w);
    struct poll poll = begin(w);
    on_clock(&poll, 1, CLOCK_ID_MONOTONIC, 3600 * SECOND, 0);
    on_fd(&poll, 2, EVENT_FD_READ, 0);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_later, &in[1]), 0);
    run_for(&poll, 1);
    assert_event(&poll, 0, 2, EVENT_FD_READ, WASI_SUCCESS);
    assert_int_equal(event(&poll, 0).nbytes, 1);
    assert_int_equal(pthread_join(writer, NULL), 0);
}

static void poll_oneoff_on_a_pipe_without_writer_or_reader_hangs_up(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    world_start(w);
    assert_int_equal(write(in[1], "rest", 4), 4);
    host_close(w, in[1]);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 0);
    run_for(&poll, 1);
    assert_int_equal(event(&poll, 0).nbytes, 4);
    guest_assert_reads(w, 0, 8, "rest");
    run_for(&poll, 1);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_SUCCESS);
    assert_int_equal(event(&poll, 0).nbytes, 0);
    assert_int_equal(event(&poll, 0).flags, EVENT_HANGUP);
    host_close(w, out[0]);
    struct poll writer = begin(w);
    on_fd(&writer, 2, EVENT_FD_WRITE, 1);
    run_for(&writer, 1);
    assert_int_equal(event(&writer, 0).flags, EVENT_HANGUP);
}

static void poll_oneoff_reports_a_due_clock_and_a_ready_descriptor_together(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_WRITE, 1);
    on_clock(&poll, 2, CLOCK_ID_MONOTONIC, 0, 0);
    on_fd(&poll, 3, EVENT_FD_WRITE, 2);
    run_for(&poll, 3);
    assert_event(&poll, 0, 1, EVENT_FD_WRITE, WASI_SUCCESS);
    assert_event(&poll, 1, 2, EVENT_CLOCK, WASI_SUCCESS);
    assert_event(&poll, 2, 3, EVENT_FD_WRITE, WASI_SUCCESS);
}

static void poll_oneoff_takes_one_descriptor_several_times(void **state)
{
    struct world *const w = *state;
    int sockets[2];
    host_socketpair(w, sockets);
    assert_status(ringfort_config_set_stdin(w->config, sockets[0]), RINGFORT_OK);
    assert_int_equal(write(sockets[1], "abc", 3), 3);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 0);
    on_fd(&poll, 2, EVENT_FD_WRITE, 0);
    on_fd(&poll, 3, EVENT_FD_READ, 0);
    run_for(&poll, 3);
    assert_int_equal(event(&poll, 0).nbytes, 3);
    assert_int_equal(event(&poll, 2).nbytes, 3);
    assert_event(&poll, 1, 2, EVENT_FD_WRITE, WASI_SUCCESS);
}

static void poll_oneoff_reports_a_bad_descriptor_as_an_event_beside_a_good_one(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 99);
    on_fd(&poll, 2, EVENT_FD_WRITE, 1);
    on_fd(&poll, 3, EVENT_FD_WRITE, UINT32_MAX);
    run_for(&poll, 3);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_EBADF);
    assert_event(&poll, 1, 2, EVENT_FD_WRITE, WASI_SUCCESS);
    assert_event(&poll, 2, 3, EVENT_FD_WRITE, WASI_EBADF);
    struct poll with_clock = begin(w);
    on_clock(&with_clock, 4, CLOCK_ID_MONOTONIC, 3600 * SECOND, 0);
    on_fd(&with_clock, 5, EVENT_FD_READ, 99);
    run_for(&with_clock, 1);
    assert_event(&with_clock, 0, 5, EVENT_FD_READ, WASI_EBADF);
}

static void poll_oneoff_of_bad_descriptors_alone_is_badf(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, 99);
    assert_errno(run(&poll), WASI_EBADF);
    on_fd(&poll, 2, EVENT_FD_WRITE, UINT32_C(1) << 31);
    assert_errno(run(&poll), WASI_EBADF);
}

static void poll_oneoff_without_the_right_reports_it_as_an_event(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123");
    const uint32_t reader = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ);
    const uint32_t silent =
        guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ, RIGHT_POLL_FD_READWRITE);
    const uint32_t unread =
        guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ, RIGHT_FD_READ);
    struct poll poll = begin(w);
    on_fd(&poll, 1, EVENT_FD_READ, reader);
    on_fd(&poll, 2, EVENT_FD_WRITE, reader);
    on_fd(&poll, 3, EVENT_FD_READ, silent);
    on_fd(&poll, 4, EVENT_FD_READ, unread);
    run_for(&poll, 4);
    assert_event(&poll, 0, 1, EVENT_FD_READ, WASI_SUCCESS);
    assert_event(&poll, 1, 2, EVENT_FD_WRITE, WASI_EBADF);
    assert_event(&poll, 2, 3, EVENT_FD_READ, WASI_ENOTCAPABLE);
    assert_event(&poll, 3, 4, EVENT_FD_READ, WASI_ENOTCAPABLE);
}

static void poll_oneoff_past_the_end_of_memory_is_a_fault_and_does_not_sleep(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_clock(&poll, 1, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    const uint32_t late_in = guest_end(w, SIZE_SUBSCRIPTION - 1);
    const uint32_t late_out = guest_end(w, SIZE_EVENT - 1);
    assert_fault(w, wasi_poll_oneoff(w, late_in, poll.out, 1, poll.nevents), late_in,
                 SIZE_SUBSCRIPTION);
    assert_fault(w, wasi_poll_oneoff(w, poll.in, late_out, 1, poll.nevents), late_out, SIZE_EVENT);
    assert_fault(w, wasi_poll_oneoff(w, poll.in, poll.out, 1, guest_end(w, 3)), guest_end(w, 3), 4);
}

/* Checklist row 18: neither a product that wraps, nor memory of the host by the guest's number. */
static void poll_oneoff_of_more_than_memory_holds_is_refused(void **state)
{
    struct world *const w = *state;
    struct poll poll = begin(w);
    on_clock(&poll, 1, CLOCK_ID_MONOTONIC, 0, 0);
    const uint32_t counts[] = { UINT32_C(1) << 26, UINT32_C(1) << 27, UINT32_C(1) << 28,
                                UINT32_C(1) << 31, UINT32_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_errno_either(wasi_poll_oneoff(w, poll.in, poll.out, counts[i], poll.nevents),
                            WASI_FAULTED, WASI_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(poll_oneoff_of_nothing_is_inval),
        TEST(poll_oneoff_on_a_relative_clock_sleeps_at_least_that_long),
        TEST(poll_oneoff_on_an_absolute_clock_waits_until_then),
        TEST(poll_oneoff_on_a_deadline_in_the_past_returns_at_once),
        TEST(poll_oneoff_reports_every_clock_that_is_due_in_order_of_subscription),
        TEST(poll_oneoff_with_the_longest_timeouts_does_not_overflow),
        TEST(poll_oneoff_on_a_clock_that_is_unknown_is_inval),
        TEST(poll_oneoff_of_an_unknown_type_is_inval),
        TEST(poll_oneoff_on_regular_files_is_always_ready),
        TEST(poll_oneoff_on_a_file_as_stdout_is_ready),
        TEST(poll_oneoff_at_the_end_of_a_file_is_ready_with_no_bytes),
        TEST(poll_oneoff_counts_the_bytes_that_wait_in_a_pipe),
        TEST(poll_oneoff_on_a_silent_pipe_ends_with_the_clock),
        TEST(poll_oneoff_wakes_when_bytes_come),
        TEST(poll_oneoff_on_a_pipe_without_writer_or_reader_hangs_up),
        TEST(poll_oneoff_reports_a_due_clock_and_a_ready_descriptor_together),
        TEST(poll_oneoff_takes_one_descriptor_several_times),
        TEST(poll_oneoff_reports_a_bad_descriptor_as_an_event_beside_a_good_one),
        TEST(poll_oneoff_of_bad_descriptors_alone_is_badf),
        TEST(poll_oneoff_without_the_right_reports_it_as_an_event),
        TEST(poll_oneoff_past_the_end_of_memory_is_a_fault_and_does_not_sleep),
        TEST(poll_oneoff_of_more_than_memory_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
