/*
 * From the line of `ringfort run` to what it means; nothing is opened here.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "run_options.h"

#include "engine.h"
#include "limits.h"
#include "moment.h"
#include "options.h"
#include "parse.h"
#include "say.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

enum {
    GO_ON = -1,
    GUEST_PATH_MAX = 4095,
};

static const uint64_t max_threads_default = 64;
static const uint64_t max_threads_limit = 65536;
static const uint64_t timeout_limit_ns = 366ULL * 24 * 3600 * 1000000000;

enum default_mode {
    MODE_READ_WRITE,
    MODE_READ_ONLY,
};

static int set_access(struct directory_grant *grant, const char *text, const char *access)
{
    if (grant->is_read_only) {
        return fail(STATUS_USAGE, "%s %s: only --dir takes a third part", grant->option, text);
    }
    grant->is_explicit = true;
    grant->is_read_only = strcmp(access, "ro") == 0;
    if (!grant->is_read_only && strcmp(access, "rw") != 0) {
        return fail(STATUS_USAGE, "%s %s: \"%s\" is neither ro nor rw", grant->option, text,
                    access);
    }
    return GO_ON;
}

/* "data::/in:ro" would give a directory for writing under a name that nobody wants. */
static bool ends_with_one_colon(const char *guest, size_t length)
{
    return length > 3 &&
           (memcmp(guest + length - 3, ":ro", 3) == 0 || memcmp(guest + length - 3, ":rw", 3) == 0);
}

/* Without the slashes at its end, which no path that a guest opens has: "data/" is "data". */
static size_t length_of_name(const char *text, size_t length)
{
    while (length > 1 && text[length - 1] == '/') {
        length--;
    }
    return length;
}

static int set_guest_name(struct directory_grant *grant, const char *name, size_t length)
{
    if (length > GUEST_PATH_MAX) {
        return fail(STATUS_USAGE, "%s: the guest's name for the directory is longer than %d bytes",
                    grant->option, GUEST_PATH_MAX);
    }
    grant->guest = must_copy(name, length_of_name(name, length));
    return GO_ON;
}

static int parse_directory(struct directory_grant *grant, const char *text)
{
    const char *guest = strstr(text, "::");
    const char *access = guest != NULL ? strstr(guest + 2, "::") : NULL;
    const size_t host_length = guest != NULL ? (size_t)(guest - text) : strlen(text);
    if (host_length == 0) {
        return fail(STATUS_USAGE, "%s %s: the host's directory is missing: %s HOST::GUEST",
                    grant->option, text, grant->option);
    }
    const int result = access != NULL ? set_access(grant, text, access + 2) : GO_ON;
    if (result != GO_ON) {
        return result;
    }
    grant->host = must_copy(text, host_length);
    const char *guest_end = access != NULL ? access : text + strlen(text);
    if (guest == NULL || guest_end == guest + 2) {
        return set_guest_name(grant, grant->host, host_length);
    }
    if (access == NULL && ends_with_one_colon(text, strlen(text))) {
        return fail(STATUS_USAGE,
                    "%s %s: two colons separate the access from the guest's name: did you mean "
                    "--dir %.*s:%s?",
                    grant->option, text, (int)(strlen(text) - 3), text, text + strlen(text) - 3);
    }
    return set_guest_name(grant, guest + 2, (size_t)(guest_end - guest - 2));
}

static int add_directory(struct run_options *options, const char *text, enum default_mode mode)
{
    struct directory_grant grant = {
        .is_read_only = mode == MODE_READ_ONLY,
        .option = mode == MODE_READ_ONLY ? "--ro" : "--dir",
    };
    const int result = parse_directory(&grant, text);
    if (result != GO_ON) {
        free(grant.host);
        return result;
    }
    options->directories = must_grow(options->directories, options->directory_count + 1,
                                     sizeof(*options->directories));
    options->directories[options->directory_count++] = grant;
    return GO_ON;
}

