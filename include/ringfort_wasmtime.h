/*
 * The WASI class on Wasmtime's C API: what Node's page calls getImportObject, start, initialize
 * and finalizeBindings.
 *
 *     ringfort_wasi_new(config, &wasi, &error);                      new WASI(options)
 *     ringfort_wasi_get_import_object(wasi, linker, &error);         wasi.getImportObject()
 *     wasmtime_linker_instantiate(linker, context, module, …);       WebAssembly.instantiate(…)
 *     ringfort_wasi_start(wasi, context, &instance, &code, &error);  code = wasi.start(instance)
 *
 * A guest pointer outside the memory traps, with a message that names the call and the address.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_WASMTIME_H
#define RINGFORT_WASMTIME_H

#include <ringfort.h>
#include <wasmtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `wasi.getImportObject()`: defines the imports of the object's version in a linker.
 * @param wasi   lent; calls through the linker that come after ringfort_wasi_delete trap
 * @param linker lent, changed; on ERR_LINK some of the imports may be defined
 * @return OK, ERR_LINK (a name is defined already), ERR_INVALID_ARG_VALUE (the object is used with
 *         another engine), ERR_NO_MEMORY. Threads: one per object.
 */
RINGFORT_API ringfort_status ringfort_wasi_get_import_object(ringfort_wasi *wasi,
                                                             wasmtime_linker_t *linker,
                                                             ringfort_error *error);

/**
 * `wasi.finalizeBindings(instance, { memory })`: binds the guest's memory without calling
 * anything, for embedders that call the exports themselves and for threads. A memory serves its
 * store alone, a shared memory every store.
 * @param instance lent
 * @param memory   lent: a memory or shared memory to use in place of the export "memory"; may be
 *         NULL
 * @return OK, ERR_WASI_ALREADY_STARTED, ERR_INVALID_ARG_TYPE (no memory), ERR_INVALID_ARG_VALUE
 *         (the memory belongs to another store, or the object is used with another engine),
 *         ERR_NO_MEMORY. Threads: one per object.
 */
RINGFORT_API ringfort_status ringfort_wasi_finalize_bindings(ringfort_wasi *wasi,
                                                             wasmtime_context_t *context,
                                                             const wasmtime_instance_t *instance,
                                                             const wasmtime_extern_t *memory,
                                                             ringfort_error *error);

/**
 * `wasi.start(instance)`: finalizes the bindings and runs `_start`.
 * @param exit_code set to the code of proc_exit, else 0; may be NULL
 * @return OK, also after proc_exit · ERR_WASI_ALREADY_STARTED · ERR_INVALID_ARG_TYPE (no memory,
 *         no `_start`, or an `_initialize`) · ERR_TRAP (with backtrace) · ERR_INTERRUPTED
 *         (ringfort_wasi_interrupt, epoch deadline, out of fuel: the message says which) ·
 *         ERR_INVALID_ARG_VALUE (the object is used with another engine) · ERR_NO_MEMORY.
 *         With return_on_exit false, proc_exit ends the process with exit(code & 255).
 *
 * Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasi_start(ringfort_wasi *wasi, wasmtime_context_t *context,
                                                 const wasmtime_instance_t *instance,
                                                 uint32_t *exit_code, ringfort_error *error);

/**
 * `wasi.initialize(instance)`: finalizes the bindings and runs `_initialize`, where there is one.
 * The exports may be called afterwards. An instance with `_start` is refused.
 * @return as start. After proc_exit: OK, and ringfort_wasi_exited says so. Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasi_initialize(ringfort_wasi *wasi,
                                                      wasmtime_context_t *context,
                                                      const wasmtime_instance_t *instance,
                                                      ringfort_error *error);

/**
 * What came of a call of one of the guest's exports, or of an instantiation, that the embedder
 * made itself. The message of a trap begins "wasm trap: "; then come, a line each, the guest's
 * frames, with demangled names and, after ringfort_wasmtime_lend_module, the places in the source.
 * Where there is no room for all, a line in the middle says how many are left out. It is safe to
 * print:
 * control characters in names are replaced.
 * @param call_error, trap  given: what wasmtime_func_call returned and set; both may be NULL, both
 *         are freed here
 * @return OK (also after proc_exit), ERR_TRAP, ERR_INTERRUPTED, ERR_WASI_NOT_STARTED (the guest
 *         called WASI, from its start section for example, before its memory was bound), ERR_LINK
 *         (the engine refused: a missing import, a limit, a call with other arguments).
 *         Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasi_call_status(ringfort_wasi *wasi,
                                                       wasmtime_error_t *call_error,
                                                       wasm_trap_t *trap, ringfort_error *error);

/**
 * Lets backtraces name the file and the line of each frame, from the module's DWARF (`-g`). The
 * bytes are looked at only when a guest trapped, for half a second at most, and whatever they say
 * is shown as harmless text. Lines need the engine that ringfort builds; with another libwasmtime
 * this changes nothing.
 * @param wasi   lent, changed
 * @param bytes  lent until ringfort_wasi_delete: the module, in binary, whose functions the guest
 *        is made of; NULL takes it back
 * @return OK, ERR_INVALID_ARG_VALUE (the object is used with another engine), ERR_NO_MEMORY.
 *         Threads: one per object.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_lend_module(ringfort_wasi *wasi,
                                                           const uint8_t *bytes, size_t length,
                                                           ringfort_error *error);

/* ---- Limits of the engine -------------------------------------------------------------------- */

