/*
 * The life of the guest's threads: how one begins, and how the end of one becomes the end of all.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include <time.h>

/* WASI's again, negative: what C libraries give their callers as EAGAIN. */
enum { SPAWN_FAILED = -6 };

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };
enum { LOOK_MS = 50, GRACE_MS = 20, GIVE_UP_MS = 2000, SWEEP_BYTES = 4 << 20 };

/* ---- Beginning ---- */

bool ringfort_wasmtime_slot_start(struct slot *slot, void *(*run)(void *slot))
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    /* Never with another size, on which a guest's overflow could be the host's. */
    const bool runs = pthread_attr_setstacksize(&attributes, slot->group->stack_size) == 0 &&
                      pthread_create(&slot->thread, &attributes, run, slot) == 0;
    pthread_attr_destroy(&attributes);
    return runs;
}

static bool is_ending(struct thread_group *group)
{
    pthread_mutex_lock(&group->lock);
    const bool ending = group->is_ending;
    pthread_mutex_unlock(&group->lock);
    return ending;
}

bool ringfort_wasmtime_slot_prepare(struct slot *slot, wasmtime_instance_t *instance,
                                    ringfort_status *status, ringfort_error *error)
{
    struct thread_group *group = slot->group;
    slot->store = wasmtime_store_new(group->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(slot->store);
    wasmtime_context_set_epoch_deadline(context, 1);
    if (is_ending(group)) {
        return false; /* looked at after the deadline was set: an end after this raises the epoch */
    }
    *status = ringfort_wasmtime_limit_thread(group->binding, slot->store, group->slot_count, error);
    if (*status != RINGFORT_OK) {
        return false;
    }
    if (group->options.prepare != NULL) {
        group->options.prepare(group->options.data, slot->store);
    }
    ringfort_wasmtime_fuel_begin(slot);
    pthread_mutex_lock(&group->lock);
    uint64_t cost = group->instance_cost;
    pthread_mutex_unlock(&group->lock);
    *status = ringfort_wasmtime_instantiate_within(group->wasi, group->linker, context,
                                                   group->module, instance, &cost, error);
    pthread_mutex_lock(&group->lock);
    group->instance_cost = cost;
    pthread_mutex_unlock(&group->lock);
    return *status == RINGFORT_OK && !ringfort_wasi_exited(group->wasi, NULL);
}

/* Tells the spawner, where it still waits. */
static void report(struct slot *slot, enum birth birth)
{
    struct thread_group *group = slot->group;
    pthread_mutex_lock(&group->lock);
    if (slot->birth != NULL) {
        *slot->birth = birth;
        slot->birth = NULL;
        pthread_cond_broadcast(&group->changed);
    }
    pthread_mutex_unlock(&group->lock);
}

static bool prepare_thread(struct slot *slot, wasmtime_func_t *entry, ringfort_status *status,
                           ringfort_error *error)
{
    static const char name[] = "wasi_thread_start";
    wasmtime_instance_t instance;
    wasmtime_extern_t item;
    if (!ringfort_wasmtime_slot_prepare(slot, &instance, status, error) ||
        !wasmtime_instance_export_get(wasmtime_store_context(slot->store), &instance, name,
                                      sizeof name - 1, &item)) {
        return false;
    }
    *entry = item.of.func; /* the module's type says that it is one */
    wasmtime_extern_delete(&item);
    return true;
}

/* A start section that traps only makes thread-spawn fail; where it called proc_exit or ran out
 * of fuel, the command ends. */
static bool ends_command(const struct slot *slot, ringfort_status status)
{
    return status == RINGFORT_ERR_INTERRUPTED ||
           (status == RINGFORT_OK && ringfort_wasi_exited(slot->group->wasi, NULL));
}

/*
 * A thread makes its own instance and then reports to its spawner, which waits. So a start section
 * that spawns never runs on the stack of another start section.
 */
static void *run_thread(void *data)
{
    struct slot *slot = data;
    wasmtime_func_t entry;
    ringfort_status status = RINGFORT_OK;
    ringfort_error error = { 0 };
    if (!prepare_thread(slot, &entry, &status, &error)) {
        report(slot, BIRTH_FAILED);
        ringfort_wasmtime_slot_leave(slot, ends_command(slot, status), status, &error);
        return NULL;
    }
    report(slot, BIRTH_SUCCEEDED);
    const wasmtime_val_t arguments[] = {
        { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(slot - slot->group->slots) } },
        { .kind = WASMTIME_I32, .of = { .i32 = slot->argument } },
    };
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *failure = wasmtime_func_call(wasmtime_store_context(slot->store), &entry,
                                                   arguments, 2, NULL, 0, &trap);
    const bool was_unwound = failure != NULL || trap != NULL;
    status = ringfort_wasi_call_status(slot->group->wasi, failure, trap, &error);
    ringfort_wasmtime_slot_leave(slot, was_unwound, status, &error);
    return NULL;
}

