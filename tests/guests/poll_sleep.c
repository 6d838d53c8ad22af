/* Sleeps, and waits for its input with poll and select; the input is one line that comes later.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <poll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_a_little(void)
{
    const long long before = now_ns();
    const struct timespec little = { 0, 20000000 };
    CHECK(nanosleep(&little, NULL) == 0);
    CHECK(now_ns() - before >= 20000000);
    const long long again = now_ns();
    CHECK(usleep(1500) == 0);
    CHECK(now_ns() - again >= 1500000);
    struct timespec until;
    CHECK(clock_gettime(CLOCK_REALTIME, &until) == 0);
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == 0);
}

static void poll_both_ends(void)
{
    struct pollfd fds[2] = { { .fd = 0, .events = POLLIN }, { .fd = 1, .events = POLLOUT } };
    CHECK(poll(&fds[1], 1, 0) == 1);
    CHECK((fds[1].revents & POLLOUT) != 0);
    fds[0].revents = 0;
    CHECK(poll(fds, 1, 10) == 0); /* nothing has come yet */
    puts("waiting");
    CHECK(fflush(stdout) == 0);
    CHECK(poll(fds, 1, -1) == 1);
    CHECK((fds[0].revents & POLLIN) != 0);
}

static void select_input(void)
{
    fd_set in;
    FD_ZERO(&in);
    FD_SET(0, &in);
    struct timeval patience = { 10, 0 };
    CHECK(select(1, &in, NULL, NULL, &patience) == 1);
    CHECK(FD_ISSET(0, &in));
}

int main(void)
{
    sleep_a_little();
    poll_both_ends();
    select_input();
    char line[64] = "";
    CHECK(fgets(line, sizeof line, stdin) != NULL);
    printf("poll_sleep: got %s", line);
    return 0;
}
