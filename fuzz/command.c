/*
 * Fuzzes what the command reads: modules and files of compiled code, the words of its line, sizes,
 * durations, numbers, values and files of variables. The first byte of an input says which.
 *
 * It reaches cli/outline.c, value_type.c, source.c, inspect.c, verdict.c, report.c, artifact.c,
 * checksum.c, options.c, run_options.c, parse.c, value.c, environment.c, text.c and say.c.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "artifact.h"
#include "environment.h"
#include "finding.h"
#include "harness.h"
#include "inspect.h"
#include "outline.h"
#include "parse.h"
#include "run_options.h"
#include "source.h"
#include "value.h"

#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GO_ON = -1 };

/* ---- What it says ---- */

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);

/* Messages go nowhere, but have to be one line each, or more for a trap, and free of what drives a
 * terminal. Linked with --wrap=write. */
ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    if (fd != STDERR_FILENO) {
        return __real_write(fd, bytes, length);
    }
    static const char coloured[] = "ringfort:\033[0m";
    const unsigned char *text = bytes;
    const unsigned char *prefix = memmem(bytes, length, coloured, sizeof coloured - 1);
    /* Behind the prefix, which may have a colour: an earlier input can have asked for it. */
    const size_t first = prefix != NULL ? (size_t)(prefix - text) + sizeof coloured - 1 : 0;
    const char *message = (const char *)text + first;
    const size_t shown =
        ringfort_text_escape(message, length - first, RINGFORT_TEXT_LINES, NULL, 0);
    if (shown != length - first) { /* an escape is longer than what it stands for */
        finding("a message holds what is not to be shown");
    }
    return (ssize_t)length;
}

/* ---- Modules ---- */

static void check_slice(struct slice slice, const uint8_t *bytes, size_t length)
{
    if (slice.at < bytes || slice.length > length ||
        (size_t)(slice.at - bytes) > length - slice.length) {
        finding("an outline points outside of its module");
    }
}

static void check_outline(const struct outline *outline, const uint8_t *bytes, size_t length)
{
    if (outline->type_count > length || outline->import_count > length ||
        outline->function_count > length || outline->memory_count > length ||
        outline->export_count > length || outline->error_offset > length) {
        finding("an outline has more of something than its module has bytes");
    }
    check_slice(outline->features, bytes, length);
    check_slice(outline->type_section, bytes, length);
    for (size_t i = 0; i < outline->import_count; i++) {
        check_slice(outline->imports[i].whole, bytes, length);
        check_slice(outline->imports[i].module, bytes, length);
        check_slice(outline->imports[i].name, bytes, length);
        (void)extern_kind_name(outline->imports[i].kind);
    }
    for (size_t i = 0; i < outline->export_count; i++) {
        check_slice(outline->exports[i].name, bytes, length);
        const struct outline_type *type = outline_function_type(outline, &outline->exports[i]);
        free(type != NULL ? outline_type_text(type) : NULL);
    }
    (void)outline_export_named(outline, "_start");
}

static void fuzz_outline(const uint8_t *bytes, size_t length)
{
    struct outline outline;
    (void)outline_read(&outline, bytes, length);
    check_outline(&outline, bytes, length);
    outline_free(&outline);
}

