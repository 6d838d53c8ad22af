/*
 * The fuel of a guest with threads: one budget, of which each thread holds a part.
 *
 * A store counts its own fuel and asks nobody when it is empty. So each thread holds a part, at
 * most an equal one of what is left, and gives back or takes the difference whenever it calls the
 * host: in its WASI calls, when it spawns and when it ends. A thread that computes or waits in
 * memory.atomic.wait keeps its part meanwhile. The sum of all parts never exceeds the limit.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

static _Thread_local struct slot *slot_of_thread;

static uint64_t fuel_in(wasmtime_context_t *context)
{
    uint64_t fuel = 0;
    wasmtime_error_t *failure = wasmtime_context_get_fuel(context, &fuel);
    if (failure != NULL) { /* not in an engine that has set it */
        wasmtime_error_delete(failure);
    }
    return fuel;
}

static void set_fuel(wasmtime_context_t *context, uint64_t fuel)
{
    wasmtime_error_t *failure = wasmtime_context_set_fuel(context, fuel);
    if (failure != NULL) {
        wasmtime_error_delete(failure);
    }
}

/* Under the lock. What the thread has used since it was looked at last is gone. */
static void take_back(struct slot *slot, uint64_t left)
{
    struct thread_group *group = slot->group;
    group->fuel_held -= slot->fuel;
    group->fuel += left < slot->fuel ? left : slot->fuel;
    slot->fuel = 0;
}

/* Under the lock. Gives a slot an equal part of what is left, or as much as there is. */
static void hand_out(struct slot *slot, uint64_t most)
{
    struct thread_group *group = slot->group;
    const uint64_t part = (group->fuel + group->fuel_held) / group->alive;
    slot->fuel = part < most ? part : most;
    group->fuel -= slot->fuel;
    group->fuel_held += slot->fuel;
}

/* For the thread that runs, and for the one that it spawns, where that is not NULL. The new one
 * comes first and gets half, so that a chain of threads does not starve. */
static void share(struct slot *slot, struct slot *spawned)
{
    struct thread_group *group = slot->group;
    wasmtime_context_t *context = wasmtime_store_context(slot->store);
    pthread_mutex_lock(&group->lock);
    take_back(slot, fuel_in(context));
    if (spawned != NULL) {
        take_back(spawned, spawned->fuel); /* of a thread that could not start */
        hand_out(spawned, group->fuel / 2);
    }
    hand_out(slot, group->fuel);
    set_fuel(context, slot->fuel);
    pthread_mutex_unlock(&group->lock);
}

/* The thread's own WASI call, before it is made. */
static void share_in_call(void)
{
    if (slot_of_thread != NULL) {
        share(slot_of_thread, NULL);
    }
}

void ringfort_wasmtime_fuel_share_with(struct slot *spawned)
{
    if (slot_of_thread != NULL) {
        share(slot_of_thread, spawned);
    }
}

void ringfort_wasmtime_fuel_begin(struct slot *slot)
{
    struct thread_group *group = slot->group;
    if (!group->counts_fuel) {
        return;
    }
    slot_of_thread = slot;
    pthread_mutex_lock(&group->lock);
    take_back(slot, slot->fuel);
    hand_out(slot, group->fuel);
    set_fuel(wasmtime_store_context(slot->store), slot->fuel);
    pthread_mutex_unlock(&group->lock);
}

void ringfort_wasmtime_fuel_end(struct slot *slot)
{
    struct thread_group *group = slot->group;
    if (!group->counts_fuel) {
        return;
    }
    const uint64_t left =
        slot_of_thread == slot ? fuel_in(wasmtime_store_context(slot->store)) : slot->fuel;
    slot_of_thread = NULL;
    pthread_mutex_lock(&group->lock);
    take_back(slot, left);
    pthread_mutex_unlock(&group->lock);
}

ringfort_status ringfort_wasmtime_fuel_prepare(struct thread_group *group, ringfort_error *error)
{
    const uint64_t limit = ringfort_wasi_limit(group->wasi, RINGFORT_LIMIT_FUEL);
    if (limit == UINT64_MAX) {
        return RINGFORT_OK;
    }
    wasmtime_store_t *store = wasmtime_store_new(group->engine, NULL, NULL);
    wasmtime_error_t *failure = wasmtime_context_set_fuel(wasmtime_store_context(store), limit);
    wasmtime_store_delete(store);
    if (failure != NULL) {
        wasmtime_error_delete(failure);
        return ringfort_wasmtime_fail(error, RINGFORT_ERR_UNSUPPORTED,
                                      "the engine does not count fuel; make it with "
                                      "wasmtime_config_consume_fuel_set");
    }
    group->counts_fuel = true;
    group->fuel = limit;
    group->binding->before_call = share_in_call;
    return RINGFORT_OK;
}
