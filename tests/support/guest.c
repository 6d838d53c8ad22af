/*
 * Guest memory, read and written byte by byte in little-endian order.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "guest.h"

#include <string.h>

enum { ALIGNMENT = 8, GAP = 16 };

uint32_t guest_alloc(struct world *w, uint32_t size)
{
    const uint32_t at = w->next;
    const uint64_t end = (uint64_t)at + size + GAP;
    if (end > w->memory_size) {
        fail_msg("the test's guest memory is full");
    }
    w->next = (uint32_t)((end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    memset(w->memory + at, SENTINEL, size);
    return at;
}

uint32_t guest_end(const struct world *w, uint32_t size)
{
    return (uint32_t)(w->memory_size - size);
}

struct span bytes(struct world *w, const void *data, size_t length)
{
    const struct span made = { guest_alloc(w, (uint32_t)length), (uint32_t)length };
    if (length > 0) {
        memcpy(w->memory + made.at, data, length);
    }
    return made;
}

struct span text(struct world *w, const char *string)
{
    return bytes(w, string, strlen(string));
}

struct span text_at_end(struct world *w, const char *string)
{
    const uint32_t length = (uint32_t)strlen(string);
    const struct span made = { guest_end(w, length), length };
    memcpy(w->memory + made.at, string, length);
    return made;
}

uint32_t iovecs(struct world *w, const struct span *spans, uint32_t count)
{
    const uint32_t at = guest_alloc(w, count * SIZE_IOVEC);
    for (uint32_t i = 0; i < count; i++) {
        guest_set_u32(w, at + i * SIZE_IOVEC, spans[i].at);
        guest_set_u32(w, at + i * SIZE_IOVEC + 4, spans[i].length);
    }
    return at;
}

uint32_t iovec(struct world *w, struct span span)
{
    return iovecs(w, &span, 1);
}

static uint64_t get(const struct world *w, uint32_t at, unsigned size)
{
    assert_true((uint64_t)at + size <= w->memory_size);
    uint64_t value = 0;
    for (unsigned i = size; i > 0; i--) {
        value = value << 8 | w->memory[(size_t)at + i - 1];
    }
    return value;
}

static void set(struct world *w, uint32_t at, unsigned size, uint64_t value)
{
    assert_true((uint64_t)at + size <= w->memory_size);
    for (unsigned i = 0; i < size; i++) {
        w->memory[(size_t)at + i] = (unsigned char)(value >> (8 * i));
    }
}

uint8_t guest_u8(const struct world *w, uint32_t at)
{
    return (uint8_t)get(w, at, 1);
}

uint16_t guest_u16(const struct world *w, uint32_t at)
{
    return (uint16_t)get(w, at, 2);
}

uint32_t guest_u32(const struct world *w, uint32_t at)
{
    return (uint32_t)get(w, at, 4);
}

uint64_t guest_u64(const struct world *w, uint32_t at)
{
    return get(w, at, 8);
}

void guest_set_u16(struct world *w, uint32_t at, uint16_t value)
{
    set(w, at, 2, value);
}

void guest_set_u32(struct world *w, uint32_t at, uint32_t value)
{
    set(w, at, 4, value);
}

void guest_set_u64(struct world *w, uint32_t at, uint64_t value)
{
    set(w, at, 8, value);
}

void guest_assert_text(const struct world *w, uint32_t at, const char *string)
{
    const size_t length = strlen(string);
    assert_true(at + length <= w->memory_size);
    assert_memory_equal(w->memory + at, string, length);
}

static void assert_all(const struct world *w, uint32_t at, uint32_t length, unsigned char value)
{
    assert_true((uint64_t)at + length <= w->memory_size);
    for (uint32_t i = 0; i < length; i++) {
        if (w->memory[(size_t)at + i] != value) {
            fail_msg("guest byte 0x%x is 0x%02x, not 0x%02x", at + i, w->memory[(size_t)at + i],
                     value);
        }
    }
}

void guest_assert_zeros(const struct world *w, uint32_t at, uint32_t length)
{
    assert_all(w, at, length, 0);
}

void guest_assert_untouched(const struct world *w, uint32_t at, uint32_t length)
{
    assert_all(w, at, length, SENTINEL);
}

struct filestat guest_filestat(const struct world *w, uint32_t at)
{
    guest_assert_zeros(w, at + 17, 7);
    return (struct filestat){
        .dev = guest_u64(w, at),
        .ino = guest_u64(w, at + 8),
        .filetype = guest_u8(w, at + 16),
        .nlink = guest_u64(w, at + 24),
        .size = guest_u64(w, at + 32),
        .atim = guest_u64(w, at + 40),
        .mtim = guest_u64(w, at + 48),
        .ctim = guest_u64(w, at + 56),
    };
}

struct fdstat guest_fdstat(const struct world *w, uint32_t at)
{
    guest_assert_zeros(w, at + 1, 1);
    guest_assert_zeros(w, at + 4, 4);
    return (struct fdstat){
        .filetype = guest_u8(w, at),
        .flags = guest_u16(w, at + 2),
        .base = guest_u64(w, at + 8),
        .inheriting = guest_u64(w, at + 16),
    };
}

struct event guest_event(const struct world *w, uint32_t at)
{
    guest_assert_zeros(w, at + 11, 5);
    guest_assert_zeros(w, at + 26, 6);
    return (struct event){
        .userdata = guest_u64(w, at),
        .error = guest_u16(w, at + 8),
        .type = guest_u8(w, at + 10),
        .nbytes = guest_u64(w, at + 16),
        .flags = guest_u16(w, at + 24),
    };
}

void subscribe_clock(struct world *w, uint32_t at, uint64_t userdata, uint32_t clock,
                     uint64_t timeout, uint16_t flags)
{
    guest_set_u64(w, at, userdata);
    w->memory[(size_t)at + 8] = EVENT_CLOCK;
    guest_set_u32(w, at + 16, clock);
    guest_set_u64(w, at + 24, timeout);
    guest_set_u64(w, at + 32, 0);
    guest_set_u16(w, at + 40, flags);
}

void subscribe_fd(struct world *w, uint32_t at, uint64_t userdata, uint8_t type, uint32_t fd)
{
    guest_set_u64(w, at, userdata);
    w->memory[(size_t)at + 8] = type;
    guest_set_u32(w, at + 16, fd);
}

static uint64_t nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

void assert_filestat_is(const struct filestat *found, const struct stat *host)
{
    assert_int_equal(found->dev, host->st_dev);
    assert_int_equal(found->ino, host->st_ino);
    assert_int_equal(found->nlink, host->st_nlink);
    assert_int_equal(found->size, host->st_size);
    assert_int_equal(found->atim, nanoseconds(host->st_atim));
    assert_int_equal(found->mtim, nanoseconds(host->st_mtim));
    assert_int_equal(found->ctim, nanoseconds(host->st_ctim));
}
