/* poll_oneoff: waits for clocks and descriptors, on one ppoll with nanoseconds.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/clock.h"
#include "os/errno.h"
#include "os/heap.h"
#include "os/sys.h"
#include "os/wait.h"
#include "wasi.h"

enum { ON_STACK = 16 };

/* One subscription, copied from the guest, and what came of it. */
struct waiter {
    uint64_t userdata;
    uint64_t nbytes;
    uint64_t deadline;      /* a clock's, on that clock; UINT64_MAX: never */
    struct open_file *file; /* a descriptor's, held; NULL for a clock or a bad descriptor */
    wasi_errno error;       /* of the event */
    uint32_t clock;
    int poll_index; /* in `fds`; -1 where there is nothing to poll */
    uint16_t flags;
    uint8_t type;
    bool is_due;
};

struct poll {
    struct waiter *waiters;
    struct pollfd *fds; /* one for each waiter that needs it, and the wake descriptor */
    uint32_t count;
    unsigned fd_count;
    bool has_clock;
    bool any_due;
};

/* ---- What the guest asks for ---- */

static wasi_errno read_clock(const struct call *c, struct guest_span from, uint64_t base,
                             struct waiter *w)
{
    const struct wasi_layouts *at = c->layouts;
    const uint32_t clock = span_get_u32(from, base + at->subscription_clock_id);
    const uint64_t timeout = span_get_u64(from, base + at->subscription_timeout);
    const uint32_t flags = span_get_u32(from, base + at->subscription_flags) & UINT16_MAX;
    if (clock > CLOCKID_MONOTONIC) {
        w->error = WASI_EINVAL; /* CPU time does not pass while one waits */
        w->is_due = true;
        return WASI_SUCCESS;
    }
    TRY(check_flags(c, flags, SUBCLOCKFLAGS_ALL));
    w->clock = clock;
    w->deadline = timeout;
    if ((flags & SUBCLOCKFLAGS_ABSTIME) != 0) {
        return WASI_SUCCESS;
    }
    w->clock =
        CLOCKID_MONOTONIC; /* a length of time is one on any clock, and this one does not jump */
    if (timeout == 0) {
        w->is_due = true;
        return WASI_SUCCESS;
    }
    uint64_t now;
    TRY(ringfort_clock_now(CLOCKID_MONOTONIC, &now));
    w->deadline = timeout < UINT64_MAX - now ? now + timeout : UINT64_MAX;
    return WASI_SUCCESS;
}

/* Regular files are always ready. The bytes to read are those before the end; at the end there are
 * none, for good. */
static void describe_file(struct waiter *w)
{
    struct stat st;
    w->is_due = true;
    if (w->type != EVENTTYPE_FD_READ || sys_fstat(w->file->host_fd, &st) < 0) {
        return;
    }
    const int64_t at = w->file->position == POSITION_OWN ? (int64_t)w->file->offset
                                                         : sys_lseek(w->file->host_fd, 0, SEEK_CUR);
    w->nbytes = at >= 0 && st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
    w->flags = w->nbytes == 0 ? EVENTRWFLAGS_HANGUP : 0;
}

static void read_fd(const struct call *c, uint32_t fd, struct waiter *w)
{
    const uint64_t transfer = w->type == EVENTTYPE_FD_READ ? RIGHT_FD_READ : RIGHT_FD_WRITE;
    w->error = ringfort_fd_take(&c->wasi->fds, fd, RIGHT_POLL_FD_READWRITE, &w->file);
    if (w->error != WASI_SUCCESS) {
        w->is_due = true;
        return;
    }
    const enum file_kind kind = ringfort_file_kind(w->file);
    if (kind == KIND_DIRECTORY) {
        w->is_due = true;
        return;
    }
    if (kind == KIND_REGULAR) {
        describe_file(w);
    }
    w->error = ringfort_file_need(w->file, transfer);
    w->is_due = w->is_due || w->error != WASI_SUCCESS;
}

/* What is waited for. Who reads also hears of a peer that will send no more; who writes does not:
 * such a peer may still read. */
static short events_of(uint8_t type)
{
    return type == EVENTTYPE_FD_READ ? POLLIN | POLLRDHUP : POLLOUT;
}

