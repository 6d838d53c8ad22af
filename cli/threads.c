/*
 * Runs guests of wasi-threads through the adapter.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include <malloc.h>

/* glibc raises this by itself up to 32 MiB, and then each thread's heap keeps twice as much of what
 * was freed: tables of threads that have ended would stay, past the limit of memory. */
enum { MAPPED_FROM = 128 << 10 };

ringfort_status threads_run(struct threads *threads, unsigned *stuck, ringfort_error *error)
{
    const ringfort_wasmtime_threads options = {
        .max_threads = threads->max_threads,
        .waker = threads->waker,
        .max_wasm_stack = threads->max_stack,
        .defines_no_shared_memory = !threads->defines_shared_memory,
    };
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
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
