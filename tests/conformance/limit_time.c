/*
 * RINGFORT_LIMIT_WALL_TIME: ends the calls that wait, and all that come after.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/refusals.h"
#include "../support/steps.h"
#include "../support/threads.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Milliseconds. Whatever hangs is ended after LATE, and then by no limit. */
enum { SOON = 30, LATE = 20000, AN_HOUR = 3600000 };
/* In nanoseconds the least that does not fit into 64 bits. */
static const uint64_t years_584 = UINT64_C(18446744073710);
enum { MEBIBYTE = 1 << 20, THREADS = 3 };

static void limit_time(struct world *w, struct told *told, uint64_t ms)
{
    limit(w, RINGFORT_LIMIT_WALL_TIME, ms);
    watch_limits(w, told);
}

/** A call that blocks; `room` is 256 bytes. */
struct blocked {
    const char *name;
    uint32_t (*call)(struct world *w, uint32_t room);
};

enum { SOCKET = FIRST_PREOPEN + 1, LISTENER = FIRST_PREOPEN + 2 };

static uint32_t read_at(struct world *w, uint32_t fd, uint32_t room)
{
    return wasi_fd_read(w, fd, iovec(w, (struct span){ room, 8 }), 1, room + 8);
}

static uint32_t read_a_pipe(struct world *w, uint32_t room)
{
    return read_at(w, 0, room);
}

static uint32_t fill_a_pipe(struct world *w, uint32_t room)
{
    const uint32_t iovs = iovec(w, (struct span){ 0, (uint32_t)w->memory_size });
    uint32_t error = WASI_SUCCESS;
    for (int i = 0; i < 100 && error == WASI_SUCCESS; i++) {
        error = wasi_fd_write(w, 1, iovs, 1, room);
    }
    return error;
}

static uint32_t sleep_for_ever(struct world *w, uint32_t room)
{
    subscribe_clock(w, room, 1, CLOCK_ID_MONOTONIC, UINT64_MAX, 0);
    return wasi_poll_oneoff(w, room, room + 64, 1, room + 128);
}

static uint32_t sleep_an_hour(struct world *w, uint32_t room)
{
    subscribe_clock(w, room, 1, CLOCK_ID_REALTIME, UINT64_C(1000000) * AN_HOUR, 0);
    return wasi_poll_oneoff(w, room, room + 64, 1, room + 128);
}

static uint32_t poll_a_pipe(struct world *w, uint32_t room)
{
    subscribe_fd(w, room, 1, EVENT_FD_READ, 0);
    return wasi_poll_oneoff(w, room, room + 64, 1, room + 128);
}

static uint32_t read_a_fifo_without_a_writer(struct world *w, uint32_t room)
{
    return read_at(w, guest_open(w, FIRST_PREOPEN, "fifo", 0, RIGHT_FD_READ), room);
}

static uint32_t accept_a_connection(struct world *w, uint32_t room)
{
    return wasi_sock_accept(w, LISTENER, 0, room);
}

static uint32_t receive(struct world *w, uint32_t room)
{
    const uint32_t iovs = iovec(w, (struct span){ room, 8 });
    return wasi_sock_recv(w, SOCKET, iovs, 1, 0, room + 8, room + 16);
}

static uint32_t receive_all(struct world *w, uint32_t room)
{
    const uint32_t iovs = iovec(w, (struct span){ room, 8 });
    return wasi_sock_recv(w, SOCKET, iovs, 1, RECV_WAITALL, room + 8, room + 16);
}

static uint32_t send_on_and_on(struct world *w, uint32_t room)
{
    const uint32_t iovs = iovec(w, (struct span){ 0, (uint32_t)w->memory_size });
    uint32_t error = WASI_SUCCESS;
    for (int i = 0; i < 100 && error == WASI_SUCCESS; i++) {
        error = wasi_sock_send(w, SOCKET, iovs, 1, 0, room);
    }
    return error;
}

static const struct blocked blocked[] = {
    { "fd_read of a pipe", read_a_pipe },
    { "fd_write to a full pipe", fill_a_pipe },
    { "poll_oneoff for ever", sleep_for_ever },
    { "poll_oneoff of another clock", sleep_an_hour },
    { "poll_oneoff of a pipe", poll_a_pipe },
    { "fd_read of a FIFO", read_a_fifo_without_a_writer },
    { "sock_accept", accept_a_connection },
    { "sock_recv", receive },
    { "sock_recv of all", receive_all },
    { "sock_send", send_on_and_on },
};

static void use_streams(struct world *w)
{
    uint16_t port = 0;
    int pair[2];
    host_socketpair(w, pair);
    host_mkfifo(w, "box/fifo");
    assert_status(ringfort_config_preopen_socket(w->config, pair[0]), RINGFORT_OK);
    assert_status(ringfort_config_preopen_socket(w->config, host_listen(w, &port)), RINGFORT_OK);
}

