/*
 * The model of poll_oneoff, the process and sockets.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <string.h>

enum { SUBSCRIPTIONS_MAX = 4096 }; /* room for events */

/* When a clock is due: now, not before the test is long over, or only the clock knows. */
enum due { DUE, NEVER_DUE, PERHAPS_DUE };

struct event {
    enum due due;
    uint64_t userdata;
    uint32_t error;
    uint8_t type;
    uint64_t nbytes;
    uint16_t flags;
};

static uint64_t subscription_size(const struct model *m)
{
    return m->config.unstable ? SIZE_SUBSCRIPTION_UNSTABLE : SIZE_SUBSCRIPTION;
}

static enum due when(uint64_t timeout, bool absolute)
{
    const uint64_t soon = 1000;
    const uint64_t late = UINT64_C(1) << 62; /* after 2116 by the realtime clock */
    if (absolute ? timeout <= soon : timeout == 0) {
        return DUE;
    }
    return timeout >= late ? NEVER_DUE : PERHAPS_DUE;
}

static uint32_t clock_event(const struct model *m, uint64_t at, struct event *event)
{
    const uint64_t clock_at = at + (m->config.unstable ? 24 : 16);
    const uint32_t flags = model_get32(m, clock_at + 24) & UINT16_MAX;
    if (model_get32(m, clock_at) > CLOCK_ID_MONOTONIC) {
        event->error = WASI_EINVAL;
        return WASI_SUCCESS;
    }
    MODEL_TRY(model_flags(m, flags, SUBCLOCK_ABSTIME));
    event->due = when(model_get64(m, clock_at + 8), (flags & SUBCLOCK_ABSTIME) != 0);
    return WASI_SUCCESS;
}

static void file_event(const struct model *m, uint64_t number, struct event *event)
{
    const bool reads = event->type == EVENT_FD_READ;
    struct description *d = NULL;
    event->error = model_take(m, number, RIGHT_POLL_FD_READWRITE, &d);
    if (event->error != WASI_SUCCESS || d->node->type == NODE_DIRECTORY) {
        return;
    }
    event->error = model_need(m, d, reads ? RIGHT_FD_READ : RIGHT_FD_WRITE);
    if (d->node->type == NODE_DEVICE) {
        event->nbytes = event->error == WASI_SUCCESS ? 1 : 0;
    } else if (reads) {
        event->nbytes = d->node->size > d->offset ? d->node->size - d->offset : 0;
        event->flags = event->nbytes == 0 ? EVENT_HANGUP : 0;
    }
}

static uint32_t get_event(const struct model *m, uint64_t at, struct event *event)
{
    *event =
        (struct event){ .due = DUE, .userdata = model_get64(m, at), .type = m->memory[at + 8] };
    if (event->type == EVENT_CLOCK) {
        return clock_event(m, at, event);
    }
    if (event->type > EVENT_FD_WRITE) {
        return WASI_EINVAL;
    }
    file_event(m, model_get32(m, at + 16), event);
    return WASI_SUCCESS;
}

/* What all subscriptions have in common. */
struct outlook {
    uint32_t due;
    uint32_t perhaps;
    bool has_clock;
    bool all_bad;
};

static uint32_t look_ahead(const struct model *m, const uint64_t *args, struct outlook *outlook)
{
    *outlook = (struct outlook){ .all_bad = true };
    for (uint64_t i = 0; i < args[2]; i++) {
        struct event event;
        MODEL_TRY(get_event(m, args[0] + i * subscription_size(m), &event));
        outlook->due += event.due == DUE ? 1 : 0;
        outlook->perhaps += event.due == PERHAPS_DUE ? 1 : 0;
        outlook->has_clock = outlook->has_clock || event.type == EVENT_CLOCK;
        outlook->all_bad = outlook->all_bad && event.error == WASI_EBADF;
    }
    return outlook->all_bad && !outlook->has_clock ? WASI_EBADF : WASI_SUCCESS;
}

static uint32_t check_arguments(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[0], args[2] * subscription_size(m)));
    MODEL_TRY(model_fits(m, args[1], args[2] * SIZE_EVENT));
    MODEL_TRY(model_fits(m, args[3], 4));
    if (args[2] > m->config.subscriptions) {
        return model_refuse(m, MODEL_LIMIT_SUBSCRIPTIONS, WASI_EINVAL);
    }
    return args[2] == 0 ? WASI_EINVAL : WASI_SUCCESS;
}

