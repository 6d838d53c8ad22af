/*
 * Points in time on the clock that is never set.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { MOMENT_FOREVER = -1 };

/* Returns the time of CLOCK_MONOTONIC. */
struct timespec moment_now(void);

/* Returns the time that is `ns` after `start`. */
struct timespec moment_after(struct timespec start, uint64_t ns);

/* Returns the nanoseconds from `start` to now, or 0 if it lies ahead. */
uint64_t moment_since(struct timespec start);

/* Returns the milliseconds until `end` for poll(), rounded up; 0 if it has passed. */
int moment_poll_time(struct timespec end);

#endif
