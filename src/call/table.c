/* The import table: a thunk and a row for every function of both versions, all derived from
 * functions.def.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "call/call.h"
#include "os/clock.h"

#include <stdio.h>

/* ---- What the versions do not share ---- */

static const struct wasi_layouts preview1_layouts = {
    .filestat_size = 64,
    .filestat_nlink = 24,
    .filestat_nlink_width = 8,
    .filestat_file_size = 32,
    .filestat_times = 40,
    .subscription_size = 48,
    .subscription_clock_id = 16,
    .subscription_timeout = 24,
    .subscription_flags = 40,
    .host_whence = { SEEK_SET, SEEK_CUR, SEEK_END },
};

static const struct wasi_layouts unstable_layouts = {
    .filestat_size = 56,
    .filestat_nlink = 20,
    .filestat_nlink_width = 4,
    .filestat_file_size = 24,
    .filestat_times = 32,
    .subscription_size = 56,
    .subscription_clock_id = 24,
    .subscription_timeout = 32,
    .subscription_flags = 48,
    .host_whence = { SEEK_CUR, SEEK_END, SEEK_SET },
};

/* ---- Thunks: slots to typed parameters ---- */

#define TAKE_FD(x)     const uint32_t x = (uint32_t)*args++;
#define TAKE_U32(x)    const uint32_t x = (uint32_t)*args++;
#define TAKE_HEX(x)    const uint32_t x = (uint32_t)*args++;
#define TAKE_U64(x)    const uint64_t x = *args++;
#define TAKE_I64(x)    const int64_t x = (int64_t)*args++;
#define TAKE_RIGHTS(x) const uint64_t x = *args++;
#define TAKE_PTR(x)    const gptr x = gptr_at((uint32_t)*args++);
#define TAKE_OUT32(x)  TAKE_PTR(x)
#define TAKE_OUT64(x)  TAKE_PTR(x)
#define TAKE_STR(x, n) TAKE_PTR(x) TAKE_U32(n)
#define TAKE_NONE
#define TAKE(p)        TAKE_##p
#define PASS_FD(x)     , x
#define PASS_U32(x)    , x
#define PASS_HEX(x)    , x
#define PASS_U64(x)    , x
#define PASS_I64(x)    , x
#define PASS_RIGHTS(x) , x
#define PASS_PTR(x)    , x
#define PASS_OUT32(x)  , x
#define PASS_OUT64(x)  , x
#define PASS_STR(x, n) , x, n
#define PASS_NONE
#define PASS(p) PASS_##p
#define FN(name, ...)                                                                              \
    static wasi_errno run_##name(struct call *c, const uint64_t *args)                             \
    {                                                                                              \
        EACH(TAKE, __VA_ARGS__)                                                                    \
        (void)args;                                                                                \
        return ringfort_##name(c EACH(PASS, __VA_ARGS__));                                         \
    }
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1

typedef wasi_errno run_function(struct call *, const uint64_t *);

/* What is no errno. Apart, so that a call that returns does not pay for it. */
__attribute__((cold, noinline)) static ringfort_outcome
outcome_of_fact(struct call *c, wasi_errno error, ringfort_result *result)
{
    if (error == FACT_EXIT) {
        result->value = c->exit_code;
        return RINGFORT_EXITED;
    }
    if (error == FACT_LATE) {
        call_meets(c, RINGFORT_LIMIT_WALL_TIME);
        ringfort_wasi_interrupt(c->wasi);
        return RINGFORT_INTERRUPTED;
    }
    if (error == FACT_INTERRUPT) {
        return RINGFORT_INTERRUPTED;
    }
    result->fault_start = c->memory.fault_start;
    result->fault_length = c->memory.fault_length;
    return RINGFORT_FAULT;
}

static inline ringfort_outcome outcome_of(struct call *c, wasi_errno error, ringfort_result *result)
{
    if (__builtin_expect(error < WASI_ERRNO_COUNT, 1)) {
        result->value = (uint32_t)error;
        return RINGFORT_RETURNED;
    }
    return outcome_of_fact(c, error, result);
}

