/*
 * Runs rows of the import table and watches the guest's memory while they run.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

/** A part of guest memory that a call may write; `iovecs`: `length` iovecs are at `start`, and it
 * may write there. */
struct range {
    uint64_t start;
    uint64_t length;
    bool is_iovecs;
};

#define REST    UINT32_MAX
#define NO_MORE UINT64_MAX
#define ARGS(...)                                                                                  \
    (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)
#define OUTS(...)                                                                                  \
    (const struct range[])                                                                         \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0, NO_MORE, false                                                                      \
        }                                                                                          \
    }

/** An i32 is the low half of its slot; engines may leave anything in the other. */
#define RUBBISH UINT64_C(0xdeadbeef00000000)

enum { ARGS_MAX = 16 };

const ringfort_import *row_of(const struct world *w, const char *name)
{
    size_t count = 0;
    const ringfort_import *const rows = ringfort_import_table((unsigned)w->abi, &count);
    assert_non_null(rows);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    fail_msg("the table has no row %s", name);
    return NULL;
}

static void forgive(struct world *w, uint64_t start, uint64_t length)
{
    if (start >= w->memory_size) {
        return;
    }
    if (length > w->memory_size - start) {
        length = w->memory_size - start;
    }
    memcpy(w->before + start, w->memory + start, length);
}

static void forgive_iovecs(struct world *w, const struct range *array)
{
    const size_t size = (size_t)(array->length * SIZE_IOVEC);
    if (size == 0) {
        return;
    }
    unsigned char *const copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, w->before + array->start, size);
    for (size_t i = 0; i < size; i += SIZE_IOVEC) {
        uint32_t at = 0;
        uint32_t length = 0;
        memcpy(&at, copy + i, sizeof at);
        memcpy(&length, copy + i + sizeof at, sizeof length);
        forgive(w, at, length);
    }
    free(copy);
}

static void check_memory(struct world *w, const char *name, const struct range *outs)
{
    if (w->outcome == RINGFORT_RETURNED && w->result.value == WASI_SUCCESS && outs != NULL) {
        for (; outs->length != NO_MORE; outs++) {
            if (outs->is_iovecs) {
                forgive_iovecs(w, outs);
            } else {
                forgive(w, outs->start, outs->length);
            }
        }
    }
    if (memcmp(w->before, w->memory, w->memory_size) != 0) {
        size_t at = 0;
        while (w->before[at] == w->memory[at]) {
            at++;
        }
        fail_msg("%s (outcome %d, value %u) wrote to guest memory at 0x%zx, where it may not", name,
                 (int)w->outcome, w->result.value, at);
    }
}

static uint32_t run(struct world *w, const char *name, const uint64_t *args, size_t count,
                    const struct range *outs)
{
    world_start(w);
    const ringfort_import *const row = row_of(w, name);
    uint64_t slots[ARGS_MAX] = { 0 };
    assert_int_equal(strlen(row->params), count);
    assert_true(count <= ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        slots[i] = row->params[i] == 'i' ? (args[i] & UINT32_MAX) | RUBBISH : args[i];
    }
    if (!w->unwatched) {
        memcpy(w->before, w->memory, w->memory_size);
    }
    w->result = (ringfort_result){ 0 };
    const ringfort_memory memory = { .base = w->memory, .size = w->memory_size };
    w->outcome = ringfort_import_call(row, w->wasi, memory, slots, &w->result);
    if (!w->unwatched) {
        check_memory(w, name, outs);
    }
    switch (w->outcome) {
    case RINGFORT_RETURNED:
        return w->result.value;
    case RINGFORT_EXITED:
        return WASI_EXITED;
    case RINGFORT_FAULT:
        return WASI_FAULTED;
    case RINGFORT_INTERRUPTED:
        return WASI_INTERRUPTED;
    default:
        fail_msg("%s came out as %d", name, (int)w->outcome);
        return WASI_SUCCESS;
    }
}

uint32_t wasi_call(struct world *w, const char *name, const uint64_t *args, size_t count)
{
    return run(w, name, args, count, OUTS({ 0, REST, false }));
}

/** Of the filestat of the world's version. */
static uint32_t filestat_size(const struct world *w)
{
    return w->abi == RINGFORT_UNSTABLE ? SIZE_FILESTAT_UNSTABLE : SIZE_FILESTAT;
}

uint32_t wasi_args_get(struct world *w, uint32_t argv, uint32_t argv_buf)
{
    return run(w, "args_get", ARGS(argv, argv_buf),
               OUTS({ argv, REST, false }, { argv_buf, REST, false }));
}

uint32_t wasi_args_sizes_get(struct world *w, uint32_t argc, uint32_t size)
{
    return run(w, "args_sizes_get", ARGS(argc, size), OUTS({ argc, 4, false }, { size, 4, false }));
}

uint32_t wasi_environ_get(struct world *w, uint32_t env, uint32_t env_buf)
{
    return run(w, "environ_get", ARGS(env, env_buf),
               OUTS({ env, REST, false }, { env_buf, REST, false }));
}