/*
 * LIMIT_MEMORY bounds what a guest's memories, tables, GC heaps and instances take together, in all
 * of its stores. A store that starts a guest is limited in any case: ringfort_wasi_start,
 * initialize, finalize_bindings and ringfort_wasmtime_start_threads limit a store that is not
 * limited yet. But an instance may begin with gigabytes, and its start section runs before these:
 * so limit the store first, by ringfort_wasmtime_limit_guest or ringfort_wasmtime_instantiate.
 * A LIMIT_MEMORY of UINT64_MAX is none. What wasmtime_store_limiter sets holds beside these limits.
 *
 * With another Wasmtime than the pinned one (RINGFORT_WASMTIME), each memory and the GC heap get an
 * equal part of the limit, tables a tenth of it, and refusals are not noted.
 */

/**
 * Puts the engine's limits of a guest on a store: LIMIT_MEMORY, which all stores of the guest
 * share, LIMIT_TABLE_ELEMENTS (of each table, of which there may be 100), LIMIT_INSTANCES, and
 * LIMIT_FUEL, of which there is as much as the engine can count where the guest has no such limit.
 * Call it before anything is instantiated. Growing past a limit gives the guest -1, and
 * ringfort_wasi_refusal tells which limit it was.
 * @param wasi  lent; may be freed before the store
 * @param store lent
 * @param memory_count how many memories the store's instances may define in all, 0 as 1
 * @return OK, ERR_UNSUPPORTED (the guest's fuel is limited, and the engine does not count it),
 *         ERR_INVALID_ARG_VALUE (the object is used with another engine), ERR_NO_MEMORY. Threads:
 *         one per object.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_limit_guest(ringfort_wasi *wasi,
                                                           wasmtime_store_t *store,
                                                           unsigned memory_count,
                                                           ringfort_error *error);

/**
 * Instantiates a module within the guest's limits: limits the store, unless it is limited already,
 * and counts what the instance itself costs too.
 * @param wasi     lent
 * @param linker   lent: has the import object of `wasi`, and what else the module imports
 * @param module   lent
 * @param instance set where the status is OK and the start section did not call proc_exit
 * @return as ringfort_wasi_call_status; ERR_LINK also where the instance exceeds a limit, which
 *         ringfort_wasi_refusal names. ERR_INVALID_ARG_VALUE (the object is used with another
 *         engine), ERR_NO_MEMORY. Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_instantiate(
    ringfort_wasi *wasi, const wasmtime_linker_t *linker, wasmtime_context_t *context,
    const wasmtime_module_t *module, wasmtime_instance_t *instance, ringfort_error *error);

/**
 * As ringfort_wasmtime_limit_guest, with the limits of a config and for this store alone, where
 * there is no object yet. The object that starts a guest in the store takes the limit over, and
 * its refusals are noted from then on. On a thread's store it holds beside the guest's limit.
 * @param store  lent
 * @param config lent
 * @param memory_count how many memories the store's instances may define in all, 0 as 1
 * @return OK, ERR_UNSUPPORTED (the config limits fuel, and the engine does not count it),
 *         ERR_NO_MEMORY. Threads: one per store, one per config.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_limit_store(wasmtime_store_t *store,
                                                           const ringfort_config *config,
                                                           unsigned memory_count,
                                                           ringfort_error *error);

/* ---- Modules, before they are instantiated --------------------------------------------------- */

/** @return the versions of WASI that a module imports, RINGFORT_UNSTABLE and RINGFORT_PREVIEW1
 *         or'ed; 0 for none.
 * @param module lent. Threads: any. */
RINGFORT_API unsigned ringfort_wasmtime_module_abis(const wasmtime_module_t *module);

