/* The WASI object: from config to exit, the class behind every face.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi.h"

#include "config.h"
#include "fd/rights.h"
#include "os/heap.h"
#include "os/own.h"
#include "os/system_file.h"
#include "path/host.h"

#include <string.h>

const char *ringfort_version(void)
{
    return RINGFORT_VERSION;
}

const char *ringfort_status_name(ringfort_status status)
{
    switch (status) {
    case RINGFORT_OK:
        return "OK";
    case RINGFORT_ERR_INVALID_ARG_TYPE:
        return "ERR_INVALID_ARG_TYPE";
    case RINGFORT_ERR_INVALID_ARG_VALUE:
        return "ERR_INVALID_ARG_VALUE";
    case RINGFORT_ERR_OUT_OF_RANGE:
        return "ERR_OUT_OF_RANGE";
    case RINGFORT_ERR_WASI_ALREADY_STARTED:
        return "ERR_WASI_ALREADY_STARTED";
    case RINGFORT_ERR_WASI_NOT_STARTED:
        return "ERR_WASI_NOT_STARTED";
    case RINGFORT_ERR_OPEN:
        return "ERR_OPEN";
    case RINGFORT_ERR_NO_MEMORY:
        return "ERR_NO_MEMORY";
    case RINGFORT_ERR_LINK:
        return "ERR_LINK";
    case RINGFORT_ERR_TRAP:
        return "ERR_TRAP";
    case RINGFORT_ERR_INTERRUPTED:
        return "ERR_INTERRUPTED";
    case RINGFORT_ERR_UNSUPPORTED:
        return "ERR_UNSUPPORTED";
    default:
        return "unknown status";
    }
}

/* ---- Making ---- */

static ringfort_status no_memory(ringfort_error *error)
{
    return ringfort_fail(error, RINGFORT_ERR_NO_MEMORY, ENOMEM, "the host is out of memory");
}

/* A new open file for the host descriptor that `fd` gives away. */
static ringfort_status new_own_file(ringfort_wasi *wasi, int *fd, struct open_file **out,
                                    ringfort_error *error)
{
    const wasi_errno result = ringfort_file_new(&wasi->fds, out);
    if (result == WASI_EMFILE) {
        return ringfort_fail(
            error, RINGFORT_ERR_OUT_OF_RANGE, 0,
            "stdio and preopens are more than the limit of %u open files; raise the limit",
            wasi->fds.limit);
    }
    if (result != WASI_SUCCESS) {
        return no_memory(error);
    }
    (*out)->host_fd = give_fd(fd);
    return RINGFORT_OK;
}

static uint16_t fdflags_of_host(int flags)
{
    uint16_t fdflags = (flags & O_APPEND) != 0 ? FDFLAGS_APPEND : 0;
    if ((flags & O_SYNC) == O_SYNC) {
        fdflags |= FDFLAGS_SYNC;
    } else if ((flags & O_DSYNC) != 0) {
        fdflags |= FDFLAGS_DSYNC;
    }
    return fdflags; /* not NONBLOCK: the host's choice is not the guest's, which would lose data */
}

static uint64_t rights_of_stdio(int fd, int flags)
{
    struct stat st;
    const int access = flags & O_ACCMODE;
    if (sys_fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        return ringfort_rights_stdio_directory();
    }
    return ringfort_rights_stdio(access != O_WRONLY, access != O_RDONLY);
}

static ringfort_status open_stdio(ringfort_wasi *wasi, const ringfort_config *config,
                                  ringfort_error *error)
{
    static const char *const names[STDIO_COUNT] = { "stdin", "stdout", "stderr" };
    for (int i = 0; i < STDIO_COUNT; i++) {
        OWNED_FD fd = ringfort_reopen_stdio(config->stdio[i]);
        const int flags = fd < 0 ? fd : sys_get_flags(fd);
        if (flags < 0) {
            return ringfort_fail(error, RINGFORT_ERR_OPEN, -flags,
                                 "%s: descriptor %d cannot be used: %s", names[i], config->stdio[i],
                                 ringfort_errno_text(-flags));
        }
        const uint64_t rights = rights_of_stdio(fd, flags);
        TAKEN *file = NULL;
        const ringfort_status status = new_own_file(wasi, &fd, &file, error);
        if (status != RINGFORT_OK) {
            return status;
        }
        file->fdflags = fdflags_of_host(flags);
        file->is_stdio = true;
        file->rights_base = rights;
        file->not_opened_for = (RIGHT_FD_READ | RIGHT_FD_WRITE) & ~rights;
        ringfort_table_insert(&wasi->fds, &file);
    }
    return RINGFORT_OK;
}

