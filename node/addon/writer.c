/* Writes WebAssembly modules: what trampolines.c and memory_module.c need of the binary format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 5 }; /* a length is written behind what it counts, so as long as it may get */

void ringfort_writer_free(struct writer *w)
{
    free(w->bytes);
    *w = (struct writer){ 0 };
}

static bool reserve(struct writer *w, size_t length)
{
    if (length > w->room - w->length) {
        const size_t room = 2 * w->room + length;
        uint8_t *bytes = realloc(w->bytes, room);
        if (bytes == NULL) {
            w->failed = true;
            return false;
        }
        w->bytes = bytes;
        w->room = room;
    }
    return true;
}

void ringfort_write_bytes(struct writer *w, const void *bytes, size_t length)
{
    if (length > 0 && reserve(w, length)) {
        memcpy(w->bytes + w->length, bytes, length);
        w->length += length;
    }
}

void ringfort_write_byte(struct writer *w, uint8_t byte)
{
    ringfort_write_bytes(w, &byte, 1);
}

void ringfort_write_u32(struct writer *w, uint32_t value)
{
    while (value >= 0x80) {
        ringfort_write_byte(w, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    ringfort_write_byte(w, (uint8_t)value);
}

void ringfort_write_i64(struct writer *w, int64_t value)
{
    for (;;) {
        const uint8_t low = value & 0x7f;
        value >>= 7;
        if ((value == 0 && low < 0x40) || (value == -1 && low >= 0x40)) {
            ringfort_write_byte(w, low);
            return;
        }
        ringfort_write_byte(w, low | 0x80);
    }
}

void ringfort_write_name(struct writer *w, const char *name)
{
    const size_t length = strlen(name);
    ringfort_write_u32(w, (uint32_t)length);
    ringfort_write_bytes(w, name, length);
}

void ringfort_write_header(struct writer *w)
{
    static const uint8_t header[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    ringfort_write_bytes(w, header, sizeof header);
}

size_t ringfort_begin(struct writer *w)
{
    static const uint8_t length[LENGTH_SIZE];
    ringfort_write_bytes(w, length, sizeof length);
    return w->length;
}

void ringfort_end(struct writer *w, size_t begun)
{
    if (w->failed) {
        return;
    }
    size_t value = w->length - begun;
    uint8_t *at = w->bytes + begun - LENGTH_SIZE;
    for (int i = 0; i < LENGTH_SIZE; i++) {
        const uint8_t more = i + 1 < LENGTH_SIZE ? 0x80 : 0;
        at[i] = (uint8_t)((value & 0x7f) | more);
        value >>= 7;
    }
}

size_t ringfort_begin_section(struct writer *w, enum section id, uint32_t count)
{
    ringfort_write_byte(w, (uint8_t)id);
    const size_t begun = ringfort_begin(w);
    ringfort_write_u32(w, count);
    return begun;
}

static void write_types(struct writer *w, const char *letters)
{
    ringfort_write_u32(w, (uint32_t)strlen(letters));
    for (; *letters != '\0'; letters++) {
        ringfort_write_byte(w, *letters == 'I' ? TYPE_I64 : TYPE_I32);
    }
}

void ringfort_write_type(struct writer *w, const char *params, const char *results)
{
    const uint8_t function_type = 0x60;
    ringfort_write_byte(w, function_type);
    write_types(w, params);
    write_types(w, results);
}

void ringfort_write_export(struct writer *w, const char *name, enum external kind, uint32_t index)
{
    ringfort_write_name(w, name);
    ringfort_write_byte(w, (uint8_t)kind);
    ringfort_write_u32(w, index);
}

void ringfort_write_import(struct writer *w, const char *name, enum external kind)
{
    ringfort_write_name(w, "r");
    ringfort_write_name(w, name);
    ringfort_write_byte(w, (uint8_t)kind);
}

void ringfort_op(struct writer *w, enum opcode op)
{
    ringfort_write_byte(w, (uint8_t)op);
}

void ringfort_op_u32(struct writer *w, enum opcode op, uint32_t operand)
{
    ringfort_op(w, op);
    ringfort_write_u32(w, operand);
}

void ringfort_op_if(struct writer *w)
{
    ringfort_op(w, OP_IF);
    ringfort_write_byte(w, BLOCK_VOID);
}

void ringfort_op_const(struct writer *w, int32_t value)
{
    ringfort_op(w, OP_I32_CONST);
    ringfort_write_i64(w, value);
}

void ringfort_op_const64(struct writer *w, int64_t value)
{
    ringfort_op(w, OP_I64_CONST);
    ringfort_write_i64(w, value);
}

void ringfort_op_memory(struct writer *w, enum opcode op, uint32_t offset)
{
    const uint8_t unaligned = 0; /* a hint, which promises nothing */
    ringfort_op(w, op);
    ringfort_write_byte(w, unaligned);
    ringfort_write_u32(w, offset);
}

void ringfort_op_call_indirect(struct writer *w, uint32_t type)
{
    const uint8_t table = 0;
    ringfort_op_u32(w, OP_CALL_INDIRECT, type);
    ringfort_write_byte(w, table);
}