uint32_t wasi_environ_sizes_get(struct world *w, uint32_t count, uint32_t size)
{
    return run(w, "environ_sizes_get", ARGS(count, size),
               OUTS({ count, 4, false }, { size, 4, false }));
}

uint32_t wasi_clock_res_get(struct world *w, uint32_t id, uint32_t out)
{
    return run(w, "clock_res_get", ARGS(id, out), OUTS({ out, 8, false }));
}

uint32_t wasi_clock_time_get(struct world *w, uint32_t id, uint64_t precision, uint32_t out)
{
    return run(w, "clock_time_get", ARGS(id, precision, out), OUTS({ out, 8, false }));
}

uint32_t wasi_fd_advise(struct world *w, uint32_t fd, uint64_t offset, uint64_t length,
                        uint32_t advice)
{
    return run(w, "fd_advise", ARGS(fd, offset, length, advice), NULL);
}

uint32_t wasi_fd_allocate(struct world *w, uint32_t fd, uint64_t offset, uint64_t length)
{
    return run(w, "fd_allocate", ARGS(fd, offset, length), NULL);
}

uint32_t wasi_fd_close(struct world *w, uint32_t fd)
{
    return run(w, "fd_close", ARGS(fd), NULL);
}

uint32_t wasi_fd_datasync(struct world *w, uint32_t fd)
{
    return run(w, "fd_datasync", ARGS(fd), NULL);
}

uint32_t wasi_fd_fdstat_get(struct world *w, uint32_t fd, uint32_t out)
{
    return run(w, "fd_fdstat_get", ARGS(fd, out), OUTS({ out, SIZE_FDSTAT, false }));
}

uint32_t wasi_fd_fdstat_set_flags(struct world *w, uint32_t fd, uint32_t flags)
{
    return run(w, "fd_fdstat_set_flags", ARGS(fd, flags), NULL);
}

uint32_t wasi_fd_fdstat_set_rights(struct world *w, uint32_t fd, uint64_t base, uint64_t inheriting)
{
    return run(w, "fd_fdstat_set_rights", ARGS(fd, base, inheriting), NULL);
}

uint32_t wasi_fd_filestat_get(struct world *w, uint32_t fd, uint32_t out)
{
    return run(w, "fd_filestat_get", ARGS(fd, out), OUTS({ out, filestat_size(w), false }));
}

uint32_t wasi_fd_filestat_set_size(struct world *w, uint32_t fd, uint64_t size)
{
    return run(w, "fd_filestat_set_size", ARGS(fd, size), NULL);
}

uint32_t wasi_fd_filestat_set_times(struct world *w, uint32_t fd, uint64_t atim, uint64_t mtim,
                                    uint32_t flags)
{
    return run(w, "fd_filestat_set_times", ARGS(fd, atim, mtim, flags), NULL);
}

uint32_t wasi_fd_pread(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint64_t offset,
                       uint32_t nread)
{
    return run(w, "fd_pread", ARGS(fd, iovs, count, offset, nread),
               OUTS({ iovs, count, true }, { nread, 4, false }));
}

uint32_t wasi_fd_prestat_get(struct world *w, uint32_t fd, uint32_t out)
{
    return run(w, "fd_prestat_get", ARGS(fd, out), OUTS({ out, SIZE_PRESTAT, false }));
}

uint32_t wasi_fd_prestat_dir_name(struct world *w, uint32_t fd, uint32_t buf, uint32_t length)
{
    return run(w, "fd_prestat_dir_name", ARGS(fd, buf, length), OUTS({ buf, length, false }));
}

uint32_t wasi_fd_pwrite(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count,
                        uint64_t offset, uint32_t nwritten)
{
    return run(w, "fd_pwrite", ARGS(fd, iovs, count, offset, nwritten),
               OUTS({ nwritten, 4, false }));
}

uint32_t wasi_fd_read(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t nread)
{
    return run(w, "fd_read", ARGS(fd, iovs, count, nread),
               OUTS({ iovs, count, true }, { nread, 4, false }));
}

uint32_t wasi_fd_readdir(struct world *w, uint32_t fd, uint32_t buf, uint32_t length,
                         uint64_t cookie, uint32_t used)
{
    return run(w, "fd_readdir", ARGS(fd, buf, length, cookie, used),
               OUTS({ buf, length, false }, { used, 4, false }));
}

uint32_t wasi_fd_renumber(struct world *w, uint32_t from, uint32_t to)
{
    return run(w, "fd_renumber", ARGS(from, to), NULL);
}

uint32_t wasi_fd_seek(struct world *w, uint32_t fd, int64_t offset, uint32_t whence, uint32_t out)
{
    return run(w, "fd_seek", ARGS(fd, (uint64_t)offset, whence, out), OUTS({ out, 8, false }));
}

uint32_t wasi_fd_sync(struct world *w, uint32_t fd)
{
    return run(w, "fd_sync", ARGS(fd), NULL);
}

uint32_t wasi_fd_tell(struct world *w, uint32_t fd, uint32_t out)
{
    return run(w, "fd_tell", ARGS(fd, out), OUTS({ out, 8, false }));
}

