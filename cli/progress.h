/*
 * The line on a terminal that tells that a long compilation goes on.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    const char *doing; /* "compiling"; lent */
    const char *file;  /* lent */
    size_t size;
    struct timespec start;
    struct timespec next; /* when the line changes */
    bool is_live;         /* there is a terminal to show it on */
    bool is_shown;
};

/* Starts to count. Nothing is shown in the first second. */
void progress_begin(struct progress *progress, const char *doing, const char *file, size_t size);

/* Shows the seconds, if another has passed. */
void progress_tick(struct progress *progress);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
