/* Random bytes: a generator of the object's own, seeded by the kernel.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_RANDOM_H
#define RINGFORT_OS_RANDOM_H

#include "os/lock.h"

#include <stddef.h>

struct random_state;

struct random {
    struct lock lock;
    struct random_state *state; /* owned: NULL before the first request */
    bool kernel_only;           /* no memory that a forked child loses is to be had */
};

void ringfort_random_init(struct random *random, bool single_threaded);

/* From now on several threads may ask. No call may be under way. */
static inline void ringfort_random_share(struct random *random)
{
    lock_share(&random->lock);
}

/* Nothing that would tell what was given out is left. */
void ringfort_random_clear(struct random *random);

/* Fills all of it, at most 256 GiB; 0 or a negative errno. */
int ringfort_random_fill(struct random *random, void *to, size_t len);

#endif
