/*
 * The WASI class on the standard wasm.h: compiled with the header of the engine it is linked with.
 *
 * Only what every engine does alike is used: stores, modules, instances, functions with an
 * environment, traps, memories and externs; no host info, no references, no kinds of value types
 * (one engine ends the process when it is asked for the kind of a type that it does not know).
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <ringfort_wasm.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* path_open has the most parameters, nine. */
enum { CALL_PARAMS_MAX = 9, SHOWN_NAME_MAX = 100 };

/* The texts of our own traps begin with these words, by which what comes back from the engine is
 * told apart; one engine cuts texts after some 120 bytes. */
#define SAYS_EXITED      "proc_exit was called"
#define SAYS_INTERRUPTED "interrupted: "
#define SAYS_NOT_STARTED "wasi.start() has not been called"
#define SAYS_HOW_TO_START                                                                          \
    "; call ringfort_wasm_start, ringfort_wasm_initialize or ringfort_wasm_finalize_bindings "     \
    "before the guest calls WASI"

/* One row of the import table: the environment of its host function. */
struct callee {
    struct binding *binding;
    const ringfort_import *import;
    size_t params;
};

/* The engine data of a WASI object, freed with it. */
struct binding {
    const char *adapter; /* tells this adapter's engine data from another's */
    ringfort_wasi *wasi;
    wasm_store_t *store;       /* NULL before get_import_object */
    wasm_memory_t *memory;     /* NULL before start */
    wasm_extern_vec_t exports; /* keeps the bound memory */
    bool was_interrupted;      /* a call that nobody has told of yet */
    size_t count;
    struct callee callees[];
};

static const char adapter_name[] = "wasm-c-api";

/* ---- Messages ---- */

/* A message that was cut may have lost the end of its last UTF-8 character. */
static void end_at_a_character(char *text, size_t length)
{
    while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80) {
        length--;
    }
    if (length > 0 && ((unsigned char)text[length - 1] & 0x80) != 0) {
        text[length - 1] = '\0';
    }
}

__attribute__((format(printf, 3, 4))) static ringfort_status
fail(ringfort_error *error, ringfort_status status, const char *format, ...)
{
    if (error != NULL) {
        char words[RINGFORT_MESSAGE_MAX]; /* some of them foreign */
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        error->os_errno = 0;
        const int length = vsnprintf(words, sizeof words, format, arguments);
        va_end(arguments);
        if (length >= RINGFORT_MESSAGE_MAX) {
            end_at_a_character(words, RINGFORT_MESSAGE_MAX - 1);
        }
        (void)ringfort_text_escape(words, strlen(words), RINGFORT_TEXT_LINES | RINGFORT_TEXT_MARKED,
                                   error->message, sizeof error->message);
    }
    return status;
}

static bool is_word(const wasm_name_t *name, const char *word)
{
    size_t size = name->size;
    if (size > 0 && name->data[size - 1] == '\0') {
        size--; /* some engines count a NUL */
    }
    return size == strlen(word) && memcmp(name->data, word, size) == 0;
}

static int shown(const wasm_name_t *name)
{
    return (int)(name->size < SHOWN_NAME_MAX ? name->size : SHOWN_NAME_MAX);
}

static ringfort_status fail_to_link(ringfort_error *error, const wasm_importtype_t *import,
                                    const char *what)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    const wasm_name_t *name = wasm_importtype_name(import);
    return fail(error, RINGFORT_ERR_LINK, "import %.*s.%.*s %s", shown(module), module->data,
                shown(name), name->data, what);
}

/* ---- Calls ---- */

static wasm_trap_t *trap_saying(const struct callee *callee, const char *what)
{
    char words[384];
    wasm_name_t message;
    (void)snprintf(words, sizeof words, "%s: %s", callee->import->name, what);
    wasm_name_new_from_string_nt(&message, words);
    wasm_trap_t *trap = wasm_trap_new(callee->binding->store, &message);
    wasm_byte_vec_delete(&message);
    return trap;
}

static const char *interruption(struct binding *binding)
{
    ringfort_refusal last = { 0 };
    binding->was_interrupted = true;
    if (ringfort_wasi_refusal(binding->wasi, &last) && last.limit == RINGFORT_LIMIT_WALL_TIME) {
        return SAYS_INTERRUPTED "the guest's time is over (RINGFORT_LIMIT_WALL_TIME)";
    }
    return ringfort_wasi_interrupted(binding->wasi)
               ? SAYS_INTERRUPTED "ringfort_wasi_interrupt was called"
               : SAYS_INTERRUPTED "the heartbeat's callback ended the call";
}

