/* Keeps a write from raising a signal in the embedder's process (SIGPIPE for a pipe without a
 * reader, SIGXFSZ past RLIMIT_FSIZE), whose dispositions are not ours to change.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SIGNAL_GUARD_H
#define RINGFORT_OS_SIGNAL_GUARD_H

#include "os/sys.h"

#include <stdbool.h>

struct signal_guard {
    int signal;
    bool was_pending;
    signal_set old_mask;
};

/* Before and after the call, on one thread; `raised` says that it failed in the way that raises
 * the signal. */
void ringfort_guard_begin(struct signal_guard *guard, int signal);
void ringfort_guard_end(const struct signal_guard *guard, bool raised);

#endif
