/*
 * A bound for calls that must not block: the wasi is interrupted when it has passed, so that a
 * failure is one of the test and not of its patience.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_DEADLINE_H
#define RINGFORT_TESTS_DEADLINE_H

#include "world.h"

#include <pthread.h>

struct deadline {
    ringfort_wasi *wasi;
    int milliseconds;
    int done[2];
    pthread_t thread;
};

/** Interrupts the world's wasi after some time. @param deadline lent until deadline_end */
void deadline_begin(struct deadline *deadline, struct world *w, int milliseconds);

/** Takes the deadline back. */
void deadline_end(struct deadline *deadline, struct world *w);

#endif
