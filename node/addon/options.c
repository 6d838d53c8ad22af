/* From what JavaScript gives `create` to the core's config.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "options.h"

#include "memory_file.h"
#include "thread.h"
#include "trace.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Strings that lie one after the other. */
struct list {
    const char **at; /* owned */
    size_t count;
};

static bool is_undefined(napi_env env, napi_value value)
{
    napi_valuetype type = napi_undefined;
    (void)napi_typeof(env, value, &type);
    return type == napi_undefined;
}

static bool list_of(napi_env env, napi_value value, struct list *out)
{
    struct bytes bytes;
    if (!ringfort_bytes_of(env, value, &bytes)) {
        return false;
    }
    if (bytes.length > 0 && bytes.at[bytes.length - 1] != '\0') {
        ringfort_throw(env, "a list of strings does not end with NUL");
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        count += bytes.at[i] == '\0';
    }
    out->at = calloc(count + 1, sizeof out->at[0]);
    if (out->at == NULL) {
        ringfort_throw(env, "the host is out of memory");
        return false;
    }
    const char *next = (const char *)bytes.at;
    for (out->count = 0; out->count < count; out->count++) {
        out->at[out->count] = next;
        next += strlen(next) + 1;
    }
    return true;
}

typedef ringfort_status set_strings(ringfort_config *config, size_t count,
                                    const char *const *strings);

static bool set_list(napi_env env, ringfort_config *config, napi_value value, set_strings *set)
{
    struct list list = { 0 };
    bool done = list_of(env, value, &list);
    if (done && set(config, list.count, list.at) != RINGFORT_OK) {
        ringfort_throw(env, "the args or the env are 2 GiB and more, or the host is out of memory");
        done = false;
    }
    free(list.at);
    return done;
}

static bool add_preopens(napi_env env, ringfort_config *config, const napi_value *options)
{
    struct list paths = { 0 };
    struct bytes flags;
    bool done = list_of(env, options[OPTION_PREOPENS], &paths) &&
                ringfort_bytes_of(env, options[OPTION_FLAGS], &flags);
    for (size_t i = 0; done && 2 * i + 1 < paths.count && i < flags.length; i++) {
        done = ringfort_config_preopen(config, paths.at[2 * i], paths.at[2 * i + 1], flags.at[i]) ==
               RINGFORT_OK;
        if (!done) {
            ringfort_throw(env, "the host is out of memory");
        }
    }
    free(paths.at);
    return done;
}

static bool int_at(napi_env env, napi_value array, uint32_t index, int32_t *out)
{
    napi_value value = NULL;
    return napi_get_element(env, array, index, &value) == napi_ok &&
           ringfort_int_of(env, value, out);
}

static bool add_sockets(napi_env env, ringfort_config *config, napi_value sockets)
{
    uint32_t count = 0;
    (void)napi_get_array_length(env, sockets, &count);
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        int32_t fd = -1;
        int32_t flags = 0;
        if (!int_at(env, sockets, i, &fd) || !int_at(env, sockets, i + 1, &flags)) {
            return false;
        }
        if (ringfort_config_preopen_socket_flags(config, fd, (unsigned)flags) != RINGFORT_OK) {
            char message[128];
            (void)snprintf(message, sizeof message,
                           "options.listeners[%u]: descriptor %d is not an open socket; give one "
                           "that listens",
                           (unsigned)(i / 2), (int)fd);
            ringfort_throw(env, message);
            return false;
        }
    }
    return true;
}

static bool set_limits(napi_env env, ringfort_config *config, napi_value limits)
{
    uint32_t count = 0;
    (void)napi_get_array_length(env, limits, &count);
    for (uint32_t i = 0; i < count; i++) {
        napi_value value = NULL;
        double limit = 0;
        if (napi_get_element(env, limits, i, &value) != napi_ok || is_undefined(env, value)) {
            continue;
        }
        if (napi_get_value_double(env, value, &limit) != napi_ok ||
            ringfort_config_set_limit(config, (ringfort_limit)i, (uint64_t)limit) != RINGFORT_OK) {
            ringfort_throw(env, "a limit is out of range");
            return false;
        }
    }
    return true;
}

