/* Blocks a signal for the length of a call and takes away the one that the call raised.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/signal_guard.h"

#include <time.h>

static sigset_t only(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

void ringfort_guard_begin(struct signal_guard *guard, int signal)
{
    sigset_t pending;
    sigpending(&pending);
    guard->signal = signal;
    guard->was_pending = sigismember(&pending, signal) == 1;
    const sigset_t set = only(signal);
    pthread_sigmask(SIG_BLOCK, &set, &guard->old_mask);
}

void ringfort_guard_end(const struct signal_guard *guard, bool raised)
{
    if (raised && !guard->was_pending) {
        const sigset_t set = only(guard->signal);
        const struct timespec at_once = { 0 };
        sigtimedwait(&set, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &guard->old_mask, NULL);
}
