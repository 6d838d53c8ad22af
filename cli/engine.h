/*
 * The Wasmtime engine of a run: the few settings that differ from run to run, and all that are
 * fixed.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasmtime.h>

/* All but the last change the code that is compiled, so they are part of what the cache is keyed
 * by. */
struct engine_settings {
    bool is_interruptible;        /* epoch checks, for --timeout */
    bool is_metered;              /* for --fuel */
    bool has_shared_memory;       /* for modules that declare one */
    bool has_small_address_space; /* RLIMIT_AS: no room to reserve 4 GiB for a memory */
    bool has_small_files;         /* RLIMIT_FSIZE: no room for a file with a memory's contents */
    /* Of the module, 0 if not known. They share the address space that they may grow into, which
     * changes no code, so this is not part of the settings as bits. */
    uint32_t memory_count;
};

/* Whether this process may use only part of its address space. */
bool engine_address_space_is_small(void);

/* Whether this process may write only files of some size. */
bool engine_files_are_small(void);

/* The settings as bits, for the key and the trailer of compiled code. */
uint32_t engine_settings_bits(struct engine_settings settings);
struct engine_settings engine_settings_from_bits(uint32_t bits);

/* The stack of a guest, which the code does not depend on. Wasmtime aborts above the most. */
extern const size_t engine_stack_default;
extern const size_t engine_stack_least;
extern const size_t engine_stack_most;

/* Never NULL: every value is known to be valid, and Wasmtime aborts on those that are not. This
 * one starts no threads, whatever it is used for. */
wasm_engine_t *engine_new(struct engine_settings settings);

/* The same for a guest with a stack of so many bytes, from the least to the most. */
wasm_engine_t *engine_new_for_stack(struct engine_settings settings, size_t guest_stack);

/* The same with a thread for each processor, which stay to the end of the process. */
wasm_engine_t *engine_new_for_compiling(struct engine_settings settings);

#endif
