/* Mutexes that are counted: a source that is included after this is seen to take and drop them in
 * pairs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_TESTS_COUNTED_LOCKS_H
#define RINGFORT_TESTS_COUNTED_LOCKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

static int locks_made; /* and not destroyed */
static int locks_held;
static int locks_taken; /* ever */

static inline int counted_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    locks_made++;
    return pthread_mutex_init(mutex, attributes);
}

static inline int counted_destroy(pthread_mutex_t *mutex)
{
    locks_made--;
    return pthread_mutex_destroy(mutex);
}

static inline int counted_lock(pthread_mutex_t *mutex)
{
    assert_int_equal(locks_held, 0);
    locks_held++;
    locks_taken++;
    return pthread_mutex_lock(mutex);
}

static inline int counted_unlock(pthread_mutex_t *mutex)
{
    assert_int_equal(locks_held, 1);
    locks_held--;
    return pthread_mutex_unlock(mutex);
}

#define pthread_mutex_init    counted_init
#define pthread_mutex_destroy counted_destroy
#define pthread_mutex_lock    counted_lock
#define pthread_mutex_unlock  counted_unlock

#endif