/* One for each descriptor: the host refuses more of them than a process may have open. */
static unsigned pollfd_of(struct poll *p, int fd)
{
    for (unsigned i = 0; i < p->fd_count; i++) {
        if (p->fds[i].fd == fd) {
            return i;
        }
    }
    p->fds[p->fd_count] = (struct pollfd){ .fd = fd };
    return p->fd_count++;
}

static wasi_errno read_subscription(const struct call *c, struct guest_span from, uint32_t index,
                                    struct poll *p)
{
    const uint64_t base = (uint64_t)index * c->layouts->subscription_size;
    struct waiter *w = &p->waiters[index];
    *w = (struct waiter){ .userdata = span_get_u64(from, base + SUBSCRIPTION_USERDATA),
                          .type = (uint8_t)span_get_u32(from, base + SUBSCRIPTION_TAG),
                          .poll_index = -1 };
    p->count = index + 1; /* from here on what it holds is dropped */
    switch (w->type) {
    case EVENTTYPE_CLOCK:
        p->has_clock = true;
        TRY(read_clock(c, from, base, w));
        break;
    case EVENTTYPE_FD_READ:
    case EVENTTYPE_FD_WRITE:
        read_fd(c, span_get_u32(from, base + SUBSCRIPTION_FD), w);
        if (!w->is_due) {
            w->poll_index = (int)pollfd_of(p, w->file->host_fd);
            struct pollfd *polled = &p->fds[w->poll_index];
            polled->events = (short)(polled->events | events_of(w->type));
        }
        break;
    default:
        return WASI_EINVAL;
    }
    p->any_due = p->any_due || w->is_due;
    return WASI_SUCCESS;
}

/* ---- Waiting ---- */

/* Marks the clocks that are due, and gives the shortest time until one is: UINT64_MAX for never. */
static wasi_errno look_at_clocks(struct poll *p, uint64_t *shortest)
{
    *shortest = UINT64_MAX;
    for (uint32_t i = 0; i < p->count; i++) {
        struct waiter *w = &p->waiters[i];
        if (w->type != EVENTTYPE_CLOCK || w->is_due || w->deadline == UINT64_MAX) {
            continue;
        }
        uint64_t now;
        TRY(ringfort_clock_now(w->clock, &now));
        if (now >= w->deadline) {
            w->is_due = true;
            p->any_due = true;
            continue;
        }
        const uint64_t left = w->deadline - now;
        *shortest = left < *shortest ? left : *shortest;
        if (w->clock == CLOCKID_REALTIME && *shortest > 1000000000U) {
            *shortest = 1000000000U; /* that clock may be set: look again after a second */
        }
    }
    return WASI_SUCCESS;
}

/* The bytes that can be read now; at least one where the host cannot count them and there is no
 * end. */
static uint64_t bytes_to_read(const struct waiter *w, int events)
{
    int available = 0;
    if (sys_available(w->file->host_fd, &available) == 0 && available > 0) {
        return (uint64_t)available;
    }
    return (events & (POLLHUP | POLLERR | POLLRDHUP)) != 0 ? 0 : 1;
}

/* Returns true if the other end is gone. A socket reports it at once, as WASI defines the flag; a
 * pipe or a terminal reports it once nothing is left to read, as Node does. */
static bool hangs_up(const struct waiter *w, int events)
{
    const bool gone = (events & (POLLHUP | POLLERR | POLLRDHUP)) != 0;
    return gone && (w->nbytes == 0 || kind_is_socket(ringfort_file_kind(w->file)));
}

/* What the host says of a descriptor. */
static void look_at_fd(struct poll *p, struct waiter *w)
{
    const int asked = events_of(w->type) | POLLHUP | POLLERR | POLLNVAL;
    const int events = p->fds[w->poll_index].revents & asked;
    if (events == 0) {
        return;
    }
    w->is_due = true;
    p->any_due = true;
    if ((events & POLLNVAL) != 0) {
        w->error = WASI_EBADF;
        return;
    }
    if (w->type == EVENTTYPE_FD_READ) {
        w->nbytes = bytes_to_read(w, events);
    }
    w->flags = hangs_up(w, events) ? EVENTRWFLAGS_HANGUP : 0;
    if (w->type == EVENTTYPE_FD_WRITE && w->flags == 0) {
        w->nbytes = 1;
    }
}