static wasm_trap_t *unwind(const struct callee *callee, ringfort_outcome outcome,
                           const ringfort_result *result, size_t memory_size)
{
    char words[256];
    switch (outcome) {
    case RINGFORT_EXITED:
        if (!ringfort_wasi_return_on_exit(callee->binding->wasi)) {
            exit((int)(result->value & 255));
        }
        return trap_saying(callee, SAYS_EXITED);
    case RINGFORT_INTERRUPTED:
        return trap_saying(callee, interruption(callee->binding));
    case RINGFORT_FAULT:
        (void)snprintf(words, sizeof words,
                       "%" PRIu64 " bytes at address %" PRIu32 " (0x%" PRIx32
                       ") are outside the guest's memory of %zu bytes",
                       result->fault_length, result->fault_start, result->fault_start, memory_size);
        return trap_saying(callee, words);
    case RINGFORT_RETURNED:
    default:
        return trap_saying(callee, "an outcome that this adapter does not know");
    }
}

static wasm_trap_t *on_import(void *env, const wasm_val_vec_t *values, wasm_val_vec_t *results)
{
    const struct callee *callee = env;
    const struct binding *binding = callee->binding;
    ringfort_memory memory = { NULL, 0 };
    if (binding->memory != NULL) {
        memory.base = wasm_memory_data(binding->memory);
        memory.size = wasm_memory_data_size(binding->memory);
    } else if (callee->import->results[0] != '\0') { /* only proc_exit works before start */
        return trap_saying(callee, SAYS_NOT_STARTED SAYS_HOW_TO_START);
    }
    uint64_t args[CALL_PARAMS_MAX];
    for (size_t i = 0; i < callee->params; i++) {
        const wasm_val_t *value = &values->data[i];
        args[i] = callee->import->params[i] == 'I' ? (uint64_t)value->of.i64
                                                   : (uint64_t)(uint32_t)value->of.i32;
    }
    ringfort_result result;
    const ringfort_outcome outcome = callee->import->call(binding->wasi, memory, args, &result);
    if (outcome != RINGFORT_RETURNED) {
        return unwind(callee, outcome, &result, memory.size);
    }
    results->data[0].kind = WASM_I32;
    results->data[0].of.i32 = (int32_t)result.value;
    return NULL;
}

/* ---- The binding and the import object ---- */

static void drop(void *data)
{
    struct binding *binding = data;
    wasm_extern_vec_delete(&binding->exports);
    free(binding);
}

static ringfort_status binding_of(ringfort_wasi *wasi, struct binding **out, ringfort_error *error)
{
    struct binding *binding = ringfort_wasi_engine_data(wasi);
    if (binding != NULL && binding->adapter != adapter_name) {
        return fail(error, RINGFORT_ERR_INVALID_ARG_VALUE,
                    "this WASI object is used with another engine; make one for each");
    }
    *out = binding;
    if (binding != NULL) {
        return RINGFORT_OK;
    }
    size_t count = 0;
    const ringfort_import *rows = ringfort_wasi_import(wasi, &count);
    binding = calloc(1, sizeof *binding + count * sizeof binding->callees[0]);
    if (binding == NULL) {
        return fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
    }
    binding->adapter = adapter_name;
    binding->wasi = wasi;
    binding->count = count;
    wasm_extern_vec_new_empty(&binding->exports);
    for (size_t i = 0; i < count; i++) {
        binding->callees[i] = (struct callee){ binding, &rows[i], strlen(rows[i].params) };
    }
    ringfort_wasi_set_engine_data(wasi, binding, drop);
    *out = binding;
    return RINGFORT_OK;
}

static bool is_of_wasi(const wasm_importtype_t *import)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    return is_word(module, "wasi_snapshot_preview1") || is_word(module, "wasi_unstable");
}

static struct callee *callee_for(struct binding *binding, const wasm_importtype_t *import)
{
    for (size_t i = 0; i < binding->count; i++) {
        const ringfort_import *row = binding->callees[i].import;
        if (is_word(wasm_importtype_name(import), row->name) &&
            is_word(wasm_importtype_module(import), row->module)) {
            return &binding->callees[i];
        }
    }
    return NULL;
}

static bool has_arity(const wasm_externtype_t *type, const ringfort_import *row)
{
    if (wasm_externtype_kind(type) != WASM_EXTERN_FUNC) {
        return false;
    }
    const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
    return wasm_functype_params(function)->size == strlen(row->params) &&
           wasm_functype_results(function)->size == strlen(row->results);
}

static void valtypes_of(const char *letters, wasm_valtype_vec_t *out)
{
    wasm_valtype_t *types[CALL_PARAMS_MAX];
    const size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++) {
        types[i] = wasm_valtype_new(letters[i] == 'I' ? WASM_I64 : WASM_I32);
    }
    wasm_valtype_vec_new(out, count, types);
}

