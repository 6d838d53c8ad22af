/*
 * --timeout: a thread that ends the guest when its time is over, whatever it is doing. The time
 * began with the command, so reading and compiling the module have used up some of it.
 *
 * Code is ended by the engine's epoch, a blocked call by ringfort_wasi_interrupt. A guest that is
 * still there a second later (in one huge memory.copy, say) ends with the process.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_DEADLINE_H
#define CLI_DEADLINE_H

#include "trace.h"

#include <pthread.h>
#include <ringfort.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <wasmtime.h>

struct deadline {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct timespec end; /* CLOCK_MONOTONIC */
    bool is_running;     /* the thread was started */
    bool is_stopped;     /* locked: the guest came to its end */
    bool has_passed;     /* locked: the time was over first */
    ringfort_wasi *wasi;
    wasm_engine_t *engine;
    struct trace *trace;
    const char *file; /* for the last message; lent */
    const char *text; /* the time as it was asked for; lent */
};

/* Waits for `end` (CLOCK_MONOTONIC), which may have passed. What the fields from `wasi` on point to
 * must be set, and outlive deadline_stop. Returns -1, or the status to end with. */
int deadline_start(struct deadline *deadline, struct timespec end);

/* Stops waiting. Returns whether the time was over before. Does nothing where the deadline was not
 * started. */
bool deadline_stop(struct deadline *deadline);

/* Says that the time was over; returns the status for it. */
int deadline_say(const struct deadline *deadline);

#endif
