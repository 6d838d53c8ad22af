/* S: the functions that a guest imports, each a trampoline to C.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "frame.h"
#include "modules.h"
#include "rows.h"

#include <stdio.h>
#include <string.h>

const char *const ringfort_served[SERVED] = {
    "args_get",          "args_sizes_get", "environ_get",
    "environ_sizes_get", "fd_prestat_get", "fd_prestat_dir_name",
};

/* Functions by their numbers: imported ones come first. */
enum {
    IMPORT_ENTER,
    IMPORT_REFRESH,
    IMPORT_UNWIND,
    IMPORT_UNBOUND,
    UNBOUND_SIZE,
    UNBOUND_PAIR,
    UNBOUND_THREE,
    FIRST_FUNCTION,
};

enum { GLOBAL_OBJECT, GLOBAL_SIZE, GLOBAL_PREOPENS, GLOBALS };

/* Types that are there whatever the functions are. */
enum { TYPE_NONE, TYPE_ONE, TYPE_SIZE, TYPE_PAIR, TYPE_THREE, FIXED_TYPES };

enum { TYPES_MAX = 40 };

struct types {
    const char *params[TYPES_MAX];
    uint32_t count;
};

static const struct types fixed_types = { { "", "i", "", "ii", "iii" }, FIXED_TYPES };

/* The type of a function with a result. */
static uint32_t type_of(struct types *types, const char *params)
{
    for (uint32_t i = TYPE_SIZE; i < types->count; i++) {
        if (strcmp(types->params[i], params) == 0) {
            return i;
        }
    }
    if (types->count == TYPES_MAX) {
        __builtin_trap(); /* a mistake of ours: there are fewer shapes */
    }
    types->params[types->count] = params;
    return types->count++;
}

