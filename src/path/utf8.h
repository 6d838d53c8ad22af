/* Whether bytes are UTF-8, as names in WASI are.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_PATH_UTF8_H
#define RINGFORT_PATH_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Returns true if the text is UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing
 * above U+10FFFF. */
bool ringfort_is_utf8(const char *text, size_t len);

static inline uint64_t text_load_8(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* A text of 1 to 7 bytes as a word: each of them at least once, and spaces. */
static inline uint64_t text_load_few(const char *text, size_t len)
{
    if (len >= sizeof(uint32_t)) {
        uint32_t halves[2];
        memcpy(&halves[0], text, sizeof halves[0]);
        memcpy(&halves[1], text + len - sizeof halves[1], sizeof halves[1]);
        return (uint64_t)halves[0] << 32 | halves[1];
    }
    const uint64_t spaces = UINT64_C(0x2020202020000000);
    return spaces | (uint64_t)(unsigned char)text[0] << 16 |
           (uint64_t)(unsigned char)text[len / 2] << 8 | (unsigned char)text[len - 1];
}

/* Returns true if the text is ASCII without a NUL, as most names are. It has at least one byte, and
 * 8 of them are looked at together: a byte above 127 has its high bit, and one that is 0 gets it
 * when 1 is taken away from each. */
static inline bool is_plain_text(const char *text, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    uint64_t seen = 0;
    uint64_t last;
    if (len < sizeof last) {
        last = text_load_few(text, len);
    } else {
        for (size_t i = 0; i < len - sizeof last; i += sizeof last) {
            const uint64_t word = text_load_8(text + i);
            seen |= word | (word - ones);
        }
        last = text_load_8(text + len - sizeof last);
    }
    seen |= last | (last - ones);
    return (seen & high_bits) == 0;
}

/* The same as ringfort_is_utf8, of a text of at least one byte, fast where it is plain. */
static inline bool is_utf8(const char *text, size_t len)
{
    return __builtin_expect(is_plain_text(text, len), 1) || ringfort_is_utf8(text, len);
}

#endif
