/*
 * Messages of the command: prefix, colour, and what is shown of text that others chose.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "say.h"

#include "status.h"
#include "text.h"

#include <errno.h>
#include <ringfort.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static enum say_color wanted_color = SAY_COLOR_AUTO;
static bool is_quiet = false;

void say_set_color(enum say_color color)
{
    wanted_color = color;
}

void say_set_quiet(bool quiet)
{
    is_quiet = quiet;
}

/* --color wins; then NO_COLOR (any value but empty), CLICOLOR_FORCE, and last whether a
 * terminal listens. */
static bool stderr_is_coloured(void)
{
    if (wanted_color != SAY_COLOR_AUTO) {
        return wanted_color == SAY_COLOR_ALWAYS;
    }
    const char *no = getenv("NO_COLOR");
    if (no != NULL && no[0] != '\0') {
        return false;
    }
    const char *force = getenv("CLICOLOR_FORCE");
    if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0) {
        return true;
    }
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

static void write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* nobody can be told that stderr does not work */
        }
        text += n;
        length -= (size_t)n;
    }
}

enum say_lines {
    SAY_ONE_LINE,
    SAY_LINES,
};

/* One write(2) a message, so that the messages of several processes do not mix within a line. */
__attribute__((format(printf, 3, 0))) static void say(const char *color, enum say_lines lines,
                                                      const char *format, va_list arguments)
{
    char *plain = NULL;
    const int length = vasprintf(&plain, format, arguments);
    if (length < 0) {
        static const char sorry[] = "ringfort: out of memory\n";
        write_all(STDERR_FILENO, sorry, sizeof(sorry) - 1);
        return;
    }
    const bool coloured = stderr_is_coloured();
    const char *prefix = "ringfort: ";
    char with_color[64];
    if (coloured) {
        (void)snprintf(with_color, sizeof(with_color), "\033[%smringfort:\033[0m ", color);
        prefix = with_color;
    }
    const unsigned flags = lines == SAY_LINES ? RINGFORT_TEXT_LINES : 0;
    FREED_TEXT char *shown = shown_text(plain, (size_t)length, flags);
    FREED_TEXT char *message = must_format("%s%s\n", prefix, shown);
    write_all(STDERR_FILENO, message, strlen(message));
    free(plain);
}

bool say_is_live(void)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !is_quiet && wanted_color != SAY_COLOR_NEVER && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0) && isatty(STDERR_FILENO) == 1;
}

static size_t terminal_width(void)
{
    enum { USUAL = 80 };
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL;
}

void say_live(const char *text)
{
    FREED_TEXT char *shown = shown_text(text, strlen(text), 0);
    size_t length = strnlen(shown, terminal_width() - 1); /* a full line would break */
    while (length > 0 && ((uint8_t)shown[length] & 0xc0) == 0x80) {
        length--; /* no half of a character */
    }
    /* What an earlier line left there is erased. */
    FREED_TEXT char *line = must_format("\r%.*s\033[K", (int)length, shown);
    write_all(STDERR_FILENO, line, strlen(line));
}

static const char red[] = "1;31";
static const char yellow[] = "1;33";

int fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(red, SAY_ONE_LINE, format, arguments);
    va_end(arguments);
    return status;
}

int fail_lines(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(red, SAY_LINES, format, arguments);
    va_end(arguments);
    return status;
}

void note(const char *format, ...)
{
    if (is_quiet) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    say(yellow, SAY_ONE_LINE, format, arguments);
    va_end(arguments);
}

/* The first error of stdout. It is reported later, when errno has changed. */
static int output_error;

static void note_output(int result)
{
    if (result < 0 && output_error == 0) {
        output_error = errno;
    }
}

void out(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_output(vprintf(format, arguments));
    va_end(arguments);
}

void out_text(const char *text, size_t length)
{
    FREED_TEXT char *shown = shown_text(text, length, 0);
    note_output(fputs(shown, stdout));
}

int say_close_stdout(int status)
{
    note_output(fflush(stdout));
    if (output_error == 0 || output_error == EPIPE) {
        return status; /* who closes the other end has read enough */
    }
    return fail(STATUS_REFUSED, "stdout: the output could not be written: %s",
                strerror(output_error));
}
