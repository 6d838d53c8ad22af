/*
 * Collects the guest's environment: the inherited one first, then the options in their order, a
 * later name winning.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "environment.h"

#include "say.h"
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_ON = -1 };

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

static int read_line(const char *path, size_t number, char *line, size_t length,
                     struct strings *env)
{
    if (strlen(line) != length) {
        return fail(STATUS_REFUSED, "%s:%zu: a NUL byte cannot be in an environment", path, number);
    }
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
        line[--length] = '\0';
    }
    const char *text = line + strspn(line, " \t");
    if (*text == '\0' || *text == '#') {
        return GO_ON;
    }
    if (*text == '=') {
        return fail(STATUS_REFUSED,
                    "%s:%zu: the variable has no name; a line is NAME=VALUE or NAME", path, number);
    }
    set_or_pass_on(env, text);
    return GO_ON;
}

static int read_file(const char *path, struct strings *env)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail(STATUS_REFUSED, "%s: cannot be opened for --env-file: %s", path,
                    strerror(errno));
    }
    FREED_TEXT char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    int result = GO_ON;
    for (size_t number = 1; result == GO_ON && (length = getline(&line, &room, file)) >= 0;
         number++) {
        result = read_line(path, number, line, (size_t)length, env);
    }
    if (result == GO_ON && ferror(file) != 0) {
        result =
            fail(STATUS_REFUSED, "%s: cannot be read for --env-file: %s", path, strerror(errno));
    }
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
        const int result = read_file(grant->text, env);
        if (result != GO_ON) {
            return result;
        }
    }
    return GO_ON;
}
