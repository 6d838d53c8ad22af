/*
 * Stores, limits, linking, and the ways in which a link can fail.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "instance.h"

#include "limits.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { GO_ON = -1 };

ringfort_status instance_prepare(struct instance *instance, wasm_engine_t *engine,
                                 struct engine_settings settings, ringfort_wasi *wasi,
                                 uint32_t memory_count, ringfort_error *error)
{
    instance->store = wasmtime_store_new(engine, NULL, NULL);
    instance->context = wasmtime_store_context(instance->store);
    if (settings.is_interruptible) {
        wasmtime_context_set_epoch_deadline(instance->context, 1);
    }
    instance->linker = wasmtime_linker_new(engine);
    return ringfort_wasmtime_limit_guest(wasi, instance->store, memory_count, error);
}

/* The engine has one kind of error for imports that do not match and for limits. This asks for the
 * imports first, whose messages are better, and names the option of a limit. */
static ringfort_status explain(struct instance *instance, const wasmtime_module_t *module,
                               const ringfort_wasi *wasi, unsigned abis, ringfort_error *error)
{
    ringfort_error failed = *error;
    const ringfort_status status =
        ringfort_wasmtime_check_imports(module, abis, instance->linker, instance->context, error);
    if (status != RINGFORT_OK) {
        return status;
    }
    ringfort_refusal refusal;
    const char *option = ringfort_wasi_refusal(wasi, &refusal) ? limit_option(refusal.limit) : NULL;
    FREED_TEXT char *message =
        option != NULL ? must_format("cannot be instantiated: %s (--%s)", failed.message, option)
                       : must_format("cannot be instantiated: %s", failed.message);
    *error = failed;
    (void)snprintf(error->message, sizeof(error->message), "%s", message);
    return RINGFORT_ERR_LINK;
}

ringfort_status instance_make(struct instance *instance, const wasmtime_module_t *module,
                              ringfort_wasi *wasi, unsigned abis, ringfort_error *error)
{
    ringfort_status status = ringfort_wasi_get_import_object(wasi, instance->linker, error);
    if (status == RINGFORT_OK) {
        status = ringfort_wasmtime_instantiate(wasi, instance->linker, instance->context, module,
                                               &instance->instance, error);
    }
    return status == RINGFORT_ERR_LINK ? explain(instance, module, wasi, abis, error) : status;
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
