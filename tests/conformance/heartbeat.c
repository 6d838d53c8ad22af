/*
 * ringfort_config_set_heartbeat: the embedder is asked while a call waits, and may end that call.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"
#include "../support/threads.h"

#include <stdatomic.h>
#include <unistd.h>

/* Milliseconds. Whatever hangs is ended after LATE and then is no success of a heartbeat's, for the
 * object is interrupted. */
enum { PERIOD = 20, LATE = 20000, NEVER = 1000000 };

struct heart {
    atomic_uint beats;
    unsigned end_at; /* the beat that ends the call */
    pthread_t thread;
};

static bool count_beat(void *data)
{
    struct heart *const heart = data;
    heart->thread = pthread_self();
    return atomic_fetch_add(&heart->beats, 1) + 1 >= heart->end_at;
}

static void use_heart(struct world *w, struct heart *heart, uint32_t period_ms)
{
    assert_status(ringfort_config_set_heartbeat(w->config, count_beat, heart, period_ms),
                  RINGFORT_OK);
}

/** Calls that wait for a pipe, and are asked about. */
struct trial {
    struct heart heart;
    int ends[2]; /**< the guest's stdin and stdout */
    struct deadline late;
};

static void begin(struct trial *trial, struct world *w, unsigned end_at)
{
    trial->heart = (struct heart){ .end_at = end_at };
    host_pipe_as_stdio(w, trial->ends);
    use_heart(w, &trial->heart, PERIOD);
    world_start(w);
    deadline_begin(&trial->late, w, LATE);
}

/** The heart ended the call, on this thread, and the object goes on. */
static void assert_ended(struct world *w, struct heart *heart, uint32_t outcome)
{
    assert_errno(outcome, WASI_INTERRUPTED);
    assert_false(ringfort_wasi_interrupted(w->wasi));
    assert_int_equal(atomic_load(&heart->beats), heart->end_at);
    assert_true(pthread_equal(heart->thread, pthread_self()));
    atomic_store(&heart->beats, 0);
}

static void a_read_of_a_silent_pipe_is_asked_about_and_ended_and_the_next_one_reads(void **state)
{
    struct world *const w = *state;
    struct trial trial;
    begin(&trial, w, 3);
    const struct span room = { guest_alloc(w, 8), 8 };
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    assert_ended(w, &trial.heart, wasi_fd_read(w, 0, iovec(w, room), 1, guest_alloc(w, 4)));
    assert_true(host_clock_ns(CLOCK_MONOTONIC) - before >= UINT64_C(1000000) * 2 * PERIOD);
    assert_int_equal(write(trial.ends[1], "alive", 5), 5);
    guest_assert_reads(w, 0, 8, "alive");
    deadline_end(&trial.late, w);
    assert_int_equal(atomic_load(&trial.heart.beats), 0);
}

static void a_poll_for_ever_is_asked_about_and_ended(void **state)
{
    struct world *const w = *state;
    struct trial trial;
    begin(&trial, w, 2);
    const uint32_t in = guest_alloc(w, 2 * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, 2 * SIZE_EVENT);
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    subscribe_fd(w, in + SIZE_SUBSCRIPTION, 2, EVENT_FD_READ, 0);
    for (uint32_t count = 1; count <= 2; count++) {
        assert_ended(w, &trial.heart, wasi_poll_oneoff(w, in, out, count, guest_alloc(w, 4)));
    }
    deadline_end(&trial.late, w);
}

static void a_poll_that_is_not_ended_takes_its_time_and_no_more(void **state)
{
    struct world *const w = *state;
    struct heart heart = { .end_at = NEVER };
    use_heart(w, &heart, PERIOD);
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    const uint32_t nevents = guest_alloc(w, 4);
    const uint64_t time = UINT64_C(10) * PERIOD * 1000000;
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, time, 0);
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    assert_errno(wasi_poll_oneoff(w, in, guest_alloc(w, SIZE_EVENT), 1, nevents), WASI_SUCCESS);
    assert_true(host_clock_ns(CLOCK_MONOTONIC) - before >= time);
    assert_int_equal(guest_u32(w, nevents), 1);
    assert_in_range(atomic_load(&heart.beats), 1, 10);
}

static void a_write_to_a_full_pipe_is_asked_about_and_ended(void **state)
{
    struct world *const w = *state;
    struct trial trial;
    begin(&trial, w, 2);
    const struct span all = { 0, (uint32_t)w->memory_size };
    const uint32_t iovs = iovec(w, all);
    const uint32_t done = guest_alloc(w, 4);
    uint32_t outcome = WASI_SUCCESS;
    for (int i = 0; i < 10 && outcome == WASI_SUCCESS; i++) {
        outcome = wasi_fd_write(w, 1, iovs, 1, done);
    }
    assert_ended(w, &trial.heart, outcome);
    deadline_end(&trial.late, w);
}

struct drain {
    int fd;
    atomic_bool done;
    pthread_t thread;
};

