/* Every WASI function as an import of this guest's, and a call of each by its row with its
 * arguments as numbers; of wasi_unstable where GUEST_UNSTABLE is defined.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_GUESTS_ROWS_H
#define RINGFORT_GUESTS_ROWS_H

#include "../../src/call/each.h"

#include <stddef.h>
#include <stdint.h>

/* ---- What becomes of a parameter ---- */

#define TYPE_FD(x)     , uint32_t
#define TYPE_U32(x)    , uint32_t
#define TYPE_HEX(x)    , uint32_t
#define TYPE_U64(x)    , uint64_t
#define TYPE_I64(x)    , uint64_t
#define TYPE_RIGHTS(x) , uint64_t
#define TYPE_PTR(x)    , uint32_t
#define TYPE_OUT32(x)  , uint32_t
#define TYPE_OUT64(x)  , uint32_t
#define TYPE_STR(x, n) , uint32_t, uint32_t
#define TYPE_NONE
#define TYPE(p) TYPE_##p

/* Its place among the arguments, as a constant of its name. */
#define PLACE_FD(x)     x,
#define PLACE_U32(x)    x,
#define PLACE_HEX(x)    x,
#define PLACE_U64(x)    x,
#define PLACE_I64(x)    x,
#define PLACE_RIGHTS(x) x,
#define PLACE_PTR(x)    x,
#define PLACE_OUT32(x)  x,
#define PLACE_OUT64(x)  x,
#define PLACE_STR(x, n) x, n,
#define PLACE_NONE
#define PLACE(p) PLACE_##p

#define VALUE_FD(x)     , (uint32_t)args[x]
#define VALUE_U32(x)    , (uint32_t)args[x]
#define VALUE_HEX(x)    , (uint32_t)args[x]
#define VALUE_U64(x)    , args[x]
#define VALUE_I64(x)    , args[x]
#define VALUE_RIGHTS(x) , args[x]
#define VALUE_PTR(x)    , (uint32_t)args[x]
#define VALUE_OUT32(x)  , (uint32_t)args[x]
#define VALUE_OUT64(x)  , (uint32_t)args[x]
#define VALUE_STR(x, n) , (uint32_t)args[x], (uint32_t)args[n]
#define VALUE_NONE
#define VALUE(p) VALUE_##p

#define WITHOUT_FIRST_(first, ...)  __VA_ARGS__
#define WITHOUT_FIRST(...)          WITHOUT_FIRST_(__VA_ARGS__)
#define SECOND_(first, second, ...) second
#define SECOND(...)                 SECOND_(__VA_ARGS__)

/* Every function gives an errno, but for this one. */
#define TYPE_OF_proc_exit ~, void
#define END_OF_proc_exit  ~, RETURN_ZERO
#define TYPE_OF(fn)       SECOND(TYPE_OF_##fn, uint32_t)
#define END_OF(fn)        SECOND(END_OF_##fn, return )
#define RETURN_ZERO(call)                                                                          \
    call;                                                                                          \
    return 0

/* ---- The imports, and the calls by row ---- */

#define FN(fn, ...)                                                                                \
    __attribute__((import_module(GUEST_ABI), import_name(#fn))) TYPE_OF(fn)                        \
        import_##fn(WITHOUT_FIRST(~EACH(TYPE, __VA_ARGS__)));                                      \
    __attribute__((unused)) static uint32_t call_##fn(const uint64_t *args)                        \
    {                                                                                              \
        enum { EACH(PLACE, __VA_ARGS__) PLACES };                                                  \
        (void)args;                                                                                \
        END_OF(fn)(import_##fn(WITHOUT_FIRST(~EACH(VALUE, __VA_ARGS__))));                         \
    }
#ifdef GUEST_UNSTABLE
#define GUEST_ABI "wasi_unstable"
#define FN_PREVIEW1(fn, ...)                                                                       \
    __attribute__((unused)) static uint32_t call_##fn(const uint64_t *args)                        \
    {                                                                                              \
        (void)args;                                                                                \
        return 52; /* nosys: the row is not in this version */                                     \
    }
#else
#define GUEST_ABI            "wasi_snapshot_preview1"
#define FN_PREVIEW1(fn, ...) FN(fn, __VA_ARGS__)
#endif

#include "../../src/abi/functions.def"
#undef FN
#undef FN_PREVIEW1

#endif