static int add_env(struct run_options *options, enum env_kind kind, const char *text)
{
    if (kind == ENV_SET && (text[0] == '\0' || text[0] == '=')) {
        return fail(STATUS_USAGE,
                    "--env %s: the variable has no name: --env NAME=VALUE or --env NAME", text);
    }
    options->env = must_grow(options->env, options->env_count + 1, sizeof(*options->env));
    options->env[options->env_count++] = (struct env_grant){ .kind = kind, .text = text };
    return GO_ON;
}

/* ADDR:PORT[::nonblock]; what else follows is taken for a part of the address, which is refused
 * when it is opened. */
static int add_listener(struct run_options *options, const char *text)
{
    static const char suffix[] = "::nonblock";
    const size_t length = strlen(text);
    const bool has_suffix =
        length >= strlen(suffix) && strcmp(text + length - strlen(suffix), suffix) == 0;
    options->listeners =
        must_grow(options->listeners, options->listener_count + 1, sizeof(*options->listeners));
    options->listeners[options->listener_count++] = (struct listener_grant){
        .address = must_copy(text, has_suffix ? length - strlen(suffix) : length),
        .is_nonblocking = has_suffix,
    };
    return GO_ON;
}

static int set_trace(struct run_options *options, const char *text)
{
    if (text == NULL || strcmp(text, "text") == 0) {
        options->trace = TRACE_TEXT;
    } else if (strcmp(text, "json") == 0) {
        options->trace = TRACE_JSON;
    } else {
        return fail(STATUS_USAGE, "--trace=%s: a trace is text or json", text);
    }
    return GO_ON;
}

static int set_timeout(struct run_options *options, const char *text)
{
    options->timeout = text;
    if (!parse_duration(text, &options->timeout_ns) || options->timeout_ns == 0 ||
        options->timeout_ns > timeout_limit_ns) {
        return fail(STATUS_USAGE,
                    "--timeout %s: a time is meant such as 500ms, 2s or 1.5m, at most a year",
                    text);
    }
    return GO_ON;
}

static int set_lockdown(struct run_options *options, const char *text)
{
    if (strcmp(text, "off") == 0) {
        options->lockdown = LOCKDOWN_OFF;
    } else if (strcmp(text, "auto") == 0) {
        options->lockdown = LOCKDOWN_AUTO;
    } else if (strcmp(text, "strict") == 0) {
        options->lockdown = LOCKDOWN_STRICT;
    } else {
        return fail(STATUS_USAGE, "--lockdown %s: is none of off, auto and strict", text);
    }
    return GO_ON;
}

static int set_threads(struct run_options *options, const char *text)
{
    uint64_t count = max_threads_default;
    if (text != NULL && (!parse_count(text, &count) || count == 0 || count > max_threads_limit)) {
        return fail(STATUS_USAGE, "--threads=%s: a number is meant, 1 to %llu", text,
                    (unsigned long long)max_threads_limit);
    }
    options->max_threads = (unsigned)count;
    return GO_ON;
}

static int set_stack(struct run_options *options, const char *text)
{
    uint64_t size = 0;
    char least[SIZE_TEXT_MAX];
    char most[SIZE_TEXT_MAX];
    if (!parse_size(text, &size) || size < engine_stack_least || size > engine_stack_most) {
        return fail(STATUS_USAGE,
                    "--max-stack %s: invalid size; use a number with K, M or G, from %s to %s",
                    text, size_text(engine_stack_least, least), size_text(engine_stack_most, most));
    }
    options->max_stack = (size_t)size;
    options->max_stack_text = text;
    return GO_ON;
}

static int set_switch(struct run_options *options, int id)
{
    if (id == OPTION_INHERIT_ENV) {
        options->inherits_env = true;
    } else if (id == OPTION_ALLOW_PRECOMPILED) {
        options->allows_precompiled = true;
    } else if (id == OPTION_ALLOW_SYSTEM_FILES) {
        options->allows_system_files = true;
    } else if (id == OPTION_PRINT_POLICY) {
        options->prints_policy = true;
    } else {
        options->uses_cache = false;
    }
    return GO_ON;
}

