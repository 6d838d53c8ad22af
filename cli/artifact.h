/*
 * Compiled code as a file: what Wasmtime serializes, followed by a trailer that says what it is
 * and proves it whole.
 *
 * The trailer comes last because Wasmtime maps the file and wants its own beginning. Wasmtime
 * trusts what it loads, so nothing is loaded whose trailer and checksum do not match: a truncated
 * or damaged file is no artifact.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_ARTIFACT_H
#define CLI_ARTIFACT_H

#include "engine.h"
#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a run must know of a module before the module is loaded. */
struct module_facts {
    unsigned abis; /* RINGFORT_UNSTABLE and RINGFORT_PREVIEW1, as imported */
    uint32_t memory_count;
    uint64_t shared_memory_max; /* bytes its own shared memories may grow to; 0 without one */
    bool has_shared_memory;
    bool wants_threads; /* it imports wasi.thread-spawn or a shared memory */
};

struct artifact {
    uint64_t code_length;
    struct module_facts facts;
    struct engine_settings settings;
    uint8_t key[SHA256_SIZE]; /* of what the code was made, see cache.h */
};

enum { ARTIFACT_TRAILER = 88 };

/* Writes the trailer for `code`. */
void artifact_seal(const struct artifact *artifact, const uint8_t *code,
                   uint8_t trailer[ARTIFACT_TRAILER]);

/* Whether the bytes begin as compiled code does. */
bool artifact_is_likely(const uint8_t *bytes, size_t length);

/* Checks the whole of a file and reads its trailer. Returns false where it is damaged or of
 * another ringfort's making. */
bool artifact_open(const uint8_t *bytes, size_t length, struct artifact *artifact);

#endif
