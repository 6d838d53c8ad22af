/* Functions without arguments, one a thread: each runs the call that lies in its own frame.
 *
 * Foreign-function interfaces and Node-API callbacks are cheapest without arguments, also without
 * a data pointer; so the thread is known by the function.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_SLOTS_H
#define RINGFORT_NODE_SLOTS_H

#include "frame.h"

#include <node_api.h>
#include <ringfort.h>

enum { SLOTS = 256 };

/* What a trampoline finds in frame->value. */
int32_t ringfort_value_of(ringfort_outcome outcome, uint32_t value);

/* Runs the call in a frame and leaves the answer there. */
void ringfort_run(struct frame *frame);

/* A free slot, now of this frame; -1 where none is left. Its function is exported as
 * "ringfort_enter_N". */
int ringfort_slot_take(struct frame *frame);
void ringfort_slot_give_back(int slot);

/* The same function as a Node-API callback. */
napi_callback ringfort_slot_callback(int slot);

#endif
