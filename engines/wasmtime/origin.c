/*
 * What a module was built with, by an import that is no part of WASI, and how to build it for WASI.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <string.h>

static const char emscripten[] =
    "; it was built by Emscripten for JavaScript: build it for WASI with wasi-sdk (clang "
    "--target=wasm32-wasip1) or with emcc -sSTANDALONE_WASM";
static const char wasm_bindgen[] =
    "; it was built with wasm-bindgen for JavaScript: build it for WASI with cargo build --target "
    "wasm32-wasip1, without wasm-bindgen";
static const char go[] = "; it was built by Go for JavaScript: build it for WASI with GOOS=wasip1 "
                         "GOARCH=wasm go build";
static const char tinygo[] =
    "; it was built by TinyGo for JavaScript: build it for WASI with tinygo "
    "build -target=wasip1";
static const char ruby[] = "; it is Ruby with the js gem, which was built for JavaScript: use a "
                           "build for WASI without the "
                           "gem, such as ruby.wasm's for wasm32-unknown-wasip1";
static const char wasix[] =
    "; it was built for WASIX, which only Wasmer has: build it for WASI with "
    "wasi-sdk or for wasm32-wasip1";
static const char extension[] = "; it belongs to a proposal that is no part of WASI 0.1";
static const char library[] =
    "; it is a library for dynamic linking: build the program for WASI as one module, without "
    "-shared and -fPIC";
static const char assembly_script[] =
    "; it was built by AssemblyScript or Emscripten for JavaScript: build it for WASI with asc and "
    "@assemblyscript/wasi-shim, or with wasi-sdk";
static const char unlinked[] =
    "; env is where Emscripten and other tools import from JavaScript, and where functions that "
    "the "
    "linker did not find go: build it for WASI with wasi-sdk (clang --target=wasm32-wasip1), and "
    "link what is missing";

/* The first row that fits says it. A name that is NULL fits all. */
static const struct {
    const char *module;
    const char *name; /* how it begins */
    const char *hint;
} origins[] = {
    { "__wbindgen_placeholder__", NULL, wasm_bindgen },
    { "__wbindgen_externref_xform__", NULL, wasm_bindgen },
    { "wbg", NULL, wasm_bindgen },
    { "gojs", NULL, go },
    { "go", NULL, go },
    { "rb-js-abi-host", NULL, ruby },
    { "wasix_32v1", NULL, wasix },
    { "wasix_64v1", NULL, wasix },
    { "GOT.mem", NULL, library },
    { "GOT.func", NULL, library },
    { "env", "__memory_base", library },
    { "env", "__table_base", library },
    { "env", "syscall/js.", tinygo },
    { "env", "runtime.", tinygo },
    { "env", "__wbindgen_", wasm_bindgen },
    { "env", "abort", assembly_script },
    { "env", "emscripten_", emscripten },
    { "env", "_emscripten_", emscripten },
    { "env", "__emscripten_", emscripten },
    { "env", "invoke_", emscripten },
    { "env", "__syscall_", emscripten },
    { "env", "__cxa_", emscripten },
    { "env", "_embind_", emscripten },
    { "env", "_emval_", emscripten },
    { "env", "_abort_js", emscripten },
    { "env", "_tzset_js", emscripten },
    { "env", "__assert_fail", emscripten },
    { "a", NULL, emscripten }, /* as it shortens env */
};

static bool begins_with(const wasm_name_t *name, const char *start)
{
    const size_t length = strlen(start);
    return name->size >= length && memcmp(name->data, start, length) == 0;
}

static bool ends_with(const wasm_name_t *name, const char *end)
{
    const size_t length = strlen(end);
    return name->size >= length && memcmp(name->data + name->size - length, end, length) == 0;
}

const char *ringfort_wasmtime_origin(const wasm_importtype_t *import)
{
    const wasm_name_t *module = wasm_importtype_module(import);
    const wasm_name_t *name = wasm_importtype_name(import);
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        if (ringfort_wasmtime_is_word(module, origins[i].module) &&
            (origins[i].name == NULL || begins_with(name, origins[i].name))) {
            return origins[i].hint;
        }
    }
    if (ends_with(module, "_bg.js")) {
        return wasm_bindgen;
    }
    if (begins_with(module, "wasi_ephemeral_") || begins_with(module, "wasi_experimental_")) {
        return extension;
    }
    const bool is_function = wasm_externtype_kind(wasm_importtype_type(import)) == WASM_EXTERN_FUNC;
    return is_function && ringfort_wasmtime_is_word(module, "env") ? unlinked : NULL;
}