/* A file of these bytes, by a name that can be opened again. */
static int file_of(const uint8_t *bytes, size_t length, char name[64])
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || __real_write(fd, bytes, length) != (ssize_t)length) {
        finding("no file can be made in memory");
    }
    (void)snprintf(name, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* What `ringfort inspect` says, without its process: what runs there would not be counted. */
static int inspect(const uint8_t *bytes, size_t length)
{
    char name[64];
    struct source source;
    const struct compile_limits limits = compile_limits_default();
    const struct tree_set no_trees = { .trees = NULL };
    const int fd = file_of(bytes, length, name);
    int status = source_open(&source, name, &no_trees, &limits);
    if (status == GO_ON && !source.is_precompiled) {
        status = inspect_here(&source);
    }
    source_free(&source);
    (void)close(fd);
    return status;
}

/* What Wasmtime finds valid, the outline understands. */
static void fuzz_inspect(const uint8_t *bytes, size_t length)
{
    const int status = inspect(bytes, length);
    wasm_engine_t *engine = engine_new((struct engine_settings){ .has_shared_memory = true });
    wasmtime_error_t *error = wasmtime_module_validate(engine, bytes, length);
    struct outline outline;
    const bool is_read = outline_read(&outline, bytes, length);
    if (error == NULL && !is_read) {
        finding("a valid module cannot be read at byte %zu; inspect says %d", outline.error_offset,
                status);
    }
    outline_free(&outline);
    if (error != NULL) {
        wasmtime_error_delete(error);
    }
    wasm_engine_delete(engine);
}

/* ---- Compiled code ---- */

static void require_refused(const uint8_t *bytes, size_t length, const char *what)
{
    struct artifact artifact;
    if (artifact_open(bytes, length, &artifact)) {
        finding("%s passes for whole compiled code", what);
    }
}

/* No file passes that was not sealed; one that was does, and not with any bit or byte of it
 * gone. */
static void fuzz_artifact(const uint8_t *bytes, size_t length)
{
    if (length < 16) {
        return;
    }
    require_refused(bytes, length, "what was never sealed");
    const size_t code_length = length - 12;
    uint8_t *file = malloc(code_length + ARTIFACT_TRAILER);
    if (file == NULL) {
        abort();
    }
    memcpy(file, bytes + 12, code_length);
    memcpy(file, "\177ELF", 4);
    struct artifact sealed = { .code_length = code_length,
                               .settings = engine_settings_from_bits(bytes[0]) };
    sealed.facts.abis = bytes[1];
    sealed.facts.memory_count = bytes[2];
    sealed.facts.shared_memory_max = bytes[3];
    sealed.facts.has_shared_memory = (bytes[4] & 1) != 0;
    sealed.facts.wants_threads = (bytes[4] & 2) != 0;
    memset(sealed.key, bytes[5], sizeof sealed.key);
    artifact_seal(&sealed, file, file + code_length);
    struct artifact opened;
    const size_t whole = code_length + ARTIFACT_TRAILER;
    if (!artifact_open(file, whole, &opened) || opened.code_length != code_length ||
        opened.facts.abis != sealed.facts.abis ||
        opened.facts.memory_count != sealed.facts.memory_count ||
        opened.facts.shared_memory_max != sealed.facts.shared_memory_max ||
        opened.facts.has_shared_memory != sealed.facts.has_shared_memory ||
        opened.facts.wants_threads != sealed.facts.wants_threads ||
        engine_settings_bits(opened.settings) != engine_settings_bits(sealed.settings) ||
        memcmp(opened.key, sealed.key, sizeof sealed.key) != 0) {
        finding("what was sealed is not what is opened");
    }
    const size_t at = ((size_t)bytes[6] << 8 | bytes[7]) % whole;
    file[at] ^= (uint8_t)(1U << (bytes[8] & 7));
    require_refused(file, whole, "a file with a bit turned over");
    file[at] ^= (uint8_t)(1U << (bytes[8] & 7));
    require_refused(file, whole - 1 - at % 8, "a file that is cut short");
    free(file);
}

/* ---- Words ---- */

enum { WORDS_MAX = 16 };

static char *copy_text(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

static void check_options(const struct run_options *options, char *const *argv, int argc)
{
    const ringfort_config *config = options->config;
    const uint64_t files = ringfort_config_limit(config, RINGFORT_LIMIT_OPEN_FILES);
    if (options->file == NULL || options->argument_count >= (size_t)argc || files == 0 ||
        files > 1U << 20 || ringfort_config_limit(config, RINGFORT_LIMIT_PATH_LENGTH) > 4095 ||
        options->max_threads > 65536 ||
        (options->is_metered && ringfort_config_limit(config, RINGFORT_LIMIT_FUEL) == 0) ||
        (options->timeout != NULL && options->timeout_ns == 0)) {
        finding("`run %s …` is taken with a limit that cannot be", argv[1]);
    }
    for (size_t i = 0; i < options->directory_count; i++) {
        const struct directory_grant *grant = &options->directories[i];
        if (grant->host[0] == '\0' || grant->guest[0] == '\0' || strlen(grant->guest) > 4095) {
            finding("a directory without a name is taken");
        }
    }
    for (size_t i = 0; i < options->env_count; i++) {
        if (options->env[i].kind == ENV_SET && strcspn(options->env[i].text, "=") == 0) {
            finding("a variable without a name is taken");
        }
    }
}

/* Words are separated by NUL, as in a process's memory. */
static void fuzz_words(const uint8_t *bytes, size_t length)
{
    char *text = copy_text(bytes, length);
    char word[] = "run";
    char *argv[WORDS_MAX + 2] = { word };
    int argc = 1;
    for (size_t at = 0; at < length && argc <= WORDS_MAX; at += strlen(text + at) + 1) {
        argv[argc++] = text + at;
    }
    struct run_options options;
    optind = 0;
    if (run_options_parse(&options, argc, argv) == GO_ON) {
        check_options(&options, argv, argc);
    }
    run_options_free(&options);
    free(text);
}

/* ---- Numbers: each parser against a plain one of this file ---- */

__extension__ typedef unsigned __int128 wide;

struct unit {
    const char *name;
    uint64_t scale;
};

static const struct unit sizes[] = { { "", 1 },           { "b", 1 },          { "k", 1ULL << 10 },
                                     { "m", 1ULL << 20 }, { "g", 1ULL << 30 }, { "t", 1ULL << 40 },
                                     { NULL, 0 } };
static const struct unit durations[] = {
    { "", 1000000000 },     { "s", 1000000000 },    { "ns", 1 },
    { "us", 1000 },         { "ms", 1000000 },      { "m", 60000000000 },
    { "min", 60000000000 }, { "h", 3600000000000 }, { NULL, 0 },
};

static uint64_t scale_of(const char *name, const struct unit *units, bool is_size)
{
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        const size_t length = strlen(unit->name);
        const char *rest = name + length;
        const bool is_multiple = is_size && length == 1 && unit->scale > 1;
        if (strncasecmp(name, unit->name, length) == 0 &&
            (*rest == '\0' ||
             (is_multiple && (strcasecmp(rest, "b") == 0 || strcasecmp(rest, "ib") == 0)))) {
            return unit->scale;
        }
    }
    return 0;
}

static wide digit(char c)
{
    const unsigned char value = (unsigned char)(c - '0');
    return value;
}

/* Digits, perhaps a point and at least one more digit, of which six count, and a unit. */
static bool read_scaled(const char *text, const struct unit *units, bool is_size, uint64_t *value)
{
    wide whole = 0;
    wide millionths = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at) != 0; at++) {
        whole = whole >> 100 == 0 ? whole * 10 + digit(*at) : whole;
    }
    if (at == text) {
        return false;
    }
    if (*at == '.') {
        at++;
        const char *first = at;
        for (wide worth = 100000; isdigit((unsigned char)*at) != 0; at++, worth /= 10) {
            millionths += worth * digit(*at);
        }
        if (at == first) {
            return false;
        }
    }
    const wide scale = scale_of(at, units, is_size);
    const wide most = UINT64_MAX;
    if (scale == 0 || whole > most || whole * scale + millionths * scale / 1000000 > most) {
        return false;
    }
    *value = (uint64_t)(whole * scale + millionths * scale / 1000000);
    return true;
}