bool model_would_wait(struct model *m, const uint64_t *args)
{
    struct outlook outlook;
    return check_arguments(m, args) == WASI_SUCCESS &&
           look_ahead(m, args, &outlook) == WASI_SUCCESS && outlook.due == 0;
}

static void put_event(struct model *m, uint64_t at, const struct event *event)
{
    model_clear(m, at, SIZE_EVENT);
    model_put64(m, at, event->userdata);
    model_put16(m, at + 8, (uint16_t)event->error);
    model_put8(m, at + 10, event->type);
    model_put64(m, at + 16, event->nbytes);
    model_put16(m, at + 24, event->flags);
}

static uint32_t predict_poll(struct model *m, const uint64_t *args)
{
    static struct event events[SUBSCRIPTIONS_MAX];
    struct outlook outlook;
    MODEL_TRY(check_arguments(m, args));
    MODEL_TRY(look_ahead(m, args, &outlook));
    uint32_t told = 0;
    for (uint64_t i = 0; i < args[2]; i++) {
        struct event event;
        MODEL_TRY(get_event(m, args[0] + i * subscription_size(m), &event));
        if (event.due == DUE) {
            events[told++] = event;
        }
    }
    if (outlook.perhaps > 0) {
        const uint32_t real = model_real32(m, args[3]);
        if (real < outlook.due || real > outlook.due + outlook.perhaps) {
            model_wrong(m, "a poll tells too few events, or too many");
            return WASI_SUCCESS;
        }
        model_adopt(m, args[1], (size_t)real * SIZE_EVENT);
        model_put32(m, args[3], real);
        return WASI_SUCCESS;
    }
    for (uint32_t i = 0; i < told; i++) {
        put_event(m, args[1] + (uint64_t)i * SIZE_EVENT, &events[i]);
    }
    model_put32(m, args[3], told);
    return WASI_SUCCESS;
}

/* ---- The process ---- */

static uint32_t predict_exit(struct model *m, const uint64_t *args)
{
    (void)m;
    (void)args;
    return WASI_EXITED;
}

static uint32_t predict_raise(struct model *m, const uint64_t *args)
{
    (void)args;
    return m->config.node_dialect ? WASI_ENOSYS : WASI_ENOTSUP;
}

static uint32_t predict_yield(struct model *m, const uint64_t *args)
{
    (void)m;
    (void)args;
    return WASI_SUCCESS;
}

/* ---- Sockets: there are none ---- */

static uint32_t no_socket(const struct model *m, uint64_t number)
{
    return model_description(m, number) == NULL ? WASI_EBADF : WASI_ENOTSOCK;
}

static uint32_t predict_accept(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[2], 4));
    return no_socket(m, args[0]);
}

static uint32_t check_buffers(const struct model *m, uint64_t at, uint64_t count)
{
    enum { VECTORS_MAX = 1024 };
    MODEL_TRY(model_fits(m, at, count * SIZE_IOVEC));
    for (uint64_t i = 0; i < count && i < VECTORS_MAX; i++) {
        const uint64_t one = at + i * SIZE_IOVEC;
        MODEL_TRY(model_fits(m, model_get32(m, one), model_get32(m, one + 4)));
    }
    return WASI_SUCCESS;
}

static uint32_t predict_recv(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[4], 4));
    MODEL_TRY(model_fits(m, args[5], 2));
    MODEL_TRY(check_buffers(m, args[1], args[2]));
    return no_socket(m, args[0]);
}

static uint32_t predict_send(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[4], 4));
    MODEL_TRY(check_buffers(m, args[1], args[2]));
    return no_socket(m, args[0]);
}

static uint32_t predict_shutdown(struct model *m, const uint64_t *args)
{
    return no_socket(m, args[0]);
}

const struct model_row model_rows_poll[] = {
    { "poll_oneoff", predict_poll },
    { "proc_exit", predict_exit },
    { "proc_raise", predict_raise },
    { "sched_yield", predict_yield },
    { "sock_accept", predict_accept },
    { "sock_recv", predict_recv },
    { "sock_send", predict_send },
    { "sock_shutdown", predict_shutdown },
    { NULL, NULL },
};
