/*
 * The table of the limits on compiling.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_limits.h"

#include "moment.h"
#include "options.h"
#include "parse.h"
#include "say.h"
#include "status.h"

#include <stddef.h>

enum {
    GO_ON = -1,
    CODE_SHARE = 4,   /* of the memory */
    WALL_FACTOR = 10, /* processors that are busy elsewhere make compiling this much slower */
};

static const uint64_t module_size_default = 512ULL << 20;
static const uint64_t memory_default = 2ULL << 30;
static const uint64_t time_default_ns = 5ULL * 60 * 1000000000;
static const char time_default[] = "5m";
static const uint64_t wall_least_ns = 10ULL * 1000000000;
static const uint64_t size_most = 1ULL << 46; /* as --max-memory */
static const uint64_t time_most_ns = 366ULL * 24 * 3600 * 1000000000;

struct compile_limits compile_limits_default(void)
{
    return (struct compile_limits){
        .module_size = module_size_default,
        .memory = memory_default,
        .time_ns = time_default_ns,
        .time = time_default,
        .walls = lockdown_default(),
    };
}

bool compile_limit_is_option(int id)
{
    return id == OPTION_MAX_COMPILE_MEMORY || id == OPTION_MAX_COMPILE_TIME ||
           id == OPTION_MAX_MODULE_SIZE;
}

static int parse_limit_size(int id, const char *text, uint64_t *size)
{
    if (!parse_size(text, size) || *size == 0 || *size > size_most) {
        return fail(STATUS_USAGE,
                    "--%s %s: invalid size; use a number with K, M or G, such as 512M, at most 64T",
                    option_name((enum option_id)id), text);
    }
    return GO_ON;
}

int compile_limit_parse(struct compile_limits *limits, int id, const char *text)
{
    if (id == OPTION_MAX_COMPILE_MEMORY) {
        return parse_limit_size(id, text, &limits->memory);
    }
    if (id == OPTION_MAX_MODULE_SIZE) {
        return parse_limit_size(id, text, &limits->module_size);
    }
    if (!parse_duration(text, &limits->time_ns) || limits->time_ns == 0 ||
        limits->time_ns > time_most_ns) {
        return fail(STATUS_USAGE,
                    "--%s %s: invalid time; use a number with ms, s or m, such as 30s, at most a "
                    "year",
                    option_name((enum option_id)id), text);
    }
    limits->time = text;
    return GO_ON;
}

void compile_limits_print(const struct compile_limits *limits)
{
    static const uint64_t millisecond_ns = 1000000;
    out("limit.module-size %llu\n", (unsigned long long)limits->module_size);
    out("limit.compile-memory %llu\n", (unsigned long long)limits->memory);
    out("limit.compile-time %llu\n", (unsigned long long)(limits->time_ns / millisecond_ns));
}

uint64_t compile_limits_code(const struct compile_limits *limits)
{
    return limits->memory / CODE_SHARE;
}

uint64_t compile_limits_wall_ns(const struct compile_limits *limits)
{
    const uint64_t wall_ns = limits->time_ns * WALL_FACTOR;
    return wall_ns > wall_least_ns ? wall_ns : wall_least_ns;
}

bool compile_limits_timed_out(const struct compile_limits *limits)
{
    return limits->timeout != NULL && moment_poll_time(limits->end) == 0;
}

int compile_limits_say_timeout(const struct compile_limits *limits, const char *file,
                               const char *doing)
{
    return fail(STATUS_TIMEOUT, "%s: %s it did not end within %s (--timeout); raise the limit",
                file, doing, limits->timeout);
}
