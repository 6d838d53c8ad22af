/*
 * Embeds ringfort: runs a wasm file that may read one directory and change nothing.
 * Use: embed FILE [DIRECTORY]; the guest sees the directory (".", if none is given) as /data.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <ringfort.h>
#include <ringfort_wasmtime.h>

#include <stdio.h>
#include <stdlib.h>

static ringfort_error error;

static void need(ringfort_status status)
{
    if (status != RINGFORT_OK) {
        fprintf(stderr, "embed: %s: %s\n", ringfort_status_name(status), error.message);
        exit(125);
    }
}

static wasmtime_module_t *load(wasm_engine_t *engine, const char *path)
{
    static char bytes[64 << 20];
    wasmtime_module_t *module = NULL;
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    const size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (size == 0 || wasmtime_module_new(engine, (const uint8_t *)bytes, size, &module) != NULL) {
        fprintf(stderr, "embed: %s is not a wasm file\n", path != NULL ? path : "(none)");
        exit(126);
    }
    fclose(file);
    return module;
}

int main(int argc, char **argv)
{
    wasm_engine_t *engine = wasm_engine_new();
    wasmtime_module_t *module = load(engine, argc > 1 ? argv[1] : NULL);
    wasmtime_linker_t *linker = wasmtime_linker_new(engine);
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);

    /* new WASI({ version: 'preview1', args: [FILE], preopens: { '/data': DIRECTORY } }) */
    ringfort_config *config = ringfort_config_new();
    ringfort_wasi *wasi = NULL;
    need(ringfort_config_set_args(config, 1, (const char *const *)&argv[1]));
    need(ringfort_config_preopen(config, "/data", argc > 2 ? argv[2] : ".", RINGFORT_READ_ONLY));
    need(ringfort_wasi_new(config, &wasi, &error));

    /* WebAssembly.instantiate(module, wasi.getImportObject()) */
    wasmtime_instance_t instance;
    wasm_trap_t *trap = NULL;
    need(ringfort_wasmtime_check_imports(module, RINGFORT_PREVIEW1, NULL, NULL, &error));
    need(ringfort_wasi_get_import_object(wasi, linker, &error));
    wasmtime_error_t *failure =
        wasmtime_linker_instantiate(linker, context, module, &instance, &trap);
    need(ringfort_wasi_call_status(wasi, failure, trap, &error));

    /* process.exit(wasi.start(instance)) */
    uint32_t code = 0;
    need(ringfort_wasi_start(wasi, context, &instance, &code, &error));

    wasmtime_store_delete(store);
    wasmtime_linker_delete(linker);
    ringfort_wasi_delete(wasi);
    ringfort_config_delete(config);
    wasmtime_module_delete(module);
    wasm_engine_delete(engine);
    return (int)(code & 255);
}
