/*
 * `ringfort compile`: machine code ahead of time, in a file that proves itself whole.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "artifact.h"
#include "cache.h"
#include "compile_limits.h"
#include "engine.h"
#include "module.h"
#include "options.h"
#include "output_file.h"
#include "say.h"
#include "source.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

enum { GO_ON = -1 };

struct compile_options {
    const char *file;
    const char *output;
    bool is_interruptible;
    bool is_metered;
    struct compile_limits limits;
};

static int set_option(struct compile_options *options, const struct command *command, int id,
                      const char *value)
{
    if (compile_limit_is_option(id)) {
        return compile_limit_parse(&options->limits, id, value);
    }
    switch (id) {
    case OPTION_OUTPUT:
        options->output = value;
        return GO_ON;
    case OPTION_INTERRUPTIBLE:
        options->is_interruptible = true;
        return GO_ON;
    case OPTION_METERED:
        options->is_metered = true;
        return GO_ON;
    default:
        return option_common(command, id, value);
    }
}

/* FILE may stand before the options too: `ringfort compile a.wasm -o a.code`. */
static int parse(struct compile_options *options, int argc, char **argv)
{
    const struct command *command = command_by_bit(COMMAND_COMPILE);
    const char *value = NULL;
    int rest = 0;
    bool is_over = false;
    while (!is_over) {
        const int id = option_next(command, argc, argv, &value, &rest);
        if (id != OPTION_END) {
            const int result = set_option(options, command, id, value);
            if (result != GO_ON) {
                return result;
            }
            continue;
        }
        is_over = rest >= argc || strcmp(argv[rest - 1], "--") == 0;
        if (rest < argc && (options->file != NULL || (is_over && rest + 1 < argc))) {
            return fail(STATUS_USAGE, "compile: one FILE is needed, and \"%s\" is one too many",
                        options->file != NULL ? argv[rest] : argv[rest + 1]);
        }
        if (rest < argc) {
            options->file = argv[rest];
            option_skip_word();
        }
    }
    if (options->file == NULL || options->output == NULL) {
        return fail(STATUS_USAGE, "compile: the %s is missing: ringfort compile FILE -o FILE",
                    options->file == NULL ? "FILE to compile" : "output");
    }
    return GO_ON;
}

static int write_output(const char *path, const struct code *code, struct artifact *artifact)
{
    uint8_t trailer[ARTIFACT_TRAILER];
    artifact->code_length = code->length;
    artifact_seal(artifact, code->bytes, trailer);
    const struct output_part parts[] = {
        { .at = code->bytes, .length = code->length },
        { .at = trailer, .length = sizeof(trailer) },
    };
    return output_file_write(path, parts, sizeof(parts) / sizeof(parts[0]));
}

static int compile_source(const struct source *source, const struct compile_options *options)
{
    if (source->is_precompiled) {
        return fail(STATUS_NOT_WASM, "%s: is compiled already", source->name);
    }
    struct artifact artifact = {
        .facts = source->facts,
        .settings = {
            .is_interruptible = options->is_interruptible,
            .is_metered = options->is_metered,
            .has_shared_memory = source->facts.has_shared_memory,
        },
    };
    struct code code = { .bytes = NULL };
    int result =
        module_compile(source, artifact.settings, &options->limits, IMPORTS_UNCHECKED, &code);
    if (result == GO_ON) {
        cache_key(source->bytes, source->length, artifact.settings, artifact.key);
        result = write_output(options->output, &code, &artifact);
    }
    free(code.bytes);
    return result;
}

int compile_main(int argc, char **argv)
{
    struct compile_options options = { .limits = compile_limits_default() };
    const struct tree_set no_trees = { .trees = NULL };
    struct source source;
    int result = parse(&options, argc, argv);
    if (result != GO_ON) {
        return result;
    }
    result = source_open(&source, options.file, &no_trees, &options.limits);
    if (result == GO_ON) {
        result = compile_source(&source, &options);
    }
    source_free(&source);
    return result;
}
