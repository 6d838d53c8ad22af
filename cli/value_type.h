/*
 * Value types as the binary format writes them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_VALUE_TYPE_H
#define CLI_VALUE_TYPE_H

#include "reader.h"

/* Reads one value type and gives its name, such as "i32" or "externref". */
const char *value_type_read_name(struct reader *reader);

static inline void value_type_skip(struct reader *reader)
{
    (void)value_type_read_name(reader);
}

#endif
