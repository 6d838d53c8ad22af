/* The native side of one WASI object of JavaScript's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_OBJECT_H
#define RINGFORT_NODE_OBJECT_H

#include "guest.h"

#include <node_api.h>

struct thread;

/* Lives as long as anything in JavaScript can call it; what it holds of the host may go before. */
struct object {
    const ringfort_import *const *rows; /* by the numbers of frame->function */
    ringfort_wasi *wasi;                /* its guest's; NULL once it was released */
    ringfort_memory memory;             /* the guest's, as it was when it last grew */
    struct guest *guest;
    struct shared_memory *shared_memory; /* NULL, or what it joined others by */
    napi_ref shared_view;                /* keeps that memory alive */
    napi_ref handle;                     /* weak: tells whether JavaScript still knows it */
    int stdio_data[3];                   /* memory files for what is given and captured, or -1 */
    int64_t taken[3];                    /* how much of what was captured is with JavaScript */
    struct thread *thread;               /* NULL once its environment is gone */
    struct object *next, **link;         /* of the thread's */
};

/* What JavaScript calls; each throws. */
napi_value ringfort_node_create(napi_env env, napi_callback_info info);
napi_value ringfort_node_address(napi_env env, napi_callback_info info);
napi_value ringfort_node_bind(napi_env env, napi_callback_info info);
napi_value ringfort_node_refresh(napi_env env, napi_callback_info info);
napi_value ringfort_node_close(napi_env env, napi_callback_info info);
napi_value ringfort_node_take(napi_env env, napi_callback_info info);
napi_value ringfort_node_refusal(napi_env env, napi_callback_info info);
napi_value ringfort_node_created(napi_env env, napi_callback_info info);

/* Closes what it has of the host. Calls end with UNWIND_CLOSED from then on. */
void ringfort_object_release(struct object *object);

#endif
