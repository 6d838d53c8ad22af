/* The options of a WASI object, collected by setters.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "config.h"

#include "os/heap.h"
#include "os/own.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const unsigned preopen_flags = RINGFORT_READ_ONLY | RINGFORT_SYSTEM_FILES;

ringfort_status ringfort_fail(ringfort_error *error, ringfort_status status, int os_errno,
                              const char *format, ...)
{
    if (error != NULL) {
        error->status = status;
        error->os_errno = os_errno;
        va_list args;
        va_start(args, format);
        /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started one line above */
        (void)vsnprintf(error->message, sizeof error->message, format, args);
        va_end(args);
    }
    return status;
}

const char *ringfort_errno_text(int host_errno)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): safe in glibc since 2.32, and always in musl */
    return strerror(host_errno);
}

ringfort_config *ringfort_config_new(void)
{
    ringfort_config *config = heap_zeroed(1, sizeof *config);
    if (config != NULL) {
        config->abis = RINGFORT_PREVIEW1;
        config->return_on_exit = true;
        ringfort_limits_init(config->limits);
        for (int i = 0; i < STDIO_COUNT; i++) {
            config->stdio[i] = i;
        }
    }
    return config;
}

static void delete_preopens(struct preopen *preopens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        heap_free(preopens[i].guest_path);
        heap_free(preopens[i].host_path);
        close_owned(&preopens[i].fd);
    }
    heap_free(preopens);
}

void ringfort_config_delete(ringfort_config *config)
{
    if (config == NULL) {
        return;
    }
    heap_free(config->args.bytes);
    heap_free(config->env.bytes);
    delete_preopens(config->preopens, config->preopen_count);
    delete_preopens(config->sockets, config->socket_count);
    heap_free(config);
}

ringfort_status ringfort_config_set_version(ringfort_config *config, unsigned abis)
{
    if (abis == 0 || (abis & ~(unsigned)(RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE)) != 0) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    config->abis = abis;
    return RINGFORT_OK;
}

/* ---- Strings ---- */

bool ringfort_strings_copy(struct strings *to, const struct strings *from)
{
    *to = *from;
    to->bytes = heap_alloc((size_t)from->size + 1);
    if (to->bytes == NULL) {
        return false;
    }
    if (from->size > 0) {
        memcpy(to->bytes, from->bytes, from->size);
    }
    return true;
}

static ringfort_status set_strings(struct strings *to, size_t count, const char *const *from)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += strlen(from[i]) + 1;
    }
    if (size > INT32_MAX) {
        return RINGFORT_ERR_OUT_OF_RANGE;
    }
    char *bytes = heap_alloc(size + 1);
    if (bytes == NULL) {
        return RINGFORT_ERR_NO_MEMORY;
    }
    char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        const size_t len = strlen(from[i]) + 1;
        memcpy(at, from[i], len);
        at += len;
    }
    heap_free(to->bytes);
    *to = (struct strings){ .count = (uint32_t)count, .size = (uint32_t)size, .bytes = bytes };
    return RINGFORT_OK;
}

ringfort_status ringfort_config_set_args(ringfort_config *config, size_t argc,
                                         const char *const *argv)
{
    return set_strings(&config->args, argc, argv);
}

ringfort_status ringfort_config_set_env(ringfort_config *config, size_t envc,
                                        const char *const *env)
{
    return set_strings(&config->env, envc, env);
}

/* ---- Preopens ---- */

/* Takes over what `given` owns, also where it fails. */
static ringfort_status add_preopen(struct preopen **list, size_t *count, struct preopen given)
{
    struct preopen *grown = heap_resized(*list, (*count + 1) * sizeof **list);
    if (grown == NULL) {
        heap_free(given.guest_path);
        heap_free(given.host_path);
        close_owned(&given.fd);
        return RINGFORT_ERR_NO_MEMORY;
    }
    *list = grown;
    grown[(*count)++] = given;
    return RINGFORT_OK;
}

static ringfort_status add_directory(ringfort_config *config, struct preopen given,
                                     const char *guest_path)
{
    given.guest_path = heap_text(guest_path);
    if (given.guest_path == NULL || (given.host_path == NULL && given.fd < 0)) {
        heap_free(given.guest_path);
        heap_free(given.host_path);
        close_owned(&given.fd);
        return RINGFORT_ERR_NO_MEMORY;
    }
    return add_preopen(&config->preopens, &config->preopen_count, given);
}

