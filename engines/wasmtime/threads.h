/*
 * The threads of one command of wasi-threads, from the first to the end of the last.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_THREADS_H
#define RINGFORT_ENGINES_WASMTIME_THREADS_H

#include "adapter.h"

#include <pthread.h>

struct crew;

enum seat_state {
    SEAT_FREE = 0,
    SEAT_TAKEN, /* its thread runs, or is being made */
    SEAT_LEFT   /* its thread is done, and waits to be joined */
};

/* One thread. The seat's number is the guest's thread id: 0 is the main thread's. */
struct seat {
    enum seat_state state;
    struct crew *crew;
    pthread_t thread;
    wasmtime_store_t *store;
    wasmtime_func_t entry; /* wasi_thread_start, of the thread's own instance */
    int32_t argument;
};

struct crew {
    ringfort_wasi *wasi;
    wasm_engine_t *engine;
    const wasmtime_module_t *module;
    wasmtime_linker_t *linker; /* a copy, with the memory and thread-spawn */
    wasmtime_sharedmemory_t *memory;
    ringfort_wasmtime_threads options;
    bool can_spawn;

    /* From here on under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned alive;
    bool is_ending;
    bool exited;
    uint32_t code;
    ringfort_status status;
    ringfort_error error;
    unsigned seat_count;
    struct seat seats[];
};

/* The shared memory that a module imports, with its maximum lowered to the limit. */
ringfort_status ringfort_wasmtime_crew_define(struct crew *crew, ringfort_error *error);

/* Begins the thread of a seat. @return whether the host had one */
bool ringfort_wasmtime_seat_begin(struct seat *seat, void *(*run)(void *seat));

/* A store and an instance for a seat; false where the crew is ending or the engine refuses. */
bool ringfort_wasmtime_seat_furnish(struct seat *seat, wasmtime_instance_t *instance,
                                    ringfort_status *status, ringfort_error *error);

/* `wasi.thread-spawn`. @return the new thread's id, or a negative errno */
int32_t ringfort_wasmtime_crew_spawn(struct crew *crew, int32_t argument);

/* Ends a thread's life in the crew; where `ends_all`, everyone's, with this status. */
void ringfort_wasmtime_seat_leave(struct seat *seat, bool ends_all, ringfort_status status,
                                  const ringfort_error *error);

/* Waits for the end of the command and stops those who are left. @return how many could not be */
unsigned ringfort_wasmtime_crew_finish(struct crew *crew);

#endif