typedef ringfort_status set_fd(ringfort_config *config, int fd);
static set_fd *const set_stdio[3] = { ringfort_config_set_stdin, ringfort_config_set_stdout,
                                      ringfort_config_set_stderr };

enum { HEARTBEAT_MS = 50 }; /* how long a Worker that waits outlives its termination */

/* Memory files where bytes are given or captured. */
static bool open_data(napi_env env, const napi_value *options, struct object *object)
{
    struct bytes given;
    int32_t capture = 0;
    if (!ringfort_int_of(env, options[OPTION_CAPTURE], &capture)) {
        return false;
    }
    if (!is_undefined(env, options[OPTION_STDIN])) {
        if (!ringfort_bytes_of(env, options[OPTION_STDIN], &given)) {
            return false;
        }
        object->stdio_data[0] = ringfort_memory_file_of(given.at, given.length);
        if (object->stdio_data[0] < 0) {
            ringfort_throw(env, "stdinData: no memory file can be made");
            return false;
        }
    }
    for (int i = 1; i <= 2; i++) {
        if ((capture & (1 << i)) != 0) {
            object->stdio_data[i] = ringfort_memory_file_new();
            if (object->stdio_data[i] < 0) {
                ringfort_throw(env, "captured output: no memory file can be made");
                return false;
            }
        }
    }
    return true;
}

static bool set_all_stdio(napi_env env, ringfort_config *config, napi_value stdio,
                          const struct object *object)
{
    for (uint32_t i = 0; i < 3; i++) {
        napi_value value = NULL;
        int32_t fd = object->stdio_data[i];
        if (fd < 0 && (napi_get_element(env, stdio, i, &value) != napi_ok ||
                       !ringfort_int_of(env, value, &fd))) {
            return false;
        }
        if (set_stdio[i](config, fd) != RINGFORT_OK) {
            ringfort_throw(env, "a descriptor is out of range");
            return false;
        }
    }
    return true;
}

static bool set_all(napi_env env, const napi_value options[OPTIONS], ringfort_config *config,
                    struct object *object)
{
    int32_t abi = 0;
    bool traced = false;
    if (!ringfort_int_of(env, options[OPTION_ABI], &abi) ||
        napi_get_value_bool(env, options[OPTION_TRACED], &traced) != napi_ok ||
        ringfort_config_set_version(config, (unsigned)abi) != RINGFORT_OK ||
        ringfort_config_set_dialect(config, RINGFORT_DIALECT_NODE) != RINGFORT_OK ||
        ringfort_config_set_heartbeat(config, ringfort_thread_is_ending, NULL, HEARTBEAT_MS) !=
            RINGFORT_OK) {
        return false;
    }
    /* One JavaScript thread has it, until it joins a shared memory. */
    ringfort_config_set_single_threaded(config, true);
    ringfort_config_set_trace(config, traced ? ringfort_trace_note : NULL, NULL);
    return set_list(env, config, options[OPTION_ARGS], ringfort_config_set_args) &&
           set_list(env, config, options[OPTION_ENV], ringfort_config_set_env) &&
           add_preopens(env, config, options) &&
           add_sockets(env, config, options[OPTION_SOCKETS]) &&
           set_limits(env, config, options[OPTION_LIMITS]) && open_data(env, options, object) &&
           set_all_stdio(env, config, options[OPTION_STDIO], object);
}

ringfort_config *ringfort_options_config(napi_env env, const napi_value options[OPTIONS],
                                         struct object *object)
{
    ringfort_config *config = ringfort_config_new();
    if (config != NULL && set_all(env, options, config, object)) {
        return config;
    }
    ringfort_config_delete(config);
    ringfort_throw(env, "the host is out of memory");
    return NULL;
}