static ringfort_outcome run_traced(const struct call_watch *watch, const ringfort_import *import,
                                   ringfort_memory memory, struct call *c, run_function *run,
                                   const uint64_t *args, ringfort_result *result)
{
    ringfort_trace trace = {
        .import = import, .memory = memory, .args = args, .start_ns = ringfort_clock_monotonic()
    };
    trace.outcome = outcome_of(c, run(c, args), result);
    trace.duration_ns = ringfort_clock_monotonic() - trace.start_ns;
    trace.result = *result;
    trace.limit = c->met > 0 ? ringfort_limit_name((ringfort_limit)(c->met - 1)) : NULL;
    trace.skipped = c->skipped;
    watch->trace(watch->trace_data, &trace);
    return trace.outcome;
}

static wasi_errno run_late(struct call *c, const uint64_t *args)
{
    (void)c;
    (void)args;
    return FACT_LATE;
}

/* Whether a call comes after the end. The first after the guest's time is told to who traces,
 * because it has a limit to name. */
__attribute__((cold, noinline)) static bool
comes_late(const struct call_watch *watch, const ringfort_import *import, ringfort_memory memory,
           struct call *c, const uint64_t *args, ringfort_result *result)
{
    const wasi_errno end = ringfort_wasi_go_on(c->wasi);
    if (watch->trace != NULL && end == FACT_LATE) {
        (void)run_traced(watch, import, memory, c, run_late, args, result);
    } else if (end != WASI_SUCCESS) {
        (void)outcome_of_fact(c, end, result);
    }
    return end != WASI_SUCCESS;
}

static inline ringfort_outcome enter(const ringfort_import *import,
                                     const struct wasi_layouts *layouts, run_function *run,
                                     ringfort_wasi *wasi, ringfort_memory memory,
                                     const uint64_t *args, ringfort_result *result)
{
    struct call_watch *watch = ringfort_wasi_watch(wasi);
    struct call c = { .wasi = wasi,
                      .memory = guest_over(memory.base, memory.size, watch->end_is_outside),
                      .layouts = layouts };
    *result = (ringfort_result){ 0 };
    if (__builtin_expect(atomic_load_explicit(&watch->ends, memory_order_relaxed) != 0, 0) &&
        comes_late(watch, import, memory, &c, args, result)) {
        return RINGFORT_INTERRUPTED;
    }
    if (__builtin_expect(watch->trace != NULL, 0)) {
        return run_traced(watch, import, memory, &c, run, args, result);
    }
    return outcome_of(&c, run(&c, args), result);
}

/* ---- Rows ---- */

enum {
#define FN(name, ...)    PREVIEW1_##name,
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1
    PREVIEW1_COUNT,
};

enum {
#define FN(name, ...) UNSTABLE_##name,
#define FN_PREVIEW1(...)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1
    UNSTABLE_COUNT,
};

/* preview1's rows, then unstable's, so that any choice of versions is one run of rows. */
static const ringfort_import imports[PREVIEW1_COUNT + UNSTABLE_COUNT];

