/*
 * `ringfort inspect`: what a module needs, whether it will run, and with what command line.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "inspect.h"

#include "compile_child.h"
#include "options.h"
#include "report.h"
#include "say.h"
#include "source.h"
#include "status.h"
#include "verdict.h"

#include <stdlib.h>

enum { GO_ON = -1 };

static int set_option(struct compile_limits *limits, const struct command *command, int id,
                      const char *value)
{
    return compile_limit_is_option(id) ? compile_limit_parse(limits, id, value)
                                       : option_common(command, id, value);
}

static int parse(const char **file, struct compile_limits *limits, int argc, char **argv)
{
    const struct command *command = command_by_bit(COMMAND_INSPECT);
    const char *value = NULL;
    int rest = 0;
    int id = 0;
    while ((id = option_next(command, argc, argv, &value, &rest)) != OPTION_END) {
        const int status = set_option(limits, command, id, value);
        if (status != GO_ON) {
            return status;
        }
    }
    if (argc - rest != 1) {
        return fail(STATUS_USAGE, "inspect: one FILE is needed, not %d: ringfort inspect FILE",
                    argc - rest);
    }
    *file = argv[rest];
    return GO_ON;
}

int inspect_here(const struct source *source)
{
    struct outline outline;
    struct verdict verdict;
    int result = verdict_validate(source);
    if (result == GO_ON && !outline_read(&outline, source->bytes, source->length)) {
        result = fail(STATUS_NOT_WASM, "%s: cannot be read at byte %zu", source->name,
                      outline.error_offset);
        outline_free(&outline);
    }
    if (result == GO_ON) {
        verdict_reach(&verdict, source, &outline);
        report_print(source, &outline, &verdict);
        verdict_free(&verdict);
        outline_free(&outline);
        result = verdict.will_run ? STATUS_OK : STATUS_REFUSED;
    }
    return result;
}

static int inspect(const void *data, struct code *made)
{
    (void)made; /* it prints */
    return inspect_here(data);
}

static int inspect_in_child(const struct source *source, const struct compile_limits *limits)
{
    const struct compile_work work = {
        .file = source->name,
        .size = source->length,
        .doing = "inspecting",
        .limits = limits,
        .run = inspect,
        .data = source,
        .prints = true,
    };
    struct code nothing = { .bytes = NULL };
    return compile_in_child(&work, &nothing);
}

int inspect_main(int argc, char **argv)
{
    const char *file = NULL;
    const struct tree_set no_trees = { .trees = NULL };
    struct source source;
    struct compile_limits limits = compile_limits_default();
    int result = parse(&file, &limits, argc, argv);
    if (result != GO_ON) {
        return result;
    }
    result = source_open(&source, file, &no_trees, &limits);
    if (result == GO_ON && source.is_precompiled) {
        result = fail(STATUS_REFUSED,
                      "%s: is compiled code; inspect the module that it was made of", source.name);
    } else if (result == GO_ON) {
        result = inspect_in_child(&source, &limits);
    }
    source_free(&source);
    return result;
}
