/* Waiting for descriptors in a way that the embedder can end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_WAIT_H
#define RINGFORT_OS_WAIT_H

#include "abi/types.h"

#include <stdatomic.h>
#include <stdbool.h>

struct pollfd;

/* How the embedder ends the waits of an object. */
struct waker {
    int wake_fd; /* readable once the object is interrupted */
    bool (*heartbeat)(
        void *data); /* asked while a call waits; true ends that call. NULL for none */
    void *heartbeat_data;
    uint64_t period_ns;
    _Atomic uint64_t deadline; /* when the guest's time is over; UINT64_MAX for never */
};

/* Lets the guest's time begin. */
void ringfort_wait_set_deadline(struct waker *waker, uint64_t limit_ms);

/* Cuts a time to what is left of the guest's; FACT_LATE where nothing is. */
CHECKED wasi_errno ringfort_wait_time_left(const struct waker *waker, uint64_t *ns);

/* One ppoll for `timeout_ns` (UINT64_MAX: for ever) or until the heartbeat is due, which the
 * caller's next wait then sees to. `fds` has room for one more than `count`; `*ready` is how many
 * are ready, negative where a signal came. `next_beat` is the call's, 0 before its first wait.
 * FACT_INTERRUPT where the embedder ends the call, FACT_LATE where the guest's time is over. */
CHECKED wasi_errno ringfort_wait_poll(const struct waker *waker, uint64_t *next_beat,
                                      struct pollfd *fds, unsigned count, uint64_t timeout_ns,
                                      int *ready);

/* Waits until `fd` is ready for `events` (POLLIN, POLLOUT) or has failed, which the next transfer
 * will tell. AGAIN where it is not and `nonblocking` says not to wait; FACT_INTERRUPT as above. */
CHECKED wasi_errno ringfort_wait_ready(const struct waker *waker, uint64_t *next_beat, int fd,
                                       short events, bool nonblocking);

#endif
