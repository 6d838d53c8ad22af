/*
 * A thread that interrupts a wasi unless it is told in time that all is well.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "deadline.h"

#include "host.h"

#include <poll.h>

static void *wait_and_interrupt(void *data)
{
    const struct deadline *const deadline = data;
    struct pollfd done = { .fd = deadline->done[0], .events = POLLIN };
    if (poll(&done, 1, deadline->milliseconds) == 0) {
        ringfort_wasi_interrupt(deadline->wasi);
    }
    return NULL;
}

void deadline_begin(struct deadline *deadline, struct world *w, int milliseconds)
{
    world_start(w);
    host_pipe(w, deadline->done);
    deadline->wasi = w->wasi;
    deadline->milliseconds = milliseconds;
    assert_int_equal(pthread_create(&deadline->thread, NULL, wait_and_interrupt, deadline), 0);
}

void deadline_end(struct deadline *deadline, struct world *w)
{
    host_close(w, deadline->done[1]); /* poll sees the hangup */
    assert_int_equal(pthread_join(deadline->thread, NULL), 0);
    host_close(w, deadline->done[0]);
}