/* For messages; of a descriptor only the guest's name is known. */
static const char *host_name(const struct preopen *preopen)
{
    return preopen->host_path != NULL ? preopen->host_path : preopen->guest_path;
}

static ringfort_status open_preopen(ringfort_wasi *wasi, const struct preopen *preopen,
                                    ringfort_error *error)
{
    /* An open directory is opened anew, because a duplicate would share its reading position. */
    bool only_searched = false;
    OWNED_FD fd = preopen->host_path != NULL
                      ? ringfort_open_host_directory(preopen->host_path, &only_searched)
                      : ringfort_reopen_directory(preopen->fd, &only_searched);
    if (fd < 0) {
        return ringfort_fail(error, RINGFORT_ERR_OPEN, -fd,
                             "preopen \"%s\": cannot open the directory \"%s\": %s",
                             preopen->guest_path, host_name(preopen), ringfort_errno_text(-fd));
    }
    if (!preopen->system_files && ringfort_is_on_system_fs(fd)) {
        return ringfort_fail(
            error, RINGFORT_ERR_OPEN, EPERM,
            "preopen \"%s\": \"%s\" shows the kernel's own state (procfs, sysfs or "
            "the like), which would give the host away; allow "
            "system files (RINGFORT_SYSTEM_FILES, --allow-system-files) to give it",
            preopen->guest_path, host_name(preopen));
    }
    TAKEN *file = NULL;
    const ringfort_status status = new_own_file(wasi, &fd, &file, error);
    if (status != RINGFORT_OK) {
        return status;
    }
    file->preopen_name = heap_text(preopen->guest_path);
    if (file->preopen_name == NULL) {
        return no_memory(error);
    }
    file->kind = KIND_DIRECTORY;
    file->rights_base = ringfort_rights_all();
    file->rights_inheriting = ringfort_rights_inheriting();
    if (wasi->dialect == RINGFORT_DIALECT_NODE) {
        file->rights_inheriting &= ~(uint64_t)(RIGHT_SOCK_SHUTDOWN | RIGHT_SOCK_ACCEPT);
    }
    file->read_only = preopen->read_only;
    file->system_files = preopen->system_files;
    file->only_searched = only_searched;
    file->is_link_root = strcmp(preopen->guest_path, "/") == 0;
    ringfort_table_insert(&wasi->fds, &file);
    return RINGFORT_OK;
}

static ringfort_status open_socket(ringfort_wasi *wasi, const struct preopen *socket,
                                   ringfort_error *error)
{
    OWNED_FD fd = sys_dup(socket->fd);
    if (fd >= 0 && sys_listens(fd)) {
        /* Two threads may wait for one connection, and the loser's accept could not be ended. */
        (void)sys_set_nonblocking(fd);
    }
    if (fd < 0) {
        return ringfort_fail(error, RINGFORT_ERR_OPEN, -fd,
                             "a preopened socket cannot be duplicated: %s",
                             ringfort_errno_text(-fd));
    }
    TAKEN *file = NULL;
    const ringfort_status status = new_own_file(wasi, &fd, &file, error);
    if (status == RINGFORT_OK) {
        file->fdflags = socket->nonblocking ? FDFLAGS_NONBLOCK : 0;
        file->rights_base = ringfort_rights_all();
        file->rights_inheriting = ringfort_rights_inheriting();
        ringfort_table_insert(&wasi->fds, &file);
    }
    return status;
}

static ringfort_status open_all(ringfort_wasi *wasi, const ringfort_config *config,
                                ringfort_error *error)
{
    ringfort_status status = open_stdio(wasi, config, error);
    for (size_t i = 0; status == RINGFORT_OK && i < config->preopen_count; i++) {
        status = open_preopen(wasi, &config->preopens[i], error);
    }
    for (size_t i = 0; status == RINGFORT_OK && i < config->socket_count; i++) {
        status = open_socket(wasi, &config->sockets[i], error);
    }
    return status;
}

