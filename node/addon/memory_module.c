/* G: the size of the guest's memory, and what is served without leaving WebAssembly.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "modules.h"

#include <string.h>

enum memory_kind { MEMORY_UNSHARED, MEMORY_SHARED, MEMORY_UNSHARED64 };

/* Errnos of node:wasi's: see the core's RINGFORT_DIALECT_NODE. */
enum { ERRNO_NOBUFS = 42, ERRNO_OVERFLOW = 61 };

enum { UNROLLED_MAX = 1024 }; /* bytes that are stored one by one, faster than memory.init's call */

/* Passive segments by their numbers. */
enum { SEGMENT_ARGS, SEGMENT_ENV, SEGMENTS };

/* Where an argument begins at `at`: the length of the string there, its NUL included. */
static uint32_t string_size(struct bytes strings, size_t at)
{
    return (uint32_t)(strnlen((const char *)strings.at + at, strings.length - at) + 1);
}

static uint32_t count_strings(struct bytes strings)
{
    uint32_t count = 0;
    for (size_t at = 0; at < strings.length; at += string_size(strings, at)) {
        count++;
    }
    return count;
}

/* Whether the i64 on the stack, where something ends, lies beyond the memory. */
static void write_passes_memory(struct writer *w)
{
    const int page_bits = 16;
    ringfort_op_u32(w, OP_MEMORY_SIZE, 0);
    ringfort_op(w, OP_I64_EXTEND_I32_U);
    ringfort_op_const64(w, page_bits);
    ringfort_op(w, OP_I64_SHL);
    ringfort_op(w, OP_I64_GT_U);
}

/* Whether `length` bytes at the pointer in a parameter leave the memory, in 64 bits. In Node the
 * end is outside even for no bytes. */
static void write_leaves(struct writer *w, uint32_t parameter, uint64_t length)
{
    ringfort_op_u32(w, OP_LOCAL_GET, parameter);
    ringfort_op(w, OP_I64_EXTEND_I32_U);
    ringfort_op_const64(w, length > 0 ? (int64_t)length : 1);
    ringfort_op(w, OP_I64_ADD);
    write_passes_memory(w);
}

/* Returns `error` where the value on the stack is not 0. */
static void write_return_if(struct writer *w, int32_t error)
{
    ringfort_op_if(w);
    ringfort_op_const(w, error);
    ringfort_op(w, OP_RETURN);
    ringfort_op(w, OP_END);
}

/* Stores constant bytes at the pointer in a parameter. */
static void write_unrolled(struct writer *w, uint32_t parameter, struct bytes bytes)
{
    uint32_t at = 0;
    for (; bytes.length - at >= sizeof(int64_t); at += sizeof(int64_t)) {
        int64_t value;
        memcpy(&value, bytes.at + at, sizeof value);
        ringfort_op_u32(w, OP_LOCAL_GET, parameter);
        ringfort_op_const64(w, value);
        ringfort_op_memory(w, OP_I64_STORE, at);
    }
    for (; at < bytes.length; at++) {
        ringfort_op_u32(w, OP_LOCAL_GET, parameter);
        ringfort_op_const(w, bytes.at[at]);
        ringfort_op_memory(w, OP_I32_STORE8, at);
    }
}

static void write_from_segment(struct writer *w, uint32_t parameter, uint32_t segment,
                               uint32_t length)
{
    ringfort_op_u32(w, OP_LOCAL_GET, parameter);
    ringfort_op_const(w, 0);
    ringfort_op_const(w, (int32_t)length);
    ringfort_op(w, OP_PREFIX);
    ringfort_write_u32(w, OP_MEMORY_INIT);
    ringfort_write_u32(w, segment);
    ringfort_write_byte(w, 0); /* the memory */
}

static size_t begin_body(struct writer *w)
{
    const size_t begun = ringfort_begin(w);
    ringfort_write_u32(w, 0); /* locals */
    return begun;
}

static void end_body(struct writer *w, size_t begun)
{
    ringfort_op(w, OP_END);
    ringfort_end(w, begun);
}

