/* A descriptor that closes itself on every way out.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_OWN_H
#define RINGFORT_OS_OWN_H

#include "os/sys.h"

static inline void close_owned(const int *fd)
{
    if (*fd >= 0) {
        sys_close(*fd);
    }
}

#define OWNED_FD __attribute__((cleanup(close_owned))) int

/* Gives the descriptor away; -1 stays behind. */
static inline int give_fd(int *fd)
{
    const int given = *fd;
    *fd = -1;
    return given;
}

#endif