static int set_option(struct run_options *options, const struct command *command, int id,
                      const char *value)
{
    if (limit_is_option(id)) {
        options->is_metered = options->is_metered || id == OPTION_FUEL;
        return limit_parse(id, value, options->config);
    }
    if (compile_limit_is_option(id)) {
        return compile_limit_parse(&options->compile, id, value);
    }
    switch (id) {
    case OPTION_DIR:
        return add_directory(options, value, MODE_READ_WRITE);
    case OPTION_RO:
        return add_directory(options, value, MODE_READ_ONLY);
    case OPTION_ENV:
        return add_env(options, ENV_SET, value);
    case OPTION_ENV_FILE:
        return add_env(options, ENV_FILE, value);
    case OPTION_LISTEN:
        return add_listener(options, value);
    case OPTION_ARGV0:
        options->argv0 = value;
        return GO_ON;
    case OPTION_INVOKE:
        options->invoke = value;
        return GO_ON;
    case OPTION_STDIN:
    case OPTION_STDOUT:
    case OPTION_STDERR:
        options->stdio[id - OPTION_STDIN] = value;
        return GO_ON;
    case OPTION_TIMEOUT:
        return set_timeout(options, value);
    case OPTION_LOCKDOWN:
        return set_lockdown(options, value);
    case OPTION_THREADS:
        return set_threads(options, value);
    case OPTION_MAX_STACK:
        return set_stack(options, value);
    case OPTION_TRACE:
        return set_trace(options, value);
    case OPTION_TRACE_FILE:
        options->trace_file = value;
        return GO_ON;
    case OPTION_INHERIT_ENV:
    case OPTION_ALLOW_PRECOMPILED:
    case OPTION_ALLOW_SYSTEM_FILES:
    case OPTION_NO_CACHE:
    case OPTION_PRINT_POLICY:
        return set_switch(options, id);
    default:
        return option_common(command, id, value);
    }
}

/* The time of --timeout begins here: with the command. */
static void set_compile_limits(struct run_options *options)
{
    options->compile.walls = options->lockdown;
    if (options->timeout != NULL) {
        options->compile.timeout = options->timeout;
        options->compile.end = moment_after(moment_now(), options->timeout_ns);
    }
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
    const struct command *command = command_by_bit(COMMAND_RUN);
    *options = (struct run_options){
        .stdio = { "inherit", "inherit", "inherit" },
        .config = ringfort_config_new(),
        .uses_cache = true,
        .max_stack = engine_stack_default,
        .max_stack_text = "2M",
        .lockdown = lockdown_default(),
        .compile = compile_limits_default(),
    };
    if (options->config == NULL) {
        return fail(STATUS_REFUSED, "out of memory");
    }
    const char *value = NULL;
    int rest = 0;
    int id = 0;
    while ((id = option_next(command, argc, argv, &value, &rest)) != OPTION_END) {
        const int status = set_option(options, command, id, value);
        if (status != GO_ON) {
            return status;
        }
    }
    if (rest >= argc) {
        return fail(STATUS_USAGE,
                    "a FILE to run is missing: ringfort run [options] FILE [arguments]");
    }
    if (options->trace_file != NULL && options->trace == TRACE_NONE) {
        options->trace = TRACE_TEXT;
    }
    set_compile_limits(options);
    options->file = argv[rest];
    options->arguments = argv + rest + 1;
    options->argument_count = (size_t)(argc - rest - 1);
    return GO_ON;
}

void run_options_free(struct run_options *options)
{
    for (size_t i = 0; i < options->directory_count; i++) {
        free(options->directories[i].host);
        free(options->directories[i].guest);
    }
    free(options->directories);
    tree_set_free(&options->writable);
    ringfort_config_delete(options->config);
    free(options->env);
    for (size_t i = 0; i < options->listener_count; i++) {
        free(options->listeners[i].address);
    }
    free(options->listeners);
}
