/* Keeps a write to a pipe without a reader from raising SIGPIPE in the embedder's process, whose
 * signal dispositions are not ours to change.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SIGPIPE_H
#define RINGFORT_OS_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct sigpipe_guard {
    sigset_t old_mask;
    bool was_pending;
};

/* Before and after the write, on one thread; `broke` says that it gave EPIPE. */
void ringfort_sigpipe_begin(struct sigpipe_guard *guard);
void ringfort_sigpipe_end(const struct sigpipe_guard *guard, bool broke);

#endif
