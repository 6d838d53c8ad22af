/*
 * Reads the sections of a binary module that tell what it needs; its code is skipped.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "outline.h"

#include "reader.h"
#include "text.h"
#include "value_type.h"

#include <stdlib.h>
#include <string.h>

enum section {
    SECTION_CUSTOM = 0,
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_MEMORY = 5,
    SECTION_EXPORT = 7,
    SECTION_START = 8,
};

enum limits_flag {
    LIMITS_MAX = 1,
    LIMITS_SHARED = 2,
    LIMITS_64 = 4,
    LIMITS_PAGE_SIZE = 8,
};

enum {
    HEADER = 8,
    PAGE_SIZE_LOG2 = 16,
    ENTRIES_MAX = 1000000,   /* of a kind. No engine takes a module with more */
    FUNCTIONS_MAX = 2000000, /* of which a million may be imported */
};

bool slice_is(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}

const char *extern_kind_name(enum extern_kind kind)
{
    static const char *const names[] = { "function", "table", "memory", "global", "tag" };
    return names[kind];
}

/* Room for one more of `size` bytes: grown at each power of two, and only after an entry was
 * read. */
static void *one_more(void *items, size_t count, size_t size)
{
    return (count & (count - 1)) == 0 ? must_grow(items, count == 0 ? 1 : 2 * count, size) : items;
}

static void add_type(struct outline *outline, struct outline_type type)
{
    outline->types = one_more(outline->types, outline->type_count, sizeof(*outline->types));
    outline->types[outline->type_count++] = type;
}

static void add_function(struct outline *outline, uint32_t type)
{
    outline->functions =
        one_more(outline->functions, outline->function_count, sizeof(*outline->functions));
    outline->functions[outline->function_count++] = type;
}

static void add_memory(struct outline *outline, struct outline_memory memory)
{
    outline->memories =
        one_more(outline->memories, outline->memory_count, sizeof(*outline->memories));
    outline->memories[outline->memory_count++] = memory;
}

/* ---- Types ---- */

static struct slice read_value_types(struct reader *reader, uint32_t *count)
{
    *count = read_u32(reader);
    const uint8_t *start = reader->at;
    for (uint32_t i = 0; i < *count && !reader->is_bad; i++) {
        value_type_skip(reader);
    }
    return (struct slice){ .at = start, .length = (size_t)(reader->at - start) };
}

static void skip_field(struct reader *reader)
{
    enum { PACKED_I8 = 0x78, PACKED_I16 = 0x77 };
    const uint8_t first = peek_byte(reader);
    if (first == PACKED_I8 || first == PACKED_I16) {
        (void)read_byte(reader);
    } else {
        value_type_skip(reader);
    }
    (void)read_byte(reader); /* mutable or not */
}

/* One type: `sub` and its supertypes may come first, then what it is made of. */
static void read_type(struct outline *outline, struct reader *reader)
{
    enum {
        FORM_FUNCTION = 0x60,
        FORM_STRUCT = 0x5f,
        FORM_ARRAY = 0x5e,
        FORM_SUB = 0x50,
        FORM_SUB_FINAL = 0x4f
    };
    struct outline_type type = { .is_function = false };
    uint8_t form = read_byte(reader);
    if (form == FORM_SUB || form == FORM_SUB_FINAL) {
        const uint32_t supertypes = read_u32(reader);
        for (uint32_t i = 0; i < supertypes && !reader->is_bad; i++) {
            (void)read_u32(reader);
        }
        form = read_byte(reader);
    }
    if (outline->type_count == ENTRIES_MAX) {
        reader_give_up(reader);
        return;
    }
    if (form == FORM_FUNCTION) {
        type.is_function = true;
        type.params = read_value_types(reader, &type.param_count);
        type.results = read_value_types(reader, &type.result_count);
    } else if (form == FORM_STRUCT) {
        const uint32_t fields = read_u32(reader);
        for (uint32_t i = 0; i < fields && !reader->is_bad; i++) {
            skip_field(reader);
        }
    } else if (form == FORM_ARRAY) {
        skip_field(reader);
    } else {
        reader_give_up(reader);
        return;
    }
    add_type(outline, type);
}

