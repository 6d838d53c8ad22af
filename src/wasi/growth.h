/* Around a call that may make a file larger.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_GROWTH_H
#define RINGFORT_WASI_GROWTH_H

#include "os/signal_guard.h"
#include "wasi/quota.h"

/* Of the calls that look at a size first there is one at a time, and the host raises no signal.
 * `refused` says that the host found it too large. */
struct growth {
    struct quota *quota;
    struct signal_guard guard;
};

void ringfort_growth_begin(struct growth *growth, struct quota *quota);
void ringfort_growth_end(struct growth *growth, bool refused);

#endif