/**
 * Whether a module will link, and why not: names its first import that is unknown, with the
 * nearest known name, or that has another signature, with the one wanted and the one found.
 * @param module  lent
 * @param abis    the versions that will be defined
 * @param linker  lent: where other imports than WASI's are defined; may be NULL
 * @param context lent: a store for the linker's items; NULL where `linker` is
 * @return OK, ERR_LINK. Threads: one per store.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_check_imports(const wasmtime_module_t *module,
                                                             unsigned abis,
                                                             const wasmtime_linker_t *linker,
                                                             wasmtime_context_t *context,
                                                             ringfort_error *error);

/* ---- wasi-threads ---------------------------------------------------------------------------- */

/** What the threads of a command may use up, and what its embedder adds to each. */
typedef struct ringfort_wasmtime_threads {
    /** Alive at once besides the main thread, 1 to 65536; beyond it thread-spawn fails. */
    unsigned max_threads;
    /** How many bytes the shared memory may grow to; 0: as many as the module says. */
    uint64_t max_memory;
    /** From ringfort_wasmtime_threads_waker, for a process that may make no code any more when its
     * guest ends. Lent; NULL: it is made when it is needed. */
    const wasmtime_module_t *waker;
    /** Called with every store, the main thread's first, before its instance is made, on the
     * thread that will use it: for limits, which stores do not inherit. Lent; may be NULL. The
     * store's epoch deadline is set already. */
    void (*prepare)(void *data, wasmtime_store_t *store);
    void *data;
    /** The engine's max_wasm_stack in bytes; 0: at most 2 MiB. The stack of each thread has this
     * and 2 MiB for the host, so that a guest's stack overflow is a trap. With less than the
     * engine's, an overflow ends the process. */
    size_t max_wasm_stack;
    /** The module imports the one shared memory and defines none itself, as its bytes say. Else
     * each memory that it defines is charged with its maximum, because it may be shared, and nobody
     * is asked when a shared memory grows. One without a maximum has that of its type, 4 GiB. */
    bool defines_no_shared_memory;
} ringfort_wasmtime_threads;

/** Makes the code that wakes threads out of memory.atomic.wait at the end of a command. @param
 * engine lent: the one that runs the command. @return yours, free it with wasmtime_module_delete;
 * NULL where the engine makes none. Threads: any. */
RINGFORT_API wasmtime_module_t *ringfort_wasmtime_threads_waker(wasm_engine_t *engine);

/** @return whether a module imports `wasi.thread-spawn` or a shared memory, so that only
 *          ringfort_wasmtime_start_threads runs it. @param module lent. Threads: any. */
RINGFORT_API bool ringfort_wasmtime_module_wants_threads(const wasmtime_module_t *module);

/**
 * Runs a command of wasi-threads, from instantiation to its end: makes the shared memory that the
 * module imports, serves `wasi.thread-spawn`, and runs `_start`. Each thread has a store and an
 * instance of its own; all share the memory and `wasi`. A thread makes its instance on its own
 * stack, while the spawning thread waits; where the start section traps, thread-spawn fails, and
 * where it calls proc_exit, the command ends.
 *
 * The command ends when `_start` returns, a thread calls proc_exit, or a thread traps: then the
 * others are stopped wherever they are, in loops, in WASI calls or in memory.atomic.wait, and
 * joined. For that, `wasi` is interrupted and the engine's epoch raised: neither serves another
 * guest afterwards.
 *
 * @param engine    lent; with wasm_threads, shared_memory and epoch interruption; no other guest
 *                  runs in it
 * @param linker    lent, not changed: has the import object of `wasi`, and what else the module
 *                  imports, but not the memory
 * @param options   lent
 * @param exit_code set to the code of proc_exit, else 0; may be NULL
 * @param stuck     set to the number of threads that could not be stopped within two seconds; may
 *                  be NULL. Where it is not 0, nothing that was lent may be freed any more, and
 *                  only _exit ends the process safely.
 * @return as ringfort_wasi_start, where a trap or interruption is that of the thread that had it
 *         first. Also ERR_LINK (as ringfort_wasmtime_check_imports, or no shared memory is
 *         imported), ERR_OUT_OF_RANGE (max_threads, or max_memory is less than the module begins
 *         with), ERR_NO_MEMORY. With return_on_exit false, proc_exit ends the process with
 *         exit(code & 255), after all threads were stopped.
 *
 * Threads: one per engine.
 */
RINGFORT_API ringfort_status ringfort_wasmtime_start_threads(
    ringfort_wasi *wasi, wasm_engine_t *engine, const wasmtime_module_t *module,
    const wasmtime_linker_t *linker, const ringfort_wasmtime_threads *options, uint32_t *exit_code,
    unsigned *stuck, ringfort_error *error);

#ifdef __cplusplus
}
#endif

#endif
