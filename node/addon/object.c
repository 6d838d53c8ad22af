/* The native side of one WASI object of JavaScript's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "object.h"

#include "memory_file.h"
#include "options.h"
#include "rows.h"
#include "thread.h"
#include "values.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 65536 };

static atomic_ulong created; /* in all threads */

/* ---- The end of an object ---- */

static void close_data(struct object *object)
{
    for (int i = 0; i < 3; i++) {
        if (object->stdio_data[i] >= 0) {
            (void)close(object->stdio_data[i]);
            object->stdio_data[i] = -1;
        }
    }
}

static void forget_view(struct object *object)
{
    if (object->shared_view != NULL) {
        (void)napi_delete_reference(object->thread->env, object->shared_view);
        object->shared_view = NULL;
    }
}

void ringfort_object_release(struct object *object)
{
    if (object->wasi == NULL) {
        return;
    }
    object->wasi = NULL;
    ringfort_shared_memory_drop(object->shared_memory);
    object->shared_memory = NULL;
    forget_view(object); /* only now may the memory itself go */
    ringfort_guest_drop(object->guest);
    object->guest = NULL;
    object->memory = (ringfort_memory){ 0 };
    close_data(object);
}

static void finalize(napi_env env, void *data, void *hint)
{
    (void)hint;
    struct object *object = data;
    if (object->thread != NULL) {
        ringfort_object_release(object);
        (void)napi_delete_reference(env, object->handle);
        *object->link = object->next;
        if (object->next != NULL) {
            object->next->link = object->link;
        }
    }
    free(object);
}

/* ---- Its making ---- */

/* An Error with what lib/ needs to say it as Node does: `status`, and of the errno behind it WASI's
 * number and name. */
static void throw_failure(napi_env env, const ringfort_error *failure)
{
    const bool too_many = failure->status == RINGFORT_ERR_OUT_OF_RANGE;
    const uint32_t number = ringfort_errno_from_host(too_many ? EMFILE : failure->os_errno);
    napi_value error = NULL;
    (void)napi_create_error(env, NULL, ringfort_string(env, failure->message), &error);
    ringfort_set(env, error, "status", ringfort_string(env, ringfort_status_name(failure->status)));
    ringfort_set(env, error, "errno", ringfort_number(env, number));
    ringfort_set(env, error, "name", ringfort_string(env, ringfort_errno_name(number)));
    (void)napi_throw(env, error);
}

static bool is_out_of_descriptors(const ringfort_error *failure)
{
    return failure->status == RINGFORT_ERR_OPEN &&
           (failure->os_errno == EMFILE || failure->os_errno == ENFILE);
}

/* The guest that the config describes. Descriptors of objects that nobody knows any more are
 * taken back before there are too few. */
static bool open_guest(napi_env env, struct thread *thread, const ringfort_config *config,
                       struct object *object)
{
    ringfort_wasi *wasi = NULL;
    ringfort_error failure;
    ringfort_status status = ringfort_wasi_new(config, &wasi, &failure);
    if (status != RINGFORT_OK && is_out_of_descriptors(&failure) && ringfort_thread_sweep(thread)) {
        status = ringfort_wasi_new(config, &wasi, &failure);
    }
    if (status != RINGFORT_OK) {
        throw_failure(env, &failure);
        return false;
    }
    object->guest = ringfort_guest_new(wasi);
    if (object->guest == NULL) {
        ringfort_wasi_delete(wasi);
        ringfort_throw(env, "the host is out of memory");
        return false;
    }
    object->wasi = wasi;
    return true;
}

static struct object *new_object(napi_env env, struct thread *thread, const napi_value *options)
{
    struct object *object = calloc(1, sizeof *object);
    int32_t abi = 0;
    if (object == NULL || !ringfort_int_of(env, options[OPTION_ABI], &abi)) {
        free(object);
        ringfort_throw(env, "the host is out of memory");
        return NULL;
    }
    object->rows = ringfort_rows((unsigned)abi);
    for (int i = 0; i < 3; i++) {
        object->stdio_data[i] = -1;
    }
    ringfort_config *config = ringfort_options_config(env, options, object);
    const bool opened = config != NULL && open_guest(env, thread, config, object);
    ringfort_config_delete(config);
    if (!opened) {
        close_data(object);
        free(object);
        return NULL;
    }
    return object;
}

/* Ties it to a JavaScript object, with which it goes. */
static napi_value wrap(napi_env env, struct thread *thread, struct object *object)
{
    napi_value handle = NULL;
    if (napi_create_object(env, &handle) != napi_ok ||
        napi_create_reference(env, handle, 0, &object->handle) != napi_ok ||
        napi_wrap(env, handle, object, finalize, NULL, NULL) != napi_ok) {
        ringfort_object_release(object);
        free(object);
        return ringfort_throw(env, "the host is out of memory");
    }
    object->thread = thread;
    object->next = thread->objects;
    object->link = &thread->objects;
    if (object->next != NULL) {
        object->next->link = &object->next;
    }
    thread->objects = object;
    atomic_fetch_add(&created, 1);
    return handle;
}

napi_value ringfort_node_create(napi_env env, napi_callback_info info)
{
    napi_value options[OPTIONS];
    struct thread *thread = ringfort_thread_of(env);
    if (thread == NULL || !ringfort_arguments(env, info, OPTIONS, options)) {
        return NULL;
    }
    struct object *object = new_object(env, thread, options);
    return object != NULL ? wrap(env, thread, object) : NULL;
}

napi_value ringfort_node_created(napi_env env, napi_callback_info info)
{
    (void)info;
    return ringfort_number(env, (double)atomic_load(&created));
}

/* ---- Its use ---- */

