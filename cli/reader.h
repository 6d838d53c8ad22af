/*
 * A bounded reader over the bytes of a module: after the first byte that is missing or wrong, all
 * that follows reads 0.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_READER_H
#define CLI_READER_H

#include "outline.h"

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool is_bad;
};

static inline struct reader reader_over(struct slice slice)
{
    return (struct reader){ .at = slice.at, .end = slice.at + slice.length, .is_bad = false };
}

static inline void reader_give_up(struct reader *reader)
{
    reader->is_bad = true;
    reader->end = reader->at;
}

static inline bool reader_has_more(const struct reader *reader)
{
    return reader->at < reader->end;
}

static inline uint8_t read_byte(struct reader *reader)
{
    if (!reader_has_more(reader)) {
        reader_give_up(reader);
        return 0;
    }
    return *reader->at++;
}

static inline uint8_t peek_byte(const struct reader *reader)
{
    return reader_has_more(reader) ? *reader->at : 0;
}

/* An unsigned LEB128 of up to `bits` bits. */
static inline uint64_t read_leb(struct reader *reader, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        const uint8_t byte = read_byte(reader);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    reader_give_up(reader);
    return 0;
}

static inline uint32_t read_u32(struct reader *reader)
{
    const uint64_t value = read_leb(reader, 32);
    if (value > UINT32_MAX) {
        reader_give_up(reader);
        return 0;
    }
    return (uint32_t)value;
}

static inline struct slice read_slice(struct reader *reader, size_t length)
{
    if (length > (size_t)(reader->end - reader->at)) {
        reader_give_up(reader);
        return (struct slice){ .at = reader->at, .length = 0 };
    }
    const struct slice slice = { .at = reader->at, .length = length };
    reader->at += length;
    return slice;
}

static inline struct slice read_name(struct reader *reader)
{
    return read_slice(reader, read_u32(reader));
}

#endif
