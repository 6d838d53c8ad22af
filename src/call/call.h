/* One WASI call in progress, and the prototypes of all functions, derived from functions.def.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_CALL_CALL_H
#define RINGFORT_CALL_CALL_H

#include "abi/types.h"
#include "call/each.h"
#include "guest/memory.h"

#include <ringfort.h>
#include <stdatomic.h>

/* Whose world, which memory, which version's layouts. */
struct call {
    ringfort_wasi *wasi;
    struct guest memory;
    const struct wasi_layouts *layouts;
    uint32_t exit_code; /* with FACT_EXIT */
    uint32_t skipped;   /* entries of a directory that it left out */
    unsigned met;       /* the ringfort_limit that refused or cut it, plus 1; 0 for none */
    uint64_t next_beat; /* when the embedder is asked whether to go on; 0 before the first wait */
};

/* What may end a guest. */
enum end {
    ENDS_NOW = 1,     /* the embedder interrupted it */
    ENDS_IN_TIME = 2, /* its time is limited */
};

/* What is looked at before every call. */
struct call_watch {
    ringfort_trace_callback *trace; /* NULL where nobody traces */
    void *trace_data;
    atomic_uint ends;    /* of enum end; 0 where calls just go on */
    bool end_is_outside; /* see struct guest */
    atomic_uint met;     /* the last limit that any call met, as in struct call */
};

/* The watch of an object; it lives as long as the object. */
struct call_watch *ringfort_wasi_watch(ringfort_wasi *wasi);

/* Whether calls go on: FACT_INTERRUPT, FACT_LATE. Reads a clock where the time is limited. */
CHECKED wasi_errno ringfort_wasi_go_on(ringfort_wasi *wasi);

/* The same within a call that takes long, for next to nothing where nothing can end the guest. */
CHECKED static inline wasi_errno go_on(const struct call *c)
{
    const struct call_watch *watch = ringfort_wasi_watch(c->wasi);
    return __builtin_expect(atomic_load_explicit(&watch->ends, memory_order_relaxed) == 0, 1)
               ? WASI_SUCCESS
               : ringfort_wasi_go_on(c->wasi);
}

/* Notes that a limit refused or cut the call. */
static inline void call_meets(struct call *c, ringfort_limit limit)
{
    c->met = (unsigned)limit + 1;
    atomic_store_explicit(&ringfort_wasi_watch(c->wasi)->met, c->met, memory_order_relaxed);
}

/* The same, for the errno that the guest hears then. */
CHECKED static inline wasi_errno refuse(struct call *c, ringfort_limit limit, wasi_errno error)
{
    call_meets(c, limit);
    return error;
}

/* The kinds of a row's parameters, a letter each, for tracing; see trace.c. */
const char *ringfort_import_kinds(const ringfort_import *import);

#define PARAM_FD(x)     , uint32_t x
#define PARAM_U32(x)    , uint32_t x
#define PARAM_HEX(x)    , uint32_t x
#define PARAM_U64(x)    , uint64_t x
#define PARAM_I64(x)    , int64_t x
#define PARAM_RIGHTS(x) , uint64_t x
#define PARAM_PTR(x)    , gptr x
#define PARAM_OUT32(x)  , gptr x
#define PARAM_OUT64(x)  , gptr x
#define PARAM_STR(x, n) , gptr x, uint32_t n
#define PARAM_NONE
#define PARAM(p)         PARAM_##p
#define FN(fn, ...)      CHECKED wasi_errno ringfort_##fn(struct call *c EACH(PARAM, __VA_ARGS__));
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1

#endif