#define FN(name, ...)                                                                              \
    static ringfort_outcome preview1_##name(ringfort_wasi *wasi, ringfort_memory memory,           \
                                            const uint64_t *args, ringfort_result *result)         \
    {                                                                                              \
        return enter(&imports[PREVIEW1_##name], &preview1_layouts, run_##name, wasi, memory, args, \
                     result);                                                                      \
    }
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1

#define FN(name, ...)                                                                              \
    static ringfort_outcome unstable_##name(ringfort_wasi *wasi, ringfort_memory memory,           \
                                            const uint64_t *args, ringfort_result *result)         \
    {                                                                                              \
        return enter(&imports[PREVIEW1_COUNT + UNSTABLE_##name], &unstable_layouts, run_##name,    \
                     wasi, memory, args, result);                                                  \
    }
#define FN_PREVIEW1(...)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1

#define LETTER_FD(x)     "i"
#define LETTER_U32(x)    "i"
#define LETTER_HEX(x)    "i"
#define LETTER_U64(x)    "I"
#define LETTER_I64(x)    "I"
#define LETTER_RIGHTS(x) "I"
#define LETTER_PTR(x)    "i"
#define LETTER_OUT32(x)  "i"
#define LETTER_OUT64(x)  "i"
#define LETTER_STR(x, n) "ii"
#define LETTER_NONE      ""
#define LETTER(p)        LETTER_##p
#define NAME_FD(x)       "," #x
#define NAME_U32(x)      "," #x
#define NAME_HEX(x)      "," #x
#define NAME_U64(x)      "," #x
#define NAME_I64(x)      "," #x
#define NAME_RIGHTS(x)   "," #x
#define NAME_PTR(x)      "," #x
#define NAME_OUT32(x)    "," #x
#define NAME_OUT64(x)    "," #x
#define NAME_STR(x, n)   "," #x "," #n
#define NAME_NONE        ","
#define NAME(p)          NAME_##p

/* proc_exit alone has no result. */
#define RESULTS(name) (PREVIEW1_##name == PREVIEW1_proc_exit ? "" : "i")

static const ringfort_import imports[PREVIEW1_COUNT + UNSTABLE_COUNT] = {
#define FN(name_, ...)                                                                             \
    { .module = "wasi_snapshot_preview1",                                                          \
      .name = #name_,                                                                              \
      .params = EACH(LETTER, __VA_ARGS__),                                                         \
      .results = RESULTS(name_),                                                                   \
      .param_names = &(EACH(NAME, __VA_ARGS__))[1],                                                \
      .abi = RINGFORT_PREVIEW1,                                                                    \
      .index = PREVIEW1_##name_,                                                                   \
      .call = preview1_##name_ },
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1
#define FN(name_, ...)                                                                             \
    { .module = "wasi_unstable",                                                                   \
      .name = #name_,                                                                              \
      .params = EACH(LETTER, __VA_ARGS__),                                                         \
      .results = RESULTS(name_),                                                                   \
      .param_names = &(EACH(NAME, __VA_ARGS__))[1],                                                \
      .abi = RINGFORT_UNSTABLE,                                                                    \
      .index = UNSTABLE_##name_,                                                                   \
      .call = unstable_##name_ },
#define FN_PREVIEW1(...)
#include "abi/functions.def"
#undef FN
#undef FN_PREVIEW1
};

#define KIND_FD(x)       "f"
#define KIND_U32(x)      "u"
#define KIND_HEX(x)      "x"
#define KIND_U64(x)      "U"
#define KIND_I64(x)      "I"
#define KIND_RIGHTS(x)   "r"
#define KIND_PTR(x)      "p"
#define KIND_OUT32(x)    "o"
#define KIND_OUT64(x)    "O"
#define KIND_STR(x, n)   "s"
#define KIND_NONE        ""
#define KIND(p)          KIND_##p
#define FN(name, ...)    EACH(KIND, __VA_ARGS__),
#define FN_PREVIEW1(...) FN(__VA_ARGS__)
static const char *const preview1_kinds[PREVIEW1_COUNT] = {
#include "abi/functions.def"
};
#undef FN_PREVIEW1
#define FN_PREVIEW1(...)
static const char *const unstable_kinds[UNSTABLE_COUNT] = {
#include "abi/functions.def"
};
#undef FN
#undef FN_PREVIEW1

const char *ringfort_import_kinds(const ringfort_import *import)
{
    return import->abi == RINGFORT_PREVIEW1 ? preview1_kinds[import->index]
                                            : unstable_kinds[import->index];
}

const ringfort_import *ringfort_import_table(unsigned abis, size_t *count)
{
    switch (abis) {
    case RINGFORT_PREVIEW1:
        *count = PREVIEW1_COUNT;
        return imports;
    case RINGFORT_UNSTABLE:
        *count = UNSTABLE_COUNT;
        return imports + PREVIEW1_COUNT;
    case RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE:
        *count = PREVIEW1_COUNT + UNSTABLE_COUNT;
        return imports;
    default:
        *count = 0;
        return NULL;
    }
}
