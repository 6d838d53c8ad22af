/*
 * What each store has charged to its guest's budget.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "account.h"

#include <pthread.h>
#include <stdlib.h>

/* A table's element is a pointer. */
enum { ELEMENT_BYTES = 8 };

struct account {
    struct account *next;
    const wasmtime_context_t *context;
    struct budget *budget;
    uint64_t memory_most;
    uint64_t table_elements;
    bool charges_maximum;
    uint64_t charged[2]; /* by budget_kind */
    uint64_t tables;     /* bytes charged that are tables */
    uint64_t pending;    /* bytes charged that the last growth of a memory asked for */
};

/* A store is known to C by its address alone, and has no place for a pointer of ours that an
 * embedder's own would not take. So the accounts of this process are in one list. */
static pthread_mutex_t accounts_lock = PTHREAD_MUTEX_INITIALIZER;
static struct account *accounts;

static void enter(struct account *account)
{
    pthread_mutex_lock(&accounts_lock);
    account->next = accounts;
    accounts = account;
    pthread_mutex_unlock(&accounts_lock);
}

static void leave(const struct account *account)
{
    pthread_mutex_lock(&accounts_lock);
    struct account **at = &accounts;
    while (*at != account) {
        at = &(*at)->next;
    }
    *at = account->next;
    pthread_mutex_unlock(&accounts_lock);
}

struct account *ringfort_wasmtime_account_of(const wasmtime_context_t *context)
{
    pthread_mutex_lock(&accounts_lock);
    struct account *account = accounts;
    while (account != NULL && account->context != context) {
        account = account->next;
    }
    pthread_mutex_unlock(&accounts_lock);
    return account;
}

struct account *ringfort_wasmtime_account_open(wasmtime_context_t *context, struct budget *budget,
                                               const struct store_limits *limits)
{
    struct account *account = calloc(1, sizeof *account);
    if (account == NULL) {
        return NULL;
    }
    account->context = context;
    account->budget = ringfort_wasmtime_budget_keep(budget);
    account->memory_most = limits->memory;
    account->table_elements = limits->table_elements;
    ringfort_wasmtime_limiter_install(context, account, budget, limits, &account->charges_maximum);
    account->charges_maximum &= !ringfort_wasmtime_budget_is_private(budget);
    enter(account);
    return account;
}

void ringfort_wasmtime_account_close(void *data)
{
    struct account *account = data;
    leave(account);
    ringfort_wasmtime_budget_give(account->budget, BUDGET_MEMORY, account->charged[BUDGET_MEMORY]);
    ringfort_wasmtime_budget_give(account->budget, BUDGET_OTHER, account->charged[BUDGET_OTHER]);
    ringfort_wasmtime_budget_release(account->budget);
    free(account);
}

struct budget *ringfort_wasmtime_account_budget(const struct account *account)
{
    return account->budget;
}

bool ringfort_wasmtime_account_charge(struct account *account, enum budget_kind kind,
                                      uint64_t bytes)
{
    if (!ringfort_wasmtime_budget_take(account->budget, kind, bytes)) {
        return false;
    }
    account->charged[kind] += bytes;
    return true;
}

/* ---- Instances ---- */

bool ringfort_wasmtime_account_begin_instance(struct account *account, struct instance_cost *cost)
{
    cost->allocated_before = ringfort_wasmtime_limiter_allocated();
    cost->tables_before = account->tables;
    return ringfort_wasmtime_account_charge(account, BUDGET_OTHER, cost->expected);
}

bool ringfort_wasmtime_account_end_instance(struct account *account, struct instance_cost *cost)
{
    const ptrdiff_t allocated = ringfort_wasmtime_limiter_allocated() - cost->allocated_before;
    const uint64_t tables = account->tables - cost->tables_before;
    const uint64_t all = allocated > 0 ? (uint64_t)allocated : 0;
    cost->actual = all > tables ? all - tables : 0;
    return cost->actual <= cost->expected ||
           ringfort_wasmtime_account_charge(account, BUDGET_OTHER, cost->actual - cost->expected);
}

/* ---- Growing ---- */

bool ringfort_wasmtime_account_memory_growing(void *data, size_t current, size_t desired,
                                              size_t maximum)
{
    struct account *account = data;
    account->pending = 0;
    if (desired > maximum) {
        return true; /* it fails by itself, and for no limit of ours */
    }
    if (desired > account->memory_most) {
        ringfort_wasmtime_budget_refuse(account->budget, RINGFORT_LIMIT_MEMORY);
        return false;
    }
    uint64_t bytes = desired - current;
    if (account->charges_maximum && maximum != SIZE_MAX) {
        bytes = current == 0 ? maximum : 0;
    }
    if (!ringfort_wasmtime_account_charge(account, BUDGET_MEMORY, bytes)) {
        return false;
    }
    account->pending = bytes;
    return true;
}

void ringfort_wasmtime_account_memory_grow_failed(void *data)
{
    struct account *account = data;
    ringfort_wasmtime_budget_give(account->budget, BUDGET_MEMORY, account->pending);
    account->charged[BUDGET_MEMORY] -= account->pending;
    account->pending = 0;
}

bool ringfort_wasmtime_account_table_growing(void *data, size_t current, size_t desired,
                                             size_t maximum)
{
    struct account *account = data;
    if (desired > maximum) {
        return true;
    }
    if (desired > account->table_elements) {
        ringfort_wasmtime_budget_refuse(account->budget, RINGFORT_LIMIT_TABLE_ELEMENTS);
        return false;
    }
    const uint64_t bytes = (uint64_t)(desired - current) * ELEMENT_BYTES;
    if (!ringfort_wasmtime_account_charge(account, BUDGET_OTHER, bytes)) {
        return false;
    }
    account->tables += bytes;
    return true;
}
