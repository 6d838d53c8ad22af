/*
 * `ringfort inspect`: what a module needs, whether it will run, and with what command line.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "options.h"
#include "report.h"
#include "say.h"
#include "source.h"
#include "status.h"
#include "verdict.h"

#include <stdlib.h>

enum { GO_ON = -1 };

static int parse(const char **file, int argc, char **argv)
{
    const struct command *command = command_by_bit(COMMAND_INSPECT);
    const char *value = NULL;
    int rest = 0;
    int id = 0;
    while ((id = option_next(command, argc, argv, &value, &rest)) != OPTION_END) {
        const int status = option_common(command, id, value);
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

static int inspect_module(const struct source *source)
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

int inspect_main(int argc, char **argv)
{
    const char *file = NULL;
    const struct tree_set no_trees = { .trees = NULL };
    struct source source;
    int result = parse(&file, argc, argv);
    if (result != GO_ON) {
        return result;
    }
    result = source_open(&source, file, &no_trees);
    if (result == GO_ON && source.is_precompiled) {
        result = fail(STATUS_REFUSED,
                      "%s: is compiled code; inspect the module that it was made of", source.name);
    } else if (result == GO_ON) {
        result = inspect_module(&source);
    }
    source_free(&source);
    return result;
}
