/* Blocks a signal for the length of a call and takes away the one that the call raised.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/signal_guard.h"

void ringfort_guard_begin(struct signal_guard *guard, int signal)
{
    const signal_set set = signal_set_of(signal);
    signal_set pending = 0;
    (void)sys_sigpending(&pending);
    guard->signal = signal;
    guard->was_pending = (pending & set) != 0;
    (void)sys_sigmask(SIG_BLOCK, set, &guard->old_mask);
}

void ringfort_guard_end(const struct signal_guard *guard, bool raised)
{
    if (raised && !guard->was_pending) {
        (void)sys_sigtake(signal_set_of(guard->signal));
    }
    (void)sys_sigmask(SIG_SETMASK, guard->old_mask, NULL);
}
