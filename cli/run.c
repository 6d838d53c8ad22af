/*
 * `ringfort run`: gives a guest what the command line grants, runs it, and says how it ended.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cache.h"
#include "deadline.h"
#include "engine.h"
#include "environment.h"
#include "grants.h"
#include "instance.h"
#include "invoke.h"
#include "limits.h"
#include "lockdown.h"
#include "module.h"
#include "options.h"
#include "policy.h"
#include "run_options.h"
#include "say.h"
#include "source.h"
#include "stack.h"
#include "status.h"
#include "text.h"
#include "threads.h"
#include "trace.h"

#include <ringfort_wasmtime.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_ON = -1 };

/* One run, from its line to its end. What is NULL was not made. */
struct run {
    struct run_options options;
    struct source source;
    struct trace trace;
    struct deadline deadline;
    struct engine_settings settings;
    wasm_engine_t *engine;
    wasmtime_module_t *module;
    wasmtime_module_t *waker; /* for guests with threads */
    ringfort_wasi *wasi;
    struct lockdown lockdown;
    struct cache cache;
    struct instance instance;
    int result; /* of the guest's run, on its stack */
};

/* ---- What can be refused before anything is made ---- */

static int check_precompiled(const struct run *run)
{
    const char *file = run->source.name;
    const struct engine_settings made = run->source.settings;
    if (!run->options.allows_precompiled) {
        return fail(STATUS_REFUSED,
                    "%s: is compiled code, which runs unchecked; --allow-precompiled runs it if "
                    "you trust it",
                    file);
    }
    if (run->source.facts.wants_threads && !made.is_interruptible) {
        return fail(STATUS_REFUSED,
                    "%s: was compiled without `--interruptible`, which a guest with threads needs",
                    file);
    }
    if (run->options.timeout != NULL && !made.is_interruptible) {
        return fail(STATUS_REFUSED,
                    "%s: was compiled without `--interruptible`, so --timeout cannot end it", file);
    }
    if (run->options.is_metered && !made.is_metered) {
        return fail(STATUS_REFUSED,
                    "%s: was compiled without `--metered`, so --fuel cannot count it", file);
    }
    return GO_ON;
}

static int check_source(const struct run *run)
{
    const struct module_facts *facts = &run->source.facts;
    const char *file = run->source.name;
    if (run->source.is_precompiled) {
        const int result = check_precompiled(run);
        if (result != GO_ON) {
            return result;
        }
    }
    if (facts->wants_threads && run->options.max_threads == 0) {
        return fail(STATUS_REFUSED, "%s: needs threads; --threads lets it spawn them", file);
    }
    if (facts->wants_threads && run->options.invoke != NULL) {
        return fail(STATUS_REFUSED,
                    "%s: needs threads, so only its _start can be run, not --invoke", file);
    }
    if (facts->wants_threads && facts->shared_memory_max > 0) {
        return fail(STATUS_REFUSED,
                    "%s: needs threads and defines a shared memory of its own; threads share only "
                    "the memory that the module imports, so build it without the other",
                    file);
    }
    if (facts->shared_memory_max >
        ringfort_config_limit(run->options.config, RINGFORT_LIMIT_MEMORY)) {
        char wanted[SIZE_TEXT_MAX];
        return fail(STATUS_REFUSED,
                    "%s: its shared memory may grow to %s; --max-memory must allow that", file,
                    size_text(facts->shared_memory_max, wanted));
    }
    return GO_ON;
}

static struct engine_settings choose_settings(const struct run *run)
{
    if (run->source.is_precompiled) {
        struct engine_settings settings = run->source.settings;
        settings.memory_count = run->source.facts.memory_count;
        return settings;
    }
    return (struct engine_settings){
        .is_interruptible = run->options.timeout != NULL || run->source.facts.wants_threads,
        .is_metered = run->options.is_metered,
        .has_shared_memory = run->source.facts.has_shared_memory,
        .has_small_address_space = engine_address_space_is_small(),
        .has_small_files = engine_files_are_small(),
        .memory_count = run->source.facts.memory_count,
    };
}

static const char *argument_zero(const struct run *run)
{
    if (run->options.argv0 != NULL) {
        return run->options.argv0;
    }
    const char *slash =
        strrchr(run->options.file, '/'); /* the folder is no business of the guest's */
    return slash != NULL ? slash + 1 : run->options.file;
}

static int make_grants(struct run *run)
{
    const unsigned abis = run->source.facts.abis;
    return grants_make(&run->options, argument_zero(run), abis != 0 ? abis : RINGFORT_PREVIEW1,
                       &run->lockdown);
}

static int make_wasi(struct run *run)
{
    ringfort_error error;
    ringfort_config *config = run->options.config;
    ringfort_config_set_single_threaded(config, !run->source.facts.wants_threads);
    trace_attach(&run->trace, config);
    const ringfort_status status = ringfort_wasi_new(config, &run->wasi, &error);
    if (status == RINGFORT_OK && !run->source.is_precompiled) { /* whose module is not there */
        (void)ringfort_wasmtime_lend_module(run->wasi, run->source.bytes, run->source.length, NULL);
    }
    return status == RINGFORT_OK ? GO_ON : fail(STATUS_REFUSED, "%s", error.message);
}

