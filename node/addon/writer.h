/* Writes WebAssembly modules: what trampolines.c and memory_module.c need of the binary format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_WRITER_H
#define RINGFORT_NODE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
    uint8_t *bytes; /* owned */
    size_t length;
    size_t room;
    bool failed; /* out of memory: what is written is of no use */
};

void ringfort_writer_free(struct writer *w);

void ringfort_write_byte(struct writer *w, uint8_t byte);
void ringfort_write_bytes(struct writer *w, const void *bytes, size_t length);
void ringfort_write_u32(struct writer *w, uint32_t value); /* LEB128 */
void ringfort_write_i64(struct writer *w, int64_t value);  /* signed LEB128, of 32 bits too */
void ringfort_write_name(struct writer *w, const char *name);

/* The magic number and the version. */
void ringfort_write_header(struct writer *w);

/* What is told its length first: a body. @return what end is to be given. */
size_t ringfort_begin(struct writer *w);
void ringfort_end(struct writer *w, size_t begun);

enum section {
    SECTION_TYPES = 1,
    SECTION_IMPORTS = 2,
    SECTION_FUNCTIONS = 3,
    SECTION_TABLES = 4,
    SECTION_GLOBALS = 6,
    SECTION_EXPORTS = 7,
    SECTION_ELEMENTS = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
    SECTION_DATA_COUNT = 12,
};

/* A section of `count` items, which are written next; ended by ringfort_end. */
size_t ringfort_begin_section(struct writer *w, enum section id, uint32_t count);

enum external {
    EXTERNAL_FUNCTION = 0,
    EXTERNAL_TABLE = 1,
    EXTERNAL_MEMORY = 2,
    EXTERNAL_GLOBAL = 3,
};

enum value_type {
    TYPE_I32 = 0x7f,
    TYPE_I64 = 0x7e,
    TYPE_FUNCREF = 0x70,
};

/* A function type; each letter `i` for i32 or `I` for i64. */
void ringfort_write_type(struct writer *w, const char *params, const char *results);
void ringfort_write_export(struct writer *w, const char *name, enum external kind, uint32_t index);
void ringfort_write_import(struct writer *w, const char *name, enum external kind);

enum opcode {
    OP_IF = 0x04,
    OP_END = 0x0b,
    OP_RETURN = 0x0f,
    OP_CALL = 0x10,
    OP_CALL_INDIRECT = 0x11,
    OP_LOCAL_GET = 0x20,
    OP_LOCAL_TEE = 0x22,
    OP_GLOBAL_GET = 0x23,
    OP_GLOBAL_SET = 0x24,
    OP_I32_LOAD = 0x28,
    OP_I32_STORE = 0x36,
    OP_I64_STORE = 0x37,
    OP_I32_STORE8 = 0x3a,
    OP_MEMORY_SIZE = 0x3f,
    OP_I32_CONST = 0x41,
    OP_I64_CONST = 0x42,
    OP_I32_EQZ = 0x45,
    OP_I32_EQ = 0x46,
    OP_I32_NE = 0x47,
    OP_I32_LT_S = 0x48,
    OP_I32_LT_U = 0x49,
    OP_I64_GT_U = 0x56,
    OP_I32_ADD = 0x6a,
    OP_I32_SUB = 0x6b,
    OP_I32_AND = 0x71,
    OP_I32_OR = 0x72,
    OP_I64_ADD = 0x7c,
    OP_I64_SHL = 0x86,
    OP_I32_WRAP_I64 = 0xa7,
    OP_I64_EXTEND_I32_U = 0xad,
    OP_PREFIX = 0xfc,
    OP_MEMORY_INIT = 8, /* after the prefix */
    BLOCK_VOID = 0x40,
};

/* An instruction without, and with, one unsigned operand. */
void ringfort_op(struct writer *w, enum opcode op);
void ringfort_op_u32(struct writer *w, enum opcode op, uint32_t operand);
void ringfort_op_if(struct writer *w); /* a block without a result */
void ringfort_op_const(struct writer *w, int32_t value);
void ringfort_op_const64(struct writer *w, int64_t value);
/* A load or a store. */
void ringfort_op_memory(struct writer *w, enum opcode op, uint32_t offset);
void ringfort_op_call_indirect(struct writer *w, uint32_t type);

#endif
