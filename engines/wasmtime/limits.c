/*
 * The limits of a config that are the engine's, on a store.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "account.h"
#include "adapter.h"

#include <inttypes.h>

/* Memories where nobody says how many there are: each reserves gigabytes of addresses. */
enum { TABLES_MAX = 100, MEMORIES_MAX = 100 };

static ringfort_status no_memory(ringfort_error *error)
{
    return ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
}

static ringfort_status set_fuel(wasmtime_store_t *store, uint64_t fuel, ringfort_error *error)
{
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

ringfort_status ringfort_wasmtime_limit_store(wasmtime_store_t *store,
                                              const ringfort_config *config, unsigned memory_count,
                                              ringfort_error *error)
{
    const unsigned memories = memory_count > 0 ? memory_count : 1;
    const struct store_limits limits = {
        .memory = ringfort_config_limit(config, RINGFORT_LIMIT_MEMORY) / memories,
        .table_elements = ringfort_config_limit(config, RINGFORT_LIMIT_TABLE_ELEMENTS),
        .instances = ringfort_config_limit(config, RINGFORT_LIMIT_INSTANCES),
        .tables = TABLES_MAX,
        .memories = memories,
        .stores = 1,
    };
    wasmtime_context_t *context = wasmtime_store_context(store);
    const struct account *account = ringfort_wasmtime_account_of(context); /* of a thread's store */
    struct budget *budget = ringfort_wasmtime_budget_new(
        ringfort_config_limit(config, RINGFORT_LIMIT_MEMORY),
        account != NULL ? ringfort_wasmtime_budget_guests(ringfort_wasmtime_account_budget(account))
                        : NULL);
    const bool has_account =
        budget != NULL && ringfort_wasmtime_account_open(context, budget, &limits) != NULL;
    ringfort_wasmtime_budget_release(budget);
    if (!has_account) {
        return no_memory(error);
    }
    return set_fuel(store, ringfort_config_limit(config, RINGFORT_LIMIT_FUEL), error);
}

/* ---- Stores of a guest ---- */

struct budget *ringfort_wasmtime_binding_budget(struct binding *binding)
{
    if (binding->budget == NULL) {
        binding->budget = ringfort_wasmtime_budget_new(
            ringfort_wasi_limit(binding->wasi, RINGFORT_LIMIT_MEMORY), NULL);
        if (binding->budget != NULL) {
            ringfort_wasmtime_budget_set_wasi(binding->budget, binding->wasi);
        }
    }
    return binding->budget;
}

/* With a `memory_count`, each memory may grow to its part of the limit. */
static struct account *open_account(struct binding *binding, wasmtime_context_t *context,
                                    unsigned memory_count, unsigned stores)
{
    const uint64_t memory = ringfort_wasi_limit(binding->wasi, RINGFORT_LIMIT_MEMORY);
    const struct store_limits limits = {
        .memory = memory_count > 0 ? memory / memory_count : memory,
        .table_elements = ringfort_wasi_limit(binding->wasi, RINGFORT_LIMIT_TABLE_ELEMENTS),
        .instances = ringfort_wasi_limit(binding->wasi, RINGFORT_LIMIT_INSTANCES),
        .tables = TABLES_MAX,
        .memories = memory_count > 0 ? memory_count : MEMORIES_MAX,
        .stores = stores,
    };
    struct budget *budget = ringfort_wasmtime_binding_budget(binding);
    return budget == NULL ? NULL : ringfort_wasmtime_account_open(context, budget, &limits);
}

ringfort_status ringfort_wasmtime_limit_guest(ringfort_wasi *wasi, wasmtime_store_t *store,
                                              unsigned memory_count, ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(wasi, &status, error);
    if (binding == NULL) {
        return status;
    }
    if (open_account(binding, wasmtime_store_context(store), memory_count > 0 ? memory_count : 1,
                     1) == NULL) {
        return no_memory(error);
    }
    return set_fuel(store, ringfort_wasi_limit(wasi, RINGFORT_LIMIT_FUEL), error);
}

ringfort_status ringfort_wasmtime_limit_thread(struct binding *binding, wasmtime_store_t *store,
                                               unsigned stores, ringfort_error *error)
{
    if (open_account(binding, wasmtime_store_context(store), 0, stores) == NULL) {
        return no_memory(error);
    }
    return set_fuel(store, UINT64_MAX, error); /* a limit of it is shared out, by threads_fuel.c */
}

/* Returns what a memory may take by now: a shared one may grow and nobody is asked. */
static uint64_t bytes_of(wasmtime_context_t *context, const wasmtime_extern_t *memory)
{
    if (memory == NULL) {
        return 0;
    }
    if (memory->kind != WASMTIME_EXTERN_SHAREDMEMORY) {
        return wasmtime_memory_data_size(context, &memory->of.memory);
    }
    wasm_memorytype_t *type = wasmtime_sharedmemory_type(memory->of.sharedmemory);
    uint64_t maximum = 0;
    (void)wasmtime_memorytype_maximum(type, &maximum); /* a shared memory has one */
    const uint64_t page = wasmtime_memorytype_page_size(type);
    wasm_memorytype_delete(type);
    return maximum <= UINT64_MAX / page ? maximum * page : UINT64_MAX;
}

ringfort_status ringfort_wasmtime_limit_started(struct binding *binding,
                                                wasmtime_context_t *context,
                                                const wasmtime_extern_t *memory,
                                                ringfort_error *error)
{
    struct account *account = ringfort_wasmtime_account_of(context);
    if (account != NULL) {
        if (binding->budget == NULL) { /* from limit_store, before there was an object */
            binding->budget =
                ringfort_wasmtime_budget_keep(ringfort_wasmtime_account_budget(account));
            ringfort_wasmtime_budget_set_wasi(binding->budget, binding->wasi);
        }
        return RINGFORT_OK;
    }
    const uint64_t limit = ringfort_wasi_limit(binding->wasi, RINGFORT_LIMIT_MEMORY);
    if (limit == UINT64_MAX) {
        return RINGFORT_OK;
    }
    account = open_account(binding, context, 0, 1);
    if (account == NULL) {
        return no_memory(error);
    }
    const uint64_t bytes = bytes_of(context, memory);
    if (ringfort_wasmtime_account_charge(account, BUDGET_MEMORY, bytes)) {
        return RINGFORT_OK;
    }
    return ringfort_wasmtime_fail(
        error, RINGFORT_ERR_OUT_OF_RANGE,
        "the guest's memory has up to %" PRIu64 " bytes, and RINGFORT_LIMIT_MEMORY is %" PRIu64
        "; set a higher limit, or instantiate by ringfort_wasmtime_instantiate",
        bytes, limit);
}

/* ---- Instantiation ---- */

ringfort_status ringfort_wasmtime_instantiate(ringfort_wasi *wasi, const wasmtime_linker_t *linker,
                                              wasmtime_context_t *context,
                                              const wasmtime_module_t *module,
                                              wasmtime_instance_t *instance, ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(wasi, &status, error);
    if (binding != NULL) {
        status = ringfort_wasmtime_limit_started(binding, context, NULL, error);
    }
    if (status != RINGFORT_OK) {
        return status;
    }
    return ringfort_wasmtime_instantiate_within(wasi, linker, context, module, instance,
                                                &(uint64_t){ 0 }, error);
}

ringfort_status ringfort_wasmtime_instantiate_within(ringfort_wasi *wasi,
                                                     const wasmtime_linker_t *linker,
                                                     wasmtime_context_t *context,
                                                     const wasmtime_module_t *module,
                                                     wasmtime_instance_t *instance, uint64_t *cost,
                                                     ringfort_error *error)
{
    struct account *account = ringfort_wasmtime_account_of(context);
    struct instance_cost counted = { .expected = *cost };
    bool fits = account == NULL || ringfort_wasmtime_account_begin_instance(account, &counted);
    ringfort_status status = RINGFORT_OK;
    if (fits) {
        wasm_trap_t *trap = NULL;
        wasmtime_error_t *failure =
            wasmtime_linker_instantiate(linker, context, module, instance, &trap);
        fits = account == NULL || ringfort_wasmtime_account_end_instance(account, &counted);
        status = ringfort_wasi_call_status(wasi, failure, trap, error);
    }
    if (status == RINGFORT_OK && !fits) {
        status =
            ringfort_wasmtime_fail(error, RINGFORT_ERR_LINK,
                                   "the module's functions, globals and segments need %" PRIu64
                                   " bytes in each instance, which exceeds RINGFORT_LIMIT_MEMORY",
                                   counted.actual > 0 ? counted.actual : counted.expected);
    }
    *cost = counted.actual;
    return status;
}