/* The object of the first argument. */
static struct object *object_of(napi_env env, napi_callback_info info, size_t count,
                                napi_value *args)
{
    void *object = NULL;
    if (!ringfort_arguments(env, info, count, args) ||
        napi_unwrap(env, args[0], &object) != napi_ok) {
        ringfort_throw(env, "not a handle");
    }
    return object;
}

napi_value ringfort_node_address(napi_env env, napi_callback_info info)
{
    napi_value handle;
    const struct object *object = object_of(env, info, 1, &handle);
    napi_value result = NULL;
    if (object != NULL) {
        (void)napi_create_bigint_uint64(env, (uintptr_t)object, &result);
    }
    return result;
}

/* Joins the others at a shared memory, which is kept alive; none are at one that is not shared. */
static enum moved move(napi_env env, struct object *object, napi_value view, const void *base)
{
    napi_ref reference = NULL;
    if (base != NULL && napi_create_reference(env, view, 1, &reference) != napi_ok) {
        return MOVED_NO_MEMORY;
    }
    const enum moved moved = ringfort_guest_move(&object->guest, &object->shared_memory, base);
    if (moved != MOVED) {
        if (reference != NULL) {
            (void)napi_delete_reference(env, reference);
        }
        return moved;
    }
    forget_view(object);
    object->shared_view = reference;
    object->wasi = object->guest->wasi;
    return MOVED;
}

/* The guest's time runs from its first memory on; that it can be started once is lib/'s to see. */
static void begin(ringfort_wasi *wasi)
{
    const ringfort_exports exports = { .memory = RINGFORT_EXPORT_MEMORY };
    if (!ringfort_wasi_started(wasi)) {
        (void)ringfort_wasi_begin(wasi, RINGFORT_FINALIZE_BINDINGS, &exports, NULL);
    }
}

/* bind(handle, view, shared): the memory of the calls that follow. False where the object cannot
 * leave those with whom it shares one. */
napi_value ringfort_node_bind(napi_env env, napi_callback_info info)
{
    napi_value args[3];
    struct bytes bytes;
    bool shared = false;
    struct object *object = object_of(env, info, 3, args);
    if (object == NULL || object->wasi == NULL || !ringfort_bytes_of(env, args[1], &bytes) ||
        napi_get_value_bool(env, args[2], &shared) != napi_ok) {
        return NULL;
    }
    const enum moved moved = move(env, object, args[1], shared ? bytes.at : NULL);
    if (moved == MOVED_NO_MEMORY) {
        return ringfort_throw(env, "the memory cannot be bound: the host is out of memory");
    }
    if (moved == MOVED) {
        object->memory = (ringfort_memory){ .base = bytes.at, .size = bytes.length };
        begin(object->wasi);
    }
    napi_value result = NULL;
    (void)napi_get_boolean(env, moved == MOVED, &result);
    return result;
}

/* refresh(handle, view, pages): it has grown. A shared one lies where it was, and its view may know
 * less of its size than the engine does. */
napi_value ringfort_node_refresh(napi_env env, napi_callback_info info)
{
    napi_value args[3];
    struct bytes bytes;
    int32_t pages = 0;
    struct object *object = object_of(env, info, 3, args);
    if (object == NULL || object->wasi == NULL || !ringfort_bytes_of(env, args[1], &bytes) ||
        !ringfort_int_of(env, args[2], &pages)) {
        return NULL;
    }
    const size_t size = (size_t)(uint32_t)pages * PAGE;
    object->memory.base = bytes.at;
    object->memory.size = object->shared_memory != NULL ? size : bytes.length;
    return NULL;
}

/* refusal(handle): { limit, value } of the limit that its guest met last; undefined for none. */
napi_value ringfort_node_refusal(napi_env env, napi_callback_info info)
{
    napi_value handle;
    ringfort_refusal last;
    const struct object *object = object_of(env, info, 1, &handle);
    if (object == NULL || object->wasi == NULL || !ringfort_wasi_refusal(object->wasi, &last)) {
        return NULL;
    }
    napi_value result = NULL;
    (void)napi_create_object(env, &result);
    ringfort_set(env, result, "limit", ringfort_string(env, ringfort_limit_name(last.limit)));
    ringfort_set(env, result, "value", ringfort_number(env, (double)last.value));
    return result;
}

/* close(handle): gives back what it has of the host, now. */
napi_value ringfort_node_close(napi_env env, napi_callback_info info)
{
    napi_value handle;
    struct object *object = object_of(env, info, 1, &handle);
    if (object != NULL) {
        ringfort_object_release(object);
    }
    return NULL;
}

/* take(handle, fd, again): what was captured of 1 or 2 since the last time, and forgets it; or
 * everything where it is to be had `again`. */
napi_value ringfort_node_take(napi_env env, napi_callback_info info)
{
    napi_value args[3];
    int32_t fd = 0;
    bool again = false;
    struct object *object = object_of(env, info, 3, args);
    if (object == NULL || !ringfort_int_of(env, args[1], &fd) || fd < 1 || fd > 2 ||
        napi_get_value_bool(env, args[2], &again) != napi_ok || object->stdio_data[fd] < 0) {
        return NULL;
    }
    const int file = object->stdio_data[fd];
    const int64_t from = again ? 0 : object->taken[fd];
    const int64_t to = ringfort_memory_file_size(file);
    void *bytes = NULL;
    napi_value buffer = NULL;
    if (to <= from && !again) {
        return NULL;
    }
    if (napi_create_buffer(env, (size_t)(to - from), &bytes, &buffer) != napi_ok) {
        return ringfort_throw(env, "the captured output does not fit into a Buffer");
    }
    (void)ringfort_memory_file_read(file, bytes, (size_t)(to - from), from);
    if (!again) {
        object->taken[fd] = to;
        ringfort_memory_file_forget(file, to);
    }
    return buffer;
}
