/*
 * Why a module will not link: its first import that is unknown or has another signature, and the
 * name it may have meant.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <string.h>

/* Longer names are no slips of the pen, and their distance would cost more than it tells. */
enum { NEAR_NAME_MAX = 64, SHOWN_NAME_MAX = 100 };

bool ringfort_wasmtime_is_word(const wasm_name_t *name, const char *word)
{
    return name->size == strlen(word) && memcmp(name->data, word, name->size) == 0;
}

static const ringfort_import *row_named(unsigned abis, const wasm_name_t *module,
                                        const wasm_name_t *name)
{
    size_t count = 0;
    const ringfort_import *rows = ringfort_import_table(abis, &count);
    for (size_t i = 0; rows != NULL && i < count; i++) {
        if (ringfort_wasmtime_is_word(name, rows[i].name) &&
            ringfort_wasmtime_is_word(module, rows[i].module)) {
            return &rows[i];
        }
    }
    return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t lower = a < b ? a : b;
    return lower < c ? lower : c;
}

/* Levenshtein's distance, a row of the matrix at a time. */
static size_t distance(const wasm_name_t *from, const char *to)
{
    size_t row[NEAR_NAME_MAX + 1];
    for (size_t i = 0; i <= from->size; i++) {
        row[i] = i;
    }
    for (size_t j = 0; to[j] != '\0'; j++) {
        size_t diagonal = row[0];
        row[0] = j + 1;
        for (size_t i = 0; i < from->size; i++) {
            const size_t above = row[i + 1];
            row[i + 1] = least(above + 1, row[i] + 1, diagonal + (from->data[i] != to[j]));
            diagonal = above;
        }
    }
    return row[from->size];
}

/* The row whose name is nearest, a row of the same module before others; NULL where more than
 * half would have to change. */
static const ringfort_import *nearest(unsigned abis, const wasm_name_t *module,
                                      const wasm_name_t *name)
{
    size_t count = 0;
    const ringfort_import *rows = ringfort_import_table(abis, &count);
    const ringfort_import *best = NULL;
    size_t best_distance = name->size / 2 + 1;
    bool best_is_same_module = false;
    for (size_t i = 0; rows != NULL && name->size <= NEAR_NAME_MAX && i < count; i++) {
        const size_t here = distance(name, rows[i].name);
        const bool is_same_module = ringfort_wasmtime_is_word(module, rows[i].module);
        if (here < best_distance ||
            (here == best_distance && best != NULL && is_same_module && !best_is_same_module)) {
            best = &rows[i];
            best_distance = here;
            best_is_same_module = is_same_module;
        }
    }
    return best;
}

static void add_name(struct text *text, const wasm_name_t *name)
{
    const size_t shown = name->size < SHOWN_NAME_MAX ? name->size : SHOWN_NAME_MAX;
    ringfort_wasmtime_text_add_foreign(text, name->data, shown, false);
    if (shown < name->size) {
        ringfort_wasmtime_text_add(text, "...");
    }
}

static void add_import(struct text *text, const wasm_importtype_t *import)
{
    add_name(text, wasm_importtype_module(import));
    ringfort_wasmtime_text_add(text, ".");
    add_name(text, wasm_importtype_name(import));
}

/* wasm_valtype_kind ends the process for types that it does not know, and modules choose their
 * types: so compare instead. */
static const char *name_of_type(const wasm_valtype_t *type)
{
    static const struct {
        wasm_valkind_t kind;
        const char *name;
    } numbers[] = {
        { WASM_I32, "i32" }, { WASM_I64, "i64" }, { WASM_F32, "f32" }, { WASM_F64, "f64" }
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        wasm_valtype_t *number = wasm_valtype_new(numbers[i].kind);
        const bool is_same = wasmtime_wasm_valtype_equal(type, number);
        wasm_valtype_delete(number);
        if (is_same) {
            return numbers[i].name;
        }
    }
    wasm_valtype_t *vector = wasmtime_wasm_valtype_v128();
    const bool is_vector = wasmtime_wasm_valtype_equal(type, vector);
    wasm_valtype_delete(vector);
    return is_vector ? "v128" : "ref";
}

static bool types_are(const wasm_valtype_vec_t *types, const char *letters)
{
    if (types->size != strlen(letters)) {
        return false;
    }
    for (size_t i = 0; i < types->size; i++) {
        if (strcmp(name_of_type(types->data[i]), letters[i] == 'I' ? "i64" : "i32") != 0) {
            return false;
        }
    }
    return true;
}

static void add_types(struct text *text, const wasm_valtype_vec_t *types)
{
    ringfort_wasmtime_text_add(text, "(");
    for (size_t i = 0; i < types->size && !text->is_cut; i++) {
        ringfort_wasmtime_text_add(text, i == 0 ? "" : ", ");
        ringfort_wasmtime_text_add(text, name_of_type(types->data[i]));
    }
    ringfort_wasmtime_text_add(text, ")");
}

static void add_letters(struct text *text, const char *letters)
{
    ringfort_wasmtime_text_add(text, "(");
    for (size_t i = 0; letters[i] != '\0'; i++) {
        ringfort_wasmtime_text_print(text, "%s%s", i == 0 ? "" : ", ",
                                     letters[i] == 'I' ? "i64" : "i32");
    }
    ringfort_wasmtime_text_add(text, ")");
}