uint32_t wasi_fd_write(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count,
                       uint32_t nwritten)
{
    return run(w, "fd_write", ARGS(fd, iovs, count, nwritten), OUTS({ nwritten, 4, false }));
}

uint32_t wasi_path_create_directory(struct world *w, uint32_t fd, struct span path)
{
    return run(w, "path_create_directory", ARGS(fd, path.at, path.length), NULL);
}

uint32_t wasi_path_filestat_get(struct world *w, uint32_t fd, uint32_t lookup, struct span path,
                                uint32_t out)
{
    return run(w, "path_filestat_get", ARGS(fd, lookup, path.at, path.length, out),
               OUTS({ out, filestat_size(w), false }));
}

uint32_t wasi_path_filestat_set_times(struct world *w, uint32_t fd, uint32_t lookup,
                                      struct span path, uint64_t atim, uint64_t mtim,
                                      uint32_t flags)
{
    return run(w, "path_filestat_set_times",
               ARGS(fd, lookup, path.at, path.length, atim, mtim, flags), NULL);
}

uint32_t wasi_path_link(struct world *w, uint32_t old_fd, uint32_t lookup, struct span old_path,
                        uint32_t new_fd, struct span new_path)
{
    return run(
        w, "path_link",
        ARGS(old_fd, lookup, old_path.at, old_path.length, new_fd, new_path.at, new_path.length),
        NULL);
}

uint32_t wasi_path_open(struct world *w, uint32_t fd, uint32_t lookup, struct span path,
                        uint32_t oflags, uint64_t base, uint64_t inheriting, uint32_t fdflags,
                        uint32_t out)
{
    return run(w, "path_open",
               ARGS(fd, lookup, path.at, path.length, oflags, base, inheriting, fdflags, out),
               OUTS({ out, 4, false }));
}

uint32_t wasi_path_readlink(struct world *w, uint32_t fd, struct span path, uint32_t buf,
                            uint32_t length, uint32_t used)
{
    return run(w, "path_readlink", ARGS(fd, path.at, path.length, buf, length, used),
               OUTS({ buf, length, false }, { used, 4, false }));
}

uint32_t wasi_path_remove_directory(struct world *w, uint32_t fd, struct span path)
{
    return run(w, "path_remove_directory", ARGS(fd, path.at, path.length), NULL);
}

uint32_t wasi_path_rename(struct world *w, uint32_t old_fd, struct span old_path, uint32_t new_fd,
                          struct span new_path)
{
    return run(w, "path_rename",
               ARGS(old_fd, old_path.at, old_path.length, new_fd, new_path.at, new_path.length),
               NULL);
}

uint32_t wasi_path_symlink(struct world *w, struct span target, uint32_t fd, struct span new_path)
{
    return run(w, "path_symlink", ARGS(target.at, target.length, fd, new_path.at, new_path.length),
               NULL);
}

uint32_t wasi_path_unlink_file(struct world *w, uint32_t fd, struct span path)
{
    return run(w, "path_unlink_file", ARGS(fd, path.at, path.length), NULL);
}

uint32_t wasi_poll_oneoff(struct world *w, uint32_t in, uint32_t out, uint32_t count,
                          uint32_t nevents)
{
    return run(w, "poll_oneoff", ARGS(in, out, count, nevents),
               OUTS({ out, (uint64_t)count * SIZE_EVENT, false }, { nevents, 4, false }));
}

uint32_t wasi_proc_exit(struct world *w, uint32_t code)
{
    return run(w, "proc_exit", ARGS(code), NULL);
}

uint32_t wasi_proc_raise(struct world *w, uint32_t signal)
{
    return run(w, "proc_raise", ARGS(signal), NULL);
}

uint32_t wasi_random_get(struct world *w, uint32_t buf, uint32_t length)
{
    return run(w, "random_get", ARGS(buf, length), OUTS({ buf, length, false }));
}

uint32_t wasi_sched_yield(struct world *w)
{
    return run(w, "sched_yield", NULL, 0, NULL);
}

uint32_t wasi_sock_accept(struct world *w, uint32_t fd, uint32_t flags, uint32_t out)
{
    return run(w, "sock_accept", ARGS(fd, flags, out), OUTS({ out, 4, false }));
}

uint32_t wasi_sock_recv(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t flags,
                        uint32_t nread, uint32_t roflags)
{
    return run(w, "sock_recv", ARGS(fd, iovs, count, flags, nread, roflags),
               OUTS({ iovs, count, true }, { nread, 4, false }, { roflags, 2, false }));
}

uint32_t wasi_sock_send(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t flags,
                        uint32_t nwritten)
{
    return run(w, "sock_send", ARGS(fd, iovs, count, flags, nwritten),
               OUTS({ nwritten, 4, false }));
}

uint32_t wasi_sock_shutdown(struct world *w, uint32_t fd, uint32_t how)
{
    return run(w, "sock_shutdown", ARGS(fd, how), NULL);
}
