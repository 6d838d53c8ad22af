/* What is shown of text that a guest chose: every character, every broken form, every room.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <ringfort.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LAST_CHARACTER = 0x10ffff, PLANE = 0x10000 };

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t length = c < 0x800 ? 2 : c < PLANE ? 3 : 4;
    static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(heads[length] | c);
    return length;
}

static void assert_shown(const char *text, size_t length, unsigned flags, const char *wanted)
{
    char shown[256];
    const size_t used = ringfort_text_escape(text, length, flags, shown, sizeof shown);
    assert_string_equal(shown, wanted);
    assert_int_equal(used, strlen(wanted));
}

/* Written apart from the table of the library: the blocks whose members must never be shown. */
static bool must_be_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x34f ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff) || (c & 0xfffe) == 0xfffe;
}

static bool must_be_shown(uint32_t c)
{
    return (c >= ' ' && c <= '~') || (c >= 0xa0 && c < 0x300 && c != 0xad) ||
           (c >= 0x370 && c < 0x600) || (c >= 0x4e00 && c < 0xa000) ||
           (c >= 0x1f300 && c < 0x1f600);
}

static void every_character_is_shown_as_it_is_or_as_its_number(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= LAST_CHARACTER; c++) {
        if (c >= 0xd800 && c < 0xe000) {
            continue;
        }
        char text[4];
        char shown[16];
        char number[16];
        const size_t length = encode(c, text);
        const size_t used = ringfort_text_escape(text, length, 0, shown, sizeof shown);
        const bool is_same = used == length && memcmp(shown, text, length) == 0;
        (void)snprintf(number, sizeof number, c < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)c);
        assert_true(is_same || strcmp(shown, number) == 0);
        if (must_be_hidden(c) == is_same && (must_be_hidden(c) || must_be_shown(c))) {
            fail_msg("U+%04X", (unsigned)c);
        }
        assert_true(!must_be_shown(c) || is_same);
    }
}

static void bytes_that_are_not_utf_8_are_shown_one_by_one(void **state)
{
    (void)state;
    assert_shown("\x9b", 1, 0, "\\x9b");
    assert_shown("A\xc2\x9b\x42", 4, 0, "A\\u{9b}B");
    assert_shown("\xc2", 1, 0, "\\xc2");
    assert_shown("\xc2\x41", 2, 0, "\\xc2A");
    assert_shown("\xe2\x80", 2, 0, "\\xe2\\x80");
    assert_shown("\xc0\x80", 2, 0, "\\xc0\\x80");                   /* longer than needed */
    assert_shown("\xc1\xbf", 2, 0, "\\xc1\\xbf");                   /* the same */
    assert_shown("\xe0\x9f\xbf", 3, 0, "\\xe0\\x9f\\xbf");          /* the same */
    assert_shown("\xf0\x8f\xbf\xbf", 4, 0, "\\xf0\\x8f\\xbf\\xbf"); /* the same */
    assert_shown("\xed\xa0\x80", 3, 0, "\\xed\\xa0\\x80");          /* a surrogate */
    assert_shown("\xed\x9f\xbf", 3, 0, "\xed\x9f\xbf");             /* the last before them */
    assert_shown("\xf4\x90\x80\x80", 4, 0, "\\xf4\\x90\\x80\\x80"); /* past the last character */
    assert_shown("\xf5\x80\x80\x80", 4, 0, "\\xf5\\x80\\x80\\x80");
    assert_shown("\xff\xfe", 2, 0, "\\xff\\xfe");
    assert_shown("\xc2\xc2\x9b", 3, 0, "\\xc2\\u{9b}");
}

static void what_turns_or_hides_text_is_shown_as_its_number(void **state)
{
    (void)state;
    assert_shown("a\xe2\x80\xae"
                 "b",
                 5, 0, "a\\u{202e}b");
    assert_shown("\xe2\x81\xa6\xe2\x81\xa9", 6, 0, "\\u{2066}\\u{2069}");
    assert_shown("\xef\xbb\xbf", 3, 0, "\\u{feff}");
    assert_shown("\xf3\xa0\x81\x81", 4, 0, "\\u{e0041}");
    assert_shown("\xe2\x80\xa8", 3, RINGFORT_TEXT_LINES, "\\u{2028}");
}

static void lines_are_kept_where_they_are_wanted(void **state)
{
    (void)state;
    assert_shown("a\nb\r\t", 5, 0, "a\\x0ab\\x0d\\x09");
    assert_shown("a\nb\r\t", 5, RINGFORT_TEXT_LINES, "a\nb\\x0d\\x09");
    assert_shown("a\0b", 3, RINGFORT_TEXT_LINES, "a\\x00b");
    assert_shown("", 0, 0, "");
}

static void what_is_not_shown_may_be_marked(void **state)
{
    (void)state;
    assert_shown("a\x1b\xc2\x9b\xe2\x80\xae\x9b\n", 9, RINGFORT_TEXT_MARKED, "a?????");
    assert_shown("a\n", 2, RINGFORT_TEXT_MARKED | RINGFORT_TEXT_LINES, "a\n");
}

static void a_result_that_is_cut_ends_between_characters_and_tells_its_length(void **state)
{
    static const char text[] = "a\xc3\xa4\x1b\xe2\x80\xae";
    static const char whole[] = "a\xc3\xa4\\x1b\\u{202e}";
    (void)state;
    for (size_t size = 0; size <= sizeof whole; size++) {
        char shown[sizeof whole + 1];
        memset(shown, '#', sizeof shown);
        const size_t used = ringfort_text_escape(text, sizeof text - 1, 0, shown, size);
        assert_int_equal(used, sizeof whole - 1);
        assert_int_equal(shown[size], '#');
        if (size == 0) {
            continue;
        }
        const size_t length = strlen(shown);
        assert_true(length < size);
        assert_memory_equal(shown, whole, length);
        assert_true(length == 0 || length == 1 || length == 3 || length == 7 ||
                    length == sizeof whole - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_shown_as_it_is_or_as_its_number),
        cmocka_unit_test(bytes_that_are_not_utf_8_are_shown_one_by_one),
        cmocka_unit_test(what_turns_or_hides_text_is_shown_as_its_number),
        cmocka_unit_test(lines_are_kept_where_they_are_wanted),
        cmocka_unit_test(what_is_not_shown_may_be_marked),
        cmocka_unit_test(a_result_that_is_cut_ends_between_characters_and_tells_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
