/*
 * `ringfort compile`: machine code ahead of time, in a file that proves itself whole.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "artifact.h"
#include "cache.h"
#include "engine.h"
#include "engine_error.h"
#include "module.h"
#include "options.h"
#include "output_file.h"
#include "say.h"
#include "source.h"
#include "status.h"
#include "text.h"

#include <string.h>

enum { GO_ON = -1 };

struct compile_options {
    const char *file;
    const char *output;
    bool is_interruptible;
    bool is_metered;
};

static int set_option(struct compile_options *options, const struct command *command, int id,
                      const char *value)
{
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

static int write_output(const char *path, const wasmtime_module_t *module,
                        struct artifact *artifact)
{
    wasm_byte_vec_t code;
    wasmtime_error_t *error = wasmtime_module_serialize(module, &code);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_REFUSED, "%s: the code cannot be made into a file: %s", path, reason);
    }
    uint8_t trailer[ARTIFACT_TRAILER];
    artifact->code_length = code.size;
    artifact_seal(artifact, (const uint8_t *)code.data, trailer);
    const struct output_part parts[] = {
        { .at = code.data, .length = code.size },
        { .at = trailer, .length = sizeof(trailer) },
    };
    const int result = output_file_write(path, parts, sizeof(parts) / sizeof(parts[0]));
    wasm_byte_vec_delete(&code);
    return result;
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
    wasmtime_module_t *module = NULL;
    wasm_engine_t *engine = engine_new_for_compiling(artifact.settings);
    int result = module_compile(source, engine, &module);
    if (result == GO_ON) {
        cache_key(source->bytes, source->length, artifact.settings, artifact.key);
        result = write_output(options->output, module, &artifact);
        wasmtime_module_delete(module);
    }
    wasm_engine_delete(engine);
    return result;
}

int compile_main(int argc, char **argv)
{
    struct compile_options options = { .file = NULL };
    const struct tree_set no_trees = { .trees = NULL };
    struct source source;
    int result = parse(&options, argc, argv);
    if (result != GO_ON) {
        return result;
    }
    result = source_open(&source, options.file, &no_trees);
    if (result == GO_ON) {
        result = compile_source(&source, &options);
    }
    source_free(&source);
    return result;
}
