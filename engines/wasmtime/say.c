/*
 * Messages of the Wasmtime adapter: bounded, and safe to print although guests choose some of their
 * words.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char cut_mark[] = "...";

static bool is_inside_a_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Ends the text with a mark, at the start of a UTF-8 character. */
static void cut(struct text *text)
{
    text->is_cut = true;
    if (text->size < sizeof cut_mark) {
        return;
    }
    size_t end = text->size - sizeof cut_mark;
    if (end > text->used) {
        end = text->used;
    }
    while (end > 0 && end < text->used && is_inside_a_character(text->at[end])) {
        end--;
    }
    memcpy(text->at + end, cut_mark, sizeof cut_mark);
    text->used = end + sizeof cut_mark - 1;
}

static void add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (text->is_cut || text->size == 0) {
        return;
    }
    const size_t room = text->size - 1 - text->used;
    const size_t fits = length < room ? length : room;
    memcpy(text->at + text->used, bytes, fits);
    text->used += fits;
    text->at[text->used] = '\0';
    if (fits < length) {
        cut(text);
    }
}

void ringfort_wasmtime_text_add(struct text *text, const char *word)
{
    add_bytes(text, word, strlen(word));
}

/* Names come from the module: without this, a guest could send escape sequences to its host's
 * terminal. */
void ringfort_wasmtime_text_add_foreign(struct text *text, const char *bytes, size_t length,
                                        bool keep_newlines)
{
    char shown[sizeof(((ringfort_error *)NULL)->message)];
    const unsigned flags = RINGFORT_TEXT_MARKED | (keep_newlines ? RINGFORT_TEXT_LINES : 0);
    const size_t needed = ringfort_text_escape(bytes, length, flags, shown, sizeof shown);
    add_bytes(text, shown, strlen(shown));
    if (needed >= sizeof shown && text->size > 0) {
        cut(text);
    }
}

__attribute__((format(printf, 2, 0))) static void print_to(struct text *text, const char *format,
                                                           va_list arguments)
{
    char words[512];
    const int length = vsnprintf(words, sizeof words, format, arguments);
    if (length > 0) {
        add_bytes(text, words, strlen(words));
    }
}

void ringfort_wasmtime_text_print(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_to(text, format, arguments);
    va_end(arguments);
}

struct text ringfort_wasmtime_message_of(ringfort_error *error, ringfort_status status)
{
    if (error == NULL) {
        return (struct text){ 0 };
    }
    error->status = status;
    error->os_errno = 0;
    error->message[0] = '\0';
    return (struct text){ .at = error->message, .size = sizeof error->message };
}

ringfort_status ringfort_wasmtime_fail(ringfort_error *error, ringfort_status status,
                                       const char *format, ...)
{
    struct text text = ringfort_wasmtime_message_of(error, status);
    va_list arguments;
    va_start(arguments, format);
    print_to(&text, format, arguments);
    va_end(arguments);
    return status;
}
