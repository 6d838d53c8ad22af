/*
 * Opens what the guest is given, and names what cannot be opened.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "grants.h"

#include "environment.h"
#include "listener.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_ON = -1 };

static int config_failed(ringfort_status status)
{
    return fail(STATUS_REFUSED, "the options cannot be had: %s", ringfort_status_name(status));
}

static int grant_arguments(const struct run_options *options, const char *argv0,
                           ringfort_config *config)
{
    const size_t count = options->argument_count + 1;
    const char **arguments = must_allocate(count * sizeof(*arguments));
    arguments[0] = argv0;
    for (size_t i = 1; i < count; i++) {
        arguments[i] = options->arguments[i - 1];
    }
    const ringfort_status status = ringfort_config_set_args(config, count, arguments);
    free(arguments);
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

static int grant_environment(const struct run_options *options, ringfort_config *config)
{
    struct strings env = { .items = NULL, .count = 0 };
    int result = environment_collect(options, &env);
    if (result == GO_ON) {
        const ringfort_status status =
            ringfort_config_set_env(config, env.count, (const char *const *)env.items);
        result = status == RINGFORT_OK ? GO_ON : config_failed(status);
    }
    strings_free(&env);
    return result;
}

/* Directories are opened here, before the module is compiled: a wrong name is told at once, and
 * the object that has been checked is the one that the guest gets. */
static int grant_directory(const struct directory_grant *grant, unsigned flags,
                           struct lockdown *lockdown, ringfort_config *config)
{
    const int fd = open(grant->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        const char *remedy = errno == ENOENT    ? "; create it, or name another with --dir"
                             : errno == ENOTDIR ? "; give its folder to the guest instead"
                             : errno == EACCES  ? "; its permissions must let you list it"
                                                : "";
        return fail(STATUS_REFUSED, "%s: the directory cannot be opened: %s%s", grant->host,
                    strerror(errno), remedy);
    }
    const ringfort_status status = ringfort_config_preopen_fd(
        config, grant->guest, lockdown_add_directory(lockdown, fd, grant->is_read_only),
        flags | (grant->is_read_only ? RINGFORT_READ_ONLY : 0));
    if (status == RINGFORT_ERR_INVALID_ARG_VALUE) {
        return fail(STATUS_REFUSED, "%s: the guest cannot know this directory as \"%s\"",
                    grant->host, grant->guest);
    }
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

static int grant_listener(const char *address, ringfort_config *config)
{
    int fd = -1;
    const int result = listener_open(address, &fd);
    if (result != GO_ON) {
        return result;
    }
    const ringfort_status status = ringfort_config_preopen_socket(config, fd);
    (void)close(fd);
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

static int open_stdio(int number, const char *target)
{
    static const int modes[] = { O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC,
                                 O_WRONLY | O_CREAT | O_TRUNC };
    const char *path = strcmp(target, "null") == 0 ? "/dev/null" : target;
    return open(path, modes[number] | O_CLOEXEC | O_NOCTTY, 0666);
}

/* What is opened stays open to the end of the process: the config only remembers the number
 * until the WASI object duplicates it. */
static int grant_stdio(int number, const char *target, ringfort_config *config)
{
    static const char *const names[] = { "stdin", "stdout", "stderr" };
    static ringfort_status (*const setters[])(ringfort_config *, int) = {
        ringfort_config_set_stdin,
        ringfort_config_set_stdout,
        ringfort_config_set_stderr,
    };
    if (strcmp(target, "inherit") == 0) {
        return GO_ON;
    }
    const int fd = open_stdio(number, target);
    if (fd < 0) {
        return fail(STATUS_REFUSED, "%s: cannot be opened for --%s: %s", target, names[number],
                    strerror(errno));
    }
    const ringfort_status status = setters[number](config, fd);
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

/* What cannot be opened without making or taking something is left out of a policy. */
static int grant_streams(const struct run_options *options, ringfort_config *config)
{
    int result = GO_ON;
    for (size_t i = 0; result == GO_ON && i < options->listener_count; i++) {
        result = grant_listener(options->listeners[i], config);
    }
    for (int number = 0; result == GO_ON && number < 3; number++) {
        result = grant_stdio(number, options->stdio[number], config);
    }
    return result;
}

int grants_make(const struct run_options *options, const char *argv0, unsigned abis,
                struct lockdown *lockdown)
{
    ringfort_config *config = options->config;
    const unsigned flags = options->allows_system_files ? RINGFORT_SYSTEM_FILES : 0;
    const ringfort_status status = ringfort_config_set_version(config, abis);
    int result =
        status == RINGFORT_OK ? grant_arguments(options, argv0, config) : config_failed(status);
    if (result == GO_ON) {
        result = grant_environment(options, config);
    }
    for (size_t i = 0; result == GO_ON && i < options->directory_count; i++) {
        result = grant_directory(&options->directories[i], flags, lockdown, config);
    }
    if (result == GO_ON && !options->prints_policy) {
        result = grant_streams(options, config);
    }
    return result;
}
