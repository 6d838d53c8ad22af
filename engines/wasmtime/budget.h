/*
 * The memory of one guest: what its memories, tables, GC heaps and instances may take together, in
 * all of its stores.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_BUDGET_H
#define RINGFORT_ENGINES_WASMTIME_BUDGET_H

#include <ringfort_wasmtime.h>

struct budget;

/* Returns a budget of so many bytes, UINT64_MAX for no limit; release it. NULL: out of memory. What
 * is taken from it is taken from `parent` too, where that is not NULL. */
struct budget *ringfort_wasmtime_budget_new(uint64_t limit, struct budget *parent);
struct budget *ringfort_wasmtime_budget_keep(struct budget *budget);
void ringfort_wasmtime_budget_release(struct budget *budget);

/* The object that learns of refusals from now on; NULL: none. */
void ringfort_wasmtime_budget_set_wasi(struct budget *budget, ringfort_wasi *wasi);

/* Returns the budget, or that among its parents, which is a guest's; NULL: none. */
struct budget *ringfort_wasmtime_budget_guests(struct budget *budget);

/*
 * Linear memories and GC heaps have the whole limit. Tables and instances may take a part of it
 * beside them, a sixteenth and 1 MiB, so that a guest can use up its memory and still has its
 * tables.
 */
enum budget_kind { BUDGET_MEMORY, BUDGET_OTHER };

/* Sets aside what a shared memory may grow to, because nobody is asked when it grows. Everything
 * else, memories too, has the rest of the limit and what is beside it. */
void ringfort_wasmtime_budget_reserve_shared(struct budget *budget, uint64_t maximum);

/* The guest's modules define no shared memories of their own, or the contrary. */
void ringfort_wasmtime_budget_set_private(struct budget *budget, bool is_private);
bool ringfort_wasmtime_budget_is_private(const struct budget *budget);

uint64_t ringfort_wasmtime_budget_limit(const struct budget *budget);

/* Returns how much memories may still take in all, beside what is set aside. */
uint64_t ringfort_wasmtime_budget_rest(struct budget *budget);

/* Returns false, and notes the refusal, where there is not so much left. */
bool ringfort_wasmtime_budget_take(struct budget *budget, enum budget_kind kind, uint64_t bytes);
void ringfort_wasmtime_budget_give(struct budget *budget, enum budget_kind kind, uint64_t bytes);

/* Notes that another limit of the guest refused something. */
void ringfort_wasmtime_budget_refuse(struct budget *budget, ringfort_limit limit);

#endif