/* What is left to free is freed by ringfort_wasi_delete, whatever came of this. */
static ringfort_status fill(ringfort_wasi *wasi, const ringfort_config *config,
                            ringfort_error *error)
{
    wasi->waker = (struct waker){ .wake_fd = -1,
                                  .heartbeat = config->heartbeat,
                                  .heartbeat_data = config->heartbeat_data,
                                  .period_ns = (uint64_t)config->heartbeat_ms * 1000000U,
                                  .deadline = UINT64_MAX };
    wasi->abis = config->abis;
    wasi->dialect = config->dialect;
    wasi->watch.end_is_outside = config->dialect == RINGFORT_DIALECT_NODE;
    wasi->return_on_exit = config->return_on_exit;
    memcpy(wasi->limits, config->limits, sizeof wasi->limits);
    ringfort_quota_init(&wasi->quota, config->limits, config->single_threaded);
    ringfort_random_init(&wasi->random, config->single_threaded);
    wasi->watch.trace = config->trace;
    wasi->watch.trace_data = config->trace_data;
    if (ringfort_table_init(&wasi->fds, (uint32_t)config->limits[RINGFORT_LIMIT_OPEN_FILES],
                            config->single_threaded) < 0 ||
        !ringfort_strings_copy(&wasi->args, &config->args) ||
        !ringfort_strings_copy(&wasi->env, &config->env)) {
        return no_memory(error);
    }
    wasi->waker.wake_fd = sys_eventfd();
    if (wasi->waker.wake_fd < 0) {
        return ringfort_fail(error, RINGFORT_ERR_OPEN, -wasi->waker.wake_fd,
                             "no descriptor is left for the object itself: %s",
                             ringfort_errno_text(-wasi->waker.wake_fd));
    }
    wasi->fds.rights_first = config->dialect == RINGFORT_DIALECT_NODE;
    wasi->openat2 = ringfort_openat2_works();
    return open_all(wasi, config, error);
}

ringfort_status ringfort_wasi_new(const ringfort_config *config, ringfort_wasi **out,
                                  ringfort_error *error)
{
    ringfort_wasi *wasi = heap_zeroed(1, sizeof *wasi);
    if (wasi == NULL) {
        return no_memory(error);
    }
    const ringfort_status status = fill(wasi, config, error);
    if (status != RINGFORT_OK) {
        ringfort_wasi_delete(wasi);
        return status;
    }
    *out = wasi;
    return RINGFORT_OK;
}

ringfort_status ringfort_wasi_share(ringfort_wasi *wasi)
{
    if (ringfort_table_share(&wasi->fds) != WASI_SUCCESS) {
        return RINGFORT_ERR_UNSUPPORTED;
    }
    ringfort_quota_share(&wasi->quota);
    ringfort_random_share(&wasi->random);
    return RINGFORT_OK;
}

void ringfort_wasi_delete(ringfort_wasi *wasi)
{
    if (wasi == NULL) {
        return;
    }
    ringfort_wasi_set_engine_data(wasi, NULL, NULL);
    ringfort_table_clear(&wasi->fds);
    ringfort_quota_destroy(&wasi->quota);
    ringfort_random_clear(&wasi->random);
    close_owned(&wasi->waker.wake_fd);
    heap_free(wasi->args.bytes);
    heap_free(wasi->env.bytes);
    heap_free(wasi);
}

/* ---- Calling ---- */

struct call_watch *ringfort_wasi_watch(ringfort_wasi *wasi)
{
    return &wasi->watch;
}

const ringfort_import *ringfort_wasi_import(const ringfort_wasi *wasi, size_t *count)
{
    return ringfort_import_table(wasi->abis, count);
}

ringfort_outcome ringfort_import_call(const ringfort_import *import, ringfort_wasi *wasi,
                                      ringfort_memory memory, const uint64_t *args,
                                      ringfort_result *result)
{
    if ((import->abi & wasi->abis) == 0) {
        *result = (ringfort_result){ .value = WASI_ENOSYS };
        return RINGFORT_RETURNED;
    }
    return import->call(wasi, memory, args, result);
}

wasi_errno ringfort_wasi_go_on(ringfort_wasi *wasi)
{
    if (ringfort_wasi_interrupted(wasi)) {
        return FACT_INTERRUPT;
    }
    uint64_t left = UINT64_MAX;
    return ringfort_wait_time_left(&wasi->waker, &left);
}

/* ---- Its life ---- */

