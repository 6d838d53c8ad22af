/*
 * Fuzzes sequences of WASI calls: each call is also predicted by the model, and its answer, the
 * whole of the guest's memory and the tree in the end must be as predicted. Each input runs twice,
 * with openat2 and with the walk, which must answer the same.
 *
 * It reaches, through the import table: every function of preview1 and unstable, src/path, src/fd,
 * src/guest, src/wasi. The guest's memory is a block of the heap, so that AddressSanitizer watches
 * its end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "draw.h"
#include "finding.h"
#include "harness.h"
#include "host_tree.h"
#include "resolver_choice.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 128 * 1024, CALLS_MAX = 96, SENTINEL = 0xa5 };

/* The answers of one run, to be compared with the other's. */
struct answers {
    size_t count;
    struct {
        uint32_t outcome;
        bool is_vague;
    } one[CALLS_MAX];
};

/* One run of an input. */
struct run {
    struct model model;
    struct guest guest;
    ringfort_wasi *wasi;
    int folder;
};

static bool is_verbose(void)
{
    return getenv("RINGFORT_FUZZ_TRACE") != NULL;
}

static void require(ringfort_status status, const char *what)
{
    if (status != RINGFORT_OK) {
        finding("%s: %s", what, ringfort_status_name(status));
    }
}

static struct model_config draw_config(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    const uint8_t limits = draw_byte(input);
    return (struct model_config){
        .single_threaded = (byte & 1) != 0,
        .node_dialect = (byte & 2) != 0,
        .unstable = (byte & 4) != 0,
        .root_is_slash = (byte & 8) != 0,
        .open_files = (limits & 3) == 3 ? 8 : MODEL_DESCRIPTORS,
        .bytes_written = (limits & 12) == 12 ? 300 : UINT64_MAX,
        .file_size = (limits & 48) == 48 ? 700 : UINT64_MAX,
        .entries_created = (limits & 192) == 192 ? 3 : UINT64_MAX,
        .output = (byte & 48) == 48 ? 100 : UINT64_MAX,
        .path_length = (byte & 64) != 0 ? 12 : PATH_MAX_BYTES,
        .subscriptions = (byte & 128) != 0 ? 2 : 4096,
    };
}

