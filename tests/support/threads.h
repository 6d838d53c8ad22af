/*
 * Guest threads: several host threads on one object, each with its own part of the guest's memory.
 * They do not assert, they count what was wrong; and the memory is not watched while they run.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_THREADS_H
#define RINGFORT_TESTS_THREADS_H

#include "calls.h"

#include <pthread.h>

struct guest_thread {
    struct world *w;
    uint32_t number;
    uint32_t room; /**< guest memory of its own */
    unsigned wrong;
    uint32_t outcome; /**< of thread_read_stdin */
    pthread_t thread;
};

/** Begins `body` on a thread with `room` bytes of guest memory. @param me lent until thread_join */
void thread_begin(struct guest_thread *me, struct world *w, uint32_t room, void *(*body)(void *));

/** Waits for its end; fails the test where something was wrong. */
void thread_join(struct guest_thread *me);

/** Calls a row without the checks of calls.h, which are one thread's. @return as those do */
uint32_t thread_call(const struct guest_thread *me, const char *name, const uint64_t *args);
#define CALL(me, name, ...) thread_call((me), (name), (const uint64_t[]){ __VA_ARGS__ })

uint32_t thread_load(const struct guest_thread *me, uint32_t at);
void thread_store(const struct guest_thread *me, uint32_t at, uint32_t value);
void thread_expect(struct guest_thread *me, bool held);

/** A body: one fd_read of at most 4 bytes from descriptor 0, to room + 64. Takes 132 bytes. */
void *thread_read_stdin(void *me);

/** Records of a number and a count, 8 bytes: the file that begins at `offset` of `path` has
 * `rounds` of each of `threads` threads, and no thread's out of order. */
void assert_records(struct world *w, const char *path, int64_t offset, uint32_t threads,
                    uint32_t rounds);

#endif
