/*
 * --trace: a line for each WASI call, to stderr or a file, as text or in the Chrome trace-event
 * format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "run_options.h"

#include <pthread.h>
#include <ringfort.h>
#include <stdbool.h>

struct trace {
    pthread_mutex_t lock; /* guards what follows; the guest's threads and the timer's write */
    int fd;
    bool is_json;
    bool has_events;
    bool is_open;
    bool has_failed;
    const char *file; /* for messages; lent */
};

/* Opens the trace that the options ask for, if any. Returns -1, or the status to end with. */
int trace_open(struct trace *trace, const struct run_options *options);

/* Makes the config call trace_open's trace. */
void trace_attach(struct trace *trace, ringfort_config *config);

/* Ends the trace, so that what was written is whole. Anything that comes later is left out. May
 * be called twice. */
void trace_end(struct trace *trace);

#endif
