/* Guest pointers, and the only door to the guest's memory: every address is checked here, once,
 * and nowhere else.
 * What the guest gives is copied before it is looked at, because another guest thread may change
 * it meanwhile; room for results is reserved before the host acts and filled after, so that a bad
 * pointer leaves no side effect.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_GUEST_MEMORY_H
#define RINGFORT_GUEST_MEMORY_H

#include "abi/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

/* A guest address. Not a number and not a pointer: only the functions here can follow it. */
typedef struct gptr {
    uint32_t at;
} gptr;

static inline gptr gptr_at(uint32_t at)
{
    return (gptr){ at };
}

/* The guest's linear memory, as it is for the length of one call, and the last pointer that left
 * it. */
struct guest {
    uint8_t *guest_base_;
    uint64_t guest_size_;
    uint64_t
        guest_least_; /* 1 where a pointer to the end is outside even for no bytes, as in Node */
    uint32_t fault_start;
    uint64_t fault_length;
};

static inline struct guest guest_over(void *base, uint64_t size, bool end_is_outside)
{
    static uint8_t none; /* so that no sum begins at NULL */
    return (struct guest){ .guest_base_ = base != NULL ? base : &none,
                           .guest_size_ = size,
                           .guest_least_ = end_is_outside ? 1 : 0 };
}

/* Checked guest memory. `len` is what was checked; the functions below never go past it. */
struct guest_span {
    uint8_t *bytes_;
    uint64_t len_;
};

/* Sets *out to the `len` bytes at `p`; FACT_FAULT where they do not all lie in memory. */
CHECKED static inline wasi_errno guest_span(struct guest *g, gptr p, uint64_t len,
                                            struct guest_span *out)
{
    if (__builtin_expect(p.at + g->guest_least_ > g->guest_size_ || len > g->guest_size_ - p.at,
                         0)) {
        g->fault_start = p.at;
        g->fault_length = len;
        return FACT_FAULT;
    }
    *out = (struct guest_span){ .bytes_ = g->guest_base_ + p.at, .len_ = len };
    return WASI_SUCCESS;
}

/* The same for an array; the product cannot wrap. */
CHECKED static inline wasi_errno guest_array(struct guest *g, gptr p, uint32_t count, uint32_t size,
                                             struct guest_span *out)
{
    return guest_span(g, p, (uint64_t)count * size, out);
}

#pragma GCC poison guest_base_ guest_size_ guest_least_

/* The host's own bytes, to be laid out as a guest struct before they are copied. */
static inline struct guest_span span_over_host(void *bytes, uint64_t len)
{
    return (struct guest_span){ .bytes_ = bytes, .len_ = len };
}

/* Whether `len` bytes at `offset` lie in the span; a mistake of ours where not, so it ends the
 * program. */
static inline uint8_t *span_at(struct guest_span s, uint64_t offset, uint64_t len)
{
    if (__builtin_expect(offset > s.len_ || len > s.len_ - offset, 0)) {
        __builtin_trap();
    }
    return s.bytes_ + offset;
}

static inline uint32_t span_get_u32(struct guest_span s, uint64_t offset)
{
    uint32_t v;
    memcpy(&v, span_at(s, offset, sizeof v), sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap32(v);
}

static inline uint64_t span_get_u64(struct guest_span s, uint64_t offset)
{
    uint64_t v;
    memcpy(&v, span_at(s, offset, sizeof v), sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
}

static inline void span_put_u8(struct guest_span s, uint64_t offset, uint8_t v)
{
    *span_at(s, offset, sizeof v) = v;
}

static inline void span_put_u16(struct guest_span s, uint64_t offset, uint16_t v)
{
    const uint16_t le = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap16(v);
    memcpy(span_at(s, offset, sizeof le), &le, sizeof le);
}

static inline void span_put_u32(struct guest_span s, uint64_t offset, uint32_t v)
{
    const uint32_t le = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap32(v);
    memcpy(span_at(s, offset, sizeof le), &le, sizeof le);
}

static inline void span_put_u64(struct guest_span s, uint64_t offset, uint64_t v)
{
    const uint64_t le = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
    memcpy(span_at(s, offset, sizeof le), &le, sizeof le);
}

static inline void span_put_bytes(struct guest_span s, uint64_t offset, const void *from,
                                  size_t len)
{
    if (len > 0) {
        memcpy(span_at(s, offset, len), from, len);
    }
}

/* Copies the whole span out, once. */
static inline void span_copy_out(struct guest_span s, void *to, size_t len)
{
    if (len > 0) {
        memcpy(to, span_at(s, 0, len), len);
    }
}

static inline void span_clear(struct guest_span s)
{
    memset(s.bytes_, 0, s.len_);
}

/* The span as a host buffer, for system calls. */
static inline struct iovec span_iovec(struct guest_span s)
{
    return (struct iovec){ .iov_base = s.bytes_, .iov_len = s.len_ };
}

#pragma GCC poison bytes_ len_

enum {
    GUEST_IOVECS_MAX = 1024,         /* IOV_MAX: what one system call takes */
    GUEST_TRANSFER_MAX = 0x7ffff000, /* what one transfer moves on Linux */
};

/* Buffers of one transfer, in host terms. */
struct guest_buffers {
    struct iovec iov[GUEST_IOVECS_MAX];
    int count;
    size_t total;
};

/* Leaves the first `total` bytes, where there are more. */
static inline void guest_buffers_cut(struct guest_buffers *buffers, uint64_t total)
{
    while (buffers->total > total) {
        struct iovec *last = &buffers->iov[buffers->count - 1];
        const size_t excess = buffers->total - (size_t)total;
        const size_t cut = excess < last->iov_len ? excess : last->iov_len;
        last->iov_len -= cut;
        buffers->total -= cut;
        buffers->count -= last->iov_len == 0 ? 1 : 0;
    }
}

/* Copies the guest's iovec array once, checks every buffer, and gives host iovecs, without the
 * empty ones. What is past GUEST_IOVECS_MAX entries or GUEST_TRANSFER_MAX bytes is cut off: a
 * short transfer, which WASI allows. */
CHECKED static inline wasi_errno guest_buffers(struct guest *g, gptr array, uint32_t count,
                                               struct guest_buffers *out)
{
    struct guest_span raw;
    TRY(guest_array(g, array, count, IOVEC_SIZE, &raw));
    const uint32_t n = count < GUEST_IOVECS_MAX ? count : GUEST_IOVECS_MAX;
    int used = 0;     /* in registers: the compiler would load and store those of `out` each time */
    size_t total = 0; /* below 2^42 */
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t buf = span_get_u32(raw, (uint64_t)i * IOVEC_SIZE + IOVEC_BUF);
        const uint32_t len = span_get_u32(raw, (uint64_t)i * IOVEC_SIZE + IOVEC_LEN);
        struct guest_span buffer;
        TRY(guest_span(g, gptr_at(buf), len, &buffer));
        out->iov[used] = span_iovec(buffer);
        used += len > 0 ? 1 : 0;
        total += len;
    }
    out->count = used;
    out->total = total;
    guest_buffers_cut(out, GUEST_TRANSFER_MAX);
    return WASI_SUCCESS;
}

#endif
