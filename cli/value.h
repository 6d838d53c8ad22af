/*
 * Values of WebAssembly as people write them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <wasmtime.h>

/* A kind that no argument can have: v128, and references other than the plain ones. */
enum { VALUE_KIND_OTHER = 255 };

/* The kind of a type, or VALUE_KIND_OTHER. */
wasm_valkind_t value_kind_of(const wasm_valtype_t *type);

/* The name of a kind of type, such as "i32". */
const char *value_kind_name(wasm_valkind_t kind);

/* Parses a value of that kind: integers in decimal or 0x…, signed or unsigned; floats as C
 * writes them; "null" for references. Returns false where the text is none, or out of range. */
bool value_parse(const char *text, wasm_valkind_t kind, wasmtime_val_t *value);

/* Prints a value on its own line; floats with as many digits as tell them apart. */
void value_print(const wasmtime_val_t *value);

#endif