static int make_code(struct run *run)
{
    if (run->lockdown.is_nobody) {
        cache_close(&run->cache); /* without users, nobody can tell whose a file in it is */
    }
    run->settings = choose_settings(run);
    run->engine = engine_new_for_stack(run->settings, run->options.max_stack);
    if (run->source.facts.wants_threads) {
        run->waker = ringfort_wasmtime_threads_waker(run->engine);
    }
    const int result = module_load(&run->source, run->engine, run->settings, &run->options.compile,
                                   &run->cache, &run->module);
    cache_close(&run->cache);
    return result;
}

static int lock_down(struct run *run)
{
    enum wall wall = WALL_LANDLOCK;
    run->lockdown.has_threads = run->source.facts.wants_threads || run->options.timeout != NULL;
    lockdown_finish(&run->lockdown);
    if (run->options.lockdown != LOCKDOWN_STRICT) {
        return GO_ON;
    }
    const struct wall_report *missing = lockdown_strict_lacks(&run->lockdown, &wall);
    return missing == NULL ? GO_ON
                           : fail(STATUS_REFUSED,
                                  "--lockdown strict: there is no %s (%s); --lockdown auto runs "
                                  "without",
                                  lockdown_wall_name(wall), missing->detail);
}

/* ---- The guest's life ---- */

/* A trap has a line of its own and one for each frame; that of a full stack names the option. */
static int say_trap(const struct run *run, const char *message)
{
    static const char exhausted[] = "wasm trap: call stack exhausted";
    const size_t length = sizeof(exhausted) - 1;
    const char *file = run->source.name;
    if (strncmp(message, exhausted, length) != 0) {
        return fail_lines(STATUS_TRAP, "%s: %s", file, message);
    }
    return fail_lines(STATUS_TRAP, "%s: %s (--max-stack %s)%s", file, exhausted,
                      run->options.max_stack_text, message + length);
}

/* Code that was compiled ahead has its memories' first contents in files (engine.h). */
static const char *remedy_for(const ringfort_error *error)
{
    const bool is_file_size =
        engine_files_are_small() && strstr(error->message, "(os error 27)") != NULL; /* EFBIG */
    return is_file_size ? "; raise the limit on files (ulimit -f), or run the module itself" : "";
}

static int status_of(struct run *run, ringfort_status status, const ringfort_error *error)
{
    const char *file = run->source.name;
    uint32_t code = 0;
    if (deadline_stop(&run->deadline) && status != RINGFORT_OK) {
        return deadline_say(&run->deadline);
    }
    if (status == RINGFORT_OK) {
        (void)ringfort_wasi_exited(run->wasi, &code);
        return (int)(code & 255);
    }
    if (status == RINGFORT_ERR_INTERRUPTED) {
        return fail(
            STATUS_TIMEOUT, "%s: ran out of its fuel of %llu (--fuel)", file,
            (unsigned long long)ringfort_config_limit(run->options.config, RINGFORT_LIMIT_FUEL));
    }
    if (status == RINGFORT_ERR_TRAP) {
        return say_trap(run, error->message);
    }
    return fail_lines(STATUS_REFUSED, "%s: %s%s", file, error->message, remedy_for(error));
}

/* Where the guest failed, a limit that it met may be why; of other ends the reason is known. */
static int ended(struct run *run, ringfort_status status, const ringfort_error *error)
{
    ringfort_refusal refusal;
    const int result = status_of(run, status, error);
    const bool guest_failed =
        result == STATUS_TRAP || (status == RINGFORT_OK && result != STATUS_OK);
    if (guest_failed && ringfort_wasi_refusal(run->wasi, &refusal)) {
        limit_note(&refusal, run->source.name);
    }
    return result;
}

static int run_start(struct run *run)
{
    ringfort_error error;
    const int result = instance_check_command(&run->instance, run->source.name);
    if (result != GO_ON) {
        return result;
    }
    return ended(run,
                 ringfort_wasi_start(run->wasi, run->instance.context, &run->instance.instance,
                                     NULL, &error),
                 &error);
}

static int run_function(struct run *run)
{
    struct invocation invocation;
    ringfort_error error;
    int result =
        invoke_prepare(&invocation, &run->options, run->instance.context, &run->instance.instance);
    if (result == GO_ON) {
        ringfort_status status = instance_bind_for_invoke(&run->instance, run->wasi,
                                                          run->source.facts.abis != 0, &error);
        if (status == RINGFORT_OK && !ringfort_wasi_exited(run->wasi, NULL)) {
            status = invoke_call(&invocation, run->instance.context, run->wasi, &error);
        }
        result = ended(run, status, &error);
        if (status == RINGFORT_OK && !ringfort_wasi_exited(run->wasi, NULL)) {
            invoke_print(&invocation);
        }
    }
    invoke_free(&invocation);
    return result;
}

