/* ChaCha20, eight blocks at a time, for x86-64 CPUs with AVX2.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#if defined(__x86_64__)
#define LANES        8
#define LANES_TARGET __attribute__((target("avx2")))
#define LOW_WORDS    0, 8, 1, 9, 4, 12, 5, 13
#define HIGH_WORDS   2, 10, 3, 11, 6, 14, 7, 15
#define LOW_PAIRS    0, 1, 8, 9, 4, 5, 12, 13
#define HIGH_PAIRS   2, 3, 10, 11, 6, 7, 14, 15
#define BY_16                                                                                      \
    2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 18, 19, 16, 17, 22, 23, 20, 21, 26, 27,  \
        24, 25, 30, 31, 28, 29
#define BY_8                                                                                       \
    3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14, 19, 16, 17, 18, 23, 20, 21, 22, 27, 24,  \
        25, 26, 31, 28, 29, 30
#define SHUFFLED(x, by) ((lanes)__builtin_shufflevector((byte_lanes)(x), (byte_lanes)(x), by))
#define ROTATE_16(x)    SHUFFLED(x, BY_16)
#define ROTATE_8(x)     SHUFFLED(x, BY_8)
#include "os/chacha_lanes.h"

LANES_TARGET void ringfort_chacha_8_blocks_avx2(struct chacha *chacha, uint8_t *out)
{
    make_group(chacha, out);
}
#else
typedef int ringfort_no_avx2_here; /* a file has to declare something */
#endif
