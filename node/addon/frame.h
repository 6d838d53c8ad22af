/* The frame: where the trampolines (trampolines.c) lay down a call before they cross over, and find
 * its answer. It lies in a WebAssembly memory of its own, which no guest can reach.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_FRAME_H
#define RINGFORT_NODE_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct object;

enum { FRAME_ARGS_MAX = 9 }; /* path_open */

struct frame {
    uint64_t object;   /* the address of a struct object */
    uint32_t function; /* its row in ringfort_node_rows */
    int32_t value;     /* the errno, or below 0 an enum unwind: the trampoline throws */
    uint64_t args[FRAME_ARGS_MAX];
};

_Static_assert(offsetof(struct frame, value) == 12, "lib/binding.cjs has this offset");

/* Why a call does not return; lib/binding.cjs has the errors. */
enum unwind {
    UNWIND_INTERRUPTED = -1,
    UNWIND_CLOSED = -2,
};

#endif