static void the_time_ends_every_call_that_waits(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    int ends[2];
    use_streams(w);
    limit_time(w, &told, SOON);
    for (size_t i = 0; i < sizeof blocked / sizeof blocked[0]; i++) {
        world_restart(w);
        world_clear_memory(w);
        host_pipe_as_stdio(w, ends);
        w->unwatched = true; /* what was written before the end may be told, or not */
        const uint32_t room = guest_alloc(w, 256);
        const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
        begin(w);
        struct deadline late;
        deadline_begin(&late, w, LATE);
        const uint32_t outcome = blocked[i].call(w, room);
        deadline_end(&late, w);
        if (outcome != WASI_INTERRUPTED) {
            fail_msg("%s is not ended: %u", blocked[i].name, outcome);
        }
        assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
        assert_true(ringfort_wasi_interrupted(w->wasi));
        /* The clock that is looked at may be a tick behind. */
        const uint64_t passed = host_clock_ns(CLOCK_MONOTONIC) - before;
        assert_in_range(passed, UINT64_C(1000000) * (SOON - 15), UINT64_C(1000000) * (LATE - 1));
        host_close(w, ends[0]);
        host_close(w, ends[1]);
    }
}

static void a_call_that_comes_later_is_ended_and_told_once(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    limit_time(w, &told, 1);
    begin(w);
    host_sleep_ms(SOON);
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
    assert_errno(wasi_sched_yield(w), WASI_INTERRUPTED);
    assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
    assert_true(ringfort_wasi_interrupted(w->wasi));
    assert_int_equal(told.calls, 1);
    assert_errno(wasi_fd_tell(w, 99, guest_alloc(w, 8)), WASI_INTERRUPTED);
    assert_errno(wasi_proc_exit(w, 0), WASI_INTERRUPTED);
    assert_int_equal(told.calls, 1);
    assert_false(ringfort_wasi_exited(w->wasi, NULL));
}

static void the_time_begins_with_each_entry_and_not_before(void **state)
{
    struct world *const w = *state;
    const struct {
        ringfort_entry entry;
        ringfort_exports exports;
    } entries[] = {
        { RINGFORT_START, { .memory = RINGFORT_EXPORT_MEMORY, .start = RINGFORT_EXPORT_FUNCTION } },
        { RINGFORT_INITIALIZE, { .memory = RINGFORT_EXPORT_MEMORY } },
        { RINGFORT_FINALIZE_BINDINGS, { .memory = RINGFORT_EXPORT_MEMORY } },
    };
    const ringfort_exports nothing = { 0 };
    limit(w, RINGFORT_LIMIT_WALL_TIME, 1);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        world_restart(w);
        world_start(w);
        assert_status(ringfort_wasi_begin(w->wasi, entries[i].entry, &nothing, NULL),
                      RINGFORT_ERR_INVALID_ARG_TYPE);
        host_sleep_ms(SOON);
        assert_errno(wasi_sched_yield(w), WASI_SUCCESS);
        assert_status(ringfort_wasi_begin(w->wasi, entries[i].entry, &entries[i].exports, NULL),
                      RINGFORT_OK);
        host_sleep_ms(SOON);
        assert_errno(wasi_sched_yield(w), WASI_INTERRUPTED);
    }
}

static void within_the_time_calls_are_as_ever(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    const uint64_t times[] = { AN_HOUR, years_584, UINT64_MAX - 1, UINT64_MAX };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        world_restart(w);
        limit_time(w, &told, times[i]);
        begin(w);
        const uint32_t room = guest_alloc(w, 256);
        const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
        subscribe_clock(w, room, 1, CLOCK_ID_MONOTONIC, UINT64_C(1000000) * SOON, 0);
        assert_errno(wasi_poll_oneoff(w, room, room + 64, 1, room + 128), WASI_SUCCESS);
        assert_true(host_clock_ns(CLOCK_MONOTONIC) - before >= UINT64_C(1000000) * SOON);
        const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
        guest_write(w, fd, "text");
        assert_errno(wasi_random_get(w, room, 256), WASI_SUCCESS);
        assert_met_none(&told);
        assert_false(ringfort_wasi_interrupted(w->wasi));
        host_assert_text(w, "box/f", "text");
    }
}

static bool go_on(void *beats)
{
    atomic_fetch_add((atomic_uint *)beats, 1);
    return false;
}

static void a_heartbeat_that_lets_the_guest_go_on_does_not_stretch_its_time(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    atomic_uint beats = 0;
    limit_time(w, &told, 4 * SOON);
    assert_status(ringfort_config_set_heartbeat(w->config, go_on, &beats, 5), RINGFORT_OK);
    begin(w);
    assert_errno(sleep_for_ever(w, guest_alloc(w, 256)), WASI_INTERRUPTED);
    assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
    assert_true(atomic_load(&beats) > 0);
}

/* ---- What takes long without waiting ---- */

