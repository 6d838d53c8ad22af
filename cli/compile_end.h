/*
 * How a compiler process ended, and the message for it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_END_H
#define CLI_COMPILE_END_H

#include "compile_child.h"

/* Why the parent ended the process, if it did. */
enum compile_cause {
    CAUSE_NONE,
    CAUSE_TIMEOUT, /* of --timeout */
    CAUSE_WALL,    /* the clock, for a process that does not work */
    CAUSE_SIZE,    /* it made more than it may */
};

enum { MESSAGES_MAX = 1 << 16 };

struct compile_end {
    enum compile_cause cause;
    int status;           /* as waitpid() gives it */
    uint64_t time_ns;     /* of the processors */
    char *messages;       /* what it wrote to stderr, NUL-terminated; owned, may be NULL */
    size_t messages_size; /* without the NUL; at most MESSAGES_MAX */
};

/* Says why there is nothing to go on with. Returns -1 if the work was done, or the status to end
 * with. */
int compile_end_say(const struct compile_work *work, const struct compile_end *end);

#endif
