/*
 * Runs guests of wasi-threads through the adapter, with the limits of the command line.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

static void prepare(void *data, wasmtime_store_t *store)
{
    const struct threads *threads = data;
    instance_limit(store, &threads->limits);
}

ringfort_status threads_run(struct threads *threads, unsigned *stuck, ringfort_error *error)
{
    const ringfort_wasmtime_threads options = {
        .max_threads = threads->max_threads,
        .max_memory = ringfort_config_limit(threads->limits.config, RINGFORT_LIMIT_MEMORY),
        .waker = threads->waker,
        .max_wasm_stack = threads->max_stack,
        .prepare = prepare,
        .data = threads,
    };
    wasmtime_linker_t *linker = wasmtime_linker_new(threads->engine);
    ringfort_status status = ringfort_wasi_get_import_object(threads->wasi, linker, error);
    if (status == RINGFORT_OK) {
        status = ringfort_wasmtime_start_threads(threads->wasi, threads->engine, threads->module,
                                                 linker, &options, NULL, stuck, error);
    }
    if (*stuck == 0) {
        wasmtime_linker_delete(linker);
    }
    return status;
}
