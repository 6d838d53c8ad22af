/* Waiting for descriptors in a way that the embedder can end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/wait.h"

#include "os/clock.h"
#include "os/errno.h"
#include "os/stat.h"
#include "os/sys.h"

void ringfort_wait_set_deadline(struct waker *waker, uint64_t limit_ms)
{
    const uint64_t now = ringfort_clock_coarse();
    uint64_t end;
    if (__builtin_mul_overflow(limit_ms, 1000000U, &end) ||
        __builtin_add_overflow(end, now, &end)) {
        end = UINT64_MAX;
    }
    atomic_store(&waker->deadline, end);
}

wasi_errno ringfort_wait_time_left(const struct waker *waker, uint64_t *ns)
{
    const uint64_t end = atomic_load_explicit(&waker->deadline, memory_order_relaxed);
    if (__builtin_expect(end == UINT64_MAX, 1)) {
        return WASI_SUCCESS;
    }
    const uint64_t now = ringfort_clock_coarse();
    if (now >= end) {
        return FACT_LATE;
    }
    *ns = end - now < *ns ? end - now : *ns;
    return WASI_SUCCESS;
}

/* Asks the embedder where that is due, counted from the call's first wait, so that a call which
 * waits often and shortly is asked about too. Cuts the timeout to the next time. */
static wasi_errno beat(const struct waker *waker, uint64_t *next_beat, uint64_t *timeout_ns)
{
    const uint64_t now = ringfort_clock_coarse();
    if (*next_beat == 0) {
        *next_beat = now + waker->period_ns;
    }
    if (now >= *next_beat) {
        *next_beat = now + waker->period_ns;
        if (waker->heartbeat(waker->heartbeat_data)) {
            return FACT_INTERRUPT;
        }
    }
    const uint64_t left = *next_beat - now;
    *timeout_ns = left < *timeout_ns ? left : *timeout_ns;
    return WASI_SUCCESS;
}

wasi_errno ringfort_wait_poll(const struct waker *waker, uint64_t *next_beat, struct pollfd *fds,
                              unsigned count, uint64_t timeout_ns, int *ready)
{
    if (waker->heartbeat != NULL && timeout_ns > 0) {
        TRY(beat(waker, next_beat, &timeout_ns));
    }
    if (timeout_ns > 0) {
        TRY(ringfort_wait_time_left(waker, &timeout_ns));
    }
    fds[count] = (struct pollfd){ .fd = waker->wake_fd, .events = POLLIN };
    struct timespec timeout = timespec_of(timeout_ns);
    *ready = sys_poll(fds, count + 1, timeout_ns == UINT64_MAX ? NULL : &timeout);
    if (*ready < 0 && *ready != -EINTR) {
        return ringfort_errno_of(*ready);
    }
    return *ready > 0 && fds[count].revents != 0 ? FACT_INTERRUPT : WASI_SUCCESS;
}

wasi_errno ringfort_wait_ready(const struct waker *waker, uint64_t *next_beat, int fd, short events,
                               bool nonblocking)
{
    for (;;) {
        struct pollfd fds[2] = { { .fd = fd, .events = events } };
        int ready;
        TRY(ringfort_wait_poll(waker, next_beat, fds, 1, nonblocking ? 0 : UINT64_MAX, &ready));
        if (ready > 0) {
            return WASI_SUCCESS;
        }
        if (ready == 0 && nonblocking) {
            return WASI_EAGAIN;
        }
    }
}
