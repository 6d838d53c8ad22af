/*
 * Finds, loads and keeps compiled code in the cache folder.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cache.h"

#include "cache_folder.h"
#include "output_file.h"
#include "processor.h"
#include "text.h"
#include "version.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_SIZE = SHA256_SIZE + SHA256_SIZE + sizeof(CACHE_SUFFIX),
    TOUCH_AFTER_SECONDS = 3600, /* often enough to tell old from young, and seldom a write */
};

static void add_number(struct sha256 *sha, uint64_t number)
{
    const uint64_t little = htole64(number);
    sha256_add(sha, &little, sizeof(little));
}

void cache_key(const uint8_t *bytes, size_t length, struct engine_settings settings,
               uint8_t key[SHA256_SIZE])
{
    uint64_t processor[PROCESSOR_WORDS];
    processor_describe(processor);
    struct sha256 sha;
    sha256_begin(&sha);
    sha256_add(&sha, version_key(), strlen(version_key()) + 1);
    for (size_t i = 0; i < PROCESSOR_WORDS; i++) {
        add_number(&sha, processor[i]);
    }
    add_number(&sha, engine_settings_bits(settings));
    sha256_add(&sha, bytes, length);
    sha256_end(&sha, key);
}

struct cache cache_open(void)
{
    return (struct cache){ .folder = cache_folder_open() };
}

void cache_close(struct cache *cache)
{
    if (cache->folder >= 0) {
        (void)close(cache->folder);
        cache->folder = -1;
    }
}

static void name_of(const uint8_t key[SHA256_SIZE], char name[NAME_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        name[2 * i] = digits[key[i] >> 4];
        name[2 * i + 1] = digits[key[i] & 15];
    }
    memcpy(name + 2 * (size_t)SHA256_SIZE, CACHE_SUFFIX, sizeof(CACHE_SUFFIX));
}

/* ---- Loading ---- */

static bool is_intact(const uint8_t *bytes, size_t length, const uint8_t key[SHA256_SIZE])
{
    struct artifact artifact;
    return artifact_open(bytes, length, &artifact) && memcmp(artifact.key, key, SHA256_SIZE) == 0;
}

/* Wasmtime maps a file by its name, and /proc names the very file that was checked. Where there
 * is no /proc, it gets a copy of the bytes. */
static wasmtime_module_t *deserialize(wasm_engine_t *engine, int fd, const uint8_t *bytes,
                                      size_t length)
{
    char path[64];
    wasmtime_module_t *module = NULL;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    wasmtime_error_t *error = wasmtime_module_deserialize_file(engine, path, &module);
    if (error != NULL) {
        wasmtime_error_delete(error);
        error = wasmtime_module_deserialize(engine, bytes, length - ARTIFACT_TRAILER, &module);
    }
    if (error != NULL) {
        wasmtime_error_delete(error);
        return NULL;
    }
    return module;
}

static wasmtime_module_t *load_file(wasm_engine_t *engine, int fd, size_t length,
                                    const uint8_t key[SHA256_SIZE])
{
    void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return NULL;
    }
    wasmtime_module_t *module =
        is_intact(bytes, length, key) ? deserialize(engine, fd, bytes, length) : NULL;
    (void)munmap(bytes, length);
    return module;
}

/* The time of its last use stands in a file's modification time; what was not used for long
 * goes first. */
static void touch(int fd, const struct stat *status)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0 &&
        now.tv_sec - status->st_mtim.tv_sec > TOUCH_AFTER_SECONDS) {
        (void)futimens(fd, NULL);
    }
}

/* Code that somebody else could have written is not even looked at: its checksum proves that it is
 * whole, and not whose it is. */
static bool is_trusted(int fd, const char *name, struct stat *status)
{
    return fstat(fd, status) == 0 && S_ISREG(status->st_mode) && cache_folder_trusts(name, status);
}

wasmtime_module_t *cache_load(const struct cache *cache, wasm_engine_t *engine,
                              const uint8_t key[SHA256_SIZE])
{
    char name[NAME_SIZE];
    struct stat status;
    if (cache->folder < 0) {
        return NULL;
    }
    name_of(key, name);
    const int fd = openat(cache->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    wasmtime_module_t *module = NULL;
    if (fd >= 0 && is_trusted(fd, name, &status) && status.st_size > 0) {
        module = load_file(engine, fd, (size_t)status.st_size, key);
        touch(fd, &status);
    }
    if (module == NULL) {
        (void)unlinkat(cache->folder, name, 0);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return module;
}

/* ---- Keeping ---- */

static bool write_artifact(int fd, const wasm_byte_vec_t *code, const struct artifact *artifact)
{
    uint8_t trailer[ARTIFACT_TRAILER];
    artifact_seal(artifact, (const uint8_t *)code->data, trailer);
    const struct output_part parts[] = {
        { .at = code->data, .length = code->size },
        { .at = trailer, .length = sizeof(trailer) },
    };
    return output_write(fd, parts, sizeof(parts) / sizeof(parts[0]));
}

static void store_code(int folder, const wasm_byte_vec_t *code, const struct artifact *artifact)
{
    char name[NAME_SIZE];
    name_of(artifact->key, name);
    FREED_TEXT char *temporary = must_format("%.16s-%ld" CACHE_TEMPORARY, name, (long)getpid());
    const int fd =
        openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return;
    }
    const bool is_written = write_artifact(fd, code, artifact);
    const bool is_closed = close(fd) == 0;
    if (!is_written || !is_closed || renameat(folder, temporary, folder, name) != 0) {
        (void)unlinkat(folder, temporary, 0);
    }
}

void cache_store(const struct cache *cache, const wasm_byte_vec_t *code,
                 const struct artifact *artifact)
{
    struct artifact sealed = *artifact;
    sealed.code_length = code->size;
    if (cache->folder >= 0 &&
        cache_folder_make_room(cache->folder, code->size + ARTIFACT_TRAILER)) {
        store_code(cache->folder, code, &sealed);
    }
}