static void check_number(const char *text, bool (*parse)(const char *, uint64_t *), bool expected,
                         uint64_t wanted)
{
    uint64_t value = 0;
    const bool is_taken = parse(text, &value);
    if (is_taken != expected || (is_taken && value != wanted)) {
        finding("\"%s\" is taken as %" PRIu64 " (%d), and %" PRIu64 " (%d) is meant", text, value,
                is_taken, wanted, expected);
    }
}

static bool read_count(const char *text, uint64_t *value)
{
    static const struct unit none[] = { { "", 1 }, { NULL, 0 } };
    return strchr(text, '.') == NULL && read_scaled(text, none, false, value);
}

static void fuzz_numbers(const uint8_t *bytes, size_t length)
{
    char *text = copy_text(bytes, length);
    uint64_t wanted = 0;
    bool expected = read_scaled(text, sizes, true, &wanted);
    check_number(text, parse_size, expected, wanted);
    expected = read_scaled(text, durations, false, &wanted);
    check_number(text, parse_duration, expected, wanted);
    expected = read_count(text, &wanted);
    check_number(text, parse_count, expected, wanted);
    free(text);
}

/* ---- Values of --invoke ---- */

/* An integer that was taken is taken again as it is printed, signed or not. */
static void check_integer(const char *text, wasm_valkind_t kind, const wasmtime_val_t *value)
{
    const int64_t number = kind == WASM_I32 ? value->of.i32 : value->of.i64;
    char printed[32];
    wasmtime_val_t again;
    (void)snprintf(printed, sizeof printed, "%" PRId64, number);
    const bool is_taken = value_parse(printed, kind, &again);
    const int64_t second = kind == WASM_I32 ? again.of.i32 : again.of.i64;
    if (!is_taken || second != number) {
        finding("\"%s\" becomes %s, which is not taken as the same", text, printed);
    }
}