/* Stdin, stdout and stderr of all runs. */
static int null_device(void)
{
    static int null = -1;
    if (null < 0) {
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    return null;
}

static void set_limits(ringfort_config *config, const struct model_config *wanted)
{
    const struct {
        ringfort_limit limit;
        uint64_t value;
    } limits[] = {
        { RINGFORT_LIMIT_OPEN_FILES, wanted->open_files },
        { RINGFORT_LIMIT_SUBSCRIPTIONS, wanted->subscriptions },
        { RINGFORT_LIMIT_BYTES_WRITTEN, wanted->bytes_written },
        { RINGFORT_LIMIT_FILE_SIZE, wanted->file_size },
        { RINGFORT_LIMIT_ENTRIES_CREATED, wanted->entries_created },
        { RINGFORT_LIMIT_OUTPUT, wanted->output },
        { RINGFORT_LIMIT_PATH_LENGTH, wanted->path_length },
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        require(ringfort_config_set_limit(config, limits[i].limit, limits[i].value),
                ringfort_limit_name(limits[i].limit));
    }
}

static ringfort_config *make_config(const struct model_config *wanted, int folder)
{
    ringfort_config *config = ringfort_config_new();
    const int null = null_device();
    if (config == NULL || null < 0) {
        finding("no config, or no null device");
    }
    require(ringfort_config_set_version(config, RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE), "version");
    require(ringfort_config_set_dialect(config, wanted->node_dialect ? RINGFORT_DIALECT_NODE
                                                                     : RINGFORT_DIALECT_STANDARD),
            "dialect");
    require(ringfort_config_set_args(config, MODEL_ARG_COUNT, model_args), "args");
    require(ringfort_config_set_env(config, MODEL_ENV_COUNT, model_env), "env");
    set_limits(config, wanted);
    ringfort_config_set_single_threaded(config, wanted->single_threaded);
    for (size_t i = 0; i < MODEL_PREOPENS; i++) {
        const struct model_preopen preopen = model_preopen(wanted, i);
        const int fd = openat(folder, preopen.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        require(ringfort_config_preopen_fd(config, preopen.guest_name, fd,
                                           preopen.read_only ? RINGFORT_READ_ONLY : 0),
                "preopen");
        (void)close(fd);
    }
    require(ringfort_config_set_stdin(config, null), "stdin");
    require(ringfort_config_set_stdout(config, null), "stdout");
    require(ringfort_config_set_stderr(config, null), "stderr");
    return config;
}

static void begin(struct run *run, const struct model_config *wanted, bool with_openat2)
{
    ringfort_error error = { 0 };
    run->folder = host_plant();
    run->guest = (struct guest){ .memory = malloc(MEMORY), .size = MEMORY };
    if (run->guest.memory == NULL) {
        finding("no memory");
    }
    memset(run->guest.memory, SENTINEL, MEMORY);
    model_init(&run->model, wanted, run->guest.memory, MEMORY);
    run->guest.copy = run->model.memory;
    ringfort_config *config = make_config(wanted, run->folder);
    require(ringfort_wasi_new(config, &run->wasi, &error), error.message);
    ringfort_config_delete(config);
    if (!with_openat2) {
        without_openat2(run->wasi);
    }
}

static uint32_t outcome_of(ringfort_outcome outcome, const ringfort_result *result)
{
    switch (outcome) {
    case RINGFORT_RETURNED:
        return result->value;
    case RINGFORT_EXITED:
        return WASI_EXITED;
    case RINGFORT_FAULT:
        return WASI_FAULTED;
    case RINGFORT_INTERRUPTED:
    default:
        return WASI_INTERRUPTED;
    }
}

static const char *outcome_name(uint32_t outcome)
{
    const char *name = ringfort_errno_name(outcome);
    switch (outcome) {
    case WASI_EXITED:
        return "exit";
    case WASI_FAULTED:
        return "fault";
    case WASI_INTERRUPTED:
        return "interrupted";
    default:
        return name != NULL ? name : "?";
    }
}

static void say_call(const struct drawn_call *call, const struct guest *guest, uint32_t outcome)
{
    (void)fprintf(stderr, "%s(", call->row->name);
    const char *name = call->row->param_names;
    for (size_t i = 0; call->row->params[i] != '\0'; i++) {
        const int length = (int)strcspn(name, ",");
        (void)fprintf(stderr, "%s%.*s=%#llx", i > 0 ? ", " : "", length, name,
                      (unsigned long long)call->args[i]);
        const bool is_path = length >= 4 && strncmp(name + length - 4, "path", 4) == 0;
        if (is_path && call->args[i] < guest->size &&
            call->args[i + 1] < guest->size - call->args[i]) {
            (void)fprintf(stderr, " \"%.*s\"", (int)call->args[i + 1],
                          (const char *)guest->memory + call->args[i]);
        }
        name += length + (name[length] == ',' ? 1 : 0);
    }
    (void)fprintf(stderr, ") = %s\n", outcome_name(outcome));
}

static void compare_memory(const struct run *run, const char *name)
{
    if (memcmp(run->guest.memory, run->guest.copy, MEMORY) == 0) {
        return;
    }
    for (size_t i = 0; i < MEMORY; i++) {
        if (run->guest.memory[i] != run->guest.copy[i]) {
            finding("%s: the guest's memory at %#zx is %#x, and %#x was predicted", name, i,
                    run->guest.memory[i], run->guest.copy[i]);
        }
    }
}

/* The limit that refused something last is the one that the model says. */
static void compare_refusals(const struct run *run, const char *name)
{
    ringfort_refusal last;
    const bool any = ringfort_wasi_refusal(run->wasi, &last);
    const char *heard = any ? ringfort_limit_name(last.limit) : "none";
    const char *predicted = run->model.met != NULL ? run->model.met : "none";
    if (strcmp(heard, predicted) != 0) {
        finding("%s: the limit met last is %s, and %s was predicted", name, heard, predicted);
    }
}

/* Makes one call; false where the guest has ended. */
static bool call_once(struct run *run, const struct drawn_call *call, struct answers *answers)
{
    struct model *m = &run->model;
    if (model_must_skip(m, call->row->name, call->args)) {
        return true;
    }
    const ringfort_memory memory = { .base = run->guest.memory, .size = MEMORY };
    ringfort_result result = { 0 };
    const ringfort_outcome outcome =
        ringfort_import_call(call->row, run->wasi, memory, call->args, &result);
    const uint32_t heard = outcome_of(outcome, &result);
    if (is_verbose()) {
        say_call(call, &run->guest, heard);
    }
    const uint32_t predicted = model_call(m, call->row->name, call->args, run->guest.memory, heard);
    if (heard != predicted || m->wrong != NULL) {
        say_call(call, &run->guest, heard);
        finding("%s: %s, and %s was predicted%s%s", call->row->name, outcome_name(heard),
                outcome_name(predicted), m->wrong != NULL ? "; " : "",
                m->wrong != NULL ? m->wrong : "");
    }
    compare_memory(run, call->row->name);
    compare_refusals(run, call->row->name);
    if (live_files(run->wasi) != m->live) {
        finding("%s: the table counts %u files, and the model %u", call->row->name,
                live_files(run->wasi), m->live);
    }
    answers->one[answers->count].outcome = heard;
    answers->one[answers->count++].is_vague = m->is_vague;
    return outcome != RINGFORT_EXITED;
}

static void end(struct run *run)
{
    host_compare(run->folder, "box", model_node(&run->model, "box"));
    host_compare(run->folder, "other", model_node(&run->model, "other"));
    host_check_canaries();
    ringfort_wasi_delete(run->wasi);
    model_free(&run->model);
    free(run->guest.memory);
    host_clear(run->folder);
}

static void list_open(struct run *run)
{
    run->guest.open_count = 0;
    for (uint8_t fd = 0; fd < MODEL_DESCRIPTORS; fd++) {
        if (model_description(&run->model, fd) != NULL) {
            run->guest.open[run->guest.open_count++] = fd;
        }
    }
}

static void run_once(struct input input, bool with_openat2, struct answers *answers)
{
    struct run run = { .wasi = NULL };
    const struct model_config wanted = draw_config(&input);
    const ringfort_abi abi = wanted.unstable ? RINGFORT_UNSTABLE : RINGFORT_PREVIEW1;
    answers->count = 0;
    begin(&run, &wanted, with_openat2);
    for (int i = 0; i < CALLS_MAX && input.left > 0; i++) {
        struct drawn_call call;
        list_open(&run);
        draw_call(&input, &run.guest, abi, &call);
        if (!call_once(&run, &call, answers)) {
            break;
        }
    }
    end(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct answers by_kernel;
    static struct answers by_walk;
    const struct input input = { .at = bytes, .left = size };
    (void)host_base();
    (void)null_device();
    const unsigned before = host_descriptors();
    run_once(input, true, &by_kernel);
    run_once(input, false, &by_walk);
    for (size_t i = 0; i < by_kernel.count && i < by_walk.count; i++) {
        if (by_kernel.one[i].outcome != by_walk.one[i].outcome && !by_kernel.one[i].is_vague) {
            finding("call %zu: %s with openat2, and %s by the walk", i,
                    outcome_name(by_kernel.one[i].outcome), outcome_name(by_walk.one[i].outcome));
        }
    }
    if (host_descriptors() != before) {
        finding("%u descriptors are open, and %u were before", host_descriptors(), before);
    }
    return 0;
}