/* Until a descriptor is ready, or for as long as no clock is due. */
static wasi_errno wait_once(struct call *c, struct poll *p, uint64_t shortest)
{
    int n;
    TRY(ringfort_wait_poll(&c->wasi->waker, &c->next_beat, p->fds, p->fd_count,
                           p->any_due ? 0 : shortest, &n));
    for (uint32_t i = 0; n > 0 && i < p->count; i++) {
        if (p->waiters[i].poll_index >= 0) {
            look_at_fd(p, &p->waiters[i]);
        }
    }
    return WASI_SUCCESS;
}

static wasi_errno wait_until_due(struct call *c, struct poll *p)
{
    uint64_t shortest;
    TRY(look_at_clocks(p, &shortest));
    if (p->any_due && p->fd_count == 0) {
        return WASI_SUCCESS;
    }
    do {
        TRY(wait_once(c, p, shortest));
        /* A clock that became due meanwhile is told together with a descriptor. */
        TRY(look_at_clocks(p, &shortest));
    } while (!p->any_due);
    return WASI_SUCCESS;
}

/* ---- Telling ---- */

static void put_event(struct guest_span to, uint32_t index, const struct waiter *w)
{
    uint8_t bytes[EVENT_SIZE] = { 0 };
    const struct guest_span event = span_over_host(bytes, sizeof bytes);
    span_put_u64(event, EVENT_USERDATA, w->userdata);
    span_put_u16(event, EVENT_ERROR, (uint16_t)w->error);
    span_put_u8(event, EVENT_TYPE, w->type);
    span_put_u64(event, EVENT_NBYTES, w->nbytes);
    span_put_u16(event, EVENT_FLAGS, w->flags);
    span_put_bytes(to, (uint64_t)index * EVENT_SIZE, bytes, sizeof bytes);
}

static uint32_t put_events(const struct poll *p, struct guest_span to)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->waiters[i].is_due) {
            put_event(to, told++, &p->waiters[i]);
        }
    }
    return told;
}

/* Whether nothing but bad descriptors was given. */
static bool all_bad(const struct poll *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->waiters[i].error != WASI_EBADF) {
            return false;
        }
    }
    return !p->has_clock;
}

static wasi_errno run(struct call *c, struct guest_span in, uint32_t count, struct poll *p,
                      struct guest_span events, struct guest_span result)
{
    for (uint32_t i = 0; i < count; i++) {
        TRY(go_on(c));
        TRY(read_subscription(c, in, i, p));
    }
    if (all_bad(p)) {
        return WASI_EBADF;
    }
    TRY(wait_until_due(c, p));
    span_put_u32(result, 0, put_events(p, events));
    return WASI_SUCCESS;
}

wasi_errno ringfort_poll_oneoff(struct call *c, gptr in, gptr out, uint32_t nsubscriptions,
                                gptr nevents)
{
    struct guest_span subscriptions;
    struct guest_span events;
    struct guest_span result;
    TRY(guest_array(&c->memory, in, nsubscriptions, c->layouts->subscription_size, &subscriptions));
    TRY(guest_array(&c->memory, out, nsubscriptions, EVENT_SIZE, &events));
    TRY(guest_span(&c->memory, nevents, 4, &result));
    if (nsubscriptions > c->wasi->limits[RINGFORT_LIMIT_SUBSCRIPTIONS]) {
        return refuse(c, RINGFORT_LIMIT_SUBSCRIPTIONS, WASI_EINVAL);
    }
    if (nsubscriptions == 0) {
        return WASI_EINVAL;
    }
    struct waiter few_waiters[ON_STACK];
    struct pollfd few_fds[ON_STACK + 1];
    struct poll p = { .waiters = few_waiters, .fds = few_fds };
    void *many = NULL;
    if (nsubscriptions > ON_STACK) {
        /* Bounded by the limit on subscriptions. */
        many = heap_zeroed((size_t)nsubscriptions + 1, sizeof *p.waiters + sizeof *p.fds);
        if (many == NULL) {
            return WASI_ENOMEM;
        }
        p.waiters = many;
        p.fds = (struct pollfd *)(p.waiters + nsubscriptions);
    }
    const wasi_errno error = run(c, subscriptions, nsubscriptions, &p, events, result);
    for (uint32_t i = 0; i < p.count; i++) {
        ringfort_file_drop(&p.waiters[i].file);
    }
    heap_free(many);
    return error;
}
