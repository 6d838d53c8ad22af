/*
 * Loads a guest that was built with the tests, for the tests of the Wasmtime adapter.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_ENGINES_LOAD_H
#define RINGFORT_TESTS_ENGINES_LOAD_H

#include "run.h"

static uint8_t load_bytes[1 << 20];
static size_t load_length;

/** An engine and a module from the folder of guests, and nothing of WASI. Its bytes stay in
 * load_bytes. */
static inline void run_load_file(struct run *run, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("WASM_GUESTS"), name);
    FILE *const file = fopen(path, "rb");
    assert_non_null(file);
    load_length = fread(load_bytes, 1, sizeof load_bytes, file);
    assert_int_equal(fclose(file), 0);
    run_make_engine(run);
    wasmtime_error_t *const error =
        wasmtime_module_new(run->engine, load_bytes, load_length, &run->module);
    if (error != NULL) {
        run_fail(error);
    }
}

#endif
