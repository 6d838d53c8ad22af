/*
 * The WASI class on the standard WebAssembly C API, wasm.h, for any engine that has it.
 *
 *     ringfort_wasi_new(config, &wasi, &error);                               new WASI(options)
 *     ringfort_wasm_get_import_object(wasi, store, module, &imports, &error); getImportObject()
 *     instance = wasm_instance_new(store, module, &imports, &trap);           instantiate
 *     ringfort_wasm_start(wasi, module, instance, &code, &error);             wasi.start(instance)
 *
 * Engines lay the structs of wasm.h out differently, so the adapter (ringfort_wasm.c, one file) is
 * compiled with the header of the engine that it is linked with. What wasm.h does not have, this
 * face does not have: deadlines, fuel, limits, threads, shared memories, and the check of types
 * before linking beyond their number. A guest pointer outside the memory traps, with a message that
 * names the call and the address.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_WASM_H
#define RINGFORT_WASM_H

#include <ringfort.h>
#include <wasm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `wasi.getImportObject()`: makes the imports of a module, one for each, in the module's order.
 * @param wasi    lent; no export of an instance made with `imports` may be called after
 *                ringfort_wasi_delete, and that must come before wasm_store_delete
 * @param store   lent until ringfort_wasi_delete; one store per object
 * @param module  lent
 * @param imports set on OK; yours, free it with wasm_extern_vec_delete. An import of a module that
 *                is not WASI's is left NULL, for the embedder to put its own there.
 * @return OK, ERR_LINK (names the unknown import, or the one with another number of parameters or
 *         results), ERR_INVALID_ARG_VALUE (another store, or the object is used with another
 *         engine), ERR_NO_MEMORY. Threads: one per object.
 */
RINGFORT_API ringfort_status ringfort_wasm_get_import_object(ringfort_wasi *wasi,
                                                             wasm_store_t *store,
                                                             const wasm_module_t *module,
                                                             wasm_extern_vec_t *imports,
                                                             ringfort_error *error);

/**
 * `wasi.finalizeBindings(instance, { memory })`: binds the guest's memory without calling anything.
 * @param module, instance  lent; the instance was made from the module
 * @param memory            lent until ringfort_wasi_delete: a memory to use in place of the export
 *                          "memory"; may be NULL
 * @return OK, ERR_WASI_ALREADY_STARTED, ERR_INVALID_ARG_TYPE (no memory), ERR_INVALID_ARG_VALUE
 *         (the object is used with another engine), ERR_NO_MEMORY. Threads: one per object.
 */
RINGFORT_API ringfort_status ringfort_wasm_finalize_bindings(ringfort_wasi *wasi,
                                                             const wasm_module_t *module,
                                                             const wasm_instance_t *instance,
                                                             wasm_memory_t *memory,
                                                             ringfort_error *error);

/**
 * `wasi.start(instance)`: finalizes the bindings and runs `_start`.
 * @param module, instance  lent; the instance was made from the module
 * @param exit_code         set to the code of proc_exit, else 0; may be NULL
 * @return as finalize_bindings, and OK also after proc_exit, ERR_INVALID_ARG_TYPE (no `_start`, or
 *         an `_initialize`), ERR_TRAP, ERR_INTERRUPTED (ringfort_wasi_interrupt).
 *         With return_on_exit false, proc_exit ends the process with exit(code & 255).
 *
 * Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasm_start(ringfort_wasi *wasi, const wasm_module_t *module,
                                                 const wasm_instance_t *instance,
                                                 uint32_t *exit_code, ringfort_error *error);

/**
 * `wasi.initialize(instance)`: finalizes the bindings and runs `_initialize`, where there is one.
 * @param module, instance  lent; the instance was made from the module
 * @return as start; after proc_exit OK, and ringfort_wasi_exited says so. Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasm_initialize(ringfort_wasi *wasi,
                                                      const wasm_module_t *module,
                                                      const wasm_instance_t *instance,
                                                      ringfort_error *error);

/**
 * What came of a call of one of the guest's exports, or of an instantiation, that the embedder made
 * itself. The message of a trap begins "wasm trap: "; it is the engine's, with the cause before the
 * backtrace and without control characters.
 * @param trap  given: what wasm_func_call returned or wasm_instance_new set; NULL is allowed
 * @return OK (also after proc_exit), ERR_TRAP, ERR_INTERRUPTED, ERR_WASI_NOT_STARTED (the guest
 *         called WASI before its memory was bound). Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasm_call_status(ringfort_wasi *wasi, wasm_trap_t *trap,
                                                       ringfort_error *error);

#ifdef __cplusplus
}
#endif

#endif
