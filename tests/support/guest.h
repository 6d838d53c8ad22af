/*
 * What the guest does to its own memory: room, texts, iovecs, numbers, and the structs that calls
 * leave there. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_GUEST_H
#define RINGFORT_TESTS_GUEST_H

#include "world.h"

/** Where some bytes are in guest memory. */
struct span {
    uint32_t at;
    uint32_t length;
};

/** Room of `size` bytes, all SENTINEL, at a multiple of 8; at least 16 bytes of nobody's come after
 * it. */
uint32_t guest_alloc(struct world *w, uint32_t size);

/** The last `size` bytes of the memory. */
uint32_t guest_end(const struct world *w, uint32_t size);

/** Copies a text, without its NUL, or any bytes into room of its own. */
struct span text(struct world *w, const char *string);
struct span bytes(struct world *w, const void *data, size_t length);

/** A text that ends where the memory ends. */
struct span text_at_end(struct world *w, const char *string);

/** An array of iovecs: (at, length) pairs. @return its address */
uint32_t iovecs(struct world *w, const struct span *spans, uint32_t count);
uint32_t iovec(struct world *w, struct span span);

uint8_t guest_u8(const struct world *w, uint32_t at);
uint16_t guest_u16(const struct world *w, uint32_t at);
uint32_t guest_u32(const struct world *w, uint32_t at);
uint64_t guest_u64(const struct world *w, uint32_t at);
void guest_set_u16(struct world *w, uint32_t at, uint16_t value);
void guest_set_u32(struct world *w, uint32_t at, uint32_t value);
void guest_set_u64(struct world *w, uint32_t at, uint64_t value);

void guest_assert_text(const struct world *w, uint32_t at, const char *string);
void guest_assert_zeros(const struct world *w, uint32_t at, uint32_t length);

/** Nothing was ever written there. */
void guest_assert_untouched(const struct world *w, uint32_t at, uint32_t length);

struct filestat {
    uint64_t dev;
    uint64_t ino;
    uint8_t filetype;
    uint64_t nlink;
    uint64_t size;
    uint64_t atim;
    uint64_t mtim;
    uint64_t ctim;
};

struct fdstat {
    uint8_t filetype;
    uint16_t flags;
    uint64_t base;
    uint64_t inheriting;
};

struct event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint64_t nbytes;
    uint16_t flags;
};

/** Read a struct of preview1, and check that its padding is 0. */
struct filestat guest_filestat(const struct world *w, uint32_t at);
struct fdstat guest_fdstat(const struct world *w, uint32_t at);
struct event guest_event(const struct world *w, uint32_t at);

/** Write a subscription; `at` has room for 48 bytes. */
void subscribe_clock(struct world *w, uint32_t at, uint64_t userdata, uint32_t clock,
                     uint64_t timeout, uint16_t flags);
void subscribe_fd(struct world *w, uint32_t at, uint64_t userdata, uint8_t type, uint32_t fd);

/** The file's times and numbers as the host has them. */
void assert_filestat_is(const struct filestat *found, const struct stat *host);

#endif
