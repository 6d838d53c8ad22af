/*
 * The cache of compiled code in the user's cache folder.
 *
 * A file is named by what its code was made of: the module's bytes, the versions of ringfort and
 * Wasmtime, the processor and the settings. It is written under another name and renamed, so that
 * no run ever sees half of one, and it is an artifact (artifact.h), so that damage is found. The
 * folder is refused where anybody else could write in it: what it holds is machine code.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_CACHE_H
#define CLI_CACHE_H

#include "artifact.h"

/* The key of a module's code. */
void cache_key(const uint8_t *bytes, size_t length, struct engine_settings settings,
               uint8_t key[SHA256_SIZE]);

struct cache {
    int folder; /* -1 where there is none to use */
};

/* Opens the folder, making it where it is missing. Without one that can be used, a run goes on
 * without a cache. */
struct cache cache_open(void);
void cache_close(struct cache *cache);

/* The module that is kept under the key, or NULL. A file that proves damaged is removed. */
wasmtime_module_t *cache_load(const struct cache *cache, wasm_engine_t *engine,
                              const uint8_t key[SHA256_SIZE]);

/* Keeps what Wasmtime serialized; `artifact` says all but its length. Failing is no failure of the
 * run: it is compiled again the next time. */
void cache_store(const struct cache *cache, const wasm_byte_vec_t *code,
                 const struct artifact *artifact);

#endif