static void read_types(struct outline *outline, struct reader *reader)
{
    enum { FORM_GROUP = 0x4e };
    const uint32_t count = read_u32(reader);
    for (uint32_t i = 0; i < count && !reader->is_bad; i++) {
        uint32_t in_group = 1;
        if (peek_byte(reader) == FORM_GROUP) {
            (void)read_byte(reader);
            in_group = read_u32(reader);
        }
        for (uint32_t j = 0; j < in_group && !reader->is_bad; j++) {
            read_type(outline, reader);
        }
    }
}

/* ---- Imports, functions, memories, exports ---- */

static struct outline_memory read_limits(struct reader *reader)
{
    const uint8_t flags = read_byte(reader);
    struct outline_memory memory = {
        .is_shared = (flags & LIMITS_SHARED) != 0,
        .is_64 = (flags & LIMITS_64) != 0,
        .max = UINT64_MAX,
        .page_size_log2 = PAGE_SIZE_LOG2,
    };
    if (flags >= 2 * LIMITS_PAGE_SIZE) {
        reader_give_up(reader);
    }
    memory.min = read_leb(reader, 64);
    if ((flags & LIMITS_MAX) != 0) {
        memory.max = read_leb(reader, 64);
    }
    if ((flags & LIMITS_PAGE_SIZE) != 0) {
        memory.page_size_log2 = read_u32(reader);
    }
    return memory;
}

static void read_import(struct outline *outline, struct reader *reader)
{
    const uint8_t *start = reader->at;
    struct outline_import import = { .module = read_name(reader) };
    import.name = read_name(reader);
    const uint8_t kind = read_byte(reader);
    struct outline_memory memory;
    if (outline->import_count == ENTRIES_MAX) {
        reader_give_up(reader);
        return;
    }
    switch (kind) {
    case EXTERN_FUNCTION:
        import.type = read_u32(reader);
        add_function(outline, import.type);
        break;
    case EXTERN_TABLE:
        value_type_skip(reader);
        (void)read_limits(reader);
        break;
    case EXTERN_MEMORY:
        memory = read_limits(reader);
        memory.is_imported = true;
        add_memory(outline, memory);
        break;
    case EXTERN_GLOBAL:
        value_type_skip(reader);
        (void)read_byte(reader);
        break;
    case EXTERN_TAG:
        (void)read_byte(reader);
        (void)read_u32(reader);
        break;
    default:
        reader_give_up(reader);
        return;
    }
    import.kind = (enum extern_kind)kind;
    import.whole = (struct slice){ .at = start, .length = (size_t)(reader->at - start) };
    outline->imports = one_more(outline->imports, outline->import_count, sizeof(*outline->imports));
    outline->imports[outline->import_count++] = import;
}

static void read_export(struct outline *outline, struct reader *reader)
{
    struct outline_export export = { .name = read_name(reader) };
    const uint8_t kind = read_byte(reader);
    export.index = read_u32(reader);
    if (kind > EXTERN_TAG || reader->is_bad || outline->export_count == ENTRIES_MAX) {
        reader_give_up(reader);
        return;
    }
    export.kind = (enum extern_kind)kind;
    outline->exports = one_more(outline->exports, outline->export_count, sizeof(*outline->exports));
    outline->exports[outline->export_count++] = export;
}

static void read_custom(struct outline *outline, struct reader *reader)
{
    if (slice_is(read_name(reader), "target_features")) {
        outline->features =
            (struct slice){ .at = reader->at, .length = (size_t)(reader->end - reader->at) };
    }
    reader->is_bad = false; /* what is in a custom section makes no module invalid */
}

static void read_vector(struct outline *outline, struct reader *reader,
                        void (*read)(struct outline *, struct reader *))
{
    const uint32_t count = read_u32(reader);
    for (uint32_t i = 0; i < count && !reader->is_bad; i++) {
        read(outline, reader);
    }
}

