/*
 * Prints a policy. The order and the names are stable, for programs; a value is the rest of its
 * line. Of the environment only names are printed, because values may be secrets.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "policy.h"

#include "limits.h"
#include "say.h"
#include "text.h"

#include <string.h>

enum { STDIO_COUNT = 3 };

static void print_text(const char *text)
{
    out_text(text, strlen(text));
    out("\n");
}

static void print_arguments(const struct run_options *options, const char *argv0)
{
    out("argument.0 ");
    print_text(argv0);
    for (size_t i = 0; i < options->argument_count; i++) {
        out("argument.%zu ", i + 1);
        print_text(options->arguments[i]);
    }
}

static void print_environment(const struct strings *env)
{
    for (size_t i = 0; i < env->count; i++) {
        out("environment.%zu ", i);
        out_text(env->items[i], strcspn(env->items[i], "="));
        out("\n");
    }
}

/* As the guest numbers them. */
static void print_descriptors(const struct run_options *options)
{
    for (size_t i = 0; i < STDIO_COUNT; i++) {
        out("descriptor.%zu ", i);
        print_text(options->stdio[i]);
    }
    for (size_t i = 0; i < options->directory_count; i++) {
        const struct directory_grant *grant = &options->directories[i];
        const size_t number = STDIO_COUNT + i;
        out("descriptor.%zu directory\n", number);
        out("descriptor.%zu.guest ", number);
        print_text(grant->guest);
        out("descriptor.%zu.host ", number);
        print_text(grant->host);
        out("descriptor.%zu.access %s\n", number, grant->is_read_only ? "ro" : "rw");
    }
    for (size_t i = 0; i < options->listener_count; i++) {
        const size_t number = STDIO_COUNT + options->directory_count + i;
        out("descriptor.%zu listener\n", number);
        out("descriptor.%zu.address ", number);
        print_text(options->listeners[i].address);
        out("descriptor.%zu.nonblock %s\n", number,
            options->listeners[i].is_nonblocking ? "yes" : "no");
    }
    out("system-files %s\n", options->allows_system_files ? "yes" : "no");
}

static void print_walls(const struct lockdown *lockdown)
{
    static const char *const modes[] = { "off", "auto", "strict" };
    static const char *const states[] = { "off", "up", "missing" };
    out("lockdown %s\n", modes[lockdown->mode]);
    for (int i = 0; i < WALL_COUNT; i++) {
        const struct wall_report *report = &lockdown->walls[i];
        out("wall.%s %s%s%s\n", lockdown_wall_name((enum wall)i), states[report->state],
            report->detail[0] != '\0' ? " " : "", report->detail);
    }
}

void policy_print(const struct policy *policy)
{
    const struct run_options *options = policy->options;
    out("file ");
    print_text(policy->source->name);
    print_arguments(options, policy->argv0);
    print_environment(policy->env);
    print_descriptors(options);
    if (policy->source->facts.wants_threads) {
        out("threads %u\n", options->max_threads);
    } else {
        out("threads none\n");
    }
    limit_print_all(options->config);
    out("limit.stack %zu\n", options->max_stack);
    if (options->timeout != NULL) {
        out("limit.wall-time %llu\n", (unsigned long long)(options->timeout_ns / 1000000));
    } else {
        out("limit.wall-time none\n");
    }
    compile_limits_print(&options->compile);
    print_walls(policy->lockdown);
}