/* Returns a slot for a new thread, after its thread before was joined. NULL where there is none. */
static struct slot *take_slot(struct thread_group *group)
{
    struct slot *slot = NULL;
    bool must_join = false;
    pthread_mutex_lock(&group->lock);
    for (unsigned i = 1; i < group->slot_count && slot == NULL && !group->is_ending; i++) {
        if (group->slots[i].state != SLOT_TAKEN) {
            slot = &group->slots[i];
            must_join = slot->state == SLOT_LEFT;
            slot->state = SLOT_TAKEN;
            group->alive++;
        }
    }
    pthread_mutex_unlock(&group->lock);
    if (must_join) {
        pthread_join(slot->thread, NULL);
    }
    return slot;
}

/* Under the lock, so that the thread cannot leave before its name is written. Returns whether the
 * thread has an instance. The wait ends with the group too. */
static bool start_and_wait(struct slot *slot)
{
    struct thread_group *group = slot->group;
    enum birth birth = BIRTH_AWAITED;
    slot->birth = &birth;
    if (!ringfort_wasmtime_slot_start(slot, run_thread)) {
        slot->birth = NULL;
        slot->state = SLOT_FREE;
        group->alive--;
        pthread_cond_broadcast(&group->changed);
        return false;
    }
    while (birth == BIRTH_AWAITED && !group->is_ending) {
        pthread_cond_wait(&group->changed, &group->lock);
    }
    if (slot->birth == &birth) { /* else it has reported, and the slot may be another's by now */
        slot->birth = NULL;
    }
    return birth == BIRTH_SUCCEEDED;
}

int32_t ringfort_wasmtime_group_spawn(struct thread_group *group, int32_t argument)
{
    struct slot *slot = group->can_spawn ? take_slot(group) : NULL;
    if (slot == NULL) {
        return SPAWN_FAILED;
    }
    slot->argument = argument;
    ringfort_wasmtime_fuel_share_with(slot);
    pthread_mutex_lock(&group->lock);
    const bool runs = start_and_wait(slot);
    pthread_mutex_unlock(&group->lock);
    return runs ? (int32_t)(slot - group->slots) : SPAWN_FAILED;
}

/* ---- Ending ---- */

/* Under the lock. The first thread that ends the command decides its status. */
static void end(struct thread_group *group, ringfort_status status, const ringfort_error *error)
{
    if (group->is_ending) {
        return;
    }
    group->is_ending = true;
    pthread_cond_broadcast(&group->changed);
    group->status = status;
    group->error = *error;
    if (status == RINGFORT_OK) {
        group->exited = ringfort_wasi_exited(group->wasi, &group->code);
    }
}

void ringfort_wasmtime_slot_leave(struct slot *slot, bool ends_all, ringfort_status status,
                                  const ringfort_error *error)
{
    struct thread_group *group = slot->group;
    ringfort_wasmtime_fuel_end(slot);
    if (slot->store != NULL) {
        wasmtime_store_delete(slot->store);
        slot->store = NULL;
    }
    pthread_mutex_lock(&group->lock);
    if (ends_all) {
        end(group, status, error);
    }
    slot->state = SLOT_LEFT;
    group->alive--;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

static struct timespec in_ms(long milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += milliseconds % 1000 * NS_PER_MS;
    if (at.tv_nsec >= NS_PER_S) {
        at.tv_nsec -= NS_PER_S;
        at.tv_sec++;
    }
    return at;
}

static bool has_come(struct timespec at)
{
    const struct timespec now = in_ms(0);
    return now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec);
}

/* Looks for an interruption now and then: perhaps no thread is awake to notice it. */
static void wait_for_the_end(struct thread_group *group)
{
    pthread_mutex_lock(&group->lock);
    while (!group->is_ending) {
        const struct timespec look = in_ms(LOOK_MS);
        pthread_cond_timedwait(&group->changed, &group->lock, &look);
        if (!group->is_ending && ringfort_wasi_interrupted(group->wasi)) {
            ringfort_error error = { 0 };
            end(group,
                ringfort_wasmtime_fail(&error, RINGFORT_ERR_INTERRUPTED,
                                       "interrupted: ringfort_wasi_interrupt was called"),
                &error);
        }
    }
    pthread_mutex_unlock(&group->lock);
}

/* Returns how many threads are still alive, after at most so long. */
static unsigned wait_for_all(struct thread_group *group, long milliseconds)
{
    const struct timespec until = in_ms(milliseconds);
    pthread_mutex_lock(&group->lock);
    while (group->alive > 0 && !has_come(until)) {
        pthread_cond_timedwait(&group->changed, &group->lock, &until);
    }
    const unsigned alive = group->alive;
    pthread_mutex_unlock(&group->lock);
    return alive;
}

