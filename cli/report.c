/*
 * Prints the outline of a module: a label, and what belongs to it in a column.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "report.h"

#include "reader.h"
#include "say.h"
#include "text.h"

#include <inttypes.h>
#include <ringfort.h>
#include <string.h>

enum {
    COLUMN = 11,
    WIDTH = 80,
};

static void label(const char *text)
{
    out("%-*s", COLUMN, text);
}

static void print_slice(struct slice slice)
{
    out_text((const char *)slice.at, slice.length);
}

static bool is_wasi(const struct outline_import *import)
{
    return import->kind == EXTERN_FUNCTION && (slice_is(import->module, "wasi_snapshot_preview1") ||
                                               slice_is(import->module, "wasi_unstable"));
}

/* The names of a version's functions, as many in a line as fit. */
static void print_functions(const struct outline *outline, const char *module)
{
    size_t column = WIDTH;
    for (size_t i = 0; i < outline->import_count; i++) {
        const struct outline_import *import = &outline->imports[i];
        if (!is_wasi(import) || !slice_is(import->module, module)) {
            continue;
        }
        if (column + 1 + import->name.length > WIDTH) {
            out("\n%*s", COLUMN, "");
            column = COLUMN;
        } else {
            out(" ");
            column++;
        }
        print_slice(import->name);
        column += import->name.length;
    }
    out("\n");
}

static size_t count_functions(const struct outline *outline, const char *module)
{
    size_t count = 0;
    for (size_t i = 0; i < outline->import_count; i++) {
        count +=
            is_wasi(&outline->imports[i]) && slice_is(outline->imports[i].module, module) ? 1 : 0;
    }
    return count;
}

static void print_wasi(const struct source *source, const struct outline *outline)
{
    static const struct {
        unsigned abi;
        const char *name;
        const char *module;
    } versions[] = {
        { RINGFORT_PREVIEW1, "preview1", "wasi_snapshot_preview1" },
        { RINGFORT_UNSTABLE, "unstable", "wasi_unstable" },
    };
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if ((source->facts.abis & versions[i].abi) != 0) {
            const size_t count = count_functions(outline, versions[i].module);
            label("WASI");
            out("%s (%s), %zu function%s", versions[i].name, versions[i].module, count,
                count == 1 ? "" : "s");
            print_functions(outline, versions[i].module);
        }
    }
    if (source->facts.abis == 0) {
        label("WASI");
        out("not used\n");
    }
}

static void print_signature(const struct outline_type *type)
{
    if (type != NULL) {
        FREED_TEXT char *text = outline_type_text(type);
        out(" %s", text);
    }
}

static void print_other_imports(const struct outline *outline)
{
    for (size_t i = 0; i < outline->import_count; i++) {
        const struct outline_import *import = &outline->imports[i];
        if (is_wasi(import)) {
            continue;
        }
        label("import");
        out("%s ", extern_kind_name(import->kind));
        print_slice(import->module);
        out(".");
        print_slice(import->name);
        if (import->kind == EXTERN_FUNCTION && import->type < outline->type_count) {
            print_signature(&outline->types[import->type]);
        }
        out("\n");
    }
}

static void print_exports(const struct outline *outline)
{
    for (size_t i = 0; i < outline->export_count; i++) {
        const struct outline_export *export = &outline->exports[i];
        label("export");
        out("%s ", extern_kind_name(export->kind));
        print_slice(export->name);
        print_signature(outline_function_type(outline, export));
        out("\n");
    }
}

static void print_pages(const char *name, uint64_t pages, uint32_t page_size_log2)
{
    char size[SIZE_TEXT_MAX];
    if (page_size_log2 < 64 && pages <= UINT64_MAX >> page_size_log2) {
        out("%s %s", name, size_text(pages << page_size_log2, size));
    } else {
        out("%s %" PRIu64 " pages", name, pages);
    }
}

static void print_memories(const struct outline *outline)
{
    for (size_t i = 0; i < outline->memory_count; i++) {
        const struct outline_memory *memory = &outline->memories[i];
        label("memory");
        print_pages("from", memory->min, memory->page_size_log2);
        if (memory->max == UINT64_MAX) {
            out(" up to --max-memory");
        } else {
            print_pages(" up to", memory->max, memory->page_size_log2);
        }
        out("%s%s%s\n", memory->is_imported ? ", imported" : "",
            memory->is_shared ? ", shared" : "", memory->is_64 ? ", 64-bit" : "");
    }
    if (outline->memory_count == 0) {
        label("memory");
        out("none\n");
    }
}

/* What the compiler says it used; "+" before a name means so. */
static void print_features(const struct outline *outline)
{
    struct reader reader = reader_over(outline->features);
    const uint32_t count = read_u32(&reader);
    bool is_first = true;
    for (uint32_t i = 0; i < count && reader_has_more(&reader); i++) {
        const uint8_t prefix = read_byte(&reader);
        const struct slice name = read_name(&reader);
        if (prefix != '+' || name.length == 0) {
            continue;
        }
        if (is_first) {
            label("features");
        } else {
            out(" ");
        }
        is_first = false;
        print_slice(name);
    }
    if (!is_first) {
        out("\n");
    }
}

void report_print(const struct source *source, const struct outline *outline,
                  const struct verdict *verdict)
{
    char size[SIZE_TEXT_MAX];
    label("file");
    out_text(source->name, strlen(source->name));
    out(": a module, %s%s\n", size_text(source->length, size),
        source->is_text ? " when assembled" : "");
    print_wasi(source, outline);
    print_other_imports(outline);
    print_exports(outline);
    print_memories(outline);
    label("threads");
    out("%s\n", source->facts.wants_threads       ? "needed: --threads"
                : source->facts.has_shared_memory ? "not spawned, but a memory is shared"
                                                  : "not needed");
    if (outline->has_start) {
        label("start");
        out("code runs as soon as the module is instantiated\n");
    }
    print_features(outline);
    label(verdict->will_run ? "run with" : "will not");
    out("%s", verdict->will_run ? "" : "run: ");
    out_text(verdict->text, strlen(verdict->text));
    out("\n");
}