static void one_transfer_of_a_file_is_short(void **state)
{
    struct world *const w = *state;
    const uint32_t much = 17 * MEBIBYTE;
    limit(w, RINGFORT_LIMIT_WALL_TIME, AN_HOUR);
    world_set_memory(w, 18 * MEBIBYTE);
    w->unwatched = true;
    const uint32_t out = guest_alloc(w, 8);
    const uint32_t iovs = iovec(w, (struct span){ 65536, much });
    for (int timed = 0; timed <= 1; timed++) {
        const uint32_t wanted = timed != 0 ? 16 * MEBIBYTE : much;
        world_restart(w);
        if (timed != 0) {
            begin(w);
        }
        const uint32_t fd =
            guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE);
        assert_errno(wasi_fd_write(w, fd, iovs, 1, out), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, out), wanted);
        assert_int_equal(guest_tell(w, fd), wanted);
        assert_errno(wasi_fd_pwrite(w, fd, iovs, 1, 0, out), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, out), wanted);
        assert_errno(wasi_fd_filestat_set_size(w, fd, much), WASI_SUCCESS);
        assert_errno(wasi_fd_pread(w, fd, iovs, 1, 0, out), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, out), wanted);
        assert_int_equal(guest_seek(w, fd, 0, SEEK_FROM_START), 0);
        assert_errno(wasi_fd_read(w, fd, iovs, 1, out), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, out), wanted);
    }
}

struct drain {
    int fd;
    pthread_t thread;
};

/** As fast as the guest writes, until it is gone. */
static void *read_all(void *data)
{
    const struct drain *const drain = data;
    static char much[65536];
    while (read(drain->fd, much, sizeof much) > 0) {
    }
    return NULL;
}

/** A write of two gigabytes that never has to wait. */
static void a_quick_reader_does_not_keep_a_writer_beyond_its_time(void **state)
{
    struct world *const w = *state;
    enum { PARTS = 1024, PART = 2 * MEBIBYTE };
    const char *const calls[] = { "fd_write", "sock_send" };
    int pair[2];
    limit(w, RINGFORT_LIMIT_WALL_TIME, SOON);
    for (int i = 0; i < 2; i++) {
        struct told told = { 0 };
        struct drain drain;
        watch_limits(w, &told);
        host_socketpair(w, pair);
        assert_status(ringfort_config_set_stdout(w->config, pair[0]), RINGFORT_OK);
        world_set_memory(w, 3 * MEBIBYTE);
        w->unwatched = true;
        struct span parts[PARTS];
        for (int j = 0; j < PARTS; j++) {
            parts[j] = (struct span){ 65536, PART };
        }
        const uint32_t iovs = iovecs(w, parts, PARTS);
        const uint32_t out = guest_alloc(w, 8);
        drain.fd = pair[1];
        assert_int_equal(pthread_create(&drain.thread, NULL, read_all, &drain), 0);
        world_restart(w);
        begin(w);
        assert_errno(i == 0 ? wasi_fd_write(w, 1, iovs, PARTS, out)
                            : wasi_sock_send(w, 1, iovs, PARTS, 0, out),
                     WASI_INTERRUPTED);
        assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
        assert_non_null(strstr(told.text, calls[i]));
        host_close(w, pair[0]);
        ringfort_wasi_delete(w->wasi);
        w->wasi = NULL;
        assert_int_equal(pthread_join(drain.thread, NULL), 0);
    }
}

static void a_long_random_get_is_ended(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    limit_time(w, &told, 1);
    world_set_memory(w, 256 * MEBIBYTE);
    w->unwatched = true;
    begin(w);
    assert_errno(wasi_random_get(w, 0, 256 * MEBIBYTE), WASI_INTERRUPTED);
    assert_met(w, &told, RINGFORT_LIMIT_WALL_TIME);
}

/* ---- Threads ---- */

static void the_threads_that_wait_end_together(void **state)
{
    struct world *const w = *state;
    struct guest_thread threads[THREADS];
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_WALL_TIME, SOON);
    begin(w);
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
    struct deadline late;
    deadline_begin(&late, w, LATE);
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .number = i };
        thread_begin(&threads[i], w, 160, thread_read_stdin);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        assert_errno(threads[i].outcome, WASI_INTERRUPTED);
    }
    deadline_end(&late, w);
    ringfort_refusal last = { 0 };
    assert_true(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.limit, RINGFORT_LIMIT_WALL_TIME);
    assert_int_equal(last.value, SOON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_ends_every_call_that_waits),
        TEST(a_call_that_comes_later_is_ended_and_told_once),
        TEST(the_time_begins_with_each_entry_and_not_before),
        TEST(within_the_time_calls_are_as_ever),
        TEST(a_heartbeat_that_lets_the_guest_go_on_does_not_stretch_its_time),
        TEST(one_transfer_of_a_file_is_short),
        TEST(a_quick_reader_does_not_keep_a_writer_beyond_its_time),
        TEST(a_long_random_get_is_ended),
        TEST(the_threads_that_wait_end_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