static int served_number(const char *name)
{
    for (int i = 0; i < SERVED; i++) {
        if (strcmp(ringfort_served[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- Bodies ---- */

static void write_refresh_if_grown(struct writer *w, uint32_t scratch)
{
    ringfort_op_const(w, SLOT_SIZE);
    ringfort_op_call_indirect(w, TYPE_SIZE);
    ringfort_op_u32(w, OP_LOCAL_TEE, scratch);
    ringfort_op_u32(w, OP_GLOBAL_GET, GLOBAL_SIZE);
    ringfort_op(w, OP_I32_NE);
    ringfort_op_if(w);
    ringfort_op_u32(w, OP_LOCAL_GET, scratch);
    ringfort_op_u32(w, OP_CALL, IMPORT_REFRESH);
    ringfort_op_u32(w, OP_LOCAL_GET, scratch);
    ringfort_op_u32(w, OP_GLOBAL_SET, GLOBAL_SIZE);
    ringfort_op(w, OP_END);
}

static void write_frame(struct writer *w, uint32_t number, const char *params)
{
    ringfort_op_const(w, 0);
    ringfort_op_u32(w, OP_GLOBAL_GET, GLOBAL_OBJECT);
    ringfort_op_memory(w, OP_I64_STORE, offsetof(struct frame, object));
    ringfort_op_const(w, 0);
    ringfort_op_const(w, (int32_t)number);
    ringfort_op_memory(w, OP_I32_STORE, offsetof(struct frame, function));
    for (uint32_t i = 0; params[i] != '\0'; i++) {
        ringfort_op_const(w, 0);
        ringfort_op_u32(w, OP_LOCAL_GET, i);
        ringfort_op_memory(w, params[i] == 'I' ? OP_I64_STORE : OP_I32_STORE,
                           (uint32_t)(offsetof(struct frame, args) + i * sizeof(uint64_t)));
    }
}

/* Once a preopen was closed or renumbered, C alone knows who they are. */
static void write_forget_preopens(struct writer *w, const char *params, uint32_t scratch)
{
    for (uint32_t i = 0; params[i] != '\0'; i++) {
        ringfort_op_u32(w, OP_LOCAL_GET, scratch);
        ringfort_op(w, OP_I32_EQZ);
        ringfort_op_u32(w, OP_LOCAL_GET, i);
        ringfort_op_const(w, FIRST_PREOPEN);
        ringfort_op(w, OP_I32_SUB);
        ringfort_op_u32(w, OP_GLOBAL_GET, GLOBAL_PREOPENS);
        ringfort_op(w, OP_I32_LT_U);
        ringfort_op(w, OP_I32_AND);
        ringfort_op_if(w);
        ringfort_op_const(w, 0);
        ringfort_op_u32(w, OP_GLOBAL_SET, GLOBAL_PREOPENS);
        ringfort_op(w, OP_END);
    }
}

static size_t begin_body(struct writer *w, bool with_scratch)
{
    const size_t begun = ringfort_begin(w);
    if (with_scratch) {
        ringfort_write_u32(w, 1);
        ringfort_write_u32(w, 1);
        ringfort_write_byte(w, TYPE_I32);
    } else {
        ringfort_write_u32(w, 0);
    }
    return begun;
}

static void end_body(struct writer *w, size_t begun)
{
    ringfort_op(w, OP_END);
    ringfort_end(w, begun);
}

static void write_crossing(struct writer *w, const ringfort_import *row)
{
    const uint32_t scratch = (uint32_t)strlen(row->params); /* the local after the parameters */
    const size_t begun = begin_body(w, true);
    write_refresh_if_grown(w, scratch);
    write_frame(w, row->index, row->params);
    ringfort_op_u32(w, OP_CALL, IMPORT_ENTER);
    ringfort_op_const(w, 0);
    ringfort_op_memory(w, OP_I32_LOAD, offsetof(struct frame, value));
    ringfort_op_u32(w, OP_LOCAL_TEE, scratch);
    ringfort_op_const(w, 0);
    ringfort_op(w, OP_I32_LT_S);
    ringfort_op_if(w);
    ringfort_op_u32(w, OP_LOCAL_GET, scratch);
    ringfort_op_u32(w, OP_CALL, IMPORT_UNWIND);
    ringfort_op(w, OP_END);
    if (strcmp(row->name, "fd_close") == 0 || strcmp(row->name, "fd_renumber") == 0) {
        write_forget_preopens(w, row->params, scratch);
    }
    ringfort_op_u32(w, OP_LOCAL_GET, scratch);
    end_body(w, begun);
}

static void write_params(struct writer *w, const char *params)
{
    for (uint32_t i = 0; params[i] != '\0'; i++) {
        ringfort_op_u32(w, OP_LOCAL_GET, i);
    }
}

/* To G; a descriptor that is no preopen of those that G knows goes to C. */
static void write_served(struct writer *w, int served, const char *params, uint32_t type,
                         uint32_t crossing)
{
    const size_t begun = begin_body(w, false);
    if (served >= SERVED_FD_PRESTAT_GET) {
        ringfort_op_u32(w, OP_LOCAL_GET, 0);
        ringfort_op_const(w, FIRST_PREOPEN);
        ringfort_op(w, OP_I32_SUB);
        ringfort_op_u32(w, OP_GLOBAL_GET, GLOBAL_PREOPENS);
        ringfort_op(w, OP_I32_LT_U);
        ringfort_op(w, OP_I32_EQZ);
        ringfort_op_if(w);
        write_params(w, params);
        ringfort_op_u32(w, OP_CALL, crossing);
        ringfort_op(w, OP_RETURN);
        ringfort_op(w, OP_END);
    }
    write_params(w, params);
    ringfort_op_const(w, SLOT_SERVED + served);
    ringfort_op_call_indirect(w, type);
    end_body(w, begun);
}

static void write_unbound(struct writer *w)
{
    const size_t begun = begin_body(w, false);
    ringfort_op_u32(w, OP_CALL, IMPORT_UNBOUND);
    ringfort_op_const(w, 0);
    end_body(w, begun);
}

/* ---- Sections ---- */

enum { FUNCTIONS_MAX = 64 };

/* A function of S's own, in the order of its numbers. */
struct function {
    const ringfort_import *row;
    uint32_t type;
    int served;        /* a forwarder to G, or -1: a crossing */
    uint32_t crossing; /* of a forwarder: the number of what crosses */
};

struct functions {
    struct function list[FUNCTIONS_MAX];
    uint32_t count;
};

static void add(struct functions *functions, struct function function)
{
    if (functions->count == FUNCTIONS_MAX) {
        __builtin_trap(); /* a mistake of ours: there are fewer */
    }
    functions->list[functions->count++] = function;
}

static void list_functions(struct functions *functions, struct types *types)
{
    size_t rows;
    const ringfort_import *row = ringfort_import_table(RINGFORT_PREVIEW1, &rows);
    for (; rows > 0; rows--, row++) {
        if (row->results[0] == '\0') {
            continue; /* proc_exit, which is JavaScript's */
        }
        const uint32_t type = type_of(types, row->params);
        const int served = served_number(row->name);
        const uint32_t number = FIRST_FUNCTION + functions->count;
        add(functions, (struct function){ .row = row, .type = type, .served = -1 });
        if (served >= 0) {
            add(functions, (struct function){
                               .row = row, .type = type, .served = served, .crossing = number });
        }
    }
}

static void write_imports(struct writer *w)
{
    static const struct {
        const char *name;
        uint32_t type;
    } functions[] = { { "enter", TYPE_NONE },
                      { "refresh", TYPE_ONE },
                      { "unwind", TYPE_ONE },
                      { "unbound", TYPE_NONE } };
    enum { COUNT = sizeof functions / sizeof functions[0] };
    const size_t begun = ringfort_begin_section(w, SECTION_IMPORTS, COUNT + 2);
    for (int i = 0; i < COUNT; i++) {
        ringfort_write_import(w, functions[i].name, EXTERNAL_FUNCTION);
        ringfort_write_u32(w, functions[i].type);
    }
    ringfort_write_import(w, "frame", EXTERNAL_MEMORY);
    ringfort_write_byte(w, 0); /* no maximum */
    ringfort_write_u32(w, 1);
    ringfort_write_import(w, "object", EXTERNAL_GLOBAL);
    ringfort_write_byte(w, TYPE_I64);
    ringfort_write_byte(w, 0); /* constant */
    ringfort_end(w, begun);
}

static void write_declarations(struct writer *w, const struct functions *functions)
{
    static const uint8_t unbound[] = { TYPE_SIZE, TYPE_PAIR, TYPE_THREE };
    const uint32_t count = (uint32_t)sizeof unbound + functions->count;
    size_t begun = ringfort_begin_section(w, SECTION_FUNCTIONS, count);
    ringfort_write_bytes(w, unbound, sizeof unbound);
    for (uint32_t i = 0; i < functions->count; i++) {
        ringfort_write_u32(w, functions->list[i].type);
    }
    ringfort_end(w, begun);

    begun = ringfort_begin_section(w, SECTION_TABLES, 1);
    ringfort_write_byte(w, TYPE_FUNCREF);
    ringfort_write_byte(w, 0); /* no maximum */
    ringfort_write_u32(w, TABLE_SIZE);
    ringfort_end(w, begun);

    begun = ringfort_begin_section(w, SECTION_GLOBALS, 2);
    static const int32_t initial[] = { -1, 0 }; /* size, preopens */
    for (int i = 0; i < 2; i++) {
        ringfort_write_byte(w, TYPE_I32);
        ringfort_write_byte(w, 1); /* mutable */
        ringfort_op_const(w, initial[i]);
        ringfort_op(w, OP_END);
    }
    ringfort_end(w, begun);
}

static void write_function_export(struct writer *w, const struct function *function, uint32_t index)
{
    char name[64];
    const char *suffix =
        function->served < 0 && served_number(function->row->name) >= 0 ? ".c" : "";
    (void)snprintf(name, sizeof name, "%s%s", function->row->name, suffix);
    ringfort_write_export(w, name, EXTERNAL_FUNCTION, index);
}

static void write_exports(struct writer *w, const struct functions *functions)
{
    const size_t begun = ringfort_begin_section(w, SECTION_EXPORTS, 6 + functions->count);
    ringfort_write_export(w, "table", EXTERNAL_TABLE, 0);
    ringfort_write_export(w, "size", EXTERNAL_GLOBAL, GLOBAL_SIZE);
    ringfort_write_export(w, "preopens", EXTERNAL_GLOBAL, GLOBAL_PREOPENS);
    ringfort_write_export(w, "unbound.size", EXTERNAL_FUNCTION, UNBOUND_SIZE);
    ringfort_write_export(w, "unbound.pair", EXTERNAL_FUNCTION, UNBOUND_PAIR);
    ringfort_write_export(w, "unbound.three", EXTERNAL_FUNCTION, UNBOUND_THREE);
    for (uint32_t i = 0; i < functions->count; i++) {
        write_function_export(w, &functions->list[i], FIRST_FUNCTION + i);
    }
    ringfort_end(w, begun);
}

static void write_elements(struct writer *w)
{
    const size_t begun = ringfort_begin_section(w, SECTION_ELEMENTS, 1);
    ringfort_write_u32(w, 0); /* active, in table 0 */
    ringfort_op_const(w, 0);
    ringfort_op(w, OP_END);
    ringfort_write_u32(w, TABLE_SIZE);
    ringfort_write_u32(w, UNBOUND_SIZE);
    for (int i = 0; i < SERVED; i++) {
        ringfort_write_u32(w, i == SERVED_FD_PRESTAT_DIR_NAME ? UNBOUND_THREE : UNBOUND_PAIR);
    }
    ringfort_end(w, begun);
}

static void write_code(struct writer *w, const struct functions *functions)
{
    const uint32_t unbound = FIRST_FUNCTION - UNBOUND_SIZE;
    const size_t begun = ringfort_begin_section(w, SECTION_CODE, unbound + functions->count);
    for (uint32_t i = 0; i < unbound; i++) {
        write_unbound(w);
    }
    for (uint32_t i = 0; i < functions->count; i++) {
        const struct function *f = &functions->list[i];
        if (f->served < 0) {
            write_crossing(w, f->row);
        } else {
            write_served(w, f->served, f->row->params, f->type, f->crossing);
        }
    }
    ringfort_end(w, begun);
}

napi_value ringfort_node_trampolines(napi_env env, napi_callback_info info)
{
    (void)info;
    struct types types = fixed_types;
    struct functions functions = { .count = 0 };
    list_functions(&functions, &types);
    struct writer w = { 0 };
    ringfort_write_header(&w);
    const size_t begun = ringfort_begin_section(&w, SECTION_TYPES, types.count);
    for (uint32_t i = 0; i < types.count; i++) {
        ringfort_write_type(&w, types.params[i], i < TYPE_SIZE ? "" : "i");
    }
    ringfort_end(&w, begun);
    write_imports(&w);
    write_declarations(&w, &functions);
    write_exports(&w, &functions);
    write_elements(&w);
    write_code(&w, &functions);
    return ringfort_module_bytes(env, &w);
}
