/* Waiting for descriptors in a way that the embedder can end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_WAIT_H
#define RINGFORT_OS_WAIT_H

#include "abi/types.h"

#include <stdbool.h>

/* Waits until `fd` is ready for `events` (POLLIN, POLLOUT) or has failed, which the next transfer
 * will tell. AGAIN where it is not and `nonblocking` says not to wait; FACT_INTERRUPT once
 * `wake_fd` is readable. */
CHECKED wasi_errno ringfort_wait_ready(int fd, short events, int wake_fd, bool nonblocking);

#endif
