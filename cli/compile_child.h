/*
 * Compiling in a process of its own.
 *
 * The compiler starts a thread for each processor, and they stay. A process with threads cannot
 * enter a user namespace, and those threads would be outside of every wall that is built later
 * (lockdown.h). What the compiler takes of memory also goes back to the system this way.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_CHILD_H
#define CLI_COMPILE_CHILD_H

#include "cache.h"
#include "source.h"

/* What Wasmtime serializes. */
struct code {
    uint8_t *bytes; /* owned */
    size_t length;
};

/* Compiles a module, and keeps the code in the cache. `artifact` says all but the length of the
 * code. Returns -1 with `code` set, yours to free; or the status to end with, the reason said. */
int compile_in_child(const struct source *source, const struct cache *cache,
                     const struct artifact *artifact, struct code *code);

#endif
