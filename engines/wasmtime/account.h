/*
 * One store's account with its guest's budget, and the two ways in which an engine keeps a store
 * within it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_ACCOUNT_H
#define RINGFORT_ENGINES_WASMTIME_ACCOUNT_H

#include "budget.h"

/* What a store may have. */
struct store_limits {
    uint64_t memory;         /* bytes of each memory and of the GC heap */
    uint64_t table_elements; /* of each table */
    uint64_t instances;
    unsigned tables;
    unsigned memories;
    unsigned stores; /* that share the budget */
};

struct account;

/* Opens an account for a store, in the place of one that it has. Returns NULL: out of memory. */
struct account *ringfort_wasmtime_account_open(wasmtime_context_t *context, struct budget *budget,
                                               const struct store_limits *limits);

/* Returns the account of a store, or NULL. It lives as long as the store. */
struct account *ringfort_wasmtime_account_of(const wasmtime_context_t *context);

/* Lent, as long as the account lives. */
struct budget *ringfort_wasmtime_account_budget(const struct account *account);

/* Charges, or refuses and notes it. What is charged is given back when the store goes. */
bool ringfort_wasmtime_account_charge(struct account *account, enum budget_kind kind,
                                      uint64_t bytes);

/* Around an instantiation: charges what the instance cost beside its memories and tables, of
 * which `expected` bytes are charged before. Begin returns false where these do not fit, and end
 * where the rest does not. */
struct instance_cost {
    uint64_t expected;
    ptrdiff_t allocated_before;
    uint64_t tables_before;
    uint64_t actual; /* set by end */
};
bool ringfort_wasmtime_account_begin_instance(struct account *account, struct instance_cost *cost);
bool ringfort_wasmtime_account_end_instance(struct account *account, struct instance_cost *cost);

/* ---- For the limiters, whose data is the account ---- */

bool ringfort_wasmtime_account_memory_growing(void *data, size_t current, size_t desired,
                                              size_t maximum);
void ringfort_wasmtime_account_memory_grow_failed(void *data);
bool ringfort_wasmtime_account_table_growing(void *data, size_t current, size_t desired,
                                             size_t maximum);
void ringfort_wasmtime_account_close(void *data);

/* ---- The limiter: limiter.c with the pinned engine, else without/limiter.c ---- */

/* Sets `*charges_maximum` to whether memories that have a maximum must be charged with it, because
 * they may be shared. Calls account_close when the store goes, or has another limiter. */
void ringfort_wasmtime_limiter_install(wasmtime_context_t *context, struct account *account,
                                       struct budget *budget, const struct store_limits *limits,
                                       bool *charges_maximum);

/* Returns the engine's max_wasm_stack; 0: unknown. */
size_t ringfort_wasmtime_limiter_max_stack(const wasm_engine_t *engine);

/* Returns what this thread has allocated in the engine; always 0: unknown. */
ptrdiff_t ringfort_wasmtime_limiter_allocated(void);

#endif
