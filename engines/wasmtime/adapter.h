/*
 * What the files of the Wasmtime adapter share: the binding between a WASI object and a store, and
 * messages.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_ADAPTER_H
#define RINGFORT_ENGINES_WASMTIME_ADAPTER_H

#include "budget.h"

#include <ringfort_wasmtime.h>

#include <stdatomic.h>

/* path_open has the most parameters, nine. */
enum { CALL_PARAMS_MAX = 9 };

enum memory_kind {
    MEMORY_NONE = 0,  /* not started, or its store is gone: only proc_exit works */
    MEMORY_OWNED = 1, /* belongs to one store */
    MEMORY_SHARED = 2 /* belongs to no store; never moves */
};

struct binding;

/* One row of the import table in a linker: the environment of its host function. */
struct callee {
    struct binding *binding;
    const ringfort_import *import;
    unsigned params;
    unsigned wide; /* bit i: parameter i is an i64 */
};

/*
 * The engine data of a WASI object. The object holds one reference, each host function in a linker
 * another, and the store whose memory is bound a third kind; so a call through a linker that
 * outlived the object traps and touches nothing freed.
 */
struct binding {
    const char *adapter; /* tells this adapter's engine data from another's */
    atomic_size_t references;
    ringfort_wasi *wasi;   /* NULL once the object is freed */
    struct budget *budget; /* of the guest's memory; NULL until a store is limited */
    /* One of memory_kind. Published last and read first, because a thread of the guest may bind the
     * memory while another already calls. */
    atomic_int kind;
    const wasmtime_context_t *context; /* of MEMORY_OWNED */
    wasmtime_memory_t memory;
    wasmtime_sharedmemory_t *shared;
    uint8_t *shared_base;
    bool
        unwinds_always; /* an exit is carried out by who runs the threads, not by the exiting one */
    const uint8_t *module; /* lent, for the places of a backtrace; NULL: nobody did */
    size_t module_length;
    /* Called on the guest's thread before each of its WASI calls; NULL: nothing. */
    void (*before_call)(void);
    size_t count;
    struct callee callees[];
};

/* The binding of an object, made at the first use. NULL and a status where there is no memory for
 * it, or where the object is another adapter's. */
struct binding *ringfort_wasmtime_binding_of(ringfort_wasi *wasi, ringfort_status *status,
                                             ringfort_error *error);
/* The same where it was made already; else NULL. */
struct binding *ringfort_wasmtime_binding_if_any(ringfort_wasi *wasi);

void ringfort_wasmtime_binding_bind(struct binding *binding, wasmtime_context_t *context,
                                    const wasmtime_extern_t *memory);

static inline enum memory_kind binding_kind(const struct binding *binding)
{
    return (enum memory_kind)atomic_load_explicit(&binding->kind, memory_order_acquire);
}

/* Calls `gone` when the store is freed. */
void ringfort_wasmtime_watch_store(wasmtime_context_t *context, void *data,
                                   void (*gone)(void *data));

/* Limits a store, in which the guest of an object starts, by the object's limits, unless it is
 * limited already. `memory` is what it has by now; NULL: nothing. */
ringfort_status ringfort_wasmtime_limit_started(struct binding *binding,
                                                wasmtime_context_t *context,
                                                const wasmtime_extern_t *memory,
                                                ringfort_error *error);

/* The same for a thread's store, one of so many that share the limits. */
ringfort_status ringfort_wasmtime_limit_thread(struct binding *binding, wasmtime_store_t *store,
                                               unsigned stores, ringfort_error *error);

/* Instantiates in a limited store. `cost` is what an instance of this module costs, 0 where that is
 * unknown, and is set to it. proc_exit in the start section gives OK and no instance. */
ringfort_status ringfort_wasmtime_instantiate_within(ringfort_wasi *wasi,
                                                     const wasmtime_linker_t *linker,
                                                     wasmtime_context_t *context,
                                                     const wasmtime_module_t *module,
                                                     wasmtime_instance_t *instance, uint64_t *cost,
                                                     ringfort_error *error);

/* The budget of a guest, made at the first use. NULL: out of memory. */
struct budget *ringfort_wasmtime_binding_budget(struct binding *binding);

/* The host function behind every import. */
wasm_trap_t *ringfort_wasmtime_on_import(void *env, wasmtime_caller_t *caller,
                                         wasmtime_val_raw_t *slots, size_t count);

/* Ends of the texts of our own traps, by which what comes back from the engine is told apart. */
#define SAYS_EXITED "proc_exit was called; ringfort_wasi_exited has the code"
#define SAYS_NOT_STARTED                                                                           \
    "wasi.start() has not been called; call ringfort_wasi_start, ringfort_wasi_initialize or "     \
    "ringfort_wasi_finalize_bindings before the guest calls WASI"

/* Whether a name of the module's, which may hold NULs, is this word. */
bool ringfort_wasmtime_is_word(const wasm_name_t *name, const char *word);

/* Returns what an unknown import says of how its module was built, and how to build it for WASI;
 * NULL where it says nothing. Lent for ever. */
const char *ringfort_wasmtime_origin(const wasm_importtype_t *import);

/* ---- Messages ---- */

/* A bounded text that shows where it was cut; control characters of foreign words are made
 * harmless. */
struct text {
    char *at;
    size_t size;
    size_t used;
    bool is_cut;
};

void ringfort_wasmtime_text_add(struct text *text, const char *word);
void ringfort_wasmtime_text_add_foreign(struct text *text, const char *bytes, size_t length,
                                        bool keep_newlines);
__attribute__((format(printf, 2, 3))) void ringfort_wasmtime_text_print(struct text *text,
                                                                        const char *format, ...);

/* A line for each of the guest's frames, each after a newline, as many as there is room for.
 * `module` may be NULL. */
void ringfort_wasmtime_text_add_frames(struct text *text, const wasm_frame_vec_t *frames,
                                       const uint8_t *module, size_t module_length);

/* Starts a failure's message; NULL of `error` gives a text that swallows everything. */
struct text ringfort_wasmtime_message_of(ringfort_error *error, ringfort_status status);
__attribute__((format(printf, 3, 4))) ringfort_status
ringfort_wasmtime_fail(ringfort_error *error, ringfort_status status, const char *format, ...);

#endif
