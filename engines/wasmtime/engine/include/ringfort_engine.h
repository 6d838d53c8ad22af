/*
 * What the pinned engine adds to Wasmtime's C API: limits that ask, and what an instance costs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINE_H
#define RINGFORT_ENGINE_H

#include <wasmtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Asked by a store before it grows something. The functions may not call the store. */
typedef struct ringfort_engine_limiter {
    void *data;
    /** A memory or a GC heap of `current` bytes wants `desired`; SIZE_MAX: no maximum. Not asked of
     * shared memories that are imported, or that grow. @return whether it may */
    bool (*memory_growing)(void *data, size_t current, size_t desired, size_t maximum);
    /** What memory_growing allowed last did not happen. */
    void (*memory_grow_failed)(void *data);
    /** As memory_growing, in elements of a table. */
    bool (*table_growing)(void *data, size_t current, size_t desired, size_t maximum);
    /** The store is gone, or has another limiter. */
    void (*drop)(void *data);
    size_t instances;
    size_t tables;
    size_t memories;
} ringfort_engine_limiter;

/** Gives a store a limiter, beside that of wasmtime_store_limiter. @param limiter lent, copied */
void ringfort_engine_limit(wasmtime_context_t *context, const ringfort_engine_limiter *limiter);

/** @return whether the engine of a store makes shared memories */
bool ringfort_engine_shares_memory(wasmtime_context_t *context);

/** @return the engine's max_wasm_stack */
size_t ringfort_engine_max_stack(const wasm_engine_t *engine);

/** @return the bytes that this thread has allocated in the engine, less those that it freed */
ptrdiff_t ringfort_engine_allocated(void);

#ifdef __cplusplus
}
#endif

#endif
