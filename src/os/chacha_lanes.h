/* Several ChaCha20 blocks at once, one in each lane of a vector; included by a file that says how
 * many lanes there are, for which target, how its vectors are interleaved, and how it best rotates
 * by whole bytes: LANES, LANES_TARGET, LOW_WORDS, HIGH_WORDS, LOW_PAIRS, HIGH_PAIRS, ROTATE_16,
 * ROTATE_8.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/chacha.h"

#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));
typedef uint16_t half_lanes __attribute__((vector_size(4 * LANES)));
typedef uint8_t byte_lanes __attribute__((vector_size(4 * LANES)));

enum { VECTOR = 16, QUARTERS = CHACHA_WORDS / 4 }; /* vectors are interleaved 16 bytes at a time */

#define INLINE       LANES_TARGET static inline __attribute__((always_inline))
#define ROTATE(x, n) (((x) << (n)) | ((x) >> (32 - (n))))

INLINE void quarter_round(lanes x[CHACHA_WORDS], int a, int b, int c, int d)
{
    x[a] += x[b];
    x[d] = ROTATE_16(x[d] ^ x[a]);
    x[c] += x[d];
    x[b] = ROTATE(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = ROTATE_8(x[d] ^ x[a]);
    x[c] += x[d];
    x[b] = ROTATE(x[b] ^ x[c], 7);
}

INLINE void double_round(lanes x[CHACHA_WORDS])
{
    quarter_round(x, 0, 4, 8, 12);
    quarter_round(x, 1, 5, 9, 13);
    quarter_round(x, 2, 6, 10, 14);
    quarter_round(x, 3, 7, 11, 15);
    quarter_round(x, 0, 5, 10, 15);
    quarter_round(x, 1, 6, 11, 12);
    quarter_round(x, 2, 7, 8, 13);
    quarter_round(x, 3, 4, 9, 14);
}

INLINE lanes little_endian(lanes x)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
               ? x
               : (x << 24) | ((x & 0xff00) << 8) | ((x >> 8) & 0xff00) | (x >> 24);
}

/* Four words of every block: from a vector for each word to 16 bytes for each block. */
INLINE void put_quarter(const lanes x[4], uint8_t *out)
{
    const lanes a = __builtin_shufflevector(x[0], x[1], LOW_WORDS);
    const lanes b = __builtin_shufflevector(x[2], x[3], LOW_WORDS);
    const lanes c = __builtin_shufflevector(x[0], x[1], HIGH_WORDS);
    const lanes d = __builtin_shufflevector(x[2], x[3], HIGH_WORDS);
    const lanes blocks[4] = {
        __builtin_shufflevector(a, b, LOW_PAIRS),
        __builtin_shufflevector(a, b, HIGH_PAIRS),
        __builtin_shufflevector(c, d, LOW_PAIRS),
        __builtin_shufflevector(c, d, HIGH_PAIRS),
    };
    for (int i = 0; i < LANES; i++) {
        const lanes le = little_endian(blocks[i % 4]);
        memcpy(out + (size_t)i * CHACHA_BLOCK, (const uint8_t *)&le + (size_t)(i / 4) * VECTOR,
               VECTOR);
    }
}

INLINE void make_group(struct chacha *chacha, uint8_t *out)
{
    lanes start[CHACHA_WORDS];
    lanes x[CHACHA_WORDS];
    for (int i = 0; i < CHACHA_WORDS; i++) {
        start[i] = (lanes){ 0 } + chacha->words[i];
    }
    for (int i = 0; i < LANES; i++) {
        start[12][i] += (uint32_t)i;
    }
    memcpy(x, start, sizeof x);
    for (int i = 0; i < 10; i++) {
        double_round(x);
    }
    for (int i = 0; i < CHACHA_WORDS; i++) {
        x[i] += start[i];
    }
    for (int i = 0; i < QUARTERS; i++) {
        put_quarter(&x[(size_t)i * 4], out + (size_t)i * VECTOR);
    }
    chacha->words[12] += LANES;
}