static wasm_extern_t *function_for(struct callee *callee)
{
    wasm_valtype_vec_t params;
    wasm_valtype_vec_t results;
    valtypes_of(callee->import->params, &params);
    valtypes_of(callee->import->results, &results);
    wasm_functype_t *type = wasm_functype_new(&params, &results);
    wasm_func_t *function =
        wasm_func_new_with_env(callee->binding->store, type, on_import, callee, NULL);
    wasm_functype_delete(type);
    return wasm_func_as_extern(function);
}

static ringfort_status check(struct binding *binding, const wasm_importtype_vec_t *types,
                             ringfort_error *error)
{
    for (size_t i = 0; i < types->size; i++) {
        const wasm_importtype_t *import = types->data[i];
        if (!is_of_wasi(import)) {
            continue;
        }
        const struct callee *callee = callee_for(binding, import);
        if (callee == NULL) {
            return fail_to_link(error, import, "is unknown, or of a version not asked for");
        }
        if (!has_arity(wasm_importtype_type(import), callee->import)) {
            return fail_to_link(error, import, "has another signature than WASI's function");
        }
    }
    return RINGFORT_OK;
}

/* By wasm_extern_vec_new: one engine's vectors also count the elements that were put into them. */
static ringfort_status make(struct binding *binding, const wasm_importtype_vec_t *types,
                            wasm_extern_vec_t *imports, ringfort_error *error)
{
    wasm_extern_t **externs = calloc(types->size + 1, sizeof(wasm_extern_t *));
    if (externs == NULL) {
        return fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
    }
    for (size_t i = 0; i < types->size; i++) {
        if (is_of_wasi(types->data[i])) {
            externs[i] = function_for(callee_for(binding, types->data[i]));
        }
    }
    wasm_extern_vec_new(imports, types->size, externs);
    free(externs);
    return RINGFORT_OK;
}

ringfort_status ringfort_wasm_get_import_object(ringfort_wasi *wasi, wasm_store_t *store,
                                                const wasm_module_t *module,
                                                wasm_extern_vec_t *imports, ringfort_error *error)
{
    struct binding *binding = NULL;
    ringfort_status status = binding_of(wasi, &binding, error);
    if (status != RINGFORT_OK) {
        return status;
    }
    if (binding->store != NULL && binding->store != store) {
        return fail(error, RINGFORT_ERR_INVALID_ARG_VALUE,
                    "this WASI object is used in another store; make one for each");
    }
    binding->store = store;
    wasm_importtype_vec_t types;
    wasm_module_imports(module, &types);
    status = check(binding, &types, error);
    if (status == RINGFORT_OK) {
        status = make(binding, &types, imports, error);
    }
    wasm_importtype_vec_delete(&types);
    return status;
}

/* ---- The class ---- */

/* The exports that decide, lent from `all`. */
struct found {
    ringfort_exports kinds;
    wasm_memory_t *memory;
    wasm_func_t *start;
    wasm_func_t *initialize;
    wasm_extern_vec_t all;
};

static ringfort_export kind_of_function(const wasm_externtype_t *type)
{
    static const ringfort_import nothing = { .params = "", .results = "" };
    return has_arity(type, &nothing) ? RINGFORT_EXPORT_FUNCTION : RINGFORT_EXPORT_OTHER;
}

static struct found look_for_exports(const wasm_module_t *module, const wasm_instance_t *instance)
{
    struct found found = { 0 };
    wasm_exporttype_vec_t types;
    wasm_module_exports(module, &types);
    wasm_instance_exports(instance, &found.all);
    for (size_t i = 0; i < types.size && i < found.all.size; i++) {
        const wasm_name_t *name = wasm_exporttype_name(types.data[i]);
        const wasm_externtype_t *type = wasm_exporttype_type(types.data[i]);
        if (is_word(name, "memory")) {
            found.memory = wasm_externtype_kind(type) == WASM_EXTERN_MEMORY
                               ? wasm_extern_as_memory(found.all.data[i])
                               : NULL;
            found.kinds.memory =
                found.memory != NULL ? RINGFORT_EXPORT_MEMORY : RINGFORT_EXPORT_OTHER;
        } else if (is_word(name, "_start")) {
            found.kinds.start = kind_of_function(type);
            found.start = wasm_extern_as_func(found.all.data[i]);
        } else if (is_word(name, "_initialize")) {
            found.kinds.initialize = kind_of_function(type);
            found.initialize = wasm_extern_as_func(found.all.data[i]);
        }
    }
    wasm_exporttype_vec_delete(&types);
    return found;
}

/* Checks and marks the object, then binds the memory: also when only the entry points were
 * refused, as Node does. The exports are kept as long as the object, or freed here. */
