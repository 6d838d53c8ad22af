/*
 * Embeds ringfort: runs a wasm file that may read one directory and change nothing. It has 256 MiB
 * of memory, ten seconds, and 16 MiB of output.
 * Use: embed FILE [DIRECTORY]; the guest sees the directory (".", if none is given) as /data.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <ringfort.h>
#include <ringfort_wasmtime.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MEMORY_BYTES = 256 << 20, OUTPUT_BYTES = 16 << 20, SECONDS = 10 };

static wasm_engine_t *engine;
static ringfort_wasi *wasi;
static ringfort_error error;

static void need(ringfort_status status)
{
    if (status != RINGFORT_OK) {
        fprintf(stderr, "embed: %s: %s\n", ringfort_status_name(status), error.message);
        exit(125);
    }
}

/* Ends the guest wherever it is: the first in a WASI call, the second in code of its own. */
static void end_guest(int signal)
{
    (void)signal;
    ringfort_wasi_interrupt(wasi);
    wasmtime_engine_increment_epoch(engine);
}

static wasmtime_module_t *load(const char *path)
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
    wasm_config_t *settings = wasm_config_new();
    wasmtime_config_epoch_interruption_set(settings, true);
    engine = wasm_engine_new_with_config(settings);
    wasmtime_module_t *module = load(argc > 1 ? argv[1] : NULL);
    wasmtime_linker_t *linker = wasmtime_linker_new(engine);
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_context_set_epoch_deadline(context, 1);

    /* new WASI({ version: 'preview1', args: [FILE], preopens: { '/data': DIRECTORY } }) */
    ringfort_config *config = ringfort_config_new();
    need(ringfort_config_set_args(config, 1, (const char *const *)&argv[1]));
    need(ringfort_config_preopen(config, "/data", argc > 2 ? argv[2] : ".", RINGFORT_READ_ONLY));
    need(ringfort_config_set_limit(config, RINGFORT_LIMIT_MEMORY, MEMORY_BYTES));
    need(ringfort_config_set_limit(config, RINGFORT_LIMIT_OUTPUT, OUTPUT_BYTES));
    need(ringfort_wasi_new(config, &wasi, &error));
    need(ringfort_wasmtime_limit_guest(wasi, store, 1, &error));
    signal(SIGALRM, end_guest);
    alarm(SECONDS);

    /* WebAssembly.instantiate(module, wasi.getImportObject()) */
    wasmtime_instance_t instance;
    need(ringfort_wasmtime_check_imports(module, RINGFORT_PREVIEW1, NULL, NULL, &error));
    need(ringfort_wasi_get_import_object(wasi, linker, &error));
    need(ringfort_wasmtime_instantiate(wasi, linker, context, module, &instance, &error));

    /* process.exit(wasi.start(instance)); a start section may have called proc_exit already */
    uint32_t code = 0;
    if (!ringfort_wasi_exited(wasi, &code)) {
        need(ringfort_wasi_start(wasi, context, &instance, &code, &error));
    }
    alarm(0);

    wasmtime_store_delete(store);
    wasmtime_linker_delete(linker);
    ringfort_wasi_delete(wasi);
    ringfort_config_delete(config);
    wasmtime_module_delete(module);
    wasm_engine_delete(engine);
    return (int)(code & 255);
}
