/*
 * Waits for a compiler process with poll(): for what it makes, for its messages, and for the ends
 * of its time.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_watch.h"

#include "compile_end.h"
#include "moment.h"
#include "progress.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GO_ON = -1,
    PIPES = 2,
    READ_SIZE = 1 << 16,
    EXIT_POLL_MS = 10, /* between its last words and its end */
};

struct watch {
    const struct compile_work *work;
    struct pollfd pipes[PIPES]; /* what is made, and messages; -1 after its end */
    struct timespec wall_end;
    struct progress progress;
    struct compile_end end;
    uint64_t made_length; /* as the child told */
    size_t head_read;     /* bytes of made_length that are there */
    size_t made_read;
    struct code *made;
    uint8_t *buffer; /* owned; of READ_SIZE bytes. A stack may be small */
};

/* ---- What comes through the pipes ---- */

static void read_made(struct watch *watch, const uint8_t *bytes, size_t count)
{
    while (count > 0 && watch->head_read < sizeof(watch->made_length)) {
        ((uint8_t *)&watch->made_length)[watch->head_read++] = *bytes++;
        count--;
    }
    if (watch->head_read < sizeof(watch->made_length)) {
        return;
    }
    if (watch->made->bytes == NULL && watch->made_length > watch->work->made_max) {
        watch->end.cause = CAUSE_SIZE;
        return;
    }
    if (watch->made->bytes == NULL) {
        watch->made->bytes = must_allocate((size_t)watch->made_length);
        watch->made->length = (size_t)watch->made_length;
    }
    const size_t left = watch->made->length - watch->made_read;
    const size_t taken = count < left ? count : left;
    memcpy(watch->made->bytes + watch->made_read, bytes, taken);
    watch->made_read += taken;
}

static void read_messages(struct watch *watch, const uint8_t *bytes, size_t count)
{
    struct compile_end *end = &watch->end;
    const size_t left = MESSAGES_MAX - end->messages_size;
    const size_t taken = count < left ? count : left;
    if (end->messages == NULL) {
        end->messages = must_allocate(MESSAGES_MAX + 1);
    }
    memcpy(end->messages + end->messages_size, bytes, taken);
    end->messages_size += taken;
}

static void read_pipe(struct watch *watch, size_t which)
{
    const ssize_t n = read(watch->pipes[which].fd, watch->buffer, READ_SIZE);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n <= 0) {
        (void)close(watch->pipes[which].fd);
        watch->pipes[which].fd = -1; /* which poll() leaves out */
    } else if (which == 0) {
        read_made(watch, watch->buffer, (size_t)n);
    } else {
        read_messages(watch, watch->buffer, (size_t)n);
    }
}

/* ---- Time ---- */

static int earlier(int a, int b)
{
    return a < b ? a : b;
}

/* Returns for how long nothing has to be done, as poll() takes it. */
static int time_to_wait(const struct watch *watch)
{
    const struct compile_limits *limits = watch->work->limits;
    int time = moment_poll_time(watch->wall_end);
    if (limits->timeout != NULL) {
        time = earlier(time, moment_poll_time(limits->end));
    }
    if (watch->progress.is_live) {
        time = earlier(time, moment_poll_time(watch->progress.next));
    }
    return time;
}

static void look_at_clock(struct watch *watch)
{
    if (watch->end.cause == CAUSE_NONE && compile_limits_timed_out(watch->work->limits)) {
        watch->end.cause = CAUSE_TIMEOUT;
    } else if (watch->end.cause == CAUSE_NONE && moment_poll_time(watch->wall_end) == 0) {
        watch->end.cause = CAUSE_WALL;
    }
    progress_tick(&watch->progress);
}

/* ---- The end ---- */

static uint64_t nanoseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_usec * 1000U;
}

/* Reads until the process has closed both pipes, or is to be ended. */
static void read_all(struct watch *watch)
{
    while (watch->end.cause == CAUSE_NONE && (watch->pipes[0].fd >= 0 || watch->pipes[1].fd >= 0)) {
        const int n = poll(watch->pipes, PIPES, time_to_wait(watch));
        for (size_t i = 0; n > 0 && i < PIPES; i++) {
            if (watch->pipes[i].fd >= 0 && watch->pipes[i].revents != 0) {
                read_pipe(watch, i);
            }
        }
        look_at_clock(watch);
    }
}

static pid_t wait_once(struct watch *watch, pid_t child, int options)
{
    struct rusage usage;
    const pid_t ended = wait4(child, &watch->end.status, options, &usage);
    if (ended == child) {
        watch->end.time_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    }
    return ended;
}

/* A process that closed its pipes is about to end, unless it was taken over. */
static bool wait_for_end(struct watch *watch, pid_t child)
{
    for (;;) {
        if (watch->end.cause != CAUSE_NONE) {
            (void)kill(child, SIGKILL);
        }
        const pid_t ended = wait_once(watch, child, watch->end.cause != CAUSE_NONE ? 0 : WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) {
            return ended == child;
        }
        if (ended == 0) {
            (void)poll(NULL, 0, earlier(EXIT_POLL_MS, time_to_wait(watch)));
        }
        look_at_clock(watch);
    }
}

static int finish(struct watch *watch, bool is_known)
{
    const struct compile_work *work = watch->work;
    if (!is_known) {
        return fail(STATUS_REFUSED, "%s: cannot wait for the compiler process: %s", work->file,
                    strerror(errno));
    }
    const int status = compile_end_say(work, &watch->end);
    if (status == GO_ON && !work->prints &&
        (watch->made->bytes == NULL || watch->made_read < watch->made->length)) {
        return fail(STATUS_REFUSED,
                    "%s: the compiler process handed over a part only; run it again", work->file);
    }
    return status;
}

int compile_watch(const struct compile_work *work, pid_t child, int result, int messages,
                  struct code *made)
{
    struct watch watch = {
        .work = work,
        .pipes = { { .fd = result, .events = POLLIN }, { .fd = messages, .events = POLLIN } },
        .wall_end = moment_after(moment_now(), compile_limits_wall_ns(work->limits)),
        .made = made,
        .buffer = must_allocate(READ_SIZE),
    };
    progress_begin(&watch.progress, work->doing, work->file, work->size);
    read_all(&watch);
    const bool is_known = wait_for_end(&watch, child);
    progress_end(&watch.progress);
    for (size_t i = 0; i < PIPES; i++) {
        if (watch.pipes[i].fd >= 0) {
            (void)close(watch.pipes[i].fd);
        }
    }
    const int status = finish(&watch, is_known);
    free(watch.end.messages);
    free(watch.buffer);
    return status;
}
