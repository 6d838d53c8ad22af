/*
 * --threads: a guest whose threads each have a store of their own.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_THREADS_H
#define CLI_THREADS_H

#include "instance.h"

struct threads {
    wasm_engine_t *engine;
    const wasmtime_module_t *module;
    const wasmtime_module_t *waker; /* made before the lockdown */
    ringfort_wasi *wasi;
    unsigned max_threads;
    size_t max_stack; /* of each */
    bool defines_shared_memory;
};

/*
 * Runs the guest to its end. *stuck is set to how many threads could not be stopped: where it is
 * not 0, nothing may be freed any more, and _exit must end the process.
 */
ringfort_status threads_run(struct threads *threads, unsigned *stuck, ringfort_error *error);

#endif
