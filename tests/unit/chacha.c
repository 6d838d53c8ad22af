/* The ChaCha20 key stream, against RFC 8439 and against the RFC's own definition written out.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/chacha.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 2000 };

/* Section 2.3.2. */
static void the_block_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t expected[CHACHA_BLOCK] = {
        0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
        0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
        0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
        0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
        0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
    };
    uint8_t key[CHACHA_KEY_SIZE];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    const uint8_t nonce[CHACHA_NONCE_SIZE] = { 0, 0, 0, 9, 0, 0, 0, 0x4a };
    struct chacha chacha;
    uint8_t got[CHACHA_BLOCK];
    ringfort_chacha_init(&chacha, key, 1, nonce);
    ringfort_chacha_stream(&chacha, got, sizeof got);
    assert_memory_equal(got, expected, sizeof expected);
}

/* Appendix A.1, vectors 1 and 2: a key of zeros, counters 0 and 1. */
static void the_stream_of_zeros_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t expected[2 * CHACHA_BLOCK] = {
        0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd,
        0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77,
        0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8,
        0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69,
        0xb2, 0xee, 0x65, 0x86, 0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98, 0xba, 0x97,
        0x7c, 0x73, 0x2d, 0x08, 0x0d, 0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65, 0x69, 0x12, 0xc6,
        0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed, 0x29, 0xb7, 0x21, 0x76, 0x9c, 0xe6, 0x4e, 0x43, 0xd5,
        0x71, 0x33, 0xb0, 0x74, 0xd8, 0x39, 0xd5, 0x31, 0xed, 0x1f, 0x28, 0x51, 0x0a, 0xfb, 0x45,
        0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f,
    };
    const uint8_t key[CHACHA_KEY_SIZE] = { 0 };
    const uint8_t nonce[CHACHA_NONCE_SIZE] = { 0 };
    struct chacha chacha;
    uint8_t got[2 * CHACHA_BLOCK];
    ringfort_chacha_init(&chacha, key, 0, nonce);
    ringfort_chacha_stream(&chacha, got, sizeof got);
    assert_memory_equal(got, expected, sizeof expected);
}

static void turn(uint32_t x[CHACHA_WORDS], int a, int b, int c, int d)
{
    const int by[4] = { 16, 12, 8, 7 };
    for (int i = 0; i < 4; i++) {
        const int to = i % 2 == 0 ? a : c;
        const int from = i % 2 == 0 ? b : d;
        const int turned = i % 2 == 0 ? d : b;
        x[to] += x[from];
        x[turned] ^= x[to];
        x[turned] = x[turned] << by[i] | x[turned] >> (32 - by[i]);
    }
}

/* Section 2.3.1, a word after the other. */
static void plain_block(const uint32_t start[CHACHA_WORDS], uint8_t out[CHACHA_BLOCK])
{
    uint32_t x[CHACHA_WORDS];
    memcpy(x, start, sizeof x);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 4; j++) {
            turn(x, j, 4 + j, 8 + j, 12 + j);
        }
        for (int j = 0; j < 4; j++) {
            turn(x, j, 4 + (j + 1) % 4, 8 + (j + 2) % 4, 12 + (j + 3) % 4);
        }
    }
    for (int i = 0; i < CHACHA_BLOCK; i++) {
        out[i] = (uint8_t)((x[i / 4] + start[i / 4]) >> (i % 4 * 8));
    }
}

static void start_somewhere(struct chacha *chacha, uint32_t counter)
{
    uint8_t key[CHACHA_KEY_SIZE];
    uint8_t nonce[CHACHA_NONCE_SIZE];
    memset(key, 0xc3, sizeof key);
    memset(nonce, 0x5a, sizeof nonce);
    key[7] = 1;
    nonce[3] = 2;
    ringfort_chacha_init(chacha, key, counter, nonce);
}

static void plain_stream(uint32_t counter, uint8_t out[LONGEST + CHACHA_BLOCK])
{
    struct chacha chacha;
    start_somewhere(&chacha, counter);
    for (size_t at = 0; at < LONGEST; at += CHACHA_BLOCK) {
        plain_block(chacha.words, out + at);
        chacha.words[12]++;
    }
}

static void every_length_is_the_beginning_of_one_stream(void **state)
{
    (void)state;
    const uint32_t counters[] = { 0, 5, 0xfffffffd }; /* the last goes through 0 */
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        uint8_t expected[LONGEST + CHACHA_BLOCK];
        plain_stream(counters[i], expected);
        for (size_t len = 0; len <= LONGEST; len += len < 70 ? 1 : 61) {
            struct chacha chacha;
            uint8_t got[LONGEST + 1];
            got[len] = 0x99;
            start_somewhere(&chacha, counters[i]);
            ringfort_chacha_stream(&chacha, got, len);
            assert_memory_equal(got, expected, len);
            assert_int_equal(got[len], 0x99);
        }
    }
}

static void assert_group(chacha_group *group, size_t blocks)
{
    uint8_t expected[LONGEST + CHACHA_BLOCK];
    uint8_t got[CHACHA_GROUP_MAX * CHACHA_BLOCK];
    struct chacha chacha;
    plain_stream(0xfffffffe, expected);
    start_somewhere(&chacha, 0xfffffffe);
    for (size_t i = 0; i < 3; i++) {
        group(&chacha, got);
        assert_memory_equal(got, expected + i * blocks * CHACHA_BLOCK, blocks * CHACHA_BLOCK);
    }
}

#if defined(__x86_64__)
static void assert_wide_group(void)
{
    if (__builtin_cpu_supports("avx2") != 0) {
        assert_group(ringfort_chacha_8_blocks_avx2, 8);
    }
}
#else
static void assert_wide_group(void)
{
}
#endif

/* Whichever this CPU takes. */
static void every_width_of_vectors_makes_the_same_stream(void **state)
{
    (void)state;
    assert_group(ringfort_chacha_4_blocks, 4);
    assert_wide_group();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_of_the_rfc),
        cmocka_unit_test(the_stream_of_zeros_of_the_rfc),
        cmocka_unit_test(every_length_is_the_beginning_of_one_stream),
        cmocka_unit_test(every_width_of_vectors_makes_the_same_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
