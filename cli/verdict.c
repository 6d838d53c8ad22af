/*
 * Judges a module by the rules that `ringfort run` applies, without compiling its code.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "verdict.h"

#include "engine.h"
#include "engine_error.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <ringfort_wasmtime.h>
#include <stdlib.h>
#include <string.h>

enum {
    GO_ON = -1,
    HEADER = 8,
};

static wasm_engine_t *engine_for(const struct source *source)
{
    return engine_new(
        (struct engine_settings){ .has_shared_memory = source->facts.has_shared_memory });
}

int verdict_validate(const struct source *source)
{
    wasm_engine_t *engine = engine_for(source);
    wasmtime_error_t *error = wasmtime_module_validate(engine, source->bytes, source->length);
    wasm_engine_delete(engine);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        if (engine_error_is_memory(reason)) {
            return say_out_of_memory();
        }
        return fail(STATUS_NOT_WASM, "%s: is not a valid module: %s", source->name, reason);
    }
    return GO_ON;
}

/* ---- Why it will not run ---- */

/* What --threads gives to a module, besides WASI. */
static bool is_for_threads(const struct outline_import *import)
{
    return import->kind == EXTERN_MEMORY ||
           (slice_is(import->module, "wasi") && slice_is(import->name, "thread-spawn"));
}

struct bytes {
    uint8_t *at;
    size_t length;
};

static void append(struct bytes *bytes, struct slice slice)
{
    if (slice.length > 0) {
        bytes->at = must_grow(bytes->at, bytes->length + slice.length, 1);
        memcpy(bytes->at + bytes->length, slice.at, slice.length);
        bytes->length += slice.length;
    }
}

static void append_number(struct bytes *bytes, size_t number)
{
    uint8_t leb[5]; /* always all five: the padding is allowed */
    for (size_t i = 0; i < sizeof(leb); i++) {
        leb[i] = (uint8_t)((number >> (7 * i)) & 0x7f) | (i + 1 < sizeof(leb) ? 0x80 : 0);
    }
    append(bytes, (struct slice){ .at = leb, .length = sizeof(leb) });
}

/* The types and the imports alone are a valid module, and one that compiles in no time. */
static struct bytes make_skeleton(const struct source *source, const struct outline *outline)
{
    static const uint8_t import_section = 2;
    struct bytes skeleton = { .at = NULL };
    struct bytes imports = { .at = NULL };
    size_t count = 0;
    for (size_t i = 0; i < outline->import_count; i++) {
        if (!source->facts.wants_threads || !is_for_threads(&outline->imports[i])) {
            append(&imports, outline->imports[i].whole);
            count++;
        }
    }
    append(&skeleton, (struct slice){ .at = source->bytes, .length = HEADER });
    append(&skeleton, outline->type_section);
    append(&skeleton, (struct slice){ .at = &import_section, .length = 1 });
    append_number(&skeleton, 5 + imports.length);
    append_number(&skeleton, count);
    append(&skeleton, (struct slice){ .at = imports.at, .length = imports.length });
    free(imports.at);
    return skeleton;
}

/* The imports are checked by the very function that explains a failed run. *invalid is why they are
 * no module; both texts are yours. */
static char *check_imports(const struct source *source, const struct outline *outline,
                           char **invalid)
{
    struct bytes skeleton = make_skeleton(source, outline);
    wasm_engine_t *engine = engine_for(source);
    wasmtime_module_t *module = NULL;
    ringfort_error reason;
    char *text = NULL;
    wasmtime_error_t *error = wasmtime_module_new(engine, skeleton.at, skeleton.length, &module);
    if (error != NULL) {
        *invalid = engine_error_take(error);
    } else {
        const unsigned abis = source->facts.abis != 0 ? source->facts.abis : RINGFORT_PREVIEW1;
        if (ringfort_wasmtime_check_imports(module, abis, NULL, NULL, &reason) != RINGFORT_OK) {
            text = must_copy(reason.message, strlen(reason.message));
        }
        wasmtime_module_delete(module);
    }
    wasm_engine_delete(engine);
    free(skeleton.at);
    return text;
}

int verdict_check_imports(const struct source *source)
{
    struct outline outline;
    int result = GO_ON;
    if (outline_read(&outline, source->bytes, source->length)) {
        FREED_TEXT char *invalid = NULL; /* the compiler will say what of all is wrong */
        FREED_TEXT char *reason = check_imports(source, &outline, &invalid);
        result =
            reason != NULL ? fail_lines(STATUS_REFUSED, "%s: %s", source->name, reason) : GO_ON;
    }
    outline_free(&outline);
    return result;
}

