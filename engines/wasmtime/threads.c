/*
 * wasi-threads on Wasmtime: a store, an instance and a thread of the host for each of the guest's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"
#include "account.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 65536 };

/* What an engine may give wasm at most where nobody says another size, and the room for what the
 * host does above it. */
static const size_t wasm_stack_default = 2U << 20;
static const size_t host_stack = 2U << 20;

/* The main thread: its end, of whatever kind, is the command's. */
static void *run_main(void *data)
{
    struct slot *slot = data;
    struct thread_group *group = slot->group;
    wasmtime_instance_t instance;
    ringfort_status status = RINGFORT_OK;
    ringfort_error error = { 0 };
    if (ringfort_wasmtime_slot_prepare(slot, &instance, &status, &error)) {
        status = ringfort_wasi_start(group->wasi, wasmtime_store_context(slot->store), &instance,
                                     NULL, &error);
    }
    ringfort_wasmtime_slot_leave(slot, true, status, &error);
    return NULL;
}

static struct thread_group *group_new(unsigned max_threads)
{
    struct thread_group *group =
        calloc(1, sizeof *group + (max_threads + 1) * sizeof group->slots[0]);
    if (group == NULL) {
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    group->slot_count = max_threads + 1;
    for (unsigned i = 0; i < group->slot_count; i++) {
        group->slots[i].group = group;
    }
    return group;
}

static void group_delete(struct thread_group *group)
{
    if (group->linker != NULL) {
        wasmtime_linker_delete(group->linker);
    }
    if (group->memory != NULL) {
        wasmtime_sharedmemory_delete(group->memory);
    }
    pthread_cond_destroy(&group->changed);
    pthread_mutex_destroy(&group->lock);
    free(group);
}

/* A guest's overflow must be a trap, whatever the engine allows. */
static size_t choose_stack_size(const struct thread_group *group)
{
    const size_t wanted = group->options.max_wasm_stack;
    const size_t engines = ringfort_wasmtime_limiter_max_stack(group->engine);
    const size_t wasm = wanted > engines ? wanted : engines;
    return (wasm > 0 ? wasm : wasm_stack_default) + host_stack;
}

static ringfort_status prepare(struct thread_group *group, ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    group->stack_size = choose_stack_size(group);
    group->binding = ringfort_wasmtime_binding_of(group->wasi, &status, error);
    if (group->binding == NULL) {
        return status;
    }
    struct budget *budget = ringfort_wasmtime_binding_budget(group->binding);
    if (budget == NULL) {
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
    }
    ringfort_wasmtime_budget_set_private(budget, group->options.defines_no_shared_memory);
    status = ringfort_wasmtime_fuel_prepare(group, error);
    return status == RINGFORT_OK ? ringfort_wasmtime_group_define(group, error) : status;
}

/* Nobody is asked when a shared memory grows, but one that is full has met its limit. */
static void note_full_memory(const struct thread_group *group)
{
    if (group->memory_limit > 0 &&
        wasmtime_sharedmemory_data_size(group->memory) == group->memory_limit) {
        ringfort_wasi_note_refusal(group->wasi, RINGFORT_LIMIT_MEMORY);
    }
}

static ringfort_status run(struct thread_group *group, uint32_t *code, unsigned *stuck,
                           ringfort_error *error)
{
    group->binding->unwinds_always = true;
    struct slot *main_slot = &group->slots[0];
    main_slot->state = SLOT_TAKEN;
    group->alive = 1;
    if (!ringfort_wasmtime_slot_start(main_slot, run_main)) {
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY,
                                      "the host cannot make a thread for the guest");
    }
    *stuck = ringfort_wasmtime_group_finish(group);
    if (*stuck == 0) {
        group->binding->before_call = NULL;
    }
    note_full_memory(group);
    *code = group->code;
    if (group->exited && !ringfort_wasi_return_on_exit(group->wasi)) {
        if (*stuck != 0) {
            _exit((int)(*code & 255)); /* handlers would run beside the guest's threads */
        }
        exit((int)(*code & 255));
    }
    if (error != NULL && group->status != RINGFORT_OK) {
        *error = group->error;
    }
    return group->status;
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
    struct thread_group *group = NULL;
    if (options->max_threads == 0 || options->max_threads > THREADS_MAX) {
        status = ringfort_wasmtime_fail(error, RINGFORT_ERR_OUT_OF_RANGE,
                                        "max_threads is %u; it must be 1 to %d",
                                        options->max_threads, THREADS_MAX);
    } else if ((group = group_new(options->max_threads)) == NULL) {
        status = ringfort_wasmtime_fail(error, RINGFORT_ERR_NO_MEMORY, "the host is out of memory");
    } else {
        group->wasi = wasi;
        group->engine = engine;
        group->module = module;
        group->options = *options;
        group->linker = wasmtime_linker_clone(linker);
        status = prepare(group, error);
        if (status == RINGFORT_OK) {
            status = run(group, &code, &left, error);
        }
        if (left == 0) { /* else it belongs to the threads that could not be stopped */
            group_delete(group);
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