/*
 * Nothing in the engine's C API wakes a thread out of memory.atomic.wait, but wasm does:
 *
 *     (module (import "" "" (memory 0 65536 shared))
 *       (func (export "") (param $at i32) (param $end i32)
 *         (loop (drop (memory.atomic.notify (local.get $at) (i32.const -1)))
 *           (br_if 0 (i32.ne (local.get $end)
 *             (local.tee $at (i32.add (local.get $at) (i32.const 4))))))))
 */
static const uint8_t waker[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x02, 0x7f,
    0x7f, 0x00, 0x02, 0x09, 0x01, 0x00, 0x00, 0x02, 0x03, 0x00, 0x80, 0x80, 0x04, 0x03,
    0x02, 0x01, 0x00, 0x07, 0x04, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x1c, 0x01, 0x1a, 0x00,
    0x03, 0x40, 0x20, 0x00, 0x41, 0x7f, 0xfe, 0x00, 0x02, 0x00, 0x1a, 0x20, 0x01, 0x20,
    0x00, 0x41, 0x04, 0x6a, 0x22, 0x00, 0x47, 0x0d, 0x00, 0x0b, 0x0b,
};

/* Wakes the threads that wait at any address, again until all have left or it is late. */
static void sweep(struct thread_group *group, wasmtime_context_t *context,
                  const wasmtime_func_t *wake, struct timespec late)
{
    uint64_t at = 0;
    do {
        const uint64_t size = wasmtime_sharedmemory_data_size(group->memory);
        const uint64_t end = size - at < SWEEP_BYTES ? size : at + SWEEP_BYTES;
        const wasmtime_val_t range[] = {
            { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(uint32_t)at } },
            { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(uint32_t)end } },
        };
        wasm_trap_t *trap = NULL;
        wasmtime_error_t *failure =
            at == end ? NULL : wasmtime_func_call(context, wake, range, 2, NULL, 0, &trap);
        (void)ringfort_wasi_call_status(group->wasi, failure, trap, NULL);
        at = end == size ? 0 : end;
    } while (wait_for_all(group, at == 0 ? 1 : 0) > 0 && !has_come(late));
}

wasmtime_module_t *ringfort_wasmtime_threads_waker(wasm_engine_t *engine)
{
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *failure = wasmtime_module_new(engine, waker, sizeof waker, &module);
    if (failure != NULL) {
        wasmtime_error_delete(failure);
    }
    return module;
}

static void wake_with(struct thread_group *group, const wasmtime_module_t *module,
                      struct timespec late)
{
    wasmtime_store_t *store = wasmtime_store_new(group->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_error_t *failure = wasmtime_context_set_fuel(context, UINT64_MAX);
    if (failure != NULL) {
        wasmtime_error_delete(failure); /* the engine does not count it */
    }
    wasmtime_context_set_epoch_deadline(context, UINT32_MAX);
    const wasmtime_extern_t memory = { .kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                       .of = { .sharedmemory = group->memory } };
    wasmtime_instance_t instance;
    wasmtime_extern_t wake;
    wasm_trap_t *trap = NULL;
    failure = wasmtime_instance_new(context, module, &memory, 1, &instance, &trap);
    if (failure == NULL && wasmtime_instance_export_get(context, &instance, "", 0, &wake)) {
        sweep(group, context, &wake.of.func, late);
        wasmtime_extern_delete(&wake);
    }
    if (failure != NULL) {
        wasmtime_error_delete(failure);
    }
    wasmtime_store_delete(store);
}

static void wake_waiters(struct thread_group *group, struct timespec late)
{
    if (group->options.waker != NULL) {
        wake_with(group, group->options.waker, late);
        return;
    }
    wasmtime_module_t *module = ringfort_wasmtime_threads_waker(group->engine);
    if (module != NULL) {
        wake_with(group, module, late);
        wasmtime_module_delete(module);
    }
}

unsigned ringfort_wasmtime_group_finish(struct thread_group *group)
{
    wait_for_the_end(group);
    const struct timespec late = in_ms(GIVE_UP_MS);
    ringfort_wasi_interrupt(group->wasi);
    wasmtime_engine_increment_epoch(group->engine);
    if (wait_for_all(group, GRACE_MS) > 0) {
        wake_waiters(group, late);
    }
    unsigned alive = 0;
    do {
        alive = wait_for_all(group, LOOK_MS);
    } while (alive > 0 && !has_come(late));
    if (alive == 0) {
        for (unsigned i = 0; i < group->slot_count; i++) {
            if (group->slots[i].state == SLOT_LEFT) {
                pthread_join(group->slots[i].thread, NULL);
            }
        }
    }
    return alive;
}