static int run_threads(struct run *run)
{
    ringfort_error error;
    unsigned stuck = 0;
    struct threads threads = {
        .engine = run->engine,
        .module = run->module,
        .waker = run->waker,
        .wasi = run->wasi,
        .max_threads = run->options.max_threads,
        .max_stack = run->options.max_stack,
        .defines_shared_memory = run->source.facts.shared_memory_max > 0,
    };
    const ringfort_status status = threads_run(&threads, &stuck, &error);
    const int result = ended(run, status, &error);
    if (stuck > 0) {
        trace_end(&run->trace);
        _exit(result); /* those threads still use what an orderly end would take from them */
    }
    return result;
}

static int run_instance(struct run *run)
{
    ringfort_error error;
    ringfort_status status = instance_prepare(&run->instance, run->engine, run->settings, run->wasi,
                                              run->source.facts.memory_count, &error);
    if (status == RINGFORT_OK) {
        status =
            instance_make(&run->instance, run->module, run->wasi, run->source.facts.abis, &error);
    }
    if (status != RINGFORT_OK || ringfort_wasi_exited(run->wasi, NULL)) {
        return ended(run, status, &error);
    }
    return run->options.invoke != NULL ? run_function(run) : run_start(run);
}

static void run_on_stack(void *data)
{
    struct run *run = data;
    run->result = run->source.facts.wants_threads ? run_threads(run) : run_instance(run);
}

static int run_guest(struct run *run)
{
    if (compile_limits_timed_out(&run->options.compile)) {
        return compile_limits_say_timeout(&run->options.compile, run->source.name, "loading");
    }
    if (run->options.timeout != NULL) {
        run->deadline = (struct deadline){
            .wasi = run->wasi,
            .engine = run->engine,
            .trace = &run->trace,
            .file = run->source.name,
            .text = run->options.timeout,
        };
        const int result = deadline_start(&run->deadline, run->options.compile.end);
        if (result != GO_ON) {
            return result;
        }
    }
    const int error = stack_run(run->options.max_stack + STACK_BENEATH_GUEST, run_on_stack, run);
    return error == 0 ? run->result
                      : fail(STATUS_REFUSED, "--max-stack %s: cannot make a stack: %s; use less",
                             run->options.max_stack_text, strerror(error));
}

static int print_policy(struct run *run)
{
    struct strings env = { .items = NULL, .count = 0 };
    int result =
        environment_collect(&run->options, &env); /* from files, perhaps: before the walls */
    if (result == GO_ON) {
        result = make_grants(run);
    }
    if (result == GO_ON) {
        result = lock_down(run);
    }
    if (result == GO_ON) {
        const struct policy policy = {
            .options = &run->options,
            .source = &run->source,
            .argv0 = argument_zero(run),
            .env = &env,
            .lockdown = &run->lockdown,
        };
        policy_print(&policy);
        result = STATUS_OK;
    }
    strings_free(&env);
    return result;
}

static int run_in_order(struct run *run)
{
    static int (*const steps[])(struct run *) = {
        make_grants, make_wasi, make_code, lock_down, run_guest,
    };
    int result = trace_open(&run->trace, &run->options);
    for (size_t i = 0; result == GO_ON && i < sizeof(steps) / sizeof(steps[0]); i++) {
        result = steps[i](run);
    }
    return result;
}

static int run_all(struct run *run, int argc, char **argv)
{
    int result = run_options_parse(&run->options, argc, argv);
    if (result == GO_ON) {
        grants_find_trees(&run->options);
        result = source_open(&run->source, run->options.file, &run->options.writable,
                             &run->options.compile);
    }
    if (result == GO_ON) {
        result = check_source(run);
    }
    if (result == GO_ON) {
        if (run->options.uses_cache && !run->options.prints_policy && !run->source.is_precompiled) {
            run->cache = cache_open(); /* while the owners of folders can be told apart */
        }
        lockdown_begin(&run->lockdown, run->options.lockdown);
        result = run->options.prints_policy ? print_policy(run) : run_in_order(run);
    }
    return result;
}

static void clean_up(struct run *run)
{
    (void)deadline_stop(&run->deadline);
    instance_free(&run->instance);
    if (run->module != NULL) {
        wasmtime_module_delete(run->module);
    }
    if (run->waker != NULL) {
        wasmtime_module_delete(run->waker);
    }
    ringfort_wasi_delete(run->wasi);
    if (run->engine != NULL) {
        wasm_engine_delete(run->engine);
    }
    cache_close(&run->cache);
    lockdown_free(&run->lockdown);
    source_free(&run->source);
    run_options_free(&run->options);
}

int run_main(int argc, char **argv)
{
    struct run run;
    memset(&run, 0, sizeof(run));
    run.cache.folder = -1;
    const int result = run_all(&run, argc, argv);
    trace_end(&run.trace);
    clean_up(&run);
    return result;
}
