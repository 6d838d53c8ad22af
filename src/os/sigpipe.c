/* Blocks SIGPIPE for the length of a write and takes away the one that the write raised.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sigpipe.h"

#include <time.h>

static sigset_t only_sigpipe(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

void ringfort_sigpipe_begin(struct sigpipe_guard *guard)
{
    sigset_t pending;
    sigpending(&pending);
    guard->was_pending = sigismember(&pending, SIGPIPE) == 1;
    const sigset_t set = only_sigpipe();
    pthread_sigmask(SIG_BLOCK, &set, &guard->old_mask);
}

void ringfort_sigpipe_end(const struct sigpipe_guard *guard, bool broke)
{
    if (broke && !guard->was_pending) {
        const sigset_t set = only_sigpipe();
        const struct timespec at_once = { 0 };
        sigtimedwait(&set, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &guard->old_mask, NULL);
}