static void read_function(struct outline *outline, struct reader *reader)
{
    const uint32_t type = read_u32(reader);
    if (outline->function_count == FUNCTIONS_MAX) {
        reader_give_up(reader);
    }
    if (!reader->is_bad) {
        add_function(outline, type);
    }
}

static void read_memory(struct outline *outline, struct reader *reader)
{
    const struct outline_memory memory = read_limits(reader);
    if (outline->memory_count == ENTRIES_MAX) {
        reader_give_up(reader);
    }
    if (!reader->is_bad) {
        add_memory(outline, memory);
    }
}

static void read_section(struct outline *outline, uint8_t id, struct reader *reader,
                         struct slice whole)
{
    switch (id) {
    case SECTION_CUSTOM:
        read_custom(outline, reader);
        break;
    case SECTION_TYPE:
        outline->type_section = whole;
        read_types(outline, reader);
        break;
    case SECTION_IMPORT:
        read_vector(outline, reader, read_import);
        break;
    case SECTION_FUNCTION:
        read_vector(outline, reader, read_function);
        break;
    case SECTION_MEMORY:
        read_vector(outline, reader, read_memory);
        break;
    case SECTION_EXPORT:
        read_vector(outline, reader, read_export);
        break;
    case SECTION_START:
        outline->has_start = true;
        break;
    default:
        break; /* tables, globals, code and data say nothing that is asked for here */
    }
}

bool outline_read(struct outline *outline, const uint8_t *bytes, size_t length)
{
    static const uint8_t header[HEADER] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    const struct slice nothing = { .at = bytes, .length = 0 }; /* a place, so that it can be read */
    *outline = (struct outline){ .features = nothing, .type_section = nothing };
    if (length < HEADER || memcmp(bytes, header, HEADER) != 0) {
        return false;
    }
    struct reader module =
        reader_over((struct slice){ .at = bytes + HEADER, .length = length - HEADER });
    while (reader_has_more(&module)) {
        const uint8_t *start = module.at;
        const uint8_t id = read_byte(&module);
        const struct slice body = read_slice(&module, read_u32(&module));
        struct reader section = reader_over(body);
        const struct slice whole = { .at = start, .length = (size_t)(module.at - start) };
        if (!module.is_bad) {
            read_section(outline, id, &section, whole);
        }
        if (module.is_bad || section.is_bad) {
            outline->error_offset = (size_t)((section.is_bad ? section.at : module.at) - bytes);
            return false;
        }
    }
    return true;
}

void outline_free(struct outline *outline)
{
    free(outline->types);
    free(outline->imports);
    free(outline->functions);
    free(outline->memories);
    free(outline->exports);
    *outline = (struct outline){ .types = NULL };
}

const struct outline_export *outline_export_named(const struct outline *outline, const char *name)
{
    for (size_t i = 0; i < outline->export_count; i++) {
        if (slice_is(outline->exports[i].name, name)) {
            return &outline->exports[i];
        }
    }
    return NULL;
}

const struct outline_type *outline_function_type(const struct outline *outline,
                                                 const struct outline_export *export)
{
    if (export->kind != EXTERN_FUNCTION || export->index >= outline->function_count) {
        return NULL;
    }
    const uint32_t type = outline->functions[export->index];
    return type < outline->type_count && outline->types[type].is_function ? &outline->types[type]
                                                                          : NULL;
}

static char *value_types_text(struct slice types)
{
    struct reader reader = reader_over(types);
    char *text = must_copy("", 0);
    while (reader_has_more(&reader)) {
        FREED_TEXT char *before = text;
        text = must_format("%s%s%s", before, before[0] != '\0' ? ", " : "",
                           value_type_read_name(&reader));
    }
    return text;
}

char *outline_type_text(const struct outline_type *type)
{
    FREED_TEXT char *params = value_types_text(type->params);
    FREED_TEXT char *results = value_types_text(type->results);
    return must_format("(%s) -> %s", params, type->result_count > 0 ? results : "()");
}
