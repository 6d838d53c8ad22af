/*
 * Small helpers for strings: allocation that cannot fail, lists, the nearest of some names,
 * one-line forms.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says that the memory ended, in the words that the parent of a compiler process looks for. Returns
 * the status to end with. */
int say_out_of_memory(void);

/* The command cannot do anything useful without memory: these say so and end the process with
 * 125. */
void *must_allocate(size_t size);
void *must_grow(void *block, size_t count, size_t size);
char *must_copy(const char *text, size_t length);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A list of strings that it owns. */
struct strings {
    char **items;
    size_t count;
};

void strings_add(struct strings *list, char *given);
void strings_free(struct strings *list);

/* Cleanup for a variable that holds memory from malloc. */
void free_text(char **text);
#define FREED_TEXT __attribute__((cleanup(free_text)))

/* Text as ringfort_text_escape shows it; yours. */
char *shown_text(const char *text, size_t length, unsigned flags);

/* A word of a command line that stands for this text in a shell, and is safe to show: as it is
 * where that has no meaning to a shell, else quoted. Yours; the text has no NUL. */
char *shell_quote(const char *text, size_t length);

/* How many single-character edits lie between two names. */
size_t edit_distance(const char *a, const char *b);

/* Whether `distance` edits are few enough to think that `wanted` was meant. */
bool is_near(const char *wanted, size_t distance);

/* Turns the text of several lines that an engine gives into one; `text` is NUL-terminated and
 * changed in place. */
void make_one_line(char *text);

/* "64 KiB", "1.5 MiB"; the buffer holds at least SIZE_TEXT_MAX bytes. */
enum { SIZE_TEXT_MAX = 32 };
const char *size_text(uint64_t bytes, char *buffer);

#endif
