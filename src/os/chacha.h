/* The ChaCha20 key stream of RFC 8439.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_CHACHA_H
#define RINGFORT_OS_CHACHA_H

#include <stddef.h>
#include <stdint.h>

enum { CHACHA_KEY_SIZE = 32, CHACHA_NONCE_SIZE = 12, CHACHA_WORDS = 16, CHACHA_BLOCK = 64 };

/* What a block is made from: constants, key, counter, nonce. */
struct chacha {
    uint32_t words[CHACHA_WORDS];
};

void ringfort_chacha_init(struct chacha *chacha, const uint8_t key[CHACHA_KEY_SIZE],
                          uint32_t counter, const uint8_t nonce[CHACHA_NONCE_SIZE]);

/* Fills `out` with the stream. Where it ends within a group of blocks, the rest of them is lost. */
void ringfort_chacha_stream(struct chacha *chacha, uint8_t *out, size_t len);

/* Makes a whole group of consecutive blocks at once; the counter moves on. */
enum { CHACHA_GROUP_MAX = 8 };
typedef void chacha_group(struct chacha *chacha, uint8_t *out);

chacha_group ringfort_chacha_4_blocks;
chacha_group ringfort_chacha_8_blocks_avx2; /* x86-64 with AVX2 only */

#endif
