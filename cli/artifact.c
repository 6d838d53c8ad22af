/*
 * Seals and checks files of compiled code.
 *
 * The trailer, little-endian: magic, code length, shared_memory_max, settings, abis, memory
 * count, flags, key, checksum of the code, checksum of the trailer up to here.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "artifact.h"

#include "checksum.h"

#include <endian.h>
#include <string.h>

static const char magic[8] = { 'R', 'F', 'C', 'O', 'D', 'E', '0', '1' };

enum trailer_offset {
    AT_MAGIC = 0,
    AT_CODE_LENGTH = 8,
    AT_SHARED_MAX = 16,
    AT_SETTINGS = 24,
    AT_ABIS = 28,
    AT_MEMORIES = 32,
    AT_FLAGS = 36,
    AT_KEY = 40,
    AT_CODE_SUM = 72,
    AT_TRAILER_SUM = 80,
};

enum flag {
    FLAG_SHARED_MEMORY = 1,
    FLAG_THREADS = 2,
};

static void put32(uint8_t *at, uint32_t value)
{
    const uint32_t little = htole32(value);
    memcpy(at, &little, sizeof(little));
}

static void put64(uint8_t *at, uint64_t value)
{
    const uint64_t little = htole64(value);
    memcpy(at, &little, sizeof(little));
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t little = 0;
    memcpy(&little, at, sizeof(little));
    return le32toh(little);
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t little = 0;
    memcpy(&little, at, sizeof(little));
    return le64toh(little);
}

void artifact_seal(const struct artifact *artifact, const uint8_t *code,
                   uint8_t trailer[ARTIFACT_TRAILER])
{
    const struct module_facts *facts = &artifact->facts;
    memset(trailer, 0, ARTIFACT_TRAILER);
    memcpy(trailer + AT_MAGIC, magic, sizeof(magic));
    put64(trailer + AT_CODE_LENGTH, artifact->code_length);
    put64(trailer + AT_SHARED_MAX, facts->shared_memory_max);
    put32(trailer + AT_SETTINGS, engine_settings_bits(artifact->settings));
    put32(trailer + AT_ABIS, facts->abis);
    put32(trailer + AT_MEMORIES, facts->memory_count);
    put32(trailer + AT_FLAGS, (facts->has_shared_memory ? FLAG_SHARED_MEMORY : 0U) |
                                  (facts->wants_threads ? FLAG_THREADS : 0U));
    memcpy(trailer + AT_KEY, artifact->key, SHA256_SIZE);
    put64(trailer + AT_CODE_SUM, checksum(code, artifact->code_length));
    put64(trailer + AT_TRAILER_SUM, checksum(trailer, AT_TRAILER_SUM));
}

static bool is_elf(const uint8_t *bytes, size_t length)
{
    return length >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
}

bool artifact_is_likely(const uint8_t *bytes, size_t length)
{
    enum { AT_SYSTEM = 7, SYSTEM_WASMTIME = 200 }; /* whose ABI it is, in the head of an ELF file */
    return is_elf(bytes, length) && (length <= AT_SYSTEM || bytes[AT_SYSTEM] == SYSTEM_WASMTIME);
}

bool artifact_open(const uint8_t *bytes, size_t length, struct artifact *artifact)
{
    if (length < ARTIFACT_TRAILER || !is_elf(bytes, length)) {
        return false;
    }
    const uint64_t code_length = length - ARTIFACT_TRAILER;
    const uint8_t *trailer = bytes + code_length;
    if (memcmp(trailer + AT_MAGIC, magic, sizeof(magic)) != 0 ||
        get64(trailer + AT_TRAILER_SUM) != checksum(trailer, AT_TRAILER_SUM) ||
        get64(trailer + AT_CODE_LENGTH) != code_length ||
        get64(trailer + AT_CODE_SUM) != checksum(bytes, code_length)) {
        return false;
    }
    const uint32_t flags = get32(trailer + AT_FLAGS);
    *artifact = (struct artifact){
        .code_length = code_length,
        .settings = engine_settings_from_bits(get32(trailer + AT_SETTINGS)),
        .facts = {
            .abis = get32(trailer + AT_ABIS),
            .memory_count = get32(trailer + AT_MEMORIES),
            .shared_memory_max = get64(trailer + AT_SHARED_MAX),
            .has_shared_memory = (flags & FLAG_SHARED_MEMORY) != 0,
            .wants_threads = (flags & FLAG_THREADS) != 0,
        },
    };
    memcpy(artifact->key, trailer + AT_KEY, SHA256_SIZE);
    return true;
}
