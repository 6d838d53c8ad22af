/*
 * Limits of a store with the pinned engine, which asks before anything grows.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "account.h"

#include <ringfort_engine.h>

void ringfort_wasmtime_limiter_install(wasmtime_context_t *context, struct account *account,
                                       struct budget *budget, const struct store_limits *limits,
                                       bool *charges_maximum)
{
    const ringfort_engine_limiter limiter = {
        .data = account,
        .memory_growing = ringfort_wasmtime_account_memory_growing,
        .memory_grow_failed = ringfort_wasmtime_account_memory_grow_failed,
        .table_growing = ringfort_wasmtime_account_table_growing,
        .drop = ringfort_wasmtime_account_close,
        .instances = limits->instances,
        .tables = limits->tables,
        .memories = limits->memories,
    };
    (void)budget;
    *charges_maximum = ringfort_engine_shares_memory(context);
    ringfort_engine_limit(context, &limiter);
}

size_t ringfort_wasmtime_limiter_max_stack(const wasm_engine_t *engine)
{
    return ringfort_engine_max_stack(engine);
}

ptrdiff_t ringfort_wasmtime_limiter_allocated(void)
{
    return ringfort_engine_allocated();
}