/* args_get, environ_get: the strings, then pointers to them. */
static void write_get(struct writer *w, struct bytes strings, uint32_t segment)
{
    const size_t begun = begin_body(w);
    write_leaves(w, 0, (uint64_t)count_strings(strings) * 4);
    write_leaves(w, 1, strings.length);
    ringfort_op(w, OP_I32_OR);
    write_return_if(w, ERRNO_OVERFLOW);
    if (strings.length <= UNROLLED_MAX) {
        write_unrolled(w, 1, strings);
    } else {
        write_from_segment(w, 1, segment, (uint32_t)strings.length);
    }
    uint32_t pointer = 0;
    for (uint32_t at = 0; at < strings.length; at += string_size(strings, at)) {
        ringfort_op_u32(w, OP_LOCAL_GET, 0);
        ringfort_op_u32(w, OP_LOCAL_GET, 1);
        ringfort_op_const(w, (int32_t)at);
        ringfort_op(w, OP_I32_ADD);
        ringfort_op_memory(w, OP_I32_STORE, pointer);
        pointer += 4;
    }
    ringfort_op_const(w, 0);
    end_body(w, begun);
}

static void write_store(struct writer *w, uint32_t parameter, uint32_t offset, uint32_t value)
{
    ringfort_op_u32(w, OP_LOCAL_GET, parameter);
    ringfort_op_const(w, (int32_t)value);
    ringfort_op_memory(w, OP_I32_STORE, offset);
}

/* args_sizes_get, environ_sizes_get. */
static void write_sizes(struct writer *w, struct bytes strings)
{
    const size_t begun = begin_body(w);
    write_leaves(w, 0, sizeof(uint32_t));
    write_leaves(w, 1, sizeof(uint32_t));
    ringfort_op(w, OP_I32_OR);
    write_return_if(w, ERRNO_OVERFLOW);
    write_store(w, 0, 0, count_strings(strings));
    write_store(w, 1, 0, (uint32_t)strings.length);
    ringfort_op_const(w, 0);
    end_body(w, begun);
}

/* Begins what is for the preopen of this number alone. */
static void write_if_preopen(struct writer *w, uint32_t number)
{
    ringfort_op_u32(w, OP_LOCAL_GET, 0);
    ringfort_op_const(w, (int32_t)(FIRST_PREOPEN + number));
    ringfort_op(w, OP_I32_EQ);
    ringfort_op_if(w);
}

static void write_end_of_preopen(struct writer *w)
{
    ringfort_op_const(w, 0);
    ringfort_op(w, OP_RETURN);
    ringfort_op(w, OP_END);
}

static void write_prestat_get(struct writer *w, struct bytes names)
{
    const uint32_t prestat_size = 8;
    const size_t begun = begin_body(w);
    write_leaves(w, 1, prestat_size);
    write_return_if(w, ERRNO_OVERFLOW);
    uint32_t number = 0;
    for (size_t at = 0; at < names.length; at += string_size(names, at)) {
        write_if_preopen(w, number++);
        write_store(w, 1, 0, 0); /* a directory */
        write_store(w, 1, 4, string_size(names, at) - 1);
        write_end_of_preopen(w);
    }
    ringfort_op_const(w, 0); /* not reached: S asks for those alone that are here */
    end_body(w, begun);
}

/* Whether as many bytes as the length in parameter 2 says leave the memory at parameter 1. */
static void write_result_leaves(struct writer *w)
{
    for (uint32_t parameter = 1; parameter <= 2; parameter++) {
        ringfort_op_u32(w, OP_LOCAL_GET, parameter);
        ringfort_op(w, OP_I64_EXTEND_I32_U);
    }
    ringfort_op(w, OP_I64_ADD);
    write_passes_memory(w);
}

static void write_prestat_dir_name(struct writer *w, struct bytes names)
{
    const size_t begun = begin_body(w);
    write_leaves(w, 1, 0);
    write_result_leaves(w);
    ringfort_op(w, OP_I32_OR);
    write_return_if(w, ERRNO_OVERFLOW);
    uint32_t number = 0;
    for (size_t at = 0; at < names.length; at += string_size(names, at)) {
        const uint32_t length = string_size(names, at) - 1;
        write_if_preopen(w, number++);
        ringfort_op_u32(w, OP_LOCAL_GET, 2);
        ringfort_op_const(w, (int32_t)length);
        ringfort_op(w, OP_I32_LT_U);
        write_return_if(w, ERRNO_NOBUFS);
        write_unrolled(w, 1, (struct bytes){ .at = names.at + at, .length = length });
        write_end_of_preopen(w);
    }
    ringfort_op_const(w, 0); /* not reached */
    end_body(w, begun);
}

static void write_memory_import(struct writer *w, enum memory_kind kind)
{
    enum { NO_MAXIMUM = 0, SHARED = 3, ADDRESSES_64 = 4, PAGES_MAX = 65536 };
    static const uint8_t flags[] = { NO_MAXIMUM, SHARED, ADDRESSES_64 };
    const size_t begun = ringfort_begin_section(w, SECTION_IMPORTS, 1);
    ringfort_write_import(w, "memory", EXTERNAL_MEMORY);
    ringfort_write_byte(w, flags[kind]);
    ringfort_write_u32(w, 0);
    if (kind == MEMORY_SHARED) {
        ringfort_write_u32(w, PAGES_MAX); /* its type must have one */
    }
    ringfort_end(w, begun);
}