static void start_time(ringfort_wasi *wasi)
{
    const uint64_t limit_ms = wasi->limits[RINGFORT_LIMIT_WALL_TIME];
    if (limit_ms != UINT64_MAX) {
        ringfort_wait_set_deadline(&wasi->waker, limit_ms);
        atomic_fetch_or(&wasi->watch.ends, ENDS_IN_TIME);
    }
}

static ringfort_status wrong_export(ringfort_error *error, const char *name, const char *wanted)
{
    return ringfort_fail(error, RINGFORT_ERR_INVALID_ARG_TYPE, 0,
                         "The \"instance.exports.%s\" property must be %s", name, wanted);
}

ringfort_status ringfort_wasi_begin(ringfort_wasi *wasi, ringfort_entry entry,
                                    const ringfort_exports *exports, ringfort_error *error)
{
    if (atomic_load(&wasi->started)) {
        return ringfort_fail(
            error, RINGFORT_ERR_WASI_ALREADY_STARTED, 0,
            "WASI instance has already started; make a new one for every instance");
    }
    if (exports->memory != RINGFORT_EXPORT_MEMORY) {
        return wrong_export(error, "memory", "a WebAssembly.Memory object");
    }
    atomic_store(&wasi->started, true);
    start_time(wasi);
    switch (entry) {
    case RINGFORT_START:
        if (exports->start != RINGFORT_EXPORT_FUNCTION) {
            return wrong_export(error, "_start",
                                "of type function, without parameters and results");
        }
        if (exports->initialize != RINGFORT_EXPORT_NONE) {
            return wrong_export(error, "_initialize", "undefined; call initialize for a reactor");
        }
        return RINGFORT_OK;
    case RINGFORT_INITIALIZE:
        if (exports->start != RINGFORT_EXPORT_NONE) {
            return wrong_export(error, "_start", "undefined; call start for a command");
        }
        if (exports->initialize != RINGFORT_EXPORT_NONE &&
            exports->initialize != RINGFORT_EXPORT_FUNCTION) {
            return wrong_export(error, "_initialize",
                                "of type function, without parameters and results");
        }
        return RINGFORT_OK;
    case RINGFORT_FINALIZE_BINDINGS:
    default:
        return RINGFORT_OK;
    }
}

bool ringfort_wasi_started(const ringfort_wasi *wasi)
{
    return atomic_load(&wasi->started);
}

bool ringfort_wasi_exited(const ringfort_wasi *wasi, uint32_t *code)
{
    if (code != NULL) {
        *code = atomic_load(&wasi->exit_code);
    }
    return atomic_load(&wasi->exited);
}

bool ringfort_wasi_return_on_exit(const ringfort_wasi *wasi)
{
    return wasi->return_on_exit;
}

void ringfort_wasi_interrupt(ringfort_wasi *wasi)
{
    atomic_fetch_or(&wasi->watch.ends, ENDS_NOW);
    uint64_t one = 1;
    const struct iovec iov = { .iov_base = &one, .iov_len = sizeof one };
    (void)sys_write(wasi->waker.wake_fd, &iov, 1,
                    -1); /* it can only fail when it is readable already */
}

bool ringfort_wasi_interrupted(const ringfort_wasi *wasi)
{
    return (atomic_load(&wasi->watch.ends) & ENDS_NOW) != 0;
}

bool ringfort_wasi_refusal(const ringfort_wasi *wasi, ringfort_refusal *last)
{
    const unsigned met = atomic_load(&wasi->watch.met);
    if (met > 0 && last != NULL) {
        last->limit = (ringfort_limit)(met - 1);
        last->value = wasi->limits[last->limit];
    }
    return met > 0;
}

uint64_t ringfort_wasi_limit(const ringfort_wasi *wasi, ringfort_limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? wasi->limits[limit] : 0;
}

void ringfort_wasi_note_refusal(ringfort_wasi *wasi, ringfort_limit limit)
{
    if ((unsigned)limit < LIMIT_COUNT) {
        atomic_store(&wasi->watch.met, (unsigned)limit + 1);
    }
}

void ringfort_wasi_set_engine_data(ringfort_wasi *wasi, void *data, void (*drop)(void *data))
{
    if (wasi->drop_engine_data != NULL) {
        wasi->drop_engine_data(wasi->engine_data);
    }
    wasi->engine_data = data;
    wasi->drop_engine_data = drop;
}

void *ringfort_wasi_engine_data(const ringfort_wasi *wasi)
{
    return wasi->engine_data;
}
