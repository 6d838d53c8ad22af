/* The two ways to resolve a path, and what they share. Only src/path/ includes this.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_PATH_RESOLVE_H
#define RINGFORT_PATH_RESOLVE_H

#include "path/beneath.h"

/* What openat2 gives when it can't say: the walk has to. Not an errno of the guest's. */
enum { RESOLVE_ELSEWHERE = -4096 };

/* Both give a descriptor or a negative errno; an escape is -EXDEV. `flags` as for openat, with
 * O_CLOEXEC. */
int ringfort_openat2_open(const struct start *start, const char *path, int flags);
int ringfort_walk_open(const struct start *start, const char *path, int flags);

#endif
