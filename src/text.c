/* Text that a guest or its module chose, made safe to show.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <ringfort.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The characters that are not shown, in order: controls, what turns the direction of text, what
 * separates lines, what cannot be seen (Unicode's Default_Ignorable_Code_Point), and what is no
 * character. */
static const struct {
    uint32_t first;
    uint32_t last;
} hidden[] = {
    { 0x00, 0x1f },       /* C0 */
    { 0x7f, 0x9f },       /* DEL and C1 */
    { 0xad, 0xad },       /* soft hyphen */
    { 0x34f, 0x34f },     /* combining grapheme joiner */
    { 0x61c, 0x61c },     /* Arabic letter mark */
    { 0x115f, 0x1160 },   /* Hangul fillers */
    { 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
    { 0x180b, 0x180f },   /* Mongolian selectors */
    { 0x200b, 0x200f },   /* zero width, and marks of direction */
    { 0x2028, 0x202e },   /* separators of lines and paragraphs, embeddings and overrides */
    { 0x2060, 0x206f },   /* word joiner, invisible operators, isolates */
    { 0x3164, 0x3164 },   /* Hangul filler */
    { 0xfdd0, 0xfdef },   /* no characters */
    { 0xfe00, 0xfe0f },   /* variation selectors */
    { 0xfeff, 0xfeff },   /* byte order mark */
    { 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
    { 0xfff0, 0xfffb },   /* reserved, and annotations */
    { 0xfffe, 0xffff },   /* no characters */
    { 0x1bca0, 0x1bca3 }, /* controls of shorthand */
    { 0x1d173, 0x1d17a }, /* controls of music */
    { 0xe0000, 0xe0fff }, /* tags and more variation selectors */
};

static const uint32_t plane_end = 0xfffe; /* the last two of each plane are no characters */

static bool is_hidden(uint32_t character)
{
    if ((character & plane_end) == plane_end) {
        return true;
    }
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (character <= hidden[i].last) {
            return character >= hidden[i].first;
        }
    }
    return false;
}

/* The bytes of a character that is longer than one, by its first byte; 0 where none begins. */
static size_t length_by_first(unsigned char first)
{
    return first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* Decodes the character at `text`. Returns how many bytes it has; 0, with *character as it was,
 * where it is not UTF-8, which covers longer forms than needed, surrogates and numbers past the
 * last character. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *character)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    static const uint32_t surrogates = 0xd800;
    static const uint32_t most = 0x10ffff;
    if (text[0] < 0x80) {
        *character = text[0];
        return 1;
    }
    const size_t wanted = length_by_first(text[0]);
    if (wanted == 0 || wanted > length) {
        return 0;
    }
    uint32_t value = text[0] & (0x7fU >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3f);
    }
    const bool is_surrogate = (value & ~0x7ffU) == surrogates;
    if (value < least[wanted] || value > most || is_surrogate) {
        return 0;
    }
    *character = value;
    return wanted;
}

/* A result that may be longer than its room: `used` counts all of it. */
struct result {
    char *at;
    size_t size;
    size_t used;
    bool is_full;
};

static void put(struct result *result, const char *piece, size_t length)
{
    result->is_full = result->is_full || length >= result->size - result->used;
    if (!result->is_full) {
        memcpy(result->at + result->used, piece, length);
        result->at[result->used + length] = '\0';
    }
    result->used += length;
}

static void put_hidden(struct result *result, uint32_t number, size_t bytes, unsigned flags)
{
    char escape[16];
    if ((flags & RINGFORT_TEXT_MARKED) != 0) {
        put(result, "?", 1);
        return;
    }
    const int used = bytes > 1 ? snprintf(escape, sizeof escape, "\\u{%" PRIx32 "}", number)
                               : snprintf(escape, sizeof escape, "\\x%02" PRIx32, number);
    put(result, escape, (size_t)used);
}

size_t ringfort_text_escape(const char *text, size_t length, unsigned flags, char *shown,
                            size_t size)
{
    struct result result = { .at = shown, .size = size, .is_full = size == 0 };
    if (size > 0) {
        shown[0] = '\0';
    }
    for (size_t at = 0; at < length;) {
        uint32_t number = (unsigned char)text[at];
        const bool is_line = text[at] == '\n' && (flags & RINGFORT_TEXT_LINES) != 0;
        const size_t bytes = decode((const unsigned char *)text + at, length - at, &number);
        if (bytes > 0 && (is_line || !is_hidden(number))) {
            put(&result, text + at, bytes);
        } else {
            put_hidden(&result, number, bytes, flags);
        }
        at += bytes > 0 ? bytes : 1;
    }
    return result.used;
}
