/*
 * Limits of a store with another Wasmtime, whose C API limits each memory and each table by itself:
 * each gets a part, so that all of them together stay within the budget.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../account.h"
#include "../adapter.h"

/* Tables may take a tenth of the budget beside the memories, and this much. */
enum { TABLES_PART = 10, TABLES_BYTES = 8 << 20, ELEMENT_BYTES = 8 };

static int64_t at_most(uint64_t value)
{
    return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

void ringfort_wasmtime_limiter_install(wasmtime_context_t *context, struct account *account,
                                       struct budget *budget, const struct store_limits *limits,
                                       bool *charges_maximum)
{
    const uint64_t all = ringfort_wasmtime_budget_rest(budget) / limits->stores;
    const uint64_t tables = ringfort_wasmtime_budget_limit(budget) / TABLES_PART / limits->stores +
                            TABLES_BYTES / limits->stores;
    const uint64_t elements = tables / ELEMENT_BYTES / limits->tables;
    /* A store is one pointer to what its context points at. */
    struct {
        wasmtime_context_t *context;
    } store = { context };
    /* The GC heap is limited as one memory more. */
    wasmtime_store_limiter(
        (wasmtime_store_t *)(void *)&store, at_most(all / (limits->memories + 1)),
        at_most(elements < limits->table_elements ? elements : limits->table_elements),
        at_most(limits->instances), limits->tables, limits->memories);
    ringfort_wasmtime_watch_store(context, account, ringfort_wasmtime_account_close);
    *charges_maximum = false;
}

size_t ringfort_wasmtime_limiter_max_stack(const wasm_engine_t *engine)
{
    (void)engine;
    return 0;
}

ptrdiff_t ringfort_wasmtime_limiter_allocated(void)
{
    return 0;
}
