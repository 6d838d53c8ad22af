/*
 * Finds an exported function, calls it, prints its results.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "invoke.h"

#include "say.h"
#include "status.h"
#include "text.h"
#include "value.h"

#include <ringfort_wasmtime.h>
#include <stdlib.h>
#include <string.h>

enum { GO_ON = -1 };

static int say_unknown(const struct run_options *options, wasmtime_context_t *context,
                       const wasmtime_instance_t *instance)
{
    FREED_TEXT char *nearest = NULL;
    size_t distance = SIZE_MAX;
    char *name = NULL;
    size_t length = 0;
    wasmtime_extern_t item;
    for (size_t i = 0; wasmtime_instance_export_nth(context, instance, i, &name, &length, &item);
         i++) {
        FREED_TEXT char *known = must_copy(name, length);
        const size_t d = edit_distance(options->invoke, known);
        if (item.kind == WASMTIME_EXTERN_FUNC && d < distance) {
            distance = d;
            free(nearest);
            nearest = must_copy(known, length);
        }
        wasmtime_extern_delete(&item);
    }
    if (nearest != NULL && is_near(options->invoke, distance)) {
        return fail(STATUS_REFUSED, "%s: exports no function \"%s\"; did you mean \"%s\"?",
                    options->file, options->invoke, nearest);
    }
    return fail(STATUS_REFUSED,
                "%s: exports no function \"%s\"; `ringfort inspect` lists what it exports",
                options->file, options->invoke);
}

static int parse_arguments(struct invocation *invocation, const struct run_options *options,
                           const wasm_valtype_vec_t *params)
{
    if (options->argument_count != params->size) {
        return fail(STATUS_USAGE, "%s: the function \"%s\" takes %zu argument%s, not %zu",
                    options->file, options->invoke, params->size, params->size == 1 ? "" : "s",
                    options->argument_count);
    }
    invocation->arguments = must_allocate(params->size * sizeof(*invocation->arguments));
    invocation->argument_count = params->size;
    for (size_t i = 0; i < params->size; i++) {
        const wasm_valkind_t kind = value_kind_of(params->data[i]);
        if (!value_parse(options->arguments[i], kind, &invocation->arguments[i])) {
            return fail(STATUS_USAGE, "%s: argument %zu of \"%s\" is %s, which \"%s\" is not",
                        options->file, i + 1, options->invoke, value_kind_name(kind),
                        options->arguments[i]);
        }
    }
    return GO_ON;
}

int invoke_prepare(struct invocation *invocation, const struct run_options *options,
                   wasmtime_context_t *context, const wasmtime_instance_t *instance)
{
    wasmtime_extern_t item;
    *invocation = (struct invocation){ .arguments = NULL };
    if (!wasmtime_instance_export_get(context, instance, options->invoke, strlen(options->invoke),
                                      &item)) {
        return say_unknown(options, context, instance);
    }
    if (item.kind != WASMTIME_EXTERN_FUNC) {
        wasmtime_extern_delete(&item);
        return say_unknown(options, context, instance);
    }
    invocation->function = item.of.func;
    wasm_functype_t *type = wasmtime_func_type(context, &invocation->function);
    const int result = parse_arguments(invocation, options, wasm_functype_params(type));
    invocation->result_count = wasm_functype_results(type)->size;
    invocation->results = must_allocate(invocation->result_count * sizeof(*invocation->results));
    wasm_functype_delete(type);
    return result;
}

void invoke_free(struct invocation *invocation)
{
    for (size_t i = 0; i < invocation->result_count && invocation->results != NULL; i++) {
        wasmtime_val_unroot(&invocation->results[i]);
    }
    free(invocation->arguments);
    free(invocation->results);
    *invocation = (struct invocation){ .arguments = NULL };
}

ringfort_status invoke_call(struct invocation *invocation, wasmtime_context_t *context,
                            ringfort_wasi *wasi, ringfort_error *error)
{
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *failed = wasmtime_func_call(
        context, &invocation->function, invocation->arguments, invocation->argument_count,
        invocation->results, invocation->result_count, &trap);
    return ringfort_wasi_call_status(wasi, failed, trap, error);
}

void invoke_print(const struct invocation *invocation)
{
    for (size_t i = 0; i < invocation->result_count; i++) {
        value_print(&invocation->results[i]);
    }
}
