/*
 * Opens what the guest is given, and names what cannot be opened.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "grants.h"

#include "environment.h"
#include "listener.h"
#include "option_path.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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

/* "a:b" and "a:b:ro" are how other programs spell HOST::GUEST. Returns the option in our form,
 * which is yours; NULL where the name does not look like it. */
static char *with_two_colons(const struct directory_grant *grant)
{
    const char *first = strchr(grant->host, ':');
    if (first == NULL || first == grant->host || first[1] == '\0') {
        return NULL;
    }
    const int length = (int)(first - grant->host);
    const char *guest = first + 1;
    const char *last = strrchr(guest, ':');
    const char *access = last != NULL ? last + 1 : guest;
    const bool is_read_only = strcmp(access, "ro") == 0;
    const bool has_access = is_read_only || strcmp(access, "rw") == 0;
    const char *guest_end = has_access ? (last != NULL ? last : guest) : guest + strlen(guest);
    const int guest_length = (int)(guest_end - guest);
    const char *option = is_read_only ? "--ro" : has_access ? "--dir" : grant->option;
    FREED_TEXT char *value = must_format("%.*s%s%.*s", length, grant->host,
                                         guest_length > 0 ? "::" : "", guest_length, guest);
    FREED_TEXT char *word = shell_quote(value, strlen(value));
    return must_format("%s %s", option, word);
}

static int say_not_opened(const struct directory_grant *grant, int error)
{
    FREED_TEXT char *meant = error == ENOENT ? with_two_colons(grant) : NULL;
    if (meant != NULL) {
        return fail(STATUS_REFUSED,
                    "%s: the directory cannot be opened: %s; two colons separate it from the "
                    "guest's name: did you mean %s?",
                    grant->host, strerror(error), meant);
    }
    const char *remedy = error == ENOENT    ? "; create it, or name another with --dir"
                         : error == ENOTDIR ? "; give its folder to the guest instead"
                         : error == EACCES  ? "; its permissions must let you search it"
                                            : "";
    return fail(STATUS_REFUSED, "%s: the directory cannot be opened: %s%s", grant->host,
                strerror(error), remedy);
}

/* Several options can give the same directory. A read-only directory that the guest may write
 * through another one would look protected, and would not be. */
static int check_overlap(const struct run_options *options, const struct directory_grant *grant,
                         int fd)
{
    const struct tree *writable =
        grant->is_read_only
            ? tree_set_around(&options->writable, fd, grant->is_explicit ? IMPLICIT_TREE : ANY_TREE)
            : NULL;
    if (writable == NULL) {
        return GO_ON;
    }
    FREED_TEXT char *outer = shell_quote(writable->host, strlen(writable->host));
    FREED_TEXT char *inner = shell_quote(grant->host, strlen(grant->host));
    return fail(STATUS_REFUSED,
                "%s: is to be read-only, and overlaps with the directory %s, through which the "
                "guest could write in it; make that one read-only too, or say both if it is "
                "wanted: --dir %s::GUEST::rw --dir %s::GUEST::ro",
                grant->host, writable->host, outer, inner);
}

/* A directory that cannot be listed may still be searched. `.` of it is opened, because O_PATH
 * alone asks for no permission over the directory itself. Takes `found`, and passes failures on. */