/** Reads a little every few milliseconds. */
static void *read_slowly(void *data)
{
    struct drain *const drain = data;
    char some[4096];
    while (!atomic_load(&drain->done) && read(drain->fd, some, sizeof some) > 0) {
        host_sleep_ms(2);
    }
    return NULL;
}

/* Many waits, each of them shorter than the period. */
static void a_write_to_a_slow_reader_is_asked_about_too(void **state)
{
    struct world *const w = *state;
    world_set_memory(w, 4 << 20);
    w->unwatched = true;
    struct trial trial;
    begin(&trial, w, 3);
    struct drain drain = { .fd = trial.ends[0] };
    const struct span all = { 0, (uint32_t)w->memory_size };
    const uint32_t iovs = iovec(w, all);
    assert_int_equal(pthread_create(&drain.thread, NULL, read_slowly, &drain), 0);
    assert_ended(w, &trial.heart, wasi_fd_write(w, 1, iovs, 1, guest_alloc(w, 4)));
    deadline_end(&trial.late, w);
    atomic_store(&drain.done, true);
    assert_int_equal(pthread_join(drain.thread, NULL), 0);
}

static void sockets_are_asked_about_and_ended(void **state)
{
    struct world *const w = *state;
    (void)host_preopen_quiet_sockets(w);
    struct trial trial;
    begin(&trial, w, 2);
    const struct span room = { guest_alloc(w, 8), 8 };
    const uint32_t out = guest_alloc(w, 8);
    assert_ended(w, &trial.heart, wasi_sock_accept(w, FIRST_PREOPEN + 1, 0, out));
    assert_ended(w, &trial.heart,
                 wasi_sock_recv(w, FIRST_PREOPEN + 2, iovec(w, room), 1, 0, out, out + 4));
    deadline_end(&trial.late, w);
}

static void what_does_not_wait_is_not_asked_about(void **state)
{
    struct world *const w = *state;
    struct heart heart = { .end_at = 1 };
    int ends[2];
    host_pipe_as_stdio(w, ends);
    use_heart(w, &heart, 1000);
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, 0, 0);
    for (int i = 0; i < 100; i++) {
        guest_write(w, 1, "text");
        guest_assert_reads(w, 0, 8, "text");
        assert_errno(wasi_poll_oneoff(w, in, out, 1, nevents), WASI_SUCCESS);
    }
    assert_int_equal(atomic_load(&heart.beats), 0);
}

static void the_period_is_at_least_a_millisecond_and_null_is_no_heartbeat(void **state)
{
    struct world *const w = *state;
    struct heart heart = { .end_at = 1 };
    assert_status(ringfort_config_set_heartbeat(w->config, count_beat, &heart, 0),
                  RINGFORT_ERR_OUT_OF_RANGE);
    use_heart(w, &heart, 1);
    assert_status(ringfort_config_set_heartbeat(w->config, NULL, NULL, 0), RINGFORT_OK);
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    subscribe_clock(w, in, 1, CLOCK_ID_MONOTONIC, 50000000, 0);
    assert_errno(wasi_poll_oneoff(w, in, guest_alloc(w, SIZE_EVENT), 1, guest_alloc(w, 4)),
                 WASI_SUCCESS);
    assert_int_equal(atomic_load(&heart.beats), 0);
}

/* ---- Threads ---- */

static _Thread_local bool ends_here;

static bool end_here(void *data)
{
    (void)data;
    return ends_here;
}

static void *read_stdin(void *data)
{
    const struct guest_thread *const me = data;
    ends_here = me->number == 0;
    return thread_read_stdin(data);
}

static void one_threads_call_ends_and_anothers_goes_on(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe_as_stdio(w, ends);
    assert_status(ringfort_config_set_heartbeat(w->config, end_here, NULL, PERIOD), RINGFORT_OK);
    struct guest_thread readers[2];
    for (uint32_t i = 0; i < 2; i++) {
        readers[i] = (struct guest_thread){ .number = i };
        thread_begin(&readers[i], w, 256, read_stdin);
    }
    thread_join(&readers[0]);
    assert_errno(readers[0].outcome, WASI_INTERRUPTED);
    assert_int_equal(write(ends[1], "wake", 4), 4);
    thread_join(&readers[1]);
    assert_errno(readers[1].outcome, WASI_SUCCESS);
    guest_assert_text(w, readers[1].room + 64, "wake");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_read_of_a_silent_pipe_is_asked_about_and_ended_and_the_next_one_reads),
        TEST(a_poll_for_ever_is_asked_about_and_ended),
        TEST(a_poll_that_is_not_ended_takes_its_time_and_no_more),
        TEST(a_write_to_a_full_pipe_is_asked_about_and_ended),
        TEST(a_write_to_a_slow_reader_is_asked_about_too),
        TEST(sockets_are_asked_about_and_ended),
        TEST(what_does_not_wait_is_not_asked_about),
        TEST(the_period_is_at_least_a_millisecond_and_null_is_no_heartbeat),
        TEST(one_threads_call_ends_and_anothers_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
