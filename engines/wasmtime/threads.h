/*
 * The threads of one command of wasi-threads, from the first to the end of the last.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_THREADS_H
#define RINGFORT_ENGINES_WASMTIME_THREADS_H

#include "adapter.h"

#include <pthread.h>

struct thread_group;

enum slot_state {
    SLOT_FREE = 0,
    SLOT_TAKEN, /* its thread runs, or starts */
    SLOT_LEFT   /* its thread is done, and waits to be joined */
};

/* What a new thread reports to the one that spawned it. */
enum birth {
    BIRTH_AWAITED = 0,
    BIRTH_SUCCEEDED, /* its instance is made */
    BIRTH_FAILED
};

/* One thread. The slot's number is the guest's thread id: 0 is the main thread's. */
struct slot {
    enum slot_state state;
    struct thread_group *group;
    pthread_t thread;
    wasmtime_store_t *store;
    int32_t argument;
    enum birth *birth; /* of the spawner that waits for it, under the lock; else NULL */
    uint64_t fuel;     /* what its store had when it was looked at last; under the lock */
};

struct thread_group {
    ringfort_wasi *wasi;
    struct binding *binding;
    wasm_engine_t *engine;
    const wasmtime_module_t *module;
    wasmtime_linker_t *linker; /* a copy, with the memory and thread-spawn */
    wasmtime_sharedmemory_t *memory;
    uint64_t memory_limit; /* its maximum, where that was lowered; else 0 */
    ringfort_wasmtime_threads options;
    size_t stack_size; /* of each thread of the host */
    bool can_spawn;
    bool counts_fuel;

    /* From here on under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned alive;
    bool is_ending;
    bool exited;
    uint32_t code;
    ringfort_status status;
    ringfort_error error;
    uint64_t instance_cost; /* what the last instance cost */
    uint64_t fuel;          /* that no thread has */
    uint64_t fuel_held;     /* that the threads had when they were looked at last */
    unsigned slot_count;
    struct slot slots[];
};

/* Makes the shared memory that the module imports, and defines it and thread-spawn. */
ringfort_status ringfort_wasmtime_group_define(struct thread_group *group, ringfort_error *error);

/* Starts the host's thread of a slot. Returns false where the host has none. */
bool ringfort_wasmtime_slot_start(struct slot *slot, void *(*run)(void *slot));

/* Makes the store and the instance of a slot, on the slot's own thread. Returns false where the
 * group ends, or where the engine or the module's start section fails. */
bool ringfort_wasmtime_slot_prepare(struct slot *slot, wasmtime_instance_t *instance,
                                    ringfort_status *status, ringfort_error *error);

/* `wasi.thread-spawn`. Returns the new thread's id, or a negative errno. */
int32_t ringfort_wasmtime_group_spawn(struct thread_group *group, int32_t argument);

/* Ends a thread's part in the group; where `ends_all`, everyone's, with this status. */
void ringfort_wasmtime_slot_leave(struct slot *slot, bool ends_all, ringfort_status status,
                                  const ringfort_error *error);

/* Waits for the end of the command and stops the threads that remain. Returns how many did not
 * stop. */
unsigned ringfort_wasmtime_group_finish(struct thread_group *group);

/* ---- Fuel: one budget of the guest, of which each thread holds a part ---- */

/* Prepares the group. Returns ERR_UNSUPPORTED where fuel is limited and the engine counts none. */
ringfort_status ringfort_wasmtime_fuel_prepare(struct thread_group *group, ringfort_error *error);

/* Gives a new store its part; on the thread that uses it. */
void ringfort_wasmtime_fuel_begin(struct slot *slot);

/* Sets aside the part of a new thread, on the thread that spawns it. */
void ringfort_wasmtime_fuel_share_with(struct slot *spawned);

/* Takes back what a slot has left, before its store is freed. */
void ringfort_wasmtime_fuel_end(struct slot *slot);

#endif
