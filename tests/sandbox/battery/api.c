/*
 * battery-api [--as-nobody] WASM ROOT [unstable]: tries the battery through the C API, on Wasmtime:
 * one process and one module, and for each attempt an object, a store and an instance.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cases.h"
#include "user.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <ringfort_wasmtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USAGE = 2, CANNOT = 125, WASM_MAX = 1 << 20 };

struct face {
    wasm_engine_t *engine;
    wasmtime_module_t *module;
    unsigned abi;
    char root[PATH_MAX];
};

static void must(ringfort_status status, const char *what)
{
    if (status != RINGFORT_OK) {
        errx(CANNOT, "%s: %s", what, ringfort_status_name(status));
    }
}

static wasmtime_module_t *load(wasm_engine_t *engine, const char *path)
{
    static uint8_t bytes[WASM_MAX];
    wasmtime_module_t *module = NULL;
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        err(CANNOT, "%s", path);
    }
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    wasmtime_error_t *const error = wasmtime_module_new(engine, bytes, size, &module);
    if (error != NULL) {
        errx(CANNOT, "%s does not compile", path);
    }
    return module;
}

static ringfort_config *make_config(const struct face *face, const struct attempt *attempt,
                                    int output)
{
    char id[ID_MAX];
    char box[ID_MAX + 32];
    char second[sizeof box];
    attempt_id(attempt, id);
    const char *const given = attempt->form->given;
    (void)snprintf(box, sizeof box, "%s/site/box", id);
    (void)snprintf(second, sizeof second, "%s/site/second", id);
    const char *const args[] = { "battery", face->root, id };
    ringfort_config *const config = ringfort_config_new();
    must(ringfort_config_set_version(config, face->abi), "version");
    must(ringfort_config_set_args(config, 3, args), "args");
    must(ringfort_config_preopen(config, attempt->form->guest_name, given != NULL ? given : box, 0),
         "box");
    must(ringfort_config_preopen(config, "second", second, RINGFORT_READ_ONLY), "second");
    must(ringfort_config_set_stdout(config, output), "stdout");
    return config;
}

/* The word for what became of it where the guest could not say. */
static const char *run(const struct face *face, ringfort_wasi *wasi)
{
    ringfort_error error;
    wasm_trap_t *trap = NULL;
    wasmtime_instance_t instance;
    wasmtime_linker_t *const linker = wasmtime_linker_new(face->engine);
    wasmtime_store_t *const store = wasmtime_store_new(face->engine, NULL, NULL);
    wasmtime_context_t *const context = wasmtime_store_context(store);
    must(ringfort_wasi_get_import_object(wasi, linker, &error), "imports");
    wasmtime_error_t *const failure =
        wasmtime_linker_instantiate(linker, context, face->module, &instance, &trap);
    must(ringfort_wasi_call_status(wasi, failure, trap, &error), "instance");
    const ringfort_status status = ringfort_wasi_start(wasi, context, &instance, NULL, &error);
    wasmtime_store_delete(store);
    wasmtime_linker_delete(linker);
    return status == RINGFORT_OK ? "" : "died in a trap\n";
}

static void try_one(const struct face *face, const struct attempt *attempt)
{
    char form[ID_MAX];
    char path[ID_MAX + 16];
    attempt_form(attempt, form);
    (void)snprintf(path, sizeof path, "out/%s", form);
    const int output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (output < 0) {
        err(CANNOT, "%s", path);
    }
    ringfort_error error;
    ringfort_wasi *wasi = NULL;
    ringfort_config *const config = make_config(face, attempt, output);
    const char *word = "refused\n";
    if (ringfort_wasi_new(config, &wasi, &error) == RINGFORT_OK) {
        word = run(face, wasi);
        ringfort_wasi_delete(wasi);
    }
    ringfort_config_delete(config);
    if (write(output, word, strlen(word)) < 0 || close(output) != 0) {
        err(CANNOT, "%s", path);
    }
}

int main(int argc, char **argv)
{
    const bool as_nobody = user_is_nobody(&argc, &argv);
    if (argc != 3 && argc != 4) {
        errx(USAGE, "usage: battery-api [--as-nobody] WASM ROOT [unstable]");
    }
    static struct face face;
    face.engine = wasm_engine_new();
    face.module = load(face.engine, argv[1]);
    face.abi = argc == 4 ? RINGFORT_UNSTABLE : RINGFORT_PREVIEW1;
    (void)umask(022);
    user_enter(argv[2], as_nobody);
    if (getcwd(face.root, sizeof face.root) == NULL) {
        err(CANNOT, "getcwd");
    }
    struct attempt attempt = { .form = NULL };
    while (attempt_next(&attempt)) {
        try_one(&face, &attempt);
    }
    wasmtime_module_delete(face.module);
    wasm_engine_delete(face.engine);
    return 0;
}
