/* The ChaCha20 key stream of RFC 8439, four blocks at a time with the vectors that every CPU has.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define LANES 4
#define LANES_TARGET
#define LOW_WORDS      0, 4, 1, 5
#define HIGH_WORDS     2, 6, 3, 7
#define LOW_PAIRS      0, 1, 4, 5
#define HIGH_PAIRS     2, 3, 6, 7
/* Two shuffles of halves, where shifts are four instructions; bytes cannot be shuffled yet. */
#define SWAPPED_HALVES 1, 0, 3, 2, 5, 4, 7, 6
#define ROTATE_16(x)                                                                               \
    ((lanes)__builtin_shufflevector((half_lanes)(x), (half_lanes)(x), SWAPPED_HALVES))
#define ROTATE_8(x) ROTATE(x, 8)
#include "os/chacha_lanes.h"

#include <stdbool.h>

void ringfort_chacha_4_blocks(struct chacha *chacha, uint8_t *out)
{
    make_group(chacha, out);
}

static uint32_t load_le(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

void ringfort_chacha_init(struct chacha *chacha, const uint8_t key[CHACHA_KEY_SIZE],
                          uint32_t counter, const uint8_t nonce[CHACHA_NONCE_SIZE])
{
    static const uint8_t constants[] = "expand 32-byte k";
    for (size_t i = 0; i < 4; i++) {
        chacha->words[i] = load_le(constants + 4 * i);
    }
    for (size_t i = 0; i < CHACHA_KEY_SIZE / 4; i++) {
        chacha->words[4 + i] = load_le(key + 4 * i);
    }
    chacha->words[12] = counter;
    for (size_t i = 0; i < CHACHA_NONCE_SIZE / 4; i++) {
        chacha->words[13 + i] = load_le(nonce + 4 * i);
    }
}

#if defined(__x86_64__)
static chacha_group *fastest(size_t *blocks)
{
    const bool avx2 = __builtin_cpu_supports("avx2") != 0;
    *blocks = avx2 ? 8 : 4;
    return avx2 ? ringfort_chacha_8_blocks_avx2 : ringfort_chacha_4_blocks;
}
#else
static chacha_group *fastest(size_t *blocks)
{
    *blocks = 4;
    return ringfort_chacha_4_blocks;
}
#endif

void ringfort_chacha_stream(struct chacha *chacha, uint8_t *out, size_t len)
{
    size_t blocks;
    chacha_group *const group = fastest(&blocks);
    const size_t size = blocks * CHACHA_BLOCK;
    for (; len >= size; out += size, len -= size) {
        group(chacha, out);
    }
    if (len > 0) {
        uint8_t last[CHACHA_GROUP_MAX * CHACHA_BLOCK];
        group(chacha, last);
        memcpy(out, last, len);
        explicit_bzero(last, sizeof last);
    }
}
