/*
 * Reads a file and finds out what it is: a module, its text, or compiled code.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "source.h"

#include "engine_error.h"
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

static int read_source(struct source *source, const char *file, const struct tree_set *writable)
{
    const struct option_path request = { .option = "FILE", .path = file, .flags = O_RDONLY };
    if (strcmp(file, "-") == 0) {
        source->name = "stdin";
        const int error = input_read_all(STDIN_FILENO, 65535, &source->bytes, &source->length);
        return error == 0 ? GO_ON : say_unreadable(source->name, error);
    }
    source->name = file;
    const int fd = option_path_open(writable, &request, NULL);
    if (fd < 0) {
        return fd == OPTION_PATH_REFUSED ? STATUS_REFUSED : say_unreadable(file, errno);
    }
    struct stat status;
    const size_t expected =
        fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? (size_t)status.st_size : 65535;
    const int error = input_read_all(fd, expected, &source->bytes, &source->length);
    (void)close(fd);
    return error == 0 ? GO_ON : say_unreadable(file, error);
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

static bool is_text_format(const uint8_t *bytes, size_t length)
{
    size_t at = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < length &&
           (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) {
        at++;
    }
    const size_t left = length - at;
    return left > 1 && (bytes[at] == '(' || (bytes[at] == ';' && bytes[at + 1] == ';'));
}

static int assemble(struct source *source)
{
    wasm_byte_vec_t binary;
    wasmtime_error_t *error =
        wasmtime_wat2wasm((const char *)source->bytes, source->length, &binary);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_NOT_WASM, "%s: is not WebAssembly text: %s", source->name, reason);
    }
    free(source->bytes);
    source->bytes = must_allocate(binary.size);
    memcpy(source->bytes, binary.data, binary.size);
    source->length = binary.size;
    source->is_text = true;
    wasm_byte_vec_delete(&binary);
    find_facts(source);
    return GO_ON;
}

static int open_binary(struct source *source)
{
    static const uint8_t module[4] = { 1, 0, 0, 0 };
    static const uint8_t component[4] = { 0x0d, 0, 1, 0 };
    if (source->length < 8) {
        return fail(STATUS_NOT_WASM, "%s: is cut off after %zu bytes; copy or build it again",
                    source->name, source->length);
    }
    if (memcmp(source->bytes + 4, component, 4) == 0) {
        return fail(
            STATUS_NOT_WASM,
            "%s: is a component (WASI 0.2); ringfort runs modules: build it for wasm32-wasip1",
            source->name);
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

int source_open(struct source *source, const char *file, const struct tree_set *writable)
{
    *source = (struct source){ .name = file, .file = file };
    const int result = read_source(source, file, writable);
    if (result != GO_ON) {
        return result;
    }
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
    if (is_text_format(source->bytes, source->length)) {
        return assemble(source);
    }
    return fail(STATUS_NOT_WASM,
                "%s: is not WebAssembly: it does not begin with \"\\0asm\"; is it the right file?",
                source->name);
}

void source_free(struct source *source)
{
    free(source->bytes);
    *source = (struct source){ .bytes = NULL };
}
