/* A mutex with Clang's thread-safety annotations, which a guest that promised to have one thread does without.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_FD_LOCK_H
#define RINGFORT_FD_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#if defined(__clang__)
#define LOCK_TYPE        __attribute__((capability("mutex")))
#define GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define ACQUIRES(lock)   __attribute__((acquire_capability(lock)))
#define RELEASES(lock)   __attribute__((release_capability(lock)))
#define REQUIRES(lock)   __attribute__((requires_capability(lock)))
#define UNANALYSED       __attribute__((no_thread_safety_analysis))
#else
#define LOCK_TYPE
#define GUARDED_BY(lock)
#define ACQUIRES(lock)
#define RELEASES(lock)
#define REQUIRES(lock)
#define UNANALYSED
#endif

struct LOCK_TYPE lock {
    pthread_mutex_t mutex;
    bool unused; /* one thread only */
};

static inline void lock_init(struct lock *lock, bool single_threaded)
{
    lock->unused = single_threaded;
    pthread_mutex_init(&lock->mutex, NULL); /* cannot fail with default attributes */
}

static inline void lock_destroy(struct lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

static inline void lock_take(struct lock *lock) ACQUIRES(lock) UNANALYSED
{
    if (!lock->unused) {
        pthread_mutex_lock(&lock->mutex);
    }
}

static inline void lock_drop(struct lock *lock) RELEASES(lock) UNANALYSED
{
    if (!lock->unused) {
        pthread_mutex_unlock(&lock->mutex);
    }
}

#endif
