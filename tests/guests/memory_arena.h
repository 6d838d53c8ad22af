/* The memory of a guest that attacks by addresses: an arena where the calls' arguments lie, and
 * what is around it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_GUESTS_MEMORY_ARENA_H
#define RINGFORT_GUESTS_MEMORY_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ARENA = 4096,
    SLOT = 128,
    BUFFERS_AT = ARENA / 2,
    SENTINEL = 0xa5,
    LOW_BEGIN = 64, /* the end of the stack, which is never that deep */
    LOW_END = 2048,
    PAGE = 65536,
    BUFFERS_MAX = 2
};

static uint64_t memory_size;
static uint32_t arena;
static unsigned char shadow[ARENA];

static inline unsigned char *at(uint64_t address)
{
    return (unsigned char *)(uintptr_t)address;
}

static inline void put_u32(uint64_t address, uint32_t value)
{
    __builtin_memcpy(at(address), &value, sizeof value);
}

static inline uint32_t get_u32(uint64_t address)
{
    uint32_t value = 0;
    __builtin_memcpy(&value, at(address), sizeof value);
    return value;
}

static inline bool fits(uint64_t address, uint64_t size)
{
    return address <= memory_size && size <= memory_size - address;
}

/* The first page has what is the program's own. */
static inline bool is_free(uint64_t address, uint64_t size)
{
    return fits(address, size) && (address >= arena || address >= PAGE);
}

#endif
