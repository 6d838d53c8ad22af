/*
 * Collects the guest's environment: the inherited one first, then the options in their order, a
 * later name winning.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "environment.h"

#include "option_path.h"
#include "say.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_ON = -1 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

static void set_variable(struct strings *env, const char *text)
{
    const size_t name_length =
        strcspn(text, "=") + 1; /* with the `=`, so that no name matches a longer one */
    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->items[i], text, name_length) == 0) {
            free(env->items[i]);
            env->items[i] = must_copy(text, strlen(text));
            return;
        }
    }
    strings_add(env, must_copy(text, strlen(text)));
}

/* NAME=VALUE, or NAME: then ringfort's own value is passed on, and nothing where it has none. */
static void set_or_pass_on(struct strings *env, const char *text)
{
    if (strchr(text, '=') != NULL) {
        set_variable(env, text);
        return;
    }
    const char *value = getenv(text);
    if (value != NULL) {
        FREED_TEXT char *variable = must_format("%s=%s", text, value);
        set_variable(env, variable);
    }
}

/* Where a file of variables is read. */
struct place {
    const char *path;
    size_t line;
    const struct tree *writer; /* the directory that the guest may write and that the file lies in;
                                  NULL: none */
};

/* A line in the way of a shell or of a settings file would make a variable whose name no program
 * asks for. */
static int check_name(const struct place *place, const char *text)
{
    const size_t length = strcspn(text, "=");
    const size_t word = strcspn(text, " \t\v\f\r\n");
    if (length == 0) {
        return fail(STATUS_REFUSED,
                    "%s:%zu: the variable has no name; a line is NAME=VALUE or NAME", place->path,
                    place->line);
    }
    if (word >= length) {
        return GO_ON;
    }
    if (word == strlen("export") && strncmp(text, "export", word) == 0) {
        return fail(STATUS_REFUSED,
                    "%s:%zu: \"export\" belongs to a shell; a line is NAME=VALUE or NAME, so "
                    "remove the word",
                    place->path, place->line);
    }
    return fail(STATUS_REFUSED,
                "%s:%zu: the name of a variable has no blanks; a line is NAME=VALUE or NAME, so "
                "remove the blank after \"%.*s\"",
                place->path, place->line, (int)word, text);
}

static int read_line(const struct place *place, char *line, size_t length, struct strings *env)
{
    if (strlen(line) != length) {
        return fail(STATUS_REFUSED, "%s:%zu: a NUL byte cannot be in an environment", place->path,
                    place->line);
    }
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
        line[--length] = '\0';
    }
    const bool has_mark = place->line == 1 && strncmp(line, byte_order_mark, 3) == 0;
    const char *start = has_mark ? line + 3 : line;
    const char *text = start + strspn(start, " \t");
    if (*text == '\0' || *text == '#') {
        return GO_ON;
    }
    const int result = check_name(place, text);
    if (result != GO_ON) {
        return result;
    }
    if (place->writer != NULL && strchr(text, '=') == NULL) {
        return fail(STATUS_REFUSED,
                    "%s:%zu: %s is not passed on, because the guest may write this file (--dir "
                    "%s) and would choose what it gets; move the file, or use --env %s",
                    place->path, place->line, text, place->writer->host, text);
    }
    set_or_pass_on(env, text);
    return GO_ON;
}

static int read_lines(struct place *place, FILE *file, struct strings *env)
{
    FREED_TEXT char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    int result = GO_ON;
    for (place->line = 1; result == GO_ON && (length = getline(&line, &room, file)) >= 0;
         place->line++) {
        result = read_line(place, line, (size_t)length, env);
    }
    if (result == GO_ON && ferror(file) != 0) {
        result = fail(STATUS_REFUSED, "%s: cannot be read for --env-file: %s", place->path,
                      strerror(errno));
    }
    return result;
}

static int read_file(const struct run_options *options, const char *path, struct strings *env)
{
    struct place place = { .path = path };
    const struct option_path request = { .option = "--env-file", .path = path, .flags = O_RDONLY };
    const int fd = option_path_open(&options->writable, &request, &place.writer);
    if (fd == OPTION_PATH_REFUSED) {
        return STATUS_REFUSED;
    }
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        return fail(STATUS_REFUSED, "%s: cannot be opened for --env-file: %s", path,
                    strerror(errno));
    }
    const int result = read_lines(&place, file, env);
    (void)fclose(file);
    return result;
}

int environment_collect(const struct run_options *options, struct strings *env)
{
    if (options->inherits_env) {
        for (char **variable = environ; *variable != NULL; variable++) {
            set_or_pass_on(env, *variable);
        }
    }
    for (size_t i = 0; i < options->env_count; i++) {
        const struct env_grant *grant = &options->env[i];
        if (grant->kind == ENV_SET) {
            set_or_pass_on(env, grant->text);
            continue;
        }
        const int result = read_file(options, grant->text, env);
        if (result != GO_ON) {
            return result;
        }
    }
    return GO_ON;
}
