/*
 * Stacks of known size: what the command does must not depend on `ulimit -s`.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_STACK_H
#define CLI_STACK_H

#include <stddef.h>

/* What the host's functions may need, of its own and beneath a guest that called them. */
enum { STACK_HOST = 8 << 20, STACK_BENEATH_GUEST = 1 << 20 };

/* Calls a function on a stack of `size` bytes, above a page that nothing can use. Returns 0, or an
 * errno where there is no memory for it; then nothing was called. */
int stack_run(size_t size, void (*function)(void *data), void *data);

/* Gives the threads that are started from now on as much as they have without `ulimit -s`. */
void stack_prepare_threads(void);

#endif
