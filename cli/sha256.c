/*
 * SHA-256 as FIPS 180-4 defines it: a portable block function, and one on the SHA instructions of
 * x86-64.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "sha256.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

enum { BLOCK = 64 };

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t value, unsigned by)
{
    return (value >> by) | (value << (32 - by));
}

static uint32_t load_big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | (uint32_t)at[3];
}

static void store_big_endian(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static void expand_block(const uint8_t *block, uint32_t *w)
{
    for (size_t i = 0; i < 16; i++) {
        w[i] = load_big_endian(block + 4 * i);
    }
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15];
        const uint32_t b = w[i - 2];
        const uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ (a >> 3);
        const uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ (b >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

static void blocks_portable(uint32_t *state, const uint8_t *data, size_t count)
{
    for (; count > 0; count--, data += BLOCK) {
        uint32_t w[64];
        expand_block(data, w);
        uint32_t a = state[0];
        uint32_t b = state[1];
        uint32_t c = state[2];
        uint32_t d = state[3];
        uint32_t e = state[4];
        uint32_t f = state[5];
        uint32_t g = state[6];
        uint32_t h = state[7];
        for (size_t i = 0; i < 64; i++) {
            const uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
            const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
            const uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
            const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + t1;
            d = c;
            c = b;
            b = a;
            a = t1 + t2;
        }
        const uint32_t after[8] = { a, b, c, d, e, f, g, h };
        for (size_t i = 0; i < 8; i++) {
            state[i] += after[i];
        }
    }
}

typedef void block_function(uint32_t *state, const uint8_t *data, size_t count);

#if defined(__x86_64__)

/* The instructions keep the state as two vectors, ABEF and CDGH, and make two rounds from a
 * pair of words. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
blocks_x86(uint32_t *state, const uint8_t *data, size_t count)
{
    const __m128i byte_order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i_u *)state), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i_u *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xf0);
    for (; count > 0; count--, data += BLOCK) {
        const __m128i abef_before = abef;
        const __m128i cdgh_before = cdgh;
        __m128i w[4];
        for (size_t i = 0; i < 4; i++) {
            w[i] =
                _mm_shuffle_epi8(_mm_loadu_si128((const __m128i_u *)(data + 16 * i)), byte_order);
        }
        for (size_t i = 0; i < 16; i++) {
            const __m128i k = _mm_load_si128((const __m128i *)round_constants + i);
            const __m128i sum = _mm_add_epi32(w[0], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            const __m128i middle = _mm_alignr_epi8(w[3], w[2], 4);
            const __m128i next =
                _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), middle), w[3]);
            w[0] = w[1];
            w[1] = w[2];
            w[2] = w[3];
            w[3] = next;
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i_u *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i_u *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static bool processor_has_sha(void)
{
    enum { LEAF_FEATURES = 7, EBX_SHA = 1 << 29, ECX_SSSE3 = 1 << 9, ECX_SSE41 = 1 << 19 };
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    const unsigned vectors = ECX_SSSE3 | ECX_SSE41;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & vectors) != vectors) {
        return false;
    }
    return __get_cpuid_count(LEAF_FEATURES, 0, &a, &b, &c, &d) != 0 && (b & EBX_SHA) != 0;
}

static block_function *best_block_function(void)
{
    return processor_has_sha() ? blocks_x86 : blocks_portable;
}

#else

static block_function *best_block_function(void)
{
    return blocks_portable;
}

#endif

void sha256_begin(struct sha256 *sha)
{
    *sha = (struct sha256){
        .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                   0x1f83d9ab, 0x5be0cd19 },
        .blocks = best_block_function(),
    };
}

void sha256_add(struct sha256 *sha, const void *data, size_t length)
{
    const uint8_t *at = data;
    const size_t held = (size_t)(sha->length % BLOCK);
    sha->length += length;
    if (held > 0) {
        const size_t taken = length < BLOCK - held ? length : BLOCK - held;
        memcpy(sha->partial + held, at, taken);
        if (held + taken < BLOCK) {
            return;
        }
        sha->blocks(sha->state, sha->partial, 1);
        at += taken;
        length -= taken;
    }
    sha->blocks(sha->state, at, length / BLOCK);
    at += length / BLOCK * BLOCK;
    if (length % BLOCK > 0) {
        memcpy(sha->partial, at, length % BLOCK);
    }
}

void sha256_end(struct sha256 *sha, uint8_t digest[SHA256_SIZE])
{
    const uint64_t bits = sha->length * 8;
    const size_t held = (size_t)(sha->length % BLOCK);
    const size_t zeros = (held < 56 ? 56 : 56 + BLOCK) - held;
    uint8_t end[BLOCK + 8] = { 0x80 };
    store_big_endian(end + zeros, (uint32_t)(bits >> 32));
    store_big_endian(end + zeros + 4, (uint32_t)bits);
    sha256_add(sha, end, zeros + 8);
    for (size_t i = 0; i < 8; i++) {
        store_big_endian(digest + 4 * i, sha->state[i]);
    }
}
