/*
 * A process of its own for all that the engine does with bytes that somebody else wrote: it reads
 * text, checks modules and compiles them.
 *
 * The process has limits on memory and time, and a filter that leaves it neither files nor network
 * (compile_walls.h). It has another reason too: the compiler starts a thread for each processor,
 * and they stay. A process with threads cannot enter a user namespace, and those threads would be
 * outside of every wall that is built later (lockdown.h).
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_CHILD_H
#define CLI_COMPILE_CHILD_H

#include "compile_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the work makes: machine code, or a binary module. */
struct code {
    uint8_t *bytes; /* owned */
    size_t length;
};

struct compile_work {
    const char *file;  /* of the module, for messages */
    size_t size;       /* of the module */
    const char *doing; /* "compiling" */
    const struct compile_limits *limits;
    /* Runs in the process. Makes `*made` of `data`, whose memory nobody takes back. Returns -1, or
     * the status to end with, the reason said. */
    int (*run)(const void *data, struct code *made);
    const void *data;
    uint64_t made_max;      /* bytes of what is made */
    const char *made_limit; /* "of machine code (a quarter of --max-compile-memory)" */
    bool prints;            /* it makes nothing, and may write to stdout */
};

/* Keeps a PID namespace alive in which the next child would be the first process, because with the
 * first process it ends, and no other could be started. To be called before a work that is not the
 * last. */
void compile_hold_namespace(void);

/* Does the work. Returns -1 with `made` set, yours to free; or the status to end with, the reason
 * said. Of work that prints, the status is returned always. */
int compile_in_child(const struct compile_work *work, struct code *made);

#endif
