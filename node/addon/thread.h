/* What the addon has for each JavaScript thread that loaded it: a frame, the functions that enter
 * C through it, and the objects made there.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_THREAD_H
#define RINGFORT_NODE_THREAD_H

#include "frame.h"
#include "object.h"

#include <pthread.h>

struct thread {
    napi_env env;
    pthread_t pthread;
    napi_ref probe; /* a function that does nothing, or NULL where none can be called in a call */
    struct thread *next;
    struct frame *frame;
    napi_ref frame_view; /* keeps the frame's memory alive */
    int slot;            /* its number among the functions of slots.h, or -1 */
    struct object *objects;
};

/* The thread of an environment, NULL with an exception pending where there is none. */
struct thread *ringfort_thread_of(napi_env env);

/* attach(view, probe): the frame begins at the view's first byte; `probe` is a function that does
 * nothing, or undefined where JavaScript cannot be called in a call. Gives { slot, enter,
 * enterTraced }. */
napi_value ringfort_node_attach(napi_env env, napi_callback_info info);

/* For ringfort_config_set_heartbeat: whether the thread that waits is being terminated, after which
 * no JavaScript runs there any more. */
bool ringfort_thread_is_ending(void *unused);

/* Frees what JavaScript dropped but whose finalizers did not run yet. @return whether anything. */
bool ringfort_thread_sweep(struct thread *thread);

/* sweep(): the same for JavaScript. */
napi_value ringfort_node_sweep(napi_env env, napi_callback_info info);

#endif
