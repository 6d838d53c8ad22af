/*
 * Reads a file and finds out what it is: a module, its text, or compiled code.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "source.h"

#include "compile_child.h"
#include "engine_error.h"
#include "file_kind.h"
#include "input.h"
#include "option_path.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <ringfort.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasmtime.h>

enum { GO_ON = -1 };

static int say_unreadable(const char *name, int error)
{
    if (error == ENOENT || error == ENOTDIR) {
        const bool is_command_like = strpbrk(name, "./") == NULL;
        return fail(STATUS_NOT_FOUND, "%s: no such file%s", name,
                    is_command_like ? ", and no such command; see `ringfort --help`" : "");
    }
    if (error == EISDIR) {
        return fail(STATUS_NOT_WASM, "%s: is a directory; name a WebAssembly file in it", name);
    }
    return fail(error == EACCES ? STATUS_NOT_WASM : STATUS_REFUSED, "%s: cannot be read: %s", name,
                strerror(error));
}

static int say_too_large(const char *name, const struct compile_limits *limits)
{
    char size[SIZE_TEXT_MAX];
    return fail(STATUS_REFUSED,
                "%s: is larger than %s (--max-module-size); raise the limit if you trust the file",
                name, size_text(limits->module_size, size));
}

static int read_bytes(struct source *source, int fd, size_t expected,
                      const struct compile_limits *limits)
{
    const struct input_limits input_limits = {
        .length = limits->module_size,
        .end = limits->timeout != NULL ? &limits->end : NULL,
    };
    const int error = input_read_all(fd, expected, &input_limits, &source->bytes, &source->length);
    if (error == EFBIG) {
        return say_too_large(source->name, limits);
    }
    if (error == ETIMEDOUT) {
        return compile_limits_say_timeout(limits, source->name, "reading");
    }
    return error == 0 ? GO_ON : say_unreadable(source->name, error);
}

/* What a stream is expected to bring, and what a file has. */
static int read_descriptor(struct source *source, int fd, const struct compile_limits *limits)
{
    enum { STREAM_EXPECTED = 65535 };
    struct stat status;
    const bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (is_file && (uint64_t)status.st_size > limits->module_size) {
        return say_too_large(source->name, limits);
    }
    return read_bytes(source, fd, is_file ? (size_t)status.st_size : STREAM_EXPECTED, limits);
}

static int read_source(struct source *source, const char *file, const struct tree_set *writable,
                       const struct compile_limits *limits)
{
    /* A FIFO without a writer would keep open() waiting; reading waits for it, as long as it
     * may. */
    const struct option_path request = {
        .option = "FILE",
        .path = file,
        .flags = O_RDONLY | O_NONBLOCK,
    };
    if (strcmp(file, "-") == 0) {
        source->name = "stdin";
        return read_descriptor(source, STDIN_FILENO, limits);
    }
    source->name = file;
    const int fd = option_path_open(writable, &request, NULL);
    if (fd < 0) {
        return fd == OPTION_PATH_REFUSED ? STATUS_REFUSED : say_unreadable(file, errno);
    }
    const int result = read_descriptor(source, fd, limits);
    (void)close(fd);
    return result;
}

/* ---- Facts ---- */

static void add_shared_memory(struct module_facts *facts, const struct outline_memory *memory)
{
    if (memory->is_imported) { /* made by ringfort, to the size that is allowed */
        facts->wants_threads = true;
        return;
    }
    uint64_t bytes = UINT64_MAX;
    if (memory->page_size_log2 < 64 && memory->max <= (UINT64_MAX >> memory->page_size_log2)) {
        bytes = memory->max << memory->page_size_log2;
    }
    if (__builtin_add_overflow(facts->shared_memory_max, bytes, &facts->shared_memory_max)) {
        facts->shared_memory_max = UINT64_MAX;
    }
}

static void find_facts(struct source *source)
{
    struct outline outline;
    struct module_facts *facts = &source->facts;
    const bool is_whole = outline_read(&outline, source->bytes, source->length);
    for (size_t i = 0; i < outline.import_count; i++) {
        const struct outline_import *import = &outline.imports[i];
        if (slice_is(import->module, "wasi_snapshot_preview1")) {
            facts->abis |= RINGFORT_PREVIEW1;
        } else if (slice_is(import->module, "wasi_unstable")) {
            facts->abis |= RINGFORT_UNSTABLE;
        } else if (slice_is(import->module, "wasi") && slice_is(import->name, "thread-spawn")) {
            facts->wants_threads = true;
        }
    }
    for (size_t i = 0; i < outline.memory_count; i++) {
        if (outline.memories[i].is_shared) {
            facts->has_shared_memory = true;
            add_shared_memory(facts, &outline.memories[i]);
        }
    }
    facts->memory_count = (uint32_t)outline.memory_count;
    if (!is_whole) {
        /* Wasmtime will say what is wrong with it; should it find nothing, then both versions
         * are there. */
        facts->abis = RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE;
    }
    outline_free(&outline);
}

/* ---- Kinds ---- */

