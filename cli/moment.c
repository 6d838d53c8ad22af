/*
 * Arithmetic on times.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "moment.h"

static const int64_t second_ns = 1000000000;
static const int64_t millisecond_ns = 1000000;
static const int64_t seconds_compared = 1000000; /* more than poll() can wait for */

struct timespec moment_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* it fails for unknown clocks alone */
    return now;
}

struct timespec moment_after(struct timespec start, uint64_t ns)
{
    const uint64_t sum = (uint64_t)start.tv_nsec + ns % (uint64_t)second_ns;
    return (struct timespec){
        .tv_sec =
            start.tv_sec + (time_t)(ns / (uint64_t)second_ns) + (time_t)(sum / (uint64_t)second_ns),
        .tv_nsec = (long)(sum % (uint64_t)second_ns),
    };
}

uint64_t moment_since(struct timespec start)
{
    const struct timespec now = moment_now();
    const int64_t ns =
        ((int64_t)now.tv_sec - start.tv_sec) * second_ns + now.tv_nsec - start.tv_nsec;
    return ns > 0 ? (uint64_t)ns : 0;
}

int moment_poll_time(struct timespec end)
{
    const struct timespec now = moment_now();
    const int64_t seconds = (int64_t)end.tv_sec - now.tv_sec;
    if (seconds > seconds_compared) {
        return INT32_MAX;
    }
    const int64_t ns = seconds * second_ns + end.tv_nsec - now.tv_nsec;
    return ns > 0 ? (int)((ns + millisecond_ns - 1) / millisecond_ns) : 0;
}
