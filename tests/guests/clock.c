/* Reads the clocks, and prints the seconds since 1970 for the test to compare.
 * guest-flags: -D_WASI_EMULATED_PROCESS_CLOCKS -lwasi-emulated-process-clocks
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <sys/time.h>
#include <time.h>

static long long read_clock(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    CHECK(now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(void)
{
    struct timespec resolution;
    CHECK(clock_getres(CLOCK_REALTIME, &resolution) == 0);
    CHECK(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0);
    const long long before = read_clock(CLOCK_MONOTONIC);
    volatile unsigned long work = 0;
    for (unsigned long i = 0; i < 1000000; i++) {
        work += i;
    }
    CHECK(work > 0);
    CHECK(read_clock(CLOCK_MONOTONIC) > before);
    CHECK(read_clock(CLOCK_PROCESS_CPUTIME_ID) > 0);
    CHECK(read_clock(CLOCK_THREAD_CPUTIME_ID) > 0);
    CHECK(clock() != (clock_t)-1);
    struct timeval day;
    CHECK(gettimeofday(&day, NULL) == 0);
    CHECK(llabs((long long)day.tv_sec - (long long)time(NULL)) <= 1);
    printf("%lld\n", (long long)time(NULL));
    return 0;
}
