/* What the addon has for each JavaScript thread that loaded it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "thread.h"

#include "slots.h"
#include "trace.h"
#include "values.h"

#include <stdlib.h>

/* All threads that loaded the addon, for those who ask which they are. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *threads;

static void list(struct thread *thread)
{
    pthread_mutex_lock(&lock);
    thread->next = threads;
    threads = thread;
    pthread_mutex_unlock(&lock);
}

static void unlist(const struct thread *thread)
{
    pthread_mutex_lock(&lock);
    struct thread **link = &threads;
    while (*link != thread) {
        link = &(*link)->next;
    }
    *link = thread->next;
    pthread_mutex_unlock(&lock);
}

/* One of this thread that can be probed, which nobody else takes off the list; or NULL. */
static struct thread *current(void)
{
    const pthread_t self = pthread_self();
    pthread_mutex_lock(&lock);
    struct thread *thread = threads;
    while (thread != NULL && (thread->probe == NULL || pthread_equal(thread->pthread, self) == 0)) {
        thread = thread->next;
    }
    pthread_mutex_unlock(&lock);
    return thread;
}

bool ringfort_thread_is_ending(void *unused)
{
    (void)unused;
    const struct thread *thread = current();
    if (thread == NULL) {
        return false;
    }
    napi_env env = thread->env;
    napi_handle_scope scope = NULL;
    napi_value probe = NULL;
    napi_value global = NULL;
    if (napi_open_handle_scope(env, &scope) != napi_ok) {
        return true;
    }
    const bool called = napi_get_reference_value(env, thread->probe, &probe) == napi_ok &&
                        napi_get_global(env, &global) == napi_ok &&
                        napi_call_function(env, global, probe, 0, NULL, NULL) == napi_ok;
    (void)napi_close_handle_scope(env, scope);
    return !called;
}

/* The environment ends (a Worker's too, also when it is terminated): no JavaScript runs any
 * more. */
static void end_thread(void *data)
{
    struct thread *thread = data;
    unlist(thread);
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
    napi_value args[2];
    struct bytes bytes;
    napi_valuetype probe = napi_undefined;
    if (!ringfort_arguments(env, info, 2, args) || !ringfort_bytes_of(env, args[0], &bytes) ||
        napi_typeof(env, args[1], &probe) != napi_ok) {
        return NULL;
    }
    struct thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL || bytes.length < sizeof(struct frame)) {
        free(thread);
        return ringfort_throw(env, "the host is out of memory");
    }
    thread->env = env;
    thread->pthread = pthread_self();
    thread->frame = (struct frame *)(void *)bytes.at; /* a page's first byte, so aligned */
    thread->slot = ringfort_slot_take(thread->frame);
    if (napi_create_reference(env, args[0], 1, &thread->frame_view) != napi_ok ||
        (probe == napi_function &&
         napi_create_reference(env, args[1], 1, &thread->probe) != napi_ok) ||
        napi_set_instance_data(env, thread, NULL, NULL) != napi_ok ||
        napi_add_env_cleanup_hook(env, end_thread, thread) != napi_ok) {
        ringfort_slot_give_back(thread->slot);
        free(thread);
        return ringfort_throw(env, "the addon cannot be attached to this thread");
    }
    list(thread);
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

napi_value ringfort_node_sweep(napi_env env, napi_callback_info info)
{
    (void)info;
    struct thread *thread = ringfort_thread_of(env);
    if (thread != NULL) {
        (void)ringfort_thread_sweep(thread);
    }
    return NULL;
}
