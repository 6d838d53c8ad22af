/*
 * What the parent of a compiler process does until that ends, and what it says of the end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_WATCH_H
#define CLI_COMPILE_WATCH_H

#include "compile_child.h"

#include <sys/types.h>

/* Takes what the process makes, shows its progress, and ends it when a time is over. `result` and
 * `messages` are given. Returns as compile_in_child. */
int compile_watch(const struct compile_work *work, pid_t child, int result, int messages,
                  struct code *made);

#endif
