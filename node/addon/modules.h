/* The two small modules through which a guest's calls leave WebAssembly.
 *
 * S is made with a WASI object and exports its functions. Each lays its arguments into the frame
 * and crosses over by one call without arguments. G is made when the guest's memory is known: it
 * tells S the memory's size, so that C is told when it grew, and serves what needs no host.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_MODULES_H
#define RINGFORT_NODE_MODULES_H

#include "values.h"
#include "writer.h"

/* What G serves; in S's table behind the size. All but the last two take two pointers. */
enum served {
    SERVED_ARGS_GET,
    SERVED_ARGS_SIZES_GET,
    SERVED_ENVIRON_GET,
    SERVED_ENVIRON_SIZES_GET,
    SERVED_FD_PRESTAT_GET,      /* a descriptor and a pointer */
    SERVED_FD_PRESTAT_DIR_NAME, /* a descriptor, a pointer, a length */
    SERVED,
};
extern const char *const ringfort_served[SERVED];

enum { SLOT_SIZE = 0, SLOT_SERVED = 1, TABLE_SIZE = SLOT_SERVED + SERVED };

enum { FIRST_PREOPEN = 3, PREOPENS_MAX = 16 /* that G serves */ };

/* trampolines(): the bytes of S. It imports, from "r": the memory `frame`; the functions `enter`,
 * `refresh` (of the size in pages), `unwind` (of a value below 0), `unbound`; the i64 `object`. It
 * exports the functions by their names, what G may serve as "NAME.c" too; "table", whose first
 * elements are functions that call `unbound`, as "unbound.size", "unbound.pair", "unbound.three";
 * the i32 "size" (-1 has the next call refresh) and "preopens" (how many G serves). */
napi_value ringfort_node_trampolines(napi_env env, napi_callback_info info);

/* memoryModule(kind, args, env, preopens): the bytes of G for a memory of the kind: 0 unshared, 1
 * shared, 2 unshared with 64-bit addresses. It imports it as "memory", and exports "size" and, but
 * for the last kind, what it serves of the strings given. */
napi_value ringfort_node_memory_module(napi_env env, napi_callback_info info);

/* A Uint8Array of what was written, which is freed. */
napi_value ringfort_module_bytes(napi_env env, struct writer *w);

#endif
