/*
 * Writes traces: one write(2) a call, so that what happened before a crash or a kill is there to
 * be read.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "trace.h"

#include "option_path.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GO_ON = -1,
    LINE_ROOM = 1024,
};

/* With the lock held. A trace that cannot be written is told once, and the guest runs on. */
static void put(struct trace *trace, const char *text, size_t length)
{
    while (length > 0 && !trace->has_failed) {
        const ssize_t n = write(trace->fd, text, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            trace->has_failed = true;
            note("%s: the trace cannot be written any more: %s", trace->file, strerror(errno));
            return;
        }
        text += n;
        length -= (size_t)n;
    }
}

static void put_line(struct trace *trace, char *line, size_t length)
{
    (void)pthread_mutex_lock(&trace->lock);
    if (trace->is_open && trace->is_json) {
        /* The comma goes before each event but the first: so the array can be closed after any
         * of them. */
        const char *before = trace->has_events ? ",\n" : "";
        put(trace, before, strlen(before));
        put(trace, line, length);
    } else if (trace->is_open) {
        line[length] = '\n';
        put(trace, line, length + 1);
    }
    trace->has_events = true;
    (void)pthread_mutex_unlock(&trace->lock);
}

static void on_call(void *data, const ringfort_trace *event)
{
    struct trace *trace = data;
    char room[LINE_ROOM];
    char *line = room;
    const ringfort_trace_format format = trace->is_json ? RINGFORT_TRACE_JSON : RINGFORT_TRACE_TEXT;
    const size_t length = ringfort_trace_print(event, format, room, sizeof(room));
    if (length >= sizeof(room)) {
        line = must_allocate(length + 1);
        (void)ringfort_trace_print(event, format, line, length + 1);
    }
    put_line(trace, line, length);
    if (line != room) {
        free(line);
    }
}

int trace_open(struct trace *trace, const struct run_options *options)
{
    *trace = (struct trace){ .fd = STDERR_FILENO,
                             .file = "stderr",
                             .is_json = options->trace == TRACE_JSON };
    (void)pthread_mutex_init(&trace->lock, NULL);
    if (options->trace == TRACE_NONE) {
        return GO_ON;
    }
    if (options->trace_file != NULL) {
        const struct option_path request = {
            .option = "--trace-file",
            .path = options->trace_file,
            .flags = O_WRONLY | O_CREAT | O_TRUNC,
        };
        trace->file = options->trace_file;
        trace->fd = option_path_open(&options->writable, &request, NULL);
        if (trace->fd == OPTION_PATH_REFUSED) {
            return STATUS_REFUSED;
        }
        if (trace->fd < 0) {
            return fail(STATUS_REFUSED, "%s: cannot be opened for --trace-file: %s", trace->file,
                        strerror(errno));
        }
    }
    trace->is_open = true;
    if (trace->is_json) {
        put(trace, "[\n", 2);
    }
    return GO_ON;
}

void trace_attach(struct trace *trace, ringfort_config *config)
{
    if (trace->is_open) {
        ringfort_config_set_trace(config, on_call, trace);
    }
}

void trace_end(struct trace *trace)
{
    (void)pthread_mutex_lock(&trace->lock);
    if (trace->is_open && trace->is_json) {
        put(trace, "\n]\n", 3);
    }
    if (trace->is_open && trace->fd != STDERR_FILENO) {
        (void)close(trace->fd);
    }
    trace->is_open = false;
    (void)pthread_mutex_unlock(&trace->lock);
}