static int say_component(const char *name)
{
    return fail(STATUS_NOT_WASM,
                "%s: is a component (WASI 0.2); ringfort runs modules: build it for wasm32-wasip1",
                name);
}

static bool is_component(const struct source *source)
{
    static const uint8_t component[4] = { 0x0d, 0, 1, 0 };
    return source->length >= 8 && memcmp(source->bytes + 4, component, 4) == 0;
}

static int assemble_here(const void *data, struct code *made)
{
    const struct source *source = data;
    wasm_byte_vec_t binary;
    wasmtime_error_t *error =
        wasmtime_wat2wasm((const char *)source->bytes, source->length, &binary);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        if (engine_error_is_memory(reason)) {
            return say_out_of_memory();
        }
        return file_kind_is_component_text(source->bytes, source->length)
                   ? say_component(source->name)
                   : fail(STATUS_NOT_WASM, "%s: is not WebAssembly text: %s", source->name, reason);
    }
    *made = (struct code){ .bytes = (uint8_t *)binary.data, .length = binary.size };
    return GO_ON;
}

static int assemble(struct source *source, const struct compile_limits *limits)
{
    const struct compile_work work = {
        .file = source->name,
        .size = source->length,
        .doing = "assembling",
        .limits = limits,
        .run = assemble_here,
        .data = source,
        .made_max = limits->module_size,
        .made_limit = "in the binary format (--max-module-size)",
    };
    struct code made = { .bytes = NULL };
    compile_hold_namespace(); /* compiling comes next */
    const int result = compile_in_child(&work, &made);
    if (result != GO_ON) {
        free(made.bytes);
        return result;
    }
    free(source->bytes);
    source->bytes = made.bytes;
    source->length = made.length;
    source->is_text = true;
    if (is_component(source)) {
        return say_component(source->name);
    }
    find_facts(source);
    return GO_ON;
}

static int open_binary(struct source *source)
{
    static const uint8_t module[4] = { 1, 0, 0, 0 };
    if (source->length < 8) {
        return fail(STATUS_NOT_WASM, "%s: is cut off after %zu bytes; copy or build it again",
                    source->name, source->length);
    }
    if (is_component(source)) {
        return say_component(source->name);
    }
    if (memcmp(source->bytes + 4, module, 4) != 0) {
        return fail(STATUS_NOT_WASM, "%s: is of a version of WebAssembly that is not known",
                    source->name);
    }
    find_facts(source);
    return GO_ON;
}

static int open_precompiled(struct source *source)
{
    struct artifact artifact;
    if (!artifact_open(source->bytes, source->length, &artifact)) {
        return fail(STATUS_NOT_WASM,
                    "%s: is neither WebAssembly nor whole code from `ringfort compile`; compile "
                    "its module again",
                    source->name);
    }
    source->is_precompiled = true;
    source->settings = artifact.settings;
    source->facts = artifact.facts;
    return GO_ON;
}

static int say_other_kind(const struct source *source)
{
    const struct file_kind *kind = file_kind_of(source->bytes, source->length);
    if (kind != NULL) {
        return fail(STATUS_NOT_WASM, "%s: is not WebAssembly but %s; %s", source->name, kind->name,
                    kind->remedy);
    }
    return fail(STATUS_NOT_WASM,
                "%s: is not WebAssembly: it does not begin with \"\\0asm\"; is it the right file?",
                source->name);
}

/* A first line that names an interpreter, as scripts have it, is none of the module's. In text it
 * becomes a comment, so that the numbers of lines stay. */
static void skip_interpreter(struct source *source)
{
    if (source->length < 2 || memcmp(source->bytes, "#!", 2) != 0) {
        return;
    }
    const uint8_t *end = memchr(source->bytes, '\n', source->length);
    const size_t line = end != NULL ? (size_t)(end + 1 - source->bytes) : source->length;
    const uint8_t *rest = source->bytes + line;
    const size_t left = source->length - line;
    if (file_kind_is_text(rest, left)) {
        memcpy(source->bytes, ";;", 2);
    } else if (left >= 4 && (memcmp(rest, "\0asm", 4) == 0 || artifact_is_likely(rest, left))) {
        memmove(source->bytes, rest, left);
        source->length = left;
    }
}

int source_open(struct source *source, const char *file, const struct tree_set *writable,
                const struct compile_limits *limits)
{
    *source = (struct source){ .name = file, .file = file };
    const int result = read_source(source, file, writable, limits);
    if (result != GO_ON) {
        return result;
    }
    skip_interpreter(source);
    if (source->length == 0) {
        return fail(STATUS_NOT_WASM, "%s: is empty; a WebAssembly file is needed", source->name);
    }
    const size_t compared = source->length < 4 ? source->length : 4;
    if (memcmp(source->bytes, "\0asm", compared) == 0) {
        return open_binary(source);
    }
    if (artifact_is_likely(source->bytes, source->length)) {
        return open_precompiled(source);
    }
    if (file_kind_is_text(source->bytes, source->length)) {
        return assemble(source, limits);
    }
    return say_other_kind(source);
}

void source_free(struct source *source)
{
    free(source->bytes);
    *source = (struct source){ .bytes = NULL };
}
