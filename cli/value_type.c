/*
 * Names of value types, with the codes of the binary format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "value_type.h"

const char *value_type_read_name(struct reader *reader)
{
    enum { REF = 0x64, REF_NULL = 0x63, SIGNED_33_BITS = 33 };
    static const char *const names[] = {
        [0x7f] = "i32",     [0x7e] = "i64",        [0x7d] = "f32",         [0x7c] = "f64",
        [0x7b] = "v128",    [0x70] = "funcref",    [0x6f] = "externref",   [0x6e] = "anyref",
        [0x6d] = "eqref",   [0x6c] = "i31ref",     [0x6b] = "structref",   [0x6a] = "arrayref",
        [0x69] = "exnref",  [0x74] = "nullexnref", [0x73] = "nullfuncref", [0x72] = "nullexternref",
        [0x71] = "nullref",
    };
    const uint8_t code = read_byte(reader);
    if (code == REF || code == REF_NULL) {
        (void)read_leb(reader,
                       SIGNED_33_BITS); /* the heap type: a short code or the number of a type */
        return code == REF ? "ref" : "ref null";
    }
    if (code < sizeof(names) / sizeof(names[0]) && names[code] != NULL) {
        return names[code];
    }
    reader_give_up(reader);
    return "?";
}