/* Function types by their numbers. */
enum { G_SIZE, G_PAIR, G_THREE, G_TYPES };

static void write_declarations(struct writer *w, enum memory_kind kind)
{
    const uint32_t served = kind == MEMORY_UNSHARED64 ? 0 : SERVED;
    size_t begun = ringfort_begin_section(w, SECTION_TYPES, G_TYPES);
    ringfort_write_type(w, "", "i");
    ringfort_write_type(w, "ii", "i");
    ringfort_write_type(w, "iii", "i");
    ringfort_end(w, begun);
    write_memory_import(w, kind);

    begun = ringfort_begin_section(w, SECTION_FUNCTIONS, 1 + served);
    ringfort_write_u32(w, G_SIZE);
    for (uint32_t i = 0; i < served; i++) {
        ringfort_write_u32(w, i == SERVED_FD_PRESTAT_DIR_NAME ? G_THREE : G_PAIR);
    }
    ringfort_end(w, begun);

    begun = ringfort_begin_section(w, SECTION_EXPORTS, 1 + served);
    ringfort_write_export(w, "size", EXTERNAL_FUNCTION, 0);
    for (uint32_t i = 0; i < served; i++) {
        ringfort_write_export(w, ringfort_served[i], EXTERNAL_FUNCTION, 1 + i);
    }
    ringfort_end(w, begun);
    begun = ringfort_begin_section(w, SECTION_DATA_COUNT, SEGMENTS); /* whose count is all of it */
    ringfort_end(w, begun);
}

static void write_size(struct writer *w, enum memory_kind kind)
{
    const size_t begun = begin_body(w);
    ringfort_op_u32(w, OP_MEMORY_SIZE, 0);
    if (kind == MEMORY_UNSHARED64) {
        ringfort_op(w, OP_I32_WRAP_I64);
    }
    end_body(w, begun);
}

/* A segment that is there for memory.init; empty where it is not used. */
static void write_segment(struct writer *w, struct bytes strings)
{
    const bool used = strings.length > UNROLLED_MAX;
    ringfort_write_byte(w, 1); /* passive */
    ringfort_write_u32(w, used ? (uint32_t)strings.length : 0);
    ringfort_write_bytes(w, strings.at, used ? strings.length : 0);
}

static void write_module(struct writer *w, enum memory_kind kind, struct bytes args,
                         struct bytes environ, struct bytes preopens)
{
    ringfort_write_header(w);
    write_declarations(w, kind);
    const bool serves = kind != MEMORY_UNSHARED64;
    size_t begun = ringfort_begin_section(w, SECTION_CODE, serves ? 1 + SERVED : 1);
    write_size(w, kind);
    if (serves) {
        write_get(w, args, SEGMENT_ARGS);
        write_sizes(w, args);
        write_get(w, environ, SEGMENT_ENV);
        write_sizes(w, environ);
        write_prestat_get(w, preopens);
        write_prestat_dir_name(w, preopens);
    }
    ringfort_end(w, begun);
    begun = ringfort_begin_section(w, SECTION_DATA, SEGMENTS);
    write_segment(w, args);
    write_segment(w, environ);
    ringfort_end(w, begun);
}

napi_value ringfort_node_memory_module(napi_env env, napi_callback_info info)
{
    napi_value args[4];
    struct bytes strings[3];
    int32_t kind = 0;
    if (!ringfort_arguments(env, info, 4, args) || !ringfort_int_of(env, args[0], &kind)) {
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        if (!ringfort_bytes_of(env, args[i + 1], &strings[i])) {
            return NULL;
        }
    }
    struct writer w = { 0 };
    write_module(&w, (enum memory_kind)kind, strings[0], strings[1], strings[2]);
    return ringfort_module_bytes(env, &w);
}

napi_value ringfort_module_bytes(napi_env env, struct writer *w)
{
    void *bytes = NULL;
    napi_value buffer = NULL;
    napi_value array = NULL;
    if (w->failed || napi_create_arraybuffer(env, w->length, &bytes, &buffer) != napi_ok ||
        napi_create_typedarray(env, napi_uint8_array, w->length, buffer, 0, &array) != napi_ok) {
        ringfort_writer_free(w);
        return ringfort_throw(env, "the host is out of memory");
    }
    memcpy(bytes, w->bytes, w->length);
    ringfort_writer_free(w);
    return array;
}
