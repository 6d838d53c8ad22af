/*
 * What the command says to people: one line on stderr, prefixed, in colour where that is wanted.
 *
 * Text that came from a guest (names of imports, trap messages) can hold anything, so all goes
 * through ringfort_text_escape: a module can neither drive the terminal nor hide or turn a part of
 * a message of ours.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>
#include <stddef.h>

enum say_color {
    SAY_COLOR_AUTO,
    SAY_COLOR_ALWAYS,
    SAY_COLOR_NEVER,
};

void say_set_color(enum say_color color);

/* Leaves out notes and warnings; failures are always said. */
void say_set_quiet(bool quiet);

/* Says why something failed and returns `status`, so that a caller can write `return fail(…)`. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for text of several lines: a trap and its backtrace. */
int fail_lines(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns whether a line that changes may be shown: a person is at the terminal, who asked neither
 * for quiet nor for plain text. */
bool say_is_live(void);

/* Shows a line, in place of the one shown before, without ending it; "" takes it away. */
void say_live(const char *text);

/* Says something that does not stop the run. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints to stdout what was asked for; its errors are told once, by
 * say_close_stdout. */
void out(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes text to stdout as ringfort_text_escape shows it: for names that a module chose. */
void out_text(const char *text, size_t length);

/* Flushes stdout. Returns `status`, or a failure where the output could not be written, but for a
 * pipe that nobody reads any more. */
int say_close_stdout(int status);

#endif
