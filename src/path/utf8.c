/* Whether bytes are UTF-8, as names in WASI are.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "path/utf8.h"

enum { ASCII_END = 0x80, CONTINUES_FIRST = 0x80, CONTINUES_LAST = 0xbf };

/* Every form of a character that is not ASCII: what its first byte may be, what its second, and how
 * many bytes it has. RFC 3629, section 4. */
static const struct form {
    unsigned char first_from;
    unsigned char first_to;
    unsigned char second_from;
    unsigned char second_to;
    unsigned char len;
} forms[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* not overlong */
    { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, /* no surrogate */
    { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* not overlong */
    { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* not above U+10FFFF */
};

static bool is_between(unsigned char byte, unsigned char from, unsigned char to)
{
    return byte >= from && byte <= to;
}

static bool has_form(const unsigned char *at, size_t left, const struct form *form)
{
    if (left < form->len || !is_between(at[0], form->first_from, form->first_to) ||
        !is_between(at[1], form->second_from, form->second_to)) {
        return false;
    }
    for (size_t i = 2; i < form->len; i++) {
        if (!is_between(at[i], CONTINUES_FIRST, CONTINUES_LAST)) {
            return false;
        }
    }
    return true;
}

/* The bytes of the character that the text begins with; 0 where it is none. */
static size_t character_len(const unsigned char *at, size_t left)
{
    if (at[0] < ASCII_END) {
        return 1;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (has_form(at, left, &forms[i])) {
            return forms[i].len;
        }
    }
    return 0;
}

bool ringfort_is_utf8(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    while (len > 0) {
        const size_t n = character_len(at, len);
        if (n == 0) {
            return false;
        }
        at += n;
        len -= n;
    }
    return true;
}
