/*
 * The timer thread behind --timeout.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "deadline.h"

#include "moment.h"
#include "say.h"
#include "status.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const uint64_t second_ns = 1000000000;

/* With the lock held. Returns whether the guest came to its end before `end`. */
static bool wait_until(struct deadline *deadline, const struct timespec *end)
{
    int result = 0;
    while (!deadline->is_stopped && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&deadline->changed, &deadline->lock, end);
    }
    return deadline->is_stopped;
}

static void *watch(void *data)
{
    struct deadline *deadline = data;
    (void)pthread_mutex_lock(&deadline->lock);
    if (!wait_until(deadline, &deadline->end)) {
        deadline->has_passed = true;
        ringfort_wasi_interrupt(deadline->wasi);
        wasmtime_engine_increment_epoch(deadline->engine);
        const struct timespec last = moment_after(deadline->end, second_ns);
        if (!wait_until(deadline, &last)) {
            trace_end(deadline->trace);
            (void)deadline_say(deadline);
            /* Not exit(): the guest's thread still runs, and would see what is torn down. */
            _exit(STATUS_TIMEOUT);
        }
    }
    (void)pthread_mutex_unlock(&deadline->lock);
    return NULL;
}

static int start_thread(struct deadline *deadline)
{
    /* Signals are for the main thread, which the guest's calls expect them in. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&deadline->thread, NULL, watch, deadline);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int deadline_start(struct deadline *deadline, struct timespec end)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&deadline->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&deadline->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    deadline->end = end;
    const int error = start_thread(deadline);
    if (error != 0) {
        return fail(STATUS_REFUSED, "--timeout: its thread cannot be started: %s", strerror(error));
    }
    deadline->is_running = true;
    return -1;
}

bool deadline_stop(struct deadline *deadline)
{
    if (!deadline->is_running) {
        return false;
    }
    (void)pthread_mutex_lock(&deadline->lock);
    deadline->is_stopped = true;
    (void)pthread_cond_signal(&deadline->changed);
    (void)pthread_mutex_unlock(&deadline->lock);
    (void)pthread_join(deadline->thread, NULL);
    deadline->is_running = false;
    (void)pthread_cond_destroy(&deadline->changed);
    (void)pthread_mutex_destroy(&deadline->lock);
    return deadline->has_passed;
}

int deadline_say(const struct deadline *deadline)
{
    return fail(STATUS_TIMEOUT, "%s: was ended after its time of %s (--timeout)", deadline->file,
                deadline->text);
}
