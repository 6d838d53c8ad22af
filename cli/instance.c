/*
 * Stores, limits, linking, and the ways in which a link can fail.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "instance.h"

#include "engine_error.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { GO_ON = -1 };

void instance_limit(wasmtime_store_t *store, const struct instance_limits *limits)
{
    /* It fails only for an engine that does not count fuel, and ours was made to. */
    (void)ringfort_wasmtime_limit_store(store, limits->config, limits->memory_count, NULL);
}

void instance_prepare(struct instance *instance, wasm_engine_t *engine,
                      struct engine_settings settings, const struct instance_limits *limits)
{
    instance->store = wasmtime_store_new(engine, NULL, NULL);
    instance->context = wasmtime_store_context(instance->store);
    instance_limit(instance->store, limits);
    if (settings.is_interruptible) {
        wasmtime_context_set_epoch_deadline(instance->context, 1);
    }
    instance->linker = wasmtime_linker_new(engine);
}

static ringfort_status set_error(ringfort_error *error, ringfort_status status, const char *message)
{
    error->status = status;
    error->os_errno = 0;
    (void)snprintf(error->message, sizeof(error->message), "%s", message);
    return status;
}

static bool has_trace(const wasmtime_error_t *error)
{
    wasm_frame_vec_t frames;
    wasmtime_error_wasm_trace(error, &frames);
    const bool has_frames = frames.size > 0;
    wasm_frame_vec_delete(&frames);
    return has_frames;
}

/* Wasmtime gives one kind of error for imports that do not fit, for limits, and for what a host
 * function did within the start section; only the last has a backtrace. */
static ringfort_status explain(struct instance *instance, const wasmtime_module_t *module,
                               unsigned abis, wasmtime_error_t *failed, ringfort_error *error)
{
    ringfort_status status =
        ringfort_wasmtime_check_imports(module, abis, instance->linker, instance->context, error);
    FREED_TEXT char *text = engine_error_take(failed);
    if (status == RINGFORT_OK) {
        const char *remedy = strstr(text, "memory minimum size") != NULL ? " (--max-memory)" : "";
        FREED_TEXT char *message = must_format("cannot be instantiated: %s%s", text, remedy);
        status = set_error(error, RINGFORT_ERR_LINK, message);
    }
    return status;
}

ringfort_status instance_make(struct instance *instance, const wasmtime_module_t *module,
                              ringfort_wasi *wasi, unsigned abis, ringfort_error *error)
{
    ringfort_status status = ringfort_wasi_get_import_object(wasi, instance->linker, error);
    if (status != RINGFORT_OK) {
        return status;
    }
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *failed = wasmtime_linker_instantiate(instance->linker, instance->context,
                                                           module, &instance->instance, &trap);
    if (failed != NULL && !has_trace(failed)) {
        return explain(instance, module, abis, failed, error);
    }
    return ringfort_wasi_call_status(wasi, failed, trap, error);
}

static bool exports(const struct instance *instance, const char *name)
{
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(instance->context, &instance->instance, name, strlen(name),
                                      &item)) {
        return false;
    }
    wasmtime_extern_delete(&item);
    return true;
}

/* WASI asks the same of an instance; here it is said in the words of the command line. */
int instance_check_command(const struct instance *instance, const char *file)
{
    const bool is_reactor = exports(instance, "_initialize");
    if (!exports(instance, "_start")) {
        return is_reactor ? fail(STATUS_REFUSED,
                                 "%s: is a reactor, with no _start to run; call one of its "
                                 "functions with --invoke NAME",
                                 file)
                          : fail(STATUS_REFUSED,
                                 "%s: exports no _start, so there is nothing to run; --invoke "
                                 "NAME calls another function",
                                 file);
    }
    if (is_reactor) {
        return fail(STATUS_REFUSED,
                    "%s: exports both _start and _initialize; build it as a command or as a "
                    "reactor, not as both",
                    file);
    }
    if (!exports(instance, "memory")) {
        return fail(STATUS_REFUSED,
                    "%s: exports no memory, through which WASI calls work; build it so that it "
                    "exports one named \"memory\"",
                    file);
    }
    return GO_ON;
}

ringfort_status instance_bind_for_invoke(const struct instance *instance, ringfort_wasi *wasi,
                                         bool uses_wasi, ringfort_error *error)
{
    if (exports(instance, "_start")) {
        return ringfort_wasi_finalize_bindings(wasi, instance->context, &instance->instance, NULL,
                                               error);
    }
    if (uses_wasi || exports(instance, "memory")) {
        return ringfort_wasi_initialize(wasi, instance->context, &instance->instance, error);
    }
    return RINGFORT_OK; /* plain functions, which no WASI call can come from */
}

void instance_free(struct instance *instance)
{
    if (instance->linker != NULL) {
        wasmtime_linker_delete(instance->linker);
    }
    if (instance->store != NULL) {
        wasmtime_store_delete(instance->store);
    }
}
