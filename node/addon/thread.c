/* What the addon has for each JavaScript thread that loaded it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "thread.h"

#include "slots.h"
#include "trace.h"
#include "values.h"

#include <stdlib.h>

/* The environment ends (a Worker's too, also when it is terminated): no JavaScript runs any
 * more. */
static void end_thread(void *data)
{
    struct thread *thread = data;
    struct object *object = thread->objects;
    while (object != NULL) {
        struct object *next = object->next;
        ringfort_object_release(object);
        object->thread = NULL; /* its finalizer may come later, or never */
        object = next;
    }
    ringfort_slot_give_back(thread->slot);
    (void)napi_set_instance_data(thread->env, NULL, NULL, NULL);
    free(thread);
}

struct thread *ringfort_thread_of(napi_env env)
{
    void *thread = NULL;
    if (napi_get_instance_data(env, &thread) != napi_ok || thread == NULL) {
        ringfort_throw(env, "attach was not called");
    }
    return thread;
}

static napi_value function(napi_env env, const char *name, napi_callback callback, void *data)
{
    napi_value result = NULL;
    (void)napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &result);
    return result;
}

/* Where all slots are taken: the frame comes with the function. */
static napi_value run_with_data(napi_env env, napi_callback_info info)
{
    void *thread = NULL;
    (void)napi_get_cb_info(env, info, NULL, NULL, NULL, &thread);
    ringfort_run(((struct thread *)thread)->frame);
    return NULL;
}

static napi_value run_traced(napi_env env, napi_callback_info info)
{
    void *thread = NULL;
    (void)napi_get_cb_info(env, info, NULL, NULL, NULL, &thread);
    return ringfort_trace_frame(env, ((struct thread *)thread)->frame);
}

static napi_value functions_of(napi_env env, struct thread *thread)
{
    napi_callback enter = thread->slot >= 0 ? ringfort_slot_callback(thread->slot) : run_with_data;
    napi_value result = NULL;
    (void)napi_create_object(env, &result);
    ringfort_set(env, result, "slot", ringfort_number(env, thread->slot));
    ringfort_set(env, result, "enter", function(env, "enter", enter, thread));
    ringfort_set(env, result, "enterTraced", function(env, "enterTraced", run_traced, thread));
    return result;
}

napi_value ringfort_node_attach(napi_env env, napi_callback_info info)
{
    napi_value view;
    struct bytes bytes;
    if (!ringfort_arguments(env, info, 1, &view) || !ringfort_bytes_of(env, view, &bytes)) {
        return NULL;
    }
    struct thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL || bytes.length < sizeof(struct frame)) {
        free(thread);
        return ringfort_throw(env, "the host is out of memory");
    }
    thread->env = env;
    thread->frame = (struct frame *)(void *)bytes.at; /* a page's first byte, so aligned */
    thread->slot = ringfort_slot_take(thread->frame);
    if (napi_create_reference(env, view, 1, &thread->frame_view) != napi_ok ||
        napi_set_instance_data(env, thread, NULL, NULL) != napi_ok ||
        napi_add_env_cleanup_hook(env, end_thread, thread) != napi_ok) {
        ringfort_slot_give_back(thread->slot);
        free(thread);
        return ringfort_throw(env, "the addon cannot be attached to this thread");
    }
    return functions_of(env, thread);
}

bool ringfort_thread_sweep(struct thread *thread)
{
    bool any = false;
    for (struct object *object = thread->objects; object != NULL; object = object->next) {
        napi_value handle = NULL;
        if (object->wasi != NULL &&
            napi_get_reference_value(thread->env, object->handle, &handle) == napi_ok &&
            handle == NULL) {
            ringfort_object_release(object);
            any = true;
        }
    }
    return any;
}
