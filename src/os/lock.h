/* A mutex that a guest which promised to have one thread does without.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_LOCK_H
#define RINGFORT_OS_LOCK_H

#include <pthread.h>
#include <stdbool.h>

struct lock {
    pthread_mutex_t mutex;
    bool unused; /* one thread only */
};

static inline void lock_init(struct lock *lock, bool single_threaded)
{
    lock->unused = single_threaded;
    pthread_mutex_init(&lock->mutex, NULL); /* cannot fail with default attributes */
}

/* From now on it is needed. Nobody may hold it. */
static inline void lock_share(struct lock *lock)
{
    lock->unused = false;
}

static inline void lock_destroy(struct lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

static inline void lock_take(struct lock *lock)
{
    if (!lock->unused) {
        pthread_mutex_lock(&lock->mutex);
    }
}

static inline void lock_drop(struct lock *lock)
{
    if (!lock->unused) {
        pthread_mutex_unlock(&lock->mutex);
    }
}

#endif
