/*
 * Makes the Wasmtime engine.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "engine.h"

#include <sys/resource.h>

enum settings_bit {
    BIT_INTERRUPTIBLE = 1,
    BIT_METERED = 2,
    BIT_SHARED_MEMORY = 4,
    BIT_SMALL_ADDRESS_SPACE = 8,
    BIT_SMALL_FILES = 16,
};

enum { GROWTH_SHARE = 8 }; /* of the address space, for the reserves of all memories */

const size_t engine_stack_default = 2U << 20;
const size_t engine_stack_least = 64U << 10;

#ifdef WASMTIME_FEATURE_ASYNC
const size_t engine_stack_most = 1U << 30;

/* Wasmtime aborts where the stack of a guest is larger than one of asynchronous calls, although
 * there are none here. */
static void set_stack(wasm_config_t *config, size_t size)
{
    wasmtime_config_async_stack_size_set(config, engine_stack_most);
    wasmtime_config_max_wasm_stack_set(config, size);
}
#else
const size_t engine_stack_most = 2U << 20;

static void set_stack(wasm_config_t *config, size_t size)
{
    wasmtime_config_max_wasm_stack_set(config, size);
}
#endif

/* Returns a limit of the caller's, or RLIM_INFINITY. */
static rlim_t limit_of(__rlimit_resource_t resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

bool engine_address_space_is_small(void)
{
    return limit_of(RLIMIT_AS) != RLIM_INFINITY;
}

bool engine_files_are_small(void)
{
    return limit_of(RLIMIT_FSIZE) != RLIM_INFINITY;
}

uint32_t engine_settings_bits(struct engine_settings settings)
{
    return (settings.is_interruptible ? BIT_INTERRUPTIBLE : 0U) |
           (settings.is_metered ? BIT_METERED : 0U) |
           (settings.has_shared_memory ? BIT_SHARED_MEMORY : 0U) |
           (settings.has_small_address_space ? BIT_SMALL_ADDRESS_SPACE : 0U) |
           (settings.has_small_files ? BIT_SMALL_FILES : 0U);
}

struct engine_settings engine_settings_from_bits(uint32_t bits)
{
    return (struct engine_settings){
        .is_interruptible = (bits & BIT_INTERRUPTIBLE) != 0,
        .is_metered = (bits & BIT_METERED) != 0,
        .has_shared_memory = (bits & BIT_SHARED_MEMORY) != 0,
        .has_small_address_space = (bits & BIT_SMALL_ADDRESS_SPACE) != 0,
        .has_small_files = (bits & BIT_SMALL_FILES) != 0,
    };
}

/* How much address space a memory reserves beyond what it needs. Growing into it is free, and
 * beyond it the memory is copied, so that a fraction of the whole bounds how often it is. */
static uint64_t reserve_for_growth(uint32_t memory_count)
{
    const rlim_t limit = limit_of(RLIMIT_AS);
    return limit == RLIM_INFINITY ? 0 : limit / GROWTH_SHARE / (1 + (uint64_t)memory_count);
}

static wasm_config_t *make_config(struct engine_settings settings, size_t guest_stack)
{
    wasm_config_t *config = wasm_config_new();
    set_stack(config, guest_stack);
    wasmtime_config_wasm_simd_set(config, true);
    wasmtime_config_wasm_relaxed_simd_set(config, true);
    wasmtime_config_wasm_bulk_memory_set(config, true);
    wasmtime_config_wasm_multi_value_set(config, true);
    wasmtime_config_wasm_multi_memory_set(config, true);
    wasmtime_config_wasm_memory64_set(config, true);
    wasmtime_config_wasm_tail_call_set(config, true);
#ifdef WASMTIME_FEATURE_THREADS
    wasmtime_config_wasm_threads_set(
        config, true); /* the atomic instructions; memories are shared only as below */
    wasmtime_config_shared_memory_set(config, settings.has_shared_memory);
#endif
#ifdef WASMTIME_FEATURE_GC
    wasmtime_config_wasm_reference_types_set(config, true);
    wasmtime_config_wasm_function_references_set(config, true);
    wasmtime_config_wasm_gc_set(config, true);
    wasmtime_config_wasm_exceptions_set(config, true);
#endif
    wasmtime_config_epoch_interruption_set(config, settings.is_interruptible);
    wasmtime_config_consume_fuel_set(config, settings.is_metered);
    if (settings.has_small_address_space) {
        wasmtime_config_memory_reservation_set(config, 0);
        wasmtime_config_memory_reservation_for_growth_set(
            config, reserve_for_growth(settings.memory_count));
        wasmtime_config_memory_guard_size_set(config, 0);
    }
    if (settings.has_small_files) {
        /* Else a memory's first contents are written to a file, of which each instance maps a
         * copy. */
        wasmtime_config_memory_init_cow_set(config, false);
    }
    return config;
}

wasm_engine_t *engine_new(struct engine_settings settings)
{
    return engine_new_for_stack(settings, engine_stack_default);
}

wasm_engine_t *engine_new_for_stack(struct engine_settings settings, size_t guest_stack)
{
    wasm_config_t *config = make_config(settings, guest_stack);
    wasmtime_config_parallel_compilation_set(config, false);
    return wasm_engine_new_with_config(config);
}

wasm_engine_t *engine_new_for_compiling(struct engine_settings settings)
{
    return wasm_engine_new_with_config(make_config(settings, engine_stack_default));
}