static void add_found(struct text *text, const wasm_externtype_t *type)
{
    static const char *const words[] = { "a function", "a global", "a table", "a memory", "a tag" };
    const wasm_externkind_t kind = wasm_externtype_kind(type);
    if (kind != WASM_EXTERN_FUNC) {
        ringfort_wasmtime_text_add(text, kind < sizeof words / sizeof words[0] ? words[kind]
                                                                               : "something else");
        return;
    }
    const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
    add_types(text, wasm_functype_params(function));
    ringfort_wasmtime_text_add(text, " -> ");
    add_types(text, wasm_functype_results(function));
}

static bool has_signature(const wasm_externtype_t *type, const ringfort_import *row)
{
    if (wasm_externtype_kind(type) != WASM_EXTERN_FUNC) {
        return false;
    }
    const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
    return types_are(wasm_functype_params(function), row->params) &&
           types_are(wasm_functype_results(function), row->results);
}

static ringfort_status say_wrong_signature(const wasm_importtype_t *import,
                                           const ringfort_import *row, ringfort_error *error)
{
    struct text text = ringfort_wasmtime_message_of(error, RINGFORT_ERR_LINK);
    ringfort_wasmtime_text_add(&text, "import ");
    add_import(&text, import);
    ringfort_wasmtime_text_add(&text, " has another signature: wanted ");
    add_letters(&text, row->params);
    ringfort_wasmtime_text_add(&text, " -> ");
    add_letters(&text, row->results);
    ringfort_wasmtime_text_add(&text, ", found ");
    add_found(&text, wasm_importtype_type(import));
    return RINGFORT_ERR_LINK;
}

static void add_remedy(struct text *text, unsigned abis, const wasm_importtype_t *import)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    const wasm_name_t *name = wasm_importtype_name(import);
    const ringfort_import *other = row_named(RINGFORT_UNSTABLE | RINGFORT_PREVIEW1, module, name);
    if (other != NULL) {
        ringfort_wasmtime_text_print(text, "; it belongs to a version that was not asked for, %s",
                                     other->abi == RINGFORT_UNSTABLE ? "unstable" : "preview1");
        return;
    }
    if (ringfort_wasmtime_is_word(module, "wasi") &&
        ringfort_wasmtime_is_word(name, "thread-spawn")) {
        ringfort_wasmtime_text_add(text, "; it needs wasi-threads, which were not asked for");
        return;
    }
    if (module->size > 5 && memcmp(module->data, "wasi:", 5) == 0) {
        ringfort_wasmtime_text_add(
            text, "; it belongs to WASI 0.2, build the module for WASI 0.1 (wasm32-wasip1)");
        return;
    }
    const char *origin = ringfort_wasmtime_origin(import);
    if (origin != NULL) {
        ringfort_wasmtime_text_add(text, origin);
        return;
    }
    const ringfort_import *near = nearest(abis, module, name);
    if (near != NULL) {
        ringfort_wasmtime_text_print(text, "; the nearest known name is %s.%s", near->module,
                                     near->name);
    }
}

static ringfort_status say_unknown(const wasm_importtype_t *import, unsigned abis,
                                   ringfort_error *error)
{
    struct text text = ringfort_wasmtime_message_of(error, RINGFORT_ERR_LINK);
    ringfort_wasmtime_text_add(&text, "unknown import ");
    add_import(&text, import);
    ringfort_wasmtime_text_add(&text, ", ");
    add_found(&text, wasm_importtype_type(import));
    add_remedy(&text, abis, import);
    return RINGFORT_ERR_LINK;
}

static bool is_defined(const wasmtime_linker_t *linker, wasmtime_context_t *context,
                       const wasm_importtype_t *import)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    const wasm_name_t *name = wasm_importtype_name(import);
    wasmtime_extern_t item;
    if (linker == NULL || !wasmtime_linker_get(linker, context, module->data, module->size,
                                               name->data, name->size, &item)) {
        return false;
    }
    wasmtime_extern_delete(&item);
    return true;
}

ringfort_status ringfort_wasmtime_check_imports(const wasmtime_module_t *module, unsigned abis,
                                                const wasmtime_linker_t *linker,
                                                wasmtime_context_t *context, ringfort_error *error)
{
    wasm_importtype_vec_t imports;
    wasmtime_module_imports(module, &imports);
    ringfort_status status = RINGFORT_OK;
    for (size_t i = 0; i < imports.size && status == RINGFORT_OK; i++) {
        const wasm_importtype_t *import = imports.data[i];
        const ringfort_import *row =
            row_named(abis, wasm_importtype_module(import), wasm_importtype_name(import));
        if (row != NULL) {
            if (!has_signature(wasm_importtype_type(import), row)) {
                status = say_wrong_signature(import, row, error);
            }
        } else if (!is_defined(linker, context, import)) {
            status = say_unknown(import, abis, error);
        }
    }
    wasm_importtype_vec_delete(&imports);
    return status;
}

unsigned ringfort_wasmtime_module_abis(const wasmtime_module_t *module)
{
    unsigned abis = 0;
    wasm_importtype_vec_t imports;
    wasmtime_module_imports(module, &imports);
    for (size_t i = 0; i < imports.size; i++) {
        const wasm_name_t *name = wasm_importtype_module(imports.data[i]);
        abis |= ringfort_wasmtime_is_word(name, "wasi_snapshot_preview1")
                    ? (unsigned)RINGFORT_PREVIEW1
                    : 0;
        abis |= ringfort_wasmtime_is_word(name, "wasi_unstable") ? (unsigned)RINGFORT_UNSTABLE : 0;
    }
    wasm_importtype_vec_delete(&imports);
    return abis;
}
