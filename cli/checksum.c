/*
 * XXH64 from its specification. SHA-256 would find the same accidents at a tenth of the speed,
 * and compiled code is checked whole at each start; who could forge it could also write the file,
 * which only its owner can.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "checksum.h"

#include <endian.h>
#include <string.h>

static const uint64_t prime1 = 0x9E3779B185EBCA87U;
static const uint64_t prime2 = 0xC2B2AE3D27D4EB4FU;
static const uint64_t prime3 = 0x165667B19E3779F9U;
static const uint64_t prime4 = 0x85EBCA77C2B2AE63U;
static const uint64_t prime5 = 0x27D4EB2F165667C5U;

enum {
    LANES = 4,
    STRIPE = 8 * LANES,
};

static uint64_t rotate_left(uint64_t value, unsigned by)
{
    return (value << by) | (value >> (64 - by));
}

static uint64_t load64(const uint8_t *at)
{
    uint64_t value = 0;
    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

static uint32_t load32(const uint8_t *at)
{
    uint32_t value = 0;
    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static uint64_t mix(uint64_t sum, uint64_t input)
{
    return rotate_left(sum + input * prime2, 31) * prime1;
}

static uint64_t merge(uint64_t sum, uint64_t lane)
{
    return (sum ^ mix(0, lane)) * prime1 + prime4;
}

static uint64_t add_stripes(const uint8_t *at, size_t count)
{
    uint64_t a = prime1 + prime2;
    uint64_t b = prime2;
    uint64_t c = 0;
    uint64_t d = 0 - prime1;
    for (; count > 0; count--, at += STRIPE) {
        a = mix(a, load64(at));
        b = mix(b, load64(at + 8));
        c = mix(c, load64(at + 16));
        d = mix(d, load64(at + 24));
    }
    uint64_t sum = rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18);
    sum = merge(sum, a);
    sum = merge(sum, b);
    sum = merge(sum, c);
    return merge(sum, d);
}

static uint64_t add_rest(uint64_t sum, const uint8_t *at, size_t length)
{
    for (; length >= 8; length -= 8, at += 8) {
        sum = rotate_left(sum ^ mix(0, load64(at)), 27) * prime1 + prime4;
    }
    if (length >= 4) {
        sum = rotate_left(sum ^ load32(at) * prime1, 23) * prime2 + prime3;
        length -= 4;
        at += 4;
    }
    for (; length > 0; length--, at++) {
        sum = rotate_left(sum ^ *at * prime5, 11) * prime1;
    }
    return sum;
}

uint64_t checksum(const void *data, size_t length)
{
    const uint8_t *at = data;
    const size_t stripes = length / STRIPE;
    uint64_t sum = stripes > 0 ? add_stripes(at, stripes) : prime5;
    sum = add_rest(sum + length, at + stripes * STRIPE, length % STRIPE);
    sum = (sum ^ (sum >> 33)) * prime2;
    sum = (sum ^ (sum >> 29)) * prime3;
    return sum ^ (sum >> 32);
}
