/* The four clocks.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/clock.h"

#include "os/errno.h"
#include "os/kernel.h"
#include "os/stat.h"

static wasi_errno host_clock(uint32_t id, clockid_t *out)
{
    switch (id) {
    case CLOCKID_REALTIME:
        *out = CLOCK_REALTIME;
        return WASI_SUCCESS;
    case CLOCKID_MONOTONIC:
        *out = CLOCK_MONOTONIC;
        return WASI_SUCCESS;
    case CLOCKID_PROCESS_CPUTIME:
        *out = CLOCK_PROCESS_CPUTIME_ID;
        return WASI_SUCCESS;
    case CLOCKID_THREAD_CPUTIME:
        *out = CLOCK_THREAD_CPUTIME_ID;
        return WASI_SUCCESS;
    default:
        return WASI_EINVAL;
    }
}

wasi_errno ringfort_clock_now(uint32_t id, uint64_t *ns)
{
    clockid_t clock;
    struct timespec t;
    TRY(host_clock(id, &clock));
    TRY(ringfort_errno_of(sys_clock_gettime(clock, &t)));
    *ns = timestamp_of(t);
    return WASI_SUCCESS;
}

wasi_errno ringfort_clock_resolution(uint32_t id, uint64_t *ns)
{
    clockid_t clock;
    struct timespec t;
    TRY(host_clock(id, &clock));
    TRY(ringfort_errno_of(sys_call(SYS_clock_getres, clock, (long)&t, 0, 0, 0, 0)));
    *ns = timestamp_of(t);
    return WASI_SUCCESS;
}

/* Linux cannot fail to tell these two. */
static uint64_t now_on(clockid_t clock)
{
    struct timespec t = { 0 };
    (void)sys_clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t ringfort_clock_monotonic(void)
{
    return now_on(CLOCK_MONOTONIC);
}

uint64_t ringfort_clock_coarse(void)
{
    return now_on(CLOCK_MONOTONIC_COARSE);
}
