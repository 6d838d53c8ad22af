/* One guest's world: everything that a WASI object owns.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_H
#define RINGFORT_WASI_H

#include "call/call.h"
#include "fd/table.h"
#include "os/random.h"
#include "os/stat.h"
#include "os/wait.h"
#include "path/beneath.h"
#include "wasi/quota.h"

#include <ringfort.h>

/* Strings one after the other, each with its NUL, as guests get them. */
struct strings {
    uint32_t count;
    uint32_t size; /* of all, NULs included */
    char *bytes;   /* owned */
};

enum { LIMIT_COUNT = RINGFORT_LIMIT_FUEL + 1 };

struct ringfort_wasi {
    struct call_watch watch;
    struct fd_table fds;
    struct strings args;
    struct strings env;
    unsigned abis;
    ringfort_dialect dialect;
    bool return_on_exit;
    bool openat2; /* whether this kernel has it */
    struct quota quota;
    struct random random;
    uint64_t limits[LIMIT_COUNT]; /* the config's */
    struct waker waker;
    atomic_bool started;
    atomic_bool exited;
    atomic_uint exit_code;
    void *engine_data;
    void (*drop_engine_data)(void *);
};

static inline bool is_node(const struct call *c)
{
    return c->wasi->dialect == RINGFORT_DIALECT_NODE;
}

/* A new open file, as ringfort_file_new: MFILE at the limit. */
CHECKED static inline wasi_errno new_file(struct call *c, struct open_file **out)
{
    const wasi_errno error = ringfort_file_new(&c->wasi->fds, out);
    return error == WASI_EMFILE ? refuse(c, RINGFORT_LIMIT_OPEN_FILES, error) : error;
}

/* Where the paths of an open directory begin. */
static inline struct start start_at(const struct call *c, const struct open_file *dir)
{
    const struct open_file *root = dir->is_link_root ? dir : dir->root;
    return (struct start){ .dir = dir->host_fd,
                           .root = root != NULL ? root->host_fd : -1,
                           .openat2 = c->wasi->openat2,
                           .system_files = dir->system_files,
                           .behind_mount = dir->behind_mount };
}

/* Unknown flag bits: INVAL, but Node ignores them. */
CHECKED static inline wasi_errno check_flags(const struct call *c, uint32_t flags, uint32_t known)
{
    return (flags & ~known) == 0 || is_node(c) ? WASI_SUCCESS : WASI_EINVAL;
}

/* What has no position says so before its rights do: BADF for a directory, SPIPE for a stream. */
CHECKED static inline wasi_errno need_positions(struct open_file *file)
{
    const enum file_kind kind = ringfort_file_kind(file);
    if (kind == KIND_DIRECTORY) {
        return WASI_EBADF;
    }
    return kind_is_stream(kind) ? WASI_ESPIPE : WASI_SUCCESS;
}

/* Fills a filestat, in the layout of the call's version. */
static inline void put_filestat(const struct call *c, struct guest_span to, const struct stat *st,
                                wasi_filetype type)
{
    const struct wasi_layouts *at = c->layouts;
    const uint64_t nlink = st->st_nlink;
    span_clear(to);
    span_put_u64(to, FILESTAT_DEV, st->st_dev);
    span_put_u64(to, FILESTAT_INO, st->st_ino);
    span_put_u8(to, FILESTAT_FILETYPE, (uint8_t)type);
    if (at->filestat_nlink_width == sizeof(uint32_t)) {
        span_put_u32(to, at->filestat_nlink, nlink < UINT32_MAX ? (uint32_t)nlink : UINT32_MAX);
    } else {
        span_put_u64(to, at->filestat_nlink, nlink);
    }
    span_put_u64(to, at->filestat_file_size, (uint64_t)st->st_size);
    span_put_u64(to, at->filestat_times, timestamp_of(st->st_atim));
    span_put_u64(to, at->filestat_times + 8, timestamp_of(st->st_mtim));
    span_put_u64(to, at->filestat_times + 16, timestamp_of(st->st_ctim));
}

/* What utimensat wants for one of the two times. */
static inline struct timespec time_to_set(uint64_t ns, bool given, bool now)
{
    if (now) {
        return (struct timespec){ .tv_nsec = UTIME_NOW };
    }
    return given ? timespec_of(ns) : (struct timespec){ .tv_nsec = UTIME_OMIT };
}

/* fstflags to utimensat's times: INVAL for unknown bits, and for a time that is both given and
 * now. */
CHECKED static inline wasi_errno times_to_set(uint64_t atim, uint64_t mtim, uint32_t flags,
                                              struct timespec out[2])
{
    const uint32_t both_atim = FSTFLAGS_ATIM | FSTFLAGS_ATIM_NOW;
    const uint32_t both_mtim = FSTFLAGS_MTIM | FSTFLAGS_MTIM_NOW;
    if ((flags & ~(uint32_t)FSTFLAGS_ALL) != 0 || (flags & both_atim) == both_atim ||
        (flags & both_mtim) == both_mtim) {
        return WASI_EINVAL;
    }
    out[0] = time_to_set(atim, (flags & FSTFLAGS_ATIM) != 0, (flags & FSTFLAGS_ATIM_NOW) != 0);
    out[1] = time_to_set(mtim, (flags & FSTFLAGS_MTIM) != 0, (flags & FSTFLAGS_MTIM_NOW) != 0);
    return WASI_SUCCESS;
}

#endif
