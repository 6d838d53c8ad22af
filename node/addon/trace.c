/* Calls that JavaScript is told of.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "trace.h"

#include "object.h"
#include "slots.h"
#include "values.h"

#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* The name of the limit that the thread's last call met, or NULL. */
static _Thread_local const char *limit_met;

void ringfort_trace_note(void *unused, const ringfort_trace *trace)
{
    (void)unused;
    limit_met = trace->limit;
}

/* A number each, i64 as a BigInt. */
static napi_value args_of(napi_env env, const ringfort_import *import, const uint64_t *args)
{
    napi_value array = NULL;
    const uint32_t count = (uint32_t)strlen(import->params);
    (void)napi_create_array_with_length(env, count, &array);
    for (uint32_t i = 0; i < count; i++) {
        napi_value value = NULL;
        if (import->params[i] == 'I') {
            (void)napi_create_bigint_uint64(env, args[i], &value);
        } else {
            (void)napi_create_uint32(env, (uint32_t)args[i], &value);
        }
        (void)napi_set_element(env, array, i, value);
    }
    return array;
}

static napi_value text_of(napi_env env, const ringfort_trace *trace)
{
    char text[1024];
    (void)ringfort_trace_print(trace, RINGFORT_TRACE_TEXT, text, sizeof text);
    return ringfort_string(env, text);
}

static napi_value told(napi_env env, const ringfort_trace *trace, int32_t value)
{
    const char *name = value >= 0 ? ringfort_errno_name((uint32_t)value) : NULL;
    napi_value call = NULL;
    (void)napi_create_object(env, &call);
    ringfort_set(env, call, "name", ringfort_string(env, trace->import->name));
    ringfort_set(env, call, "args", args_of(env, trace->import, trace->args));
    ringfort_set(env, call, "result", ringfort_number(env, value));
    ringfort_set(env, call, "errno", ringfort_string(env, name != NULL ? name : "interrupted"));
    ringfort_set(env, call, "duration", ringfort_number(env, (double)trace->duration_ns));
    if (trace->limit != NULL) {
        ringfort_set(env, call, "limit", ringfort_string(env, trace->limit));
    }
    ringfort_set(env, call, "text", text_of(env, trace));
    return call;
}

napi_value ringfort_trace_frame(napi_env env, struct frame *frame)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the trampoline's constant, from address() */
    const struct object *object = (const struct object *)(uintptr_t)frame->object;
    if (object->wasi == NULL) {
        frame->value = UNWIND_CLOSED;
        return NULL;
    }
    uint64_t args[FRAME_ARGS_MAX];
    memcpy(args, frame->args, sizeof args);
    ringfort_trace trace = { .import = object->rows[frame->function],
                             .memory = object->memory,
                             .args = args,
                             .start_ns = now_ns() };
    limit_met = NULL;
    trace.outcome = trace.import->call(object->wasi, object->memory, args, &trace.result);
    trace.duration_ns = now_ns() - trace.start_ns;
    trace.limit = limit_met;
    frame->value = ringfort_value_of(trace.outcome, trace.result.value);
    return told(env, &trace, frame->value);
}
