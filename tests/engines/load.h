/*
 * Loads a guest that was built with the tests, for the tests of the Wasmtime adapter.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_ENGINES_LOAD_H
#define RINGFORT_TESTS_ENGINES_LOAD_H

#include "run.h"

/** An engine and a module from the folder of guests, and nothing of WASI. */
static inline void run_load_file(struct run *run, const char *name)
{
    static uint8_t bytes[1 << 20];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("WASM_GUESTS"), name);
    FILE *const file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    run_make_engine(run);
    wasmtime_error_t *const error = wasmtime_module_new(run->engine, bytes, size, &run->module);
    if (error != NULL) {
        run_fail(error);
    }
}

#endif
