/*
 * A module made alive: its store with its limits, its imports, and what it exports to begin with.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "engine.h"

#include <ringfort_wasmtime.h>

struct instance {
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_linker_t *linker;
    wasmtime_instance_t instance;
};

/* Makes the store and gives it the limits of `wasi`; the epoch deadline is one tick away.
 * `memory_count` is how many memories the module declares. Returns a status other than OK where the
 * host is out of memory. */
ringfort_status instance_prepare(struct instance *instance, wasm_engine_t *engine,
                                 struct engine_settings settings, ringfort_wasi *wasi,
                                 uint32_t memory_count, ringfort_error *error);

/* Links and instantiates. Returns OK also where the module's start section called proc_exit. */
ringfort_status instance_make(struct instance *instance, const wasmtime_module_t *module,
                              ringfort_wasi *wasi, unsigned abis, ringfort_error *error);

/* Says so where the module is no command that can be started. Returns -1, or the status to end
 * with. */
int instance_check_command(const struct instance *instance, const char *file);

/* Makes the exports of an instance ready to be called: a reactor is initialized, a command only
 * gets its memory bound. */
ringfort_status instance_bind_for_invoke(const struct instance *instance, ringfort_wasi *wasi,
                                         bool uses_wasi, ringfort_error *error);

void instance_free(struct instance *instance);

#endif