static ringfort_status begin(ringfort_wasi *wasi, ringfort_entry entry, struct found *found,
                             ringfort_error *error)
{
    struct binding *binding = NULL;
    ringfort_status status = binding_of(wasi, &binding, error);
    const bool was_started = ringfort_wasi_started(wasi);
    if (status == RINGFORT_OK) {
        status = ringfort_wasi_begin(wasi, entry, &found->kinds, error);
    }
    if (binding != NULL && !was_started && ringfort_wasi_started(wasi)) {
        binding->memory = found->memory;
        binding->exports = found->all;
    } else {
        wasm_extern_vec_delete(&found->all);
    }
    return status;
}

static ringfort_status call(ringfort_wasi *wasi, const wasm_func_t *function, ringfort_error *error)
{
    const wasm_val_vec_t args = WASM_EMPTY_VEC;
    wasm_val_vec_t results = WASM_EMPTY_VEC;
    return ringfort_wasm_call_status(wasi, wasm_func_call(function, &args, &results), error);
}

ringfort_status ringfort_wasm_finalize_bindings(ringfort_wasi *wasi, const wasm_module_t *module,
                                                const wasm_instance_t *instance,
                                                wasm_memory_t *memory, ringfort_error *error)
{
    struct found found = look_for_exports(module, instance);
    if (memory != NULL) {
        found.memory = memory;
        found.kinds.memory = RINGFORT_EXPORT_MEMORY;
    }
    return begin(wasi, RINGFORT_FINALIZE_BINDINGS, &found, error);
}

ringfort_status ringfort_wasm_start(ringfort_wasi *wasi, const wasm_module_t *module,
                                    const wasm_instance_t *instance, uint32_t *exit_code,
                                    ringfort_error *error)
{
    uint32_t code = 0;
    struct found found = look_for_exports(module, instance);
    ringfort_status status = begin(wasi, RINGFORT_START, &found, error);
    if (status == RINGFORT_OK) {
        status = call(wasi, found.start, error);
        (void)ringfort_wasi_exited(wasi, &code);
    }
    if (exit_code != NULL) {
        *exit_code = code;
    }
    return status;
}

ringfort_status ringfort_wasm_initialize(ringfort_wasi *wasi, const wasm_module_t *module,
                                         const wasm_instance_t *instance, ringfort_error *error)
{
    struct found found = look_for_exports(module, instance);
    const ringfort_status status = begin(wasi, RINGFORT_INITIALIZE, &found, error);
    if (status != RINGFORT_OK || found.kinds.initialize != RINGFORT_EXPORT_FUNCTION) {
        return status;
    }
    return call(wasi, found.initialize, error);
}

/* Where the last of these words ends in an engine's message; 0: they are not there. */
static size_t end_of(const wasm_message_t *message, const char *words)
{
    const size_t length = strlen(words);
    for (size_t at = message->size + 1; at-- > length;) {
        if (memcmp(message->data + at - length, words, length) == 0) {
            return at;
        }
    }
    return 0;
}

/* The cause first: some engines put a backtrace before it, which may leave no room for that. */
static void say_trap(ringfort_error *error, ringfort_status status, const wasm_message_t *message)
{
    static const char between[] = "\n\nCaused by:\n    ";
    static const char mark[] = "wasm trap: ";
    const size_t at = end_of(message, between);
    const char *cause = message->data + at; /* to the NUL that ends a message */
    const bool is_marked = status != RINGFORT_ERR_TRAP || strncmp(cause, mark, strlen(mark)) == 0;
    (void)fail(error, status, "%s%s%s%.*s", is_marked ? "" : mark, cause, at > 0 ? "\n" : "",
               at > 0 ? (int)(at - strlen(between)) : 0, message->data);
}

/* Words alone prove nothing: an engine's message has the guest's names in it. */
static bool take_interruption(ringfort_wasi *wasi)
{
    struct binding *binding = ringfort_wasi_engine_data(wasi);
    if (binding == NULL || binding->adapter != adapter_name || !binding->was_interrupted) {
        return false;
    }
    binding->was_interrupted = false;
    return true;
}

ringfort_status ringfort_wasm_call_status(ringfort_wasi *wasi, wasm_trap_t *trap,
                                          ringfort_error *error)
{
    if (trap == NULL) {
        return RINGFORT_OK;
    }
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    ringfort_status status = RINGFORT_ERR_TRAP;
    if (end_of(&message, SAYS_EXITED) > 0 && ringfort_wasi_exited(wasi, NULL)) {
        status = RINGFORT_OK;
    } else if (end_of(&message, SAYS_INTERRUPTED) > 0 && take_interruption(wasi)) {
        status = RINGFORT_ERR_INTERRUPTED;
    } else if (end_of(&message, SAYS_NOT_STARTED) > 0 && !ringfort_wasi_started(wasi)) {
        status = RINGFORT_ERR_WASI_NOT_STARTED;
    }
    if (status != RINGFORT_OK) {
        say_trap(error, status, &message);
    }
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    return status;
}
