/*
 * Parses and prints the values of --invoke.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "value.h"

#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* wasm_valtype_kind ends the process on a type that wasm.h has no name for, and a module
 * chooses its types: compare. */
wasm_valkind_t value_kind_of(const wasm_valtype_t *type)
{
    static const wasm_valkind_t kinds[] = { WASM_I32, WASM_I64,     WASM_F32,
                                            WASM_F64, WASM_FUNCREF, WASM_EXTERNREF };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        wasm_valtype_t *known = wasm_valtype_new(kinds[i]);
        const bool is_same = wasmtime_wasm_valtype_equal(type, known);
        wasm_valtype_delete(known);
        if (is_same) {
            return kinds[i];
        }
    }
    return VALUE_KIND_OTHER;
}

const char *value_kind_name(wasm_valkind_t kind)
{
    switch (kind) {
    case WASM_I32:
        return "i32";
    case WASM_I64:
        return "i64";
    case WASM_F32:
        return "f32";
    case WASM_F64:
        return "f64";
    case WASM_FUNCREF:
        return "funcref";
    case WASM_EXTERNREF:
        return "externref";
    default:
        return "a type that cannot be written";
    }
}

/* From the least signed to the greatest unsigned number of the width, all bits in 64. */
static bool parse_integer(const char *text, unsigned bits, uint64_t *value)
{
    const bool is_negative = text[0] == '-';
    const char *digits = is_negative || text[0] == '+' ? text + 1 : text;
    const bool is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    const char *first = is_hex ? digits + 2 : digits;
    if (strspn(first, is_hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(first) ||
        first[0] == '\0') {
        return false;
    }
    errno = 0;
    const uint64_t magnitude = strtoull(first, NULL, is_hex ? 16 : 10);
    const uint64_t half = 1ULL << (bits - 1);
    const uint64_t most = is_negative ? half : half + (half - 1);
    if (errno != 0 || magnitude > most) {
        return false;
    }
    *value = is_negative ? 0 - magnitude : magnitude;
    return true;
}

static bool parse_float(const char *text, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && text[0] != ' ' && text[0] != '\t' && text[0] != '\n';
}

bool value_parse(const char *text, wasm_valkind_t kind, wasmtime_val_t *value)
{
    uint64_t integer = 0;
    double number = 0;
    memset(value, 0, sizeof(*value));
    switch (kind) {
    case WASM_I32:
        value->kind = WASMTIME_I32;
        if (!parse_integer(text, 32, &integer)) {
            return false;
        }
        value->of.i32 = (int32_t)(uint32_t)integer;
        return true;
    case WASM_I64:
        value->kind = WASMTIME_I64;
        if (!parse_integer(text, 64, &integer)) {
            return false;
        }
        value->of.i64 = (int64_t)integer;
        return true;
    case WASM_F32:
        value->kind = WASMTIME_F32;
        value->of.f32 =
            strtof(text, NULL); /* once: rounding by way of a double would round twice */
        return parse_float(text, &number);
    case WASM_F64:
        value->kind = WASMTIME_F64;
        return parse_float(text, &value->of.f64);
    case WASM_FUNCREF:
        value->kind = WASMTIME_FUNCREF; /* all zero is null */
        return strcmp(text, "null") == 0;
    case WASM_EXTERNREF:
        value->kind = WASMTIME_EXTERNREF;
        return strcmp(text, "null") == 0;
    default:
        return false;
    }
}

static void print_f32(float value)
{
    for (int digits = 6; digits <= 9; digits++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%.*g", digits, (double)value);
        if (digits == 9 || strtof(text, NULL) == value) {
            out("%s\n", text);
            return;
        }
    }
}

static void print_f64(double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value) {
            out("%s\n", text);
            return;
        }
    }
}

static void print_v128(const wasmtime_v128 bytes)
{
    out("0x");
    for (size_t i = 16; i > 0; i--) {
        out("%02x", bytes[i - 1]);
    }
    out("\n");
}

void value_print(const wasmtime_val_t *value)
{
    switch (value->kind) {
    case WASMTIME_I32:
        out("%" PRId32 "\n", value->of.i32);
        break;
    case WASMTIME_I64:
        out("%" PRId64 "\n", value->of.i64);
        break;
    case WASMTIME_F32:
        print_f32(value->of.f32);
        break;
    case WASMTIME_F64:
        print_f64(value->of.f64);
        break;
    case WASMTIME_V128:
        print_v128(value->of.v128);
        break;
    case WASMTIME_FUNCREF:
        out("%s\n", wasmtime_funcref_is_null(&value->of.funcref) ? "null" : "<funcref>");
        break;
    case WASMTIME_EXTERNREF:
        out("%s\n", wasmtime_externref_is_null(&value->of.externref) ? "null" : "<externref>");
        break;
    default:
        out("<reference>\n");
        break;
    }
}
