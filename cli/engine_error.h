/*
 * Wasmtime's errors as text.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_ENGINE_ERROR_H
#define CLI_ENGINE_ERROR_H

#include <stdbool.h>
#include <wasmtime.h>

/* Frees the error and gives its text on one line; yours. */
char *engine_error_take(wasmtime_error_t *given);

/* Returns whether a reason is that there was no memory. */
bool engine_error_is_memory(const char *reason);

#endif
