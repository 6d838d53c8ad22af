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

/* Room for the largest stack that wasm may have, 2 MiB, and for the host's calls above it; some C
 * libraries' own choice is less than that. */
enum { STACK_BYTES = 4 << 20 };

/* ---- Beginning ---- */

bool ringfort_wasmtime_seat_begin(struct seat *seat, void *(*run)(void *seat))
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    const bool runs = pthread_create(&seat->thread, &attributes, run, seat) == 0;
    pthread_attr_destroy(&attributes);
    return runs;
}

static bool is_ending(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    const bool ending = crew->is_ending;
    pthread_mutex_unlock(&crew->lock);
    return ending;
}

bool ringfort_wasmtime_seat_furnish(struct seat *seat, wasmtime_instance_t *instance,
                                    ringfort_status *status, ringfort_error *error)
{
    struct crew *crew = seat->crew;
    seat->store = wasmtime_store_new(crew->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(seat->store);
    wasmtime_context_set_epoch_deadline(context, 1);
    if (is_ending(crew)) {
        return false; /* looked at after the deadline was set: an end after this raises the epoch */
    }
    if (crew->options.prepare != NULL) {
        crew->options.prepare(crew->options.data, seat->store);
    }
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *failure =
        wasmtime_linker_instantiate(crew->linker, context, crew->module, instance, &trap);
    const bool has_instance = failure == NULL && trap == NULL;
    *status = ringfort_wasi_call_status(crew->wasi, failure, trap, error);
    return has_instance;
}

static void *run_thread(void *data)
{
    struct seat *seat = data;
    const wasmtime_val_t arguments[] = {
        { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(seat - seat->crew->seats) } },
        { .kind = WASMTIME_I32, .of = { .i32 = seat->argument } },
    };
    wasm_trap_t *trap = NULL;
    ringfort_error error = { 0 };
    wasmtime_error_t *failure = wasmtime_func_call(wasmtime_store_context(seat->store),
                                                   &seat->entry, arguments, 2, NULL, 0, &trap);
    const bool was_unwound = failure != NULL || trap != NULL;
    const ringfort_status status =
        ringfort_wasi_call_status(seat->crew->wasi, failure, trap, &error);
    ringfort_wasmtime_seat_leave(seat, was_unwound, status, &error);
    return NULL;
}

/* A seat for a new thread; the one who had it before is joined. NULL where there is none. */
static struct seat *take_seat(struct crew *crew)
{
    struct seat *seat = NULL;
    bool must_join = false;
    pthread_mutex_lock(&crew->lock);
    for (unsigned i = 1; i < crew->seat_count && seat == NULL && !crew->is_ending; i++) {
        if (crew->seats[i].state != SEAT_TAKEN) {
            seat = &crew->seats[i];
            must_join = seat->state == SEAT_LEFT;
            seat->state = SEAT_TAKEN;
            crew->alive++;
        }
    }
    pthread_mutex_unlock(&crew->lock);
    if (must_join) {
        pthread_join(seat->thread, NULL);
    }
    return seat;
}