ringfort_status ringfort_config_preopen(ringfort_config *config, const char *guest_path,
                                        const char *host_path, unsigned flags)
{
    if ((flags & ~preopen_flags) != 0) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    const struct preopen given = { .host_path = heap_text(host_path),
                                   .fd = -1,
                                   .read_only = (flags & RINGFORT_READ_ONLY) != 0,
                                   .system_files = (flags & RINGFORT_SYSTEM_FILES) != 0 };
    return add_directory(config, given, guest_path);
}

/* A duplicate of the embedder's descriptor, which has to be of one type. */
static ringfort_status dup_of_type(int fd, mode_t type, int *out)
{
    struct stat st;
    if (sys_fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type) {
        return RINGFORT_ERR_OPEN;
    }
    *out = sys_dup(fd);
    return *out >= 0 ? RINGFORT_OK : RINGFORT_ERR_OPEN;
}

ringfort_status ringfort_config_preopen_fd(ringfort_config *config, const char *guest_path,
                                           int dirfd, unsigned flags)
{
    if ((flags & ~preopen_flags) != 0) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    struct preopen given = { .read_only = (flags & RINGFORT_READ_ONLY) != 0,
                             .system_files = (flags & RINGFORT_SYSTEM_FILES) != 0 };
    const ringfort_status status = dup_of_type(dirfd, S_IFDIR, &given.fd);
    return status == RINGFORT_OK ? add_directory(config, given, guest_path) : status;
}

ringfort_status ringfort_config_preopen_socket(ringfort_config *config, int fd)
{
    return ringfort_config_preopen_socket_flags(config, fd, 0);
}

ringfort_status ringfort_config_preopen_socket_flags(ringfort_config *config, int fd,
                                                     unsigned flags)
{
    if ((flags & ~(unsigned)RINGFORT_NONBLOCK) != 0) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    struct preopen given = { .nonblocking = (flags & RINGFORT_NONBLOCK) != 0 };
    const ringfort_status status = dup_of_type(fd, S_IFSOCK, &given.fd);
    return status == RINGFORT_OK ? add_preopen(&config->sockets, &config->socket_count, given)
                                 : status;
}

/* ---- The rest ---- */

void ringfort_config_set_return_on_exit(ringfort_config *config, bool return_on_exit)
{
    config->return_on_exit = return_on_exit;
}

static ringfort_status set_stdio(ringfort_config *config, int guest_fd, int fd)
{
    if (fd < 0) {
        return RINGFORT_ERR_OUT_OF_RANGE;
    }
    config->stdio[guest_fd] = fd;
    return RINGFORT_OK;
}

ringfort_status ringfort_config_set_stdin(ringfort_config *config, int fd)
{
    return set_stdio(config, 0, fd);
}

ringfort_status ringfort_config_set_stdout(ringfort_config *config, int fd)
{
    return set_stdio(config, 1, fd);
}

ringfort_status ringfort_config_set_stderr(ringfort_config *config, int fd)
{
    return set_stdio(config, 2, fd);
}

ringfort_status ringfort_config_set_dialect(ringfort_config *config, ringfort_dialect dialect)
{
    if (dialect != RINGFORT_DIALECT_STANDARD && dialect != RINGFORT_DIALECT_NODE) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    config->dialect = dialect;
    return RINGFORT_OK;
}

void ringfort_config_set_single_threaded(ringfort_config *config, bool single_threaded)
{
    config->single_threaded = single_threaded;
}

ringfort_status ringfort_config_set_heartbeat(ringfort_config *config,
                                              ringfort_heartbeat_callback *callback, void *data,
                                              uint32_t period_ms)
{
    if (callback != NULL && period_ms == 0) {
        return RINGFORT_ERR_OUT_OF_RANGE;
    }
    config->heartbeat = callback;
    config->heartbeat_data = data;
    config->heartbeat_ms = period_ms;
    return RINGFORT_OK;
}

void ringfort_config_set_trace(ringfort_config *config, ringfort_trace_callback *callback,
                               void *data)
{
    config->trace = callback;
    config->trace_data = data;
}
