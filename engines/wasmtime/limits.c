/*
 * The limits of a config that are the engine's, on a store.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

enum { TABLES_MAX = 100 };

/* Wasmtime's numbers are signed, and negative for none. */
static int64_t limit_of(const ringfort_config *config, ringfort_limit limit)
{
    const uint64_t value = ringfort_config_limit(config, limit);
    return value <= INT64_MAX ? (int64_t)value : INT64_MAX;
}

ringfort_status ringfort_wasmtime_limit_store(wasmtime_store_t *store,
                                              const ringfort_config *config, unsigned memory_count,
                                              ringfort_error *error)
{
    const unsigned memories = memory_count > 0 ? memory_count : 1;
    wasmtime_store_limiter(store, limit_of(config, RINGFORT_LIMIT_MEMORY) / memories,
                           limit_of(config, RINGFORT_LIMIT_TABLE_ELEMENTS),
                           limit_of(config, RINGFORT_LIMIT_INSTANCES), TABLES_MAX, memories);
    const uint64_t fuel = ringfort_config_limit(config, RINGFORT_LIMIT_FUEL);
    wasmtime_error_t *refused = wasmtime_context_set_fuel(wasmtime_store_context(store), fuel);
    if (refused == NULL) {
        return RINGFORT_OK;
    }
    wasmtime_error_delete(refused);
    if (fuel == UINT64_MAX) {
        return RINGFORT_OK; /* an engine that does not count has no end of it */
    }
    return ringfort_wasmtime_fail(error, RINGFORT_ERR_UNSUPPORTED,
                                  "the engine does not count fuel; make it with "
                                  "wasmtime_config_consume_fuel_set");
}
