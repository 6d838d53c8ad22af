/*
 * What reading and compiling a module may use up, whoever wrote the module.
 *
 * The defaults were measured: a CPython of 25 MiB takes 13 s of one processor and 270 MB, a Yosys
 * of 29 MiB takes 44 s and 700 MB.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_LIMITS_H
#define CLI_COMPILE_LIMITS_H

#include "lockdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct compile_limits {
    uint64_t module_size;     /* bytes of the file, and of the module that its text stands for */
    uint64_t memory;          /* bytes of the compiler process */
    uint64_t time_ns;         /* of the processors, all together */
    const char *time;         /* the same as it was asked for; lent */
    const char *timeout;      /* --timeout as it was asked for, lent; NULL without one */
    struct timespec end;      /* of --timeout */
    enum lockdown_mode walls; /* around the compiler process */
};

struct compile_limits compile_limits_default(void);

/* Returns whether an option, by its id, is one of these limits. */
bool compile_limit_is_option(int id);

/* Sets a limit from an option's value, which is lent. Returns -1, or the status to end with. */
int compile_limit_parse(struct compile_limits *limits, int id, const char *text);

/* Prints a line for each limit. */
void compile_limits_print(const struct compile_limits *limits);

/* Returns the most machine code that the compiler process may hand over. The caller keeps it twice
 * for a moment. */
uint64_t compile_limits_code(const struct compile_limits *limits);

/* Returns how long a compiler process that waits may take, by the clock: ten times as long as one
 * that works, and at least ten seconds. */
uint64_t compile_limits_wall_ns(const struct compile_limits *limits);

/* Returns whether --timeout is over. */
bool compile_limits_timed_out(const struct compile_limits *limits);

/* Says that --timeout was over while `doing` ("compiling") was done; returns the status for it. */
int compile_limits_say_timeout(const struct compile_limits *limits, const char *file,
                               const char *doing);

#endif