static bool is_plain(const struct outline *outline, const struct outline_export *export)
{
    const struct outline_type *type = outline_function_type(outline, export);
    return type != NULL && type->param_count == 0 && type->result_count == 0;
}

static char *obstacle(const struct source *source, const struct outline *outline)
{
    const struct outline_export *start = outline_export_named(outline, "_start");
    const struct outline_export *initialize = outline_export_named(outline, "_initialize");
    const struct outline_export *memory = outline_export_named(outline, "memory");
    char *invalid = NULL;
    char *imports = check_imports(source, outline, &invalid);
    if (imports != NULL || invalid != NULL) {
        return imports != NULL ? imports : invalid;
    }
    if (start != NULL && initialize != NULL) {
        return must_format(
            "it exports both _start and _initialize, and may export only one of them");
    }
    if (start != NULL && !is_plain(outline, start)) {
        return must_format("its _start is not a function without parameters and results");
    }
    if (initialize != NULL && !is_plain(outline, initialize)) {
        return must_format("its _initialize is not a function without parameters and results");
    }
    if (memory != NULL && memory->kind != EXTERN_MEMORY) {
        return must_format("its export \"memory\" is a %s", extern_kind_name(memory->kind));
    }
    if (memory == NULL && !source->facts.wants_threads &&
        (start != NULL || source->facts.abis != 0)) {
        return must_format("it exports no memory named \"memory\", through which WASI calls work");
    }
    return NULL;
}

/* ---- How to run it ---- */

static bool imports_function(const struct outline *outline, const char *name)
{
    for (size_t i = 0; i < outline->import_count; i++) {
        if (slice_is(outline->imports[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool has_nul(struct slice slice)
{
    return slice.length > 0 && memchr(slice.at, '\0', slice.length) != NULL;
}

/* The function that --invoke is shown with: the first that is not part of the way a module is
 * started, and whose name can be given on a command line. */
static const struct outline_export *callable(const struct outline *outline)
{
    for (size_t i = 0; i < outline->export_count; i++) {
        const struct outline_export *export = &outline->exports[i];
        if (outline_function_type(outline, export) != NULL && !slice_is(export->name, "_start") &&
            !slice_is(export->name, "_initialize") && !has_nul(export->name)) {
            return export;
        }
    }
    return NULL;
}

static const char *memory_option(const struct outline *outline)
{
    for (size_t i = 0; i < outline->memory_count; i++) {
        const struct outline_memory *memory = &outline->memories[i];
        const bool is_reserved = memory->is_shared && !memory->is_imported;
        const uint64_t pages = is_reserved ? memory->max : memory->min;
        if (memory->page_size_log2 < 64 && pages > ((1ULL << 30) >> memory->page_size_log2)) {
            return " --max-memory SIZE";
        }
    }
    return "";
}

/* The file as a word of a command line; yours. */
static char *file_word(const struct source *source)
{
    FREED_TEXT char *path = must_format(
        "%s%s", source->file[0] == '-' && source->file[1] != '\0' ? "./" : "", source->file);
    return shell_quote(path, strlen(path));
}

static char *command_line(const struct source *source, const struct outline *outline)
{
    const char *directory = imports_function(outline, "path_open") ? " [--dir DIR]" : "";
    const char *listener = imports_function(outline, "sock_accept") ? " [--listen ADDR:PORT]" : "";
    const char *memory = memory_option(outline);
    const char *threads = source->facts.wants_threads ? " --threads" : "";
    FREED_TEXT char *file = file_word(source);
    if (outline_export_named(outline, "_start") != NULL) {
        return must_format("ringfort run%s%s%s%s %s", directory, listener, memory, threads, file);
    }
    const struct outline_export *export = callable(outline);
    if (export == NULL || source->facts.wants_threads) {
        return NULL;
    }
    FREED_TEXT char *name = shell_quote((const char *)export->name.at, export->name.length);
    return must_format("ringfort run%s%s%s --invoke %s %s%s", directory, listener, memory, name,
                       file,
                       outline_function_type(outline, export)->param_count > 0 ? " ARGUMENTS" : "");
}

void verdict_reach(struct verdict *verdict, const struct source *source,
                   const struct outline *outline)
{
    verdict->text = obstacle(source, outline);
    verdict->will_run = verdict->text == NULL;
    if (!verdict->will_run) {
        return;
    }
    verdict->text = command_line(source, outline);
    if (verdict->text == NULL) {
        verdict->will_run = false;
        verdict->text = must_format("it exports no %s, so there is nothing to run",
                                    source->facts.wants_threads ? "_start" : "function");
    }
}

void verdict_free(struct verdict *verdict)
{
    free(verdict->text);
    verdict->text = NULL;
}
