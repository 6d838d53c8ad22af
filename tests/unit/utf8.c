/*
 * is_utf8 and is_plain_text, against a decoder that knows characters and not forms: every text of
 * up to three bytes, those of four by the edges of the last, and every place of a longer text.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "path/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BYTES = 256, LAST_CHARACTER = 0x10ffff, SURROGATES = 0xd800, AFTER_SURROGATES = 0xe000 };

/* The character that `len` bytes spell in their shortest form, or -1. */
static int32_t character_of(const unsigned char *at, size_t len)
{
    static const uint32_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint32_t bits = (uint32_t)(7 - len);
    if (len == 1) {
        return at[0] < 0x80 ? at[0] : -1;
    }
    if ((uint32_t)at[0] >> bits << bits != marks[len]) {
        return -1;
    }
    uint32_t character = at[0] & ((1U << bits) - 1);
    for (size_t i = 1; i < len; i++) {
        if (at[i] >> 6 != 2) {
            return -1;
        }
        character = character << 6 | (at[i] & 0x3f);
    }
    const bool is_surrogate = character >= SURROGATES && character < AFTER_SURROGATES;
    return character < least[len] || character > LAST_CHARACTER || is_surrogate
               ? -1
               : (int32_t)character;
}

static bool is_text(const unsigned char *at, size_t len)
{
    if (len == 0) {
        return true;
    }
    for (size_t n = 1; n <= len && n <= 4; n++) {
        if (character_of(at, n) >= 0 && is_text(at + n, len - n)) {
            return true;
        }
    }
    return false;
}

static void check(const unsigned char *at, size_t len)
{
    const bool expected = is_text(at, len);
    bool plain = true;
    for (size_t i = 0; i < len; i++) {
        plain = plain && at[i] != 0 && at[i] < 0x80;
    }
    if (ringfort_is_utf8((const char *)at, len) != expected ||
        (len > 0 && is_utf8((const char *)at, len) != expected) ||
        (len > 0 && is_plain_text((const char *)at, len) != plain)) {
        fail_msg("%zu bytes %02x %02x %02x %02x", len, at[0], at[1], at[2], at[3]);
    }
}

static void each_text_of_up_to_three_bytes_is_told_apart(void **state)
{
    (void)state;
    unsigned char text[4] = { 0 };
    check(text, 0);
    for (unsigned a = 0; a < BYTES; a++) {
        text[0] = (unsigned char)a;
        check(text, 1);
        for (unsigned b = 0; b < BYTES; b++) {
            text[1] = (unsigned char)b;
            check(text, 2);
            for (unsigned c = 0; c < BYTES; c++) {
                text[2] = (unsigned char)c;
                check(text, 3);
            }
        }
    }
}

static void each_text_of_four_bytes_is_told_apart_by_the_edges_of_its_last(void **state)
{
    (void)state;
    static const unsigned char last[] = { 0x00, 0x41, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xff };
    unsigned char text[4];
    for (unsigned a = 0xe0; a < BYTES; a++) {
        for (unsigned b = 0; b < BYTES; b++) {
            for (unsigned c = 0x40; c < BYTES; c++) {
                for (size_t d = 0; d < sizeof last; d++) {
                    text[0] = (unsigned char)a;
                    text[1] = (unsigned char)b;
                    text[2] = (unsigned char)c;
                    text[3] = last[d];
                    check(text, 4);
                }
            }
        }
    }
}

/* The bytes around a text are high, so that a look beyond it shows. */
static void every_byte_of_a_longer_text_is_looked_at_and_none_beyond(void **state)
{
    (void)state;
    enum { LONGEST = 40, AROUND = 8 };
    static const char *const pieces[] = {
        "\xff", "\x80", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xc0\xaf"
    };
    for (size_t len = 0; len <= LONGEST; len++) {
        unsigned char text[AROUND + LONGEST + AROUND];
        memset(text, 0xff, sizeof text);
        memset(text + AROUND, 'a', len);
        check(text + AROUND, len);
        for (size_t at = 0; at < len; at++) {
            memset(text + AROUND, 'a', len);
            text[AROUND + at] = '\0';
            check(text + AROUND, len);
        }
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            for (size_t at = 0; at < len; at++) {
                const size_t left = len - at;
                const size_t n = strlen(pieces[p]) < left ? strlen(pieces[p]) : left;
                memset(text + AROUND, 'a', len);
                memcpy(text + AROUND + at, pieces[p], n);
                check(text + AROUND, len);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_of_up_to_three_bytes_is_told_apart),
        cmocka_unit_test(each_text_of_four_bytes_is_told_apart_by_the_edges_of_its_last),
        cmocka_unit_test(every_byte_of_a_longer_text_is_looked_at_and_none_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
