/* The four clocks.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_CLOCK_H
#define RINGFORT_OS_CLOCK_H

#include "abi/types.h"

/* Nanoseconds; INVAL for an id that is none of the four. The thread's clock is that of the calling
 * host thread. */
CHECKED wasi_errno ringfort_clock_now(uint32_t id, uint64_t *ns);
CHECKED wasi_errno ringfort_clock_resolution(uint32_t id, uint64_t *ns);

/* CLOCK_MONOTONIC in nanoseconds, and the same to some milliseconds, for a fifth of the cost. */
uint64_t ringfort_clock_monotonic(void);
uint64_t ringfort_clock_coarse(void);

#endif
