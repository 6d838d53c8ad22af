/*
 * --invoke: calls an exported function with arguments from the command line, and prints what it
 * returns.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_INVOKE_H
#define CLI_INVOKE_H

#include "run_options.h"

#include <ringfort.h>
#include <stdbool.h>
#include <wasmtime.h>

struct invocation {
    wasmtime_func_t function;
    wasmtime_val_t *arguments;
    size_t argument_count;
    wasmtime_val_t *results;
    size_t result_count;
};

/* Finds the function and parses its arguments. Returns -1, or the status to end with; free it
 * in both cases. */
int invoke_prepare(struct invocation *invocation, const struct run_options *options,
                   wasmtime_context_t *context, const wasmtime_instance_t *instance);
void invoke_free(struct invocation *invocation);

/* Calls it. The results are there only if it returned: RINGFORT_OK, and the guest did not exit. */
ringfort_status invoke_call(struct invocation *invocation, wasmtime_context_t *context,
                            ringfort_wasi *wasi, ringfort_error *error);

/* Prints the results, one a line. */
void invoke_print(const struct invocation *invocation);

#endif
