/* Functions without arguments, one a thread: each runs the call that lies in its own frame.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "slots.h"

#include "object.h"

#include <pthread.h>

enum { ERRNO_OVERFLOW = 61 }; /* what Node answers where a pointer leaves the memory */

static struct frame *frames[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for taking and giving back */

int32_t ringfort_value_of(ringfort_outcome outcome, uint32_t value)
{
    if (__builtin_expect(outcome == RINGFORT_RETURNED, 1)) {
        return (int32_t)value;
    }
    return outcome == RINGFORT_FAULT ? (int32_t)ERRNO_OVERFLOW : (int32_t)UNWIND_INTERRUPTED;
}

void ringfort_run(struct frame *frame)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the trampoline's constant, from address() */
    struct object *object = (struct object *)(uintptr_t)frame->object;
    if (__builtin_expect(object->wasi == NULL, 0)) {
        frame->value = UNWIND_CLOSED;
        return;
    }
    ringfort_result result;
    const ringfort_outcome outcome =
        object->rows[frame->function]->call(object->wasi, object->memory, frame->args, &result);
    frame->value = ringfort_value_of(outcome, result.value);
}

int ringfort_slot_take(struct frame *frame)
{
    int slot = -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SLOTS && slot < 0; i++) {
        if (frames[i] == NULL) {
            frames[i] = frame;
            slot = i;
        }
    }
    pthread_mutex_unlock(&lock);
    return slot;
}

void ringfort_slot_give_back(int slot)
{
    if (slot >= 0) {
        pthread_mutex_lock(&lock);
        frames[slot] = NULL;
        pthread_mutex_unlock(&lock);
    }
}

/* ---- The functions: N is written as two hexadecimal digits ---- */

#define EACH_DIGIT(M, high)                                                                        \
    M(high##0)                                                                                     \
    M(high##1)                                                                                     \
    M(high##2)                                                                                     \
    M(high##3)                                                                                     \
    M(high##4)                                                                                     \
    M(high##5)                                                                                     \
    M(high##6)                                                                                     \
    M(high##7)                                                                                     \
    M(high##8)                                                                                     \
    M(high##9)                                                                                     \
    M(high##a)                                                                                     \
    M(high##b)                                                                                     \
    M(high##c)                                                                                     \
    M(high##d)                                                                                     \
    M(high##e)                                                                                     \
    M(high##f)
#define EACH_SLOT(M)                                                                               \
    EACH_DIGIT(M, 0)                                                                               \
    EACH_DIGIT(M, 1)                                                                               \
    EACH_DIGIT(M, 2)                                                                               \
    EACH_DIGIT(M, 3)                                                                               \
    EACH_DIGIT(M, 4)                                                                               \
    EACH_DIGIT(M, 5)                                                                               \
    EACH_DIGIT(M, 6)                                                                               \
    EACH_DIGIT(M, 7)                                                                               \
    EACH_DIGIT(M, 8)                                                                               \
    EACH_DIGIT(M, 9)                                                                               \
    EACH_DIGIT(M, a)                                                                               \
    EACH_DIGIT(M, b)                                                                               \
    EACH_DIGIT(M, c)                                                                               \
    EACH_DIGIT(M, d)                                                                               \
    EACH_DIGIT(M, e)                                                                               \
    EACH_DIGIT(M, f)

#define FUNCTIONS(n)                                                                               \
    __attribute__((visibility("default"))) void ringfort_enter_##n(void);                          \
    void ringfort_enter_##n(void)                                                                  \
    {                                                                                              \
        ringfort_run(frames[0x##n]);                                                               \
    }                                                                                              \
    static napi_value call_##n(napi_env env, napi_callback_info info)                              \
    {                                                                                              \
        (void)env;                                                                                 \
        (void)info;                                                                                \
        ringfort_run(frames[0x##n]);                                                               \
        return NULL;                                                                               \
    }
EACH_SLOT(FUNCTIONS)

#define CALLBACK(n) call_##n,
static const napi_callback callbacks[SLOTS] = { EACH_SLOT(CALLBACK) };

napi_callback ringfort_slot_callback(int slot)
{
    return callbacks[slot];
}
