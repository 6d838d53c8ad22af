/* Calls that JavaScript is told of.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_TRACE_H
#define RINGFORT_NODE_TRACE_H

#include "frame.h"

#include <node_api.h>

/* Runs the call in the frame. @return { name, args, result, errno, duration, text }, or undefined
 * where the object is closed. */
napi_value ringfort_trace_frame(napi_env env, struct frame *frame);

#endif
