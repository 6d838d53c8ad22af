/*
 * String helpers shared by the command's files.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "text.h"

#include "say.h"
#include "status.h"

#include <ringfort.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int say_out_of_memory(void)
{
    return fail(STATUS_REFUSED, "out of memory");
}

static _Noreturn void out_of_memory(void)
{
    exit(say_out_of_memory());
}

void *must_allocate(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);
    if (block == NULL) {
        out_of_memory();
    }
    return block;
}

void *must_grow(void *block, size_t count, size_t size)
{
    void *grown = reallocarray(block, count > 0 ? count : 1, size);
    if (grown == NULL) {
        out_of_memory();
    }
    return grown;
}

char *must_copy(const char *text, size_t length)
{
    char *copy = must_allocate(length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *must_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        out_of_memory();
    }
    return text;
}

void strings_add(struct strings *list, char *given)
{
    list->items = must_grow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = given;
}

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct strings){ .items = NULL, .count = 0 };
}

void free_text(char **text)
{
    free(*text);
}

char *shown_text(const char *text, size_t length, unsigned flags)
{
    const size_t needed = ringfort_text_escape(text, length, flags, NULL, 0);
    char *shown = must_allocate(needed + 1);
    (void)ringfort_text_escape(text, length, flags, shown, needed + 1);
    return shown;
}

/* ---- For the shell ---- */

static bool is_plain_word(const char *text, size_t length)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@+:,./-";
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' || strchr(plain, text[i]) == NULL) {
            return false;
        }
    }
    return length > 0;
}

/* Within single quotes a shell takes all as it is, but for a single quote. */
static char *quote_plainly(const char *text, size_t length)
{
    char *quoted = must_allocate(4 * length + 3);
    char *to = quoted;
    *to++ = '\'';
    for (size_t i = 0; i < length; i++) {
        to = text[i] == '\'' ? stpcpy(to, "'\\''") : stpncpy(to, text + i, 1);
    }
    *to = '\'';
    return quoted;
}

/* What would not be shown as it is: bash, zsh and ksh know $'\xNN'. */
static char *quote_bytes(const char *text, size_t length)
{
    char *quoted = must_allocate(4 * length + 4);
    char *to = stpcpy(quoted, "$'");
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        const bool is_plain = byte >= ' ' && byte <= '~' && byte != '\'' && byte != '\\';
        to += is_plain ? sprintf(to, "%c", byte) : sprintf(to, "\\x%02x", byte);
    }
    *to = '\'';
    return quoted;
}

char *shell_quote(const char *text, size_t length)
{
    FREED_TEXT char *shown = shown_text(text, length, 0);
    if (is_plain_word(text, length)) {
        return must_copy(text, length);
    }
    return strlen(shown) == length && memcmp(shown, text, length) == 0 ? quote_plainly(text, length)
                                                                       : quote_bytes(text, length);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { COMPARED_MAX = 64 }; /* no name of ours is longer; a guest's is compared by its beginning */

size_t edit_distance(const char *a, const char *b)
{
    size_t row[COMPARED_MAX + 1];
    const size_t a_length = strnlen(a, COMPARED_MAX);
    const size_t b_length = strnlen(b, COMPARED_MAX);
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t substituted = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = row[j];
            row[j] = least(substituted, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_length];
}

bool is_near(const char *wanted, size_t distance)
{
    return distance <= 1 + strlen(wanted) / 4;
}

void make_one_line(char *text)
{
    size_t used = 0;
    for (const char *line = text; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *next = *end != '\0' ? end + 1 : end;
        line += strspn(line, " \t");
        const bool is_picture = line[strspn(line, "0123456789 ")] == '|';
        const size_t length = line < end && !is_picture ? (size_t)(end - line) : 0;
        if (length > 0) {
            if (used > 0) {
                text[used++] = ' ';
            }
            memmove(text + used, line, length);
            used += length;
        }
        line = next;
    }
    text[used] = '\0';
}

const char *size_text(uint64_t bytes, char *buffer)
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t unit = 0;
    uint64_t scale = 1;
    while (unit + 1 < sizeof(units) / sizeof(units[0]) && bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    if (bytes % scale == 0) {
        (void)snprintf(buffer, SIZE_TEXT_MAX, "%llu %s", (unsigned long long)(bytes / scale),
                       units[unit]);
    } else {
        (void)snprintf(buffer, SIZE_TEXT_MAX, "%.1f %s", (double)bytes / (double)scale,
                       units[unit]);
    }
    return buffer;
}
