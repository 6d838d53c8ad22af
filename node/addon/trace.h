/* Calls that JavaScript is told of.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_TRACE_H
#define RINGFORT_NODE_TRACE_H

#include "frame.h"

#include <node_api.h>
#include <ringfort.h>

/* Runs the call in the frame. @return { name, args, result, errno, duration, limit, text }, or
 * undefined where the object is closed. */
napi_value ringfort_trace_frame(napi_env env, struct frame *frame);

/* For ringfort_config_set_trace: notes what the core alone knows of a call, its limit. An object
 * that joins one at the same memory which is not traced hears of none. */
void ringfort_trace_note(void *unused, const ringfort_trace *trace);

#endif
