/*
 * The memory of one guest, counted over its stores.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "budget.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { BESIDE_PART = 16, BESIDE_BYTES = 1 << 20 };

struct budget {
    atomic_uint references;
    struct budget *parent;
    uint64_t limit;
    pthread_mutex_t lock;
    uint64_t memory_allowed; /* for memories, less what is set aside */
    uint64_t all_allowed;    /* for everything, less what is set aside */
    uint64_t memory_taken;
    uint64_t all_taken;
    bool is_private;
    ringfort_wasi *wasi;
    bool is_guests; /* a guest's, also after its object was freed */
};

static uint64_t and_beside(uint64_t bytes, uint64_t beside)
{
    return bytes < UINT64_MAX - beside ? bytes + beside : UINT64_MAX;
}

struct budget *ringfort_wasmtime_budget_new(uint64_t limit, struct budget *parent)
{
    struct budget *budget = calloc(1, sizeof *budget);
    if (budget == NULL) {
        return NULL;
    }
    atomic_init(&budget->references, 1);
    pthread_mutex_init(&budget->lock, NULL);
    budget->parent = parent != NULL ? ringfort_wasmtime_budget_keep(parent) : NULL;
    budget->limit = limit;
    budget->memory_allowed = limit;
    budget->all_allowed = and_beside(limit, limit / BESIDE_PART + BESIDE_BYTES);
    return budget;
}

struct budget *ringfort_wasmtime_budget_keep(struct budget *budget)
{
    atomic_fetch_add(&budget->references, 1);
    return budget;
}

void ringfort_wasmtime_budget_release(struct budget *budget)
{
    while (budget != NULL && atomic_fetch_sub(&budget->references, 1) == 1) {
        struct budget *parent = budget->parent;
        pthread_mutex_destroy(&budget->lock);
        free(budget);
        budget = parent;
    }
}

void ringfort_wasmtime_budget_set_wasi(struct budget *budget, ringfort_wasi *wasi)
{
    pthread_mutex_lock(&budget->lock);
    budget->wasi = wasi;
    budget->is_guests |= wasi != NULL;
    pthread_mutex_unlock(&budget->lock);
}

struct budget *ringfort_wasmtime_budget_guests(struct budget *budget)
{
    while (budget != NULL && !budget->is_guests) {
        budget = budget->parent;
    }
    return budget;
}

void ringfort_wasmtime_budget_reserve_shared(struct budget *budget, uint64_t maximum)
{
    if (budget->limit == UINT64_MAX) {
        return;
    }
    const uint64_t rest = maximum < budget->limit ? budget->limit - maximum : 0;
    const uint64_t beside = budget->limit / BESIDE_PART + BESIDE_BYTES;
    pthread_mutex_lock(&budget->lock);
    budget->all_allowed = and_beside(rest, beside);
    budget->memory_allowed = budget->all_allowed;
    pthread_mutex_unlock(&budget->lock);
}

void ringfort_wasmtime_budget_set_private(struct budget *budget, bool is_private)
{
    budget->is_private = is_private;
}

bool ringfort_wasmtime_budget_is_private(const struct budget *budget)
{
    bool is_private = false;
    for (; budget != NULL && !is_private; budget = budget->parent) {
        is_private = budget->is_private;
    }
    return is_private;
}

uint64_t ringfort_wasmtime_budget_limit(const struct budget *budget)
{
    return budget->limit;
}

uint64_t ringfort_wasmtime_budget_rest(struct budget *budget)
{
    uint64_t least = UINT64_MAX;
    for (; budget != NULL; budget = budget->parent) {
        pthread_mutex_lock(&budget->lock);
        least = budget->memory_allowed < least ? budget->memory_allowed : least;
        pthread_mutex_unlock(&budget->lock);
    }
    return least;
}

/* Under the lock, so that the object is not freed meanwhile. */
static void note(const struct budget *budget, ringfort_limit limit)
{
    if (budget->wasi != NULL) {
        ringfort_wasi_note_refusal(budget->wasi, limit);
    }
}

static uint64_t room(uint64_t allowed, uint64_t taken)
{
    return taken < allowed ? allowed - taken : 0;
}

static bool take_own(struct budget *budget, enum budget_kind kind, uint64_t bytes)
{
    const uint64_t memory = kind == BUDGET_MEMORY ? bytes : 0;
    pthread_mutex_lock(&budget->lock);
    const bool fits = memory <= room(budget->memory_allowed, budget->memory_taken) &&
                      bytes <= room(budget->all_allowed, budget->all_taken);
    if (fits) {
        budget->memory_taken += memory;
        budget->all_taken += bytes;
    } else {
        note(budget, RINGFORT_LIMIT_MEMORY);
    }
    pthread_mutex_unlock(&budget->lock);
    return fits;
}

static void give_own(struct budget *budget, enum budget_kind kind, uint64_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    budget->memory_taken -= kind == BUDGET_MEMORY ? bytes : 0;
    budget->all_taken -= bytes;
    pthread_mutex_unlock(&budget->lock);
}

bool ringfort_wasmtime_budget_take(struct budget *budget, enum budget_kind kind, uint64_t bytes)
{
    for (struct budget *each = budget; each != NULL; each = each->parent) {
        if (!take_own(each, kind, bytes)) {
            for (struct budget *taken = budget; taken != each; taken = taken->parent) {
                give_own(taken, kind, bytes);
            }
            return false;
        }
    }
    return true;
}

void ringfort_wasmtime_budget_give(struct budget *budget, enum budget_kind kind, uint64_t bytes)
{
    for (struct budget *each = budget; each != NULL; each = each->parent) {
        give_own(each, kind, bytes);
    }
}

void ringfort_wasmtime_budget_refuse(struct budget *budget, ringfort_limit limit)
{
    for (struct budget *each = budget; each != NULL; each = each->parent) {
        pthread_mutex_lock(&each->lock);
        note(each, limit);
        pthread_mutex_unlock(&each->lock);
    }
}