static void give_back(struct seat *seat)
{
    struct crew *crew = seat->crew;
    if (seat->store != NULL) {
        wasmtime_store_delete(seat->store);
        seat->store = NULL;
    }
    pthread_mutex_lock(&crew->lock);
    seat->state = SEAT_FREE;
    crew->alive--;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

/* The spawning thread makes the instance, so that thread-spawn can say that it failed. */
static bool furnish_for_thread(struct seat *seat)
{
    static const char name[] = "wasi_thread_start";
    wasmtime_instance_t instance;
    wasmtime_extern_t item;
    ringfort_status status = RINGFORT_OK;
    if (!ringfort_wasmtime_seat_furnish(seat, &instance, &status, NULL) ||
        !wasmtime_instance_export_get(wasmtime_store_context(seat->store), &instance, name,
                                      sizeof name - 1, &item)) {
        return false;
    }
    seat->entry = item.of.func; /* the module's type says that it is one */
    wasmtime_extern_delete(&item);
    return true;
}

int32_t ringfort_wasmtime_crew_spawn(struct crew *crew, int32_t argument)
{
    struct seat *seat = crew->can_spawn ? take_seat(crew) : NULL;
    if (seat == NULL) {
        return SPAWN_FAILED;
    }
    seat->argument = argument;
    bool runs = false;
    if (furnish_for_thread(seat)) {
        /* Under the lock, so that the thread cannot leave before its name is written. */
        pthread_mutex_lock(&crew->lock);
        runs = ringfort_wasmtime_seat_begin(seat, run_thread);
        pthread_mutex_unlock(&crew->lock);
    }
    if (!runs) {
        give_back(seat);
        return SPAWN_FAILED;
    }
    return (int32_t)(seat - crew->seats);
}

/* ---- Ending ---- */

/* Under the lock. The first who ends the command says how. */
static void end(struct crew *crew, ringfort_status status, const ringfort_error *error)
{
    if (crew->is_ending) {
        return;
    }
    crew->is_ending = true;
    crew->status = status;
    crew->error = *error;
    if (status == RINGFORT_OK) {
        crew->exited = ringfort_wasi_exited(crew->wasi, &crew->code);
    }
}

void ringfort_wasmtime_seat_leave(struct seat *seat, bool ends_all, ringfort_status status,
                                  const ringfort_error *error)
{
    struct crew *crew = seat->crew;
    if (seat->store != NULL) {
        wasmtime_store_delete(seat->store);
        seat->store = NULL;
    }
    pthread_mutex_lock(&crew->lock);
    if (ends_all) {
        end(crew, status, error);
    }
    seat->state = SEAT_LEFT;
    crew->alive--;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
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

/* An interruption is looked for now and then: nobody may be awake to notice it. */
static void wait_for_the_end(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (!crew->is_ending) {
        const struct timespec look = in_ms(LOOK_MS);
        pthread_cond_timedwait(&crew->changed, &crew->lock, &look);
        if (!crew->is_ending && ringfort_wasi_interrupted(crew->wasi)) {
            ringfort_error error = { 0 };
            end(crew,
                ringfort_wasmtime_fail(&error, RINGFORT_ERR_INTERRUPTED,
                                       "interrupted: ringfort_wasi_interrupt was called"),
                &error);
        }
    }
    pthread_mutex_unlock(&crew->lock);
}

/* @return how many are alive still, after at most so long */
static unsigned wait_for_all(struct crew *crew, long milliseconds)
{
    const struct timespec until = in_ms(milliseconds);
    pthread_mutex_lock(&crew->lock);
    while (crew->alive > 0 && !has_come(until)) {
        pthread_cond_timedwait(&crew->changed, &crew->lock, &until);
    }
    const unsigned alive = crew->alive;
    pthread_mutex_unlock(&crew->lock);
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

/* Wakes whoever waits at an address from `at` to `end`, again until all are gone or it is late. */
static void sweep(struct crew *crew, wasmtime_context_t *context, const wasmtime_func_t *wake,
                  struct timespec late)
{
    uint64_t at = 0;
    do {
        const uint64_t size = wasmtime_sharedmemory_data_size(crew->memory);
        const uint64_t end = size - at < SWEEP_BYTES ? size : at + SWEEP_BYTES;
        const wasmtime_val_t range[] = {
            { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(uint32_t)at } },
            { .kind = WASMTIME_I32, .of = { .i32 = (int32_t)(uint32_t)end } },
        };
        wasm_trap_t *trap = NULL;
        wasmtime_error_t *failure =
            at == end ? NULL : wasmtime_func_call(context, wake, range, 2, NULL, 0, &trap);
        (void)ringfort_wasi_call_status(crew->wasi, failure, trap, NULL);
        at = end == size ? 0 : end;
    } while (wait_for_all(crew, at == 0 ? 1 : 0) > 0 && !has_come(late));
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

static void wake_with(struct crew *crew, const wasmtime_module_t *module, struct timespec late)
{
    wasmtime_store_t *store = wasmtime_store_new(crew->engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_error_t *failure = wasmtime_context_set_fuel(context, UINT64_MAX);
    if (failure != NULL) {
        wasmtime_error_delete(failure); /* the engine does not count it */
    }
    wasmtime_context_set_epoch_deadline(context, UINT32_MAX);
    const wasmtime_extern_t memory = { .kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                       .of = { .sharedmemory = crew->memory } };
    wasmtime_instance_t instance;
    wasmtime_extern_t wake;
    wasm_trap_t *trap = NULL;
    failure = wasmtime_instance_new(context, module, &memory, 1, &instance, &trap);
    if (failure == NULL && wasmtime_instance_export_get(context, &instance, "", 0, &wake)) {
        sweep(crew, context, &wake.of.func, late);
        wasmtime_extern_delete(&wake);
    }
    if (failure != NULL) {
        wasmtime_error_delete(failure);
    }
    wasmtime_store_delete(store);
}

static void wake_those_who_wait(struct crew *crew, struct timespec late)
{
    if (crew->options.waker != NULL) {
        wake_with(crew, crew->options.waker, late);
        return;
    }
    wasmtime_module_t *module = ringfort_wasmtime_threads_waker(crew->engine);
    if (module != NULL) {
        wake_with(crew, module, late);
        wasmtime_module_delete(module);
    }
}

unsigned ringfort_wasmtime_crew_finish(struct crew *crew)
{
    wait_for_the_end(crew);
    const struct timespec late = in_ms(GIVE_UP_MS);
    ringfort_wasi_interrupt(crew->wasi);
    wasmtime_engine_increment_epoch(crew->engine);
    if (wait_for_all(crew, GRACE_MS) > 0) {
        wake_those_who_wait(crew, late);
    }
    unsigned alive = 0;
    do {
        alive = wait_for_all(crew, LOOK_MS);
    } while (alive > 0 && !has_come(late));
    if (alive == 0) {
        for (unsigned i = 0; i < crew->seat_count; i++) {
            if (crew->seats[i].state == SEAT_LEFT) {
                pthread_join(crew->seats[i].thread, NULL);
            }
        }
    }
    return alive;
}
