/*
 * wasi-threads on Wasmtime: a store, an instance and a thread of the host for each of the guest's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 65536 };

/* The main thread: its end, of whatever kind, is the command's. */
static void *run_main(void *data)
{
    struct seat *seat = data;
    struct crew *crew = seat->crew;
    wasmtime_instance_t instance;
    ringfort_status status = RINGFORT_OK;
    ringfort_error error = { 0 };
    if (ringfort_wasmtime_seat_furnish(seat, &instance, &status, &error)) {
        status = ringfort_wasi_start(crew->wasi, wasmtime_store_context(seat->store), &instance,
                                     NULL, &error);
    }
    ringfort_wasmtime_seat_leave(seat, true, status, &error);
    return NULL;
}

static struct crew *crew_new(unsigned max_threads)
{
    struct crew *crew = calloc(1, sizeof *crew + (max_threads + 1) * sizeof crew->seats[0]);
    if (crew == NULL) {
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    crew->seat_count = max_threads + 1;
    for (unsigned i = 0; i < crew->seat_count; i++) {
        crew->seats[i].crew = crew;
    }
    return crew;
}

static void crew_delete(struct crew *crew)
{
    if (crew->linker != NULL) {
        wasmtime_linker_delete(crew->linker);
    }
    if (crew->memory != NULL) {
        wasmtime_sharedmemory_delete(crew->memory);
    }
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

static ringfort_status run(struct crew *crew, uint32_t *code, unsigned *stuck,
                           ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    struct binding *binding = ringfort_wasmtime_binding_of(crew->wasi, &status, error);
    if (binding == NULL) {
        return status;
    }
    binding->unwinds_always = true;
    struct seat *main_seat = &crew->seats[0];
    main_seat->state = SEAT_TAKEN;
    crew->alive = 1;
    if (!ringfort_wasmtime_seat_begin(main_seat, run_main)) {
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY,
                                      "the host cannot make a thread for the guest");
    }
    *stuck = ringfort_wasmtime_crew_finish(crew);
    *code = crew->code;
    if (crew->exited && !ringfort_wasi_return_on_exit(crew->wasi)) {
        if (*stuck != 0) {
            _exit((int)(*code & 255)); /* handlers would run beside the guest's threads */
        }
        exit((int)(*code & 255));
    }
    if (error != NULL && crew->status != RINGFORT_OK) {
        *error = crew->error;
    }
    return crew->status;
}

ringfort_status ringfort_wasmtime_start_threads(ringfort_wasi *wasi, wasm_engine_t *engine,
                                                const wasmtime_module_t *module,
                                                const wasmtime_linker_t *linker,
                                                const ringfort_wasmtime_threads *options,
                                                uint32_t *exit_code, unsigned *stuck,
                                                ringfort_error *error)
{
    uint32_t code = 0;
    unsigned left = 0;
    ringfort_status status = RINGFORT_OK;
    struct crew *crew = NULL;
    if (options->max_threads == 0 || options->max_threads > THREADS_MAX) {
        status = ringfort_wasmtime_fail(error, RINGFORT_ERR_OUT_OF_RANGE,
                                        "max_threads is %u; it must be 1 to %d",
                                        options->max_threads, THREADS_MAX);
    } else if ((crew = crew_new(options->max_threads)) == NULL) {
        status = ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
    } else {
        crew->wasi = wasi;
        crew->engine = engine;
        crew->module = module;
        crew->options = *options;
        crew->linker = wasmtime_linker_clone(linker);
        status = ringfort_wasmtime_crew_define(crew, error);
        if (status == RINGFORT_OK) {
            status = run(crew, &code, &left, error);
        }
        if (left == 0) { /* else it belongs to those who could not be stopped */
            crew_delete(crew);
        }
    }
    if (exit_code != NULL) {
        *exit_code = code;
    }
    if (stuck != NULL) {
        *stuck = left;
    }
    return status;
}