static int searchable(int found)
{
    if (found < 0) {
        return found;
    }
    const int fd = openat(found, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int error = errno;
    (void)close(found);
    errno = error;
    return fd;
}

/* Directories are opened here, before the module is compiled: a wrong name is told at once, and
 * the object that has been checked is the one that the guest gets. */
static int open_directory(const struct run_options *options, const struct directory_grant *grant,
                          int *fd)
{
    struct option_path request = {
        .option = grant->option,
        .path = grant->host,
        .flags = O_RDONLY | O_DIRECTORY,
    };
    *fd = option_path_open(&options->writable, &request, NULL);
    if (*fd == OPTION_PATH_FAILED && errno == EACCES) {
        request.flags = O_PATH | O_DIRECTORY;
        *fd = searchable(option_path_open(&options->writable, &request, NULL));
    }
    if (*fd == OPTION_PATH_REFUSED) {
        return STATUS_REFUSED;
    }
    return *fd >= 0 ? check_overlap(options, grant, *fd) : say_not_opened(grant, errno);
}

static int grant_directory(const struct run_options *options, const struct directory_grant *grant,
                           struct lockdown *lockdown)
{
    ringfort_config *config = options->config;
    const unsigned flags = options->allows_system_files ? RINGFORT_SYSTEM_FILES : 0;
    int fd = -1;
    const int result = open_directory(options, grant, &fd);
    if (result != GO_ON) {
        return result; /* the process ends, and the descriptor with it */
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

static int grant_listener(const struct listener_grant *listener, ringfort_config *config)
{
    int fd = -1;
    const int result = listener_open(listener->address, &fd);
    if (result != GO_ON) {
        return result;
    }
    const ringfort_status status = ringfort_config_preopen_socket_flags(
        config, fd, listener->is_nonblocking ? RINGFORT_NONBLOCK : 0);
    (void)close(fd);
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

static const char *const stream_names[] = { "stdin", "stdout", "stderr" };

/* A directory is no stream, and a descriptor of one would be a way to files that were not given,
 * should the checks of paths fail: the walls cannot take it away. */
static int check_stream(int number, int fd)
{
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        return fail(STATUS_REFUSED,
                    "%s is a directory, which is no stream; redirect it to a file or a pipe, use "
                    "--%s null, or give the directory with --dir",
                    stream_names[number], stream_names[number]);
    }
    return GO_ON;
}

/* It has to be the device, also for guests of root that may write in /dev. */
static int open_null(int flags)
{
    struct stat status;
    const int fd = open("/dev/null", (flags & O_ACCMODE) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_rdev != makedev(1, 3))) {
        (void)close(fd);
        errno = ENODEV;
        return -1;
    }
    return fd;
}

static int open_stdio(int number, const char *target, const struct tree_set *writable)
{
    static const int modes[] = { O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC,
                                 O_WRONLY | O_CREAT | O_TRUNC };
    if (strcmp(target, "null") == 0) {
        return open_null(modes[number]);
    }
    FREED_TEXT char *option = must_format("--%s", stream_names[number]);
    const struct option_path request = {
        .option = option,
        .path = target,
        .flags = modes[number],
    };
    return option_path_open(writable, &request, NULL);
}

/* What is opened stays open to the end of the process: the config only remembers the number
 * until the WASI object duplicates it. */
static int grant_stdio(int number, const struct run_options *options)
{
    const char *target = options->stdio[number];
    static ringfort_status (*const setters[])(ringfort_config *, int) = {
        ringfort_config_set_stdin,
        ringfort_config_set_stdout,
        ringfort_config_set_stderr,
    };
    if (strcmp(target, "inherit") == 0) {
        return check_stream(number, number);
    }
    const int fd = open_stdio(number, target, &options->writable);
    if (fd == OPTION_PATH_REFUSED) {
        return STATUS_REFUSED;
    }
    if (fd < 0) {
        return fail(STATUS_REFUSED, "%s: cannot be opened for --%s: %s", target,
                    stream_names[number], strerror(errno));
    }
    const int result = check_stream(number, fd);
    if (result != GO_ON) {
        return result;
    }
    const ringfort_status status = setters[number](options->config, fd);
    return status == RINGFORT_OK ? GO_ON : config_failed(status);
}

/* What cannot be opened without making or taking something is left out of a policy. */
static int grant_streams(const struct run_options *options, ringfort_config *config)
{
    int result = GO_ON;
    for (size_t i = 0; result == GO_ON && i < options->listener_count; i++) {
        result = grant_listener(&options->listeners[i], config);
    }
    for (int number = 0; result == GO_ON && number < 3; number++) {
        result = grant_stdio(number, options);
    }
    return result;
}

void grants_find_trees(struct run_options *options)
{
    for (size_t i = 0; i < options->directory_count; i++) {
        const struct directory_grant *grant = &options->directories[i];
        const int fd =
            grant->is_read_only ? -1 : open(grant->host, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) { /* one that is not there is reported when it is given */
            tree_set_add(&options->writable, fd, grant->host, grant->is_explicit);
            (void)close(fd);
        }
    }
}

int grants_make(const struct run_options *options, const char *argv0, unsigned abis,
                struct lockdown *lockdown)
{
    ringfort_config *config = options->config;
    const ringfort_status status = ringfort_config_set_version(config, abis);
    int result =
        status == RINGFORT_OK ? grant_arguments(options, argv0, config) : config_failed(status);
    if (result == GO_ON) {
        result = grant_environment(options, config);
    }
    for (size_t i = 0; result == GO_ON && i < options->directory_count; i++) {
        result = grant_directory(options, &options->directories[i], lockdown);
    }
    if (result == GO_ON && !options->prints_policy) {
        result = grant_streams(options, config);
    }
    return result;
}