static void fuzz_values(const uint8_t *bytes, size_t length)
{
    static const wasm_valkind_t kinds[] = { WASM_I32, WASM_I64,     WASM_F32,
                                            WASM_F64, WASM_FUNCREF, WASM_EXTERNREF };
    char *text = copy_text(bytes, length);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        wasmtime_val_t value;
        if (!value_parse(text, kinds[i], &value)) {
            continue;
        }
        value_print(&value);
        if (kinds[i] == WASM_I32 || kinds[i] == WASM_I64) {
            check_integer(text, kinds[i], &value);
        }
    }
    free(text);
}

/* ---- Files of variables ---- */

static void fuzz_variables(const uint8_t *bytes, size_t length)
{
    char name[64];
    const int fd = file_of(bytes, length, name);
    struct env_grant grant = { .kind = ENV_FILE, .text = name };
    const struct run_options options = { .env = &grant, .env_count = 1 };
    struct strings env = { .items = NULL };
    if (environment_collect(&options, &env) == GO_ON) {
        for (size_t i = 0; i < env.count; i++) {
            const size_t name_length = strcspn(env.items[i], "=");
            if (name_length == 0 || env.items[i][name_length] != '=') {
                finding("\"%s\" becomes a variable", env.items[i]);
            }
            for (size_t j = 0; j < i; j++) {
                if (strncmp(env.items[i], env.items[j], name_length + 1) == 0) {
                    finding("\"%s\" is a variable twice", env.items[i]);
                }
            }
        }
    }
    strings_free(&env);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static void (*const surfaces[])(const uint8_t *, size_t) = {
        fuzz_outline, fuzz_artifact,  fuzz_words,   fuzz_numbers,
        fuzz_values,  fuzz_variables, fuzz_inspect,
    };
    static bool is_quiet = false;
    if (!is_quiet) {
        is_quiet = freopen("/dev/null", "w", stdout) != NULL; /* reports and values */
    }
    if (size > 0) {
        surfaces[bytes[0] % (sizeof surfaces / sizeof *surfaces)](bytes + 1, size - 1);
    }
    return 0;
}
