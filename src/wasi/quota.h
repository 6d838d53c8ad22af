/* What a guest may use up in its life: bytes, names, and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_QUOTA_H
#define RINGFORT_WASI_QUOTA_H

#include "fd/table.h"
#include "guest/memory.h"
#include "os/lock.h"

struct call;

/* What is counted down over a guest's life. */
enum quota_kind {
    QUOTA_BYTES,   /* RINGFORT_LIMIT_BYTES_WRITTEN */
    QUOTA_SPACE,   /* what of them takes room on the disk: blocks and names */
    QUOTA_OUTPUT,  /* RINGFORT_LIMIT_OUTPUT */
    QUOTA_ENTRIES, /* RINGFORT_LIMIT_ENTRIES_CREATED */
    QUOTA_COUNT
};

enum {
    QUOTA_BLOCK = 4096, /* in which files take room */
    /* What a name takes: an inode, and its entry in a directory that is half empty. */
    QUOTA_NAME = 1024,
    QUOTA_DIRECTORY = QUOTA_NAME + QUOTA_BLOCK,
};

struct quota {
    bool any;              /* whether something limits what is written */
    bool counts_bytes;     /* QUOTA_BYTES and QUOTA_SPACE */
    bool counts_output;    /* QUOTA_OUTPUT */
    bool host_limits_size; /* RLIMIT_FSIZE: a file that grows past it raises a signal */
    uint64_t file_size;    /* UINT64_MAX for none */
    _Atomic uint64_t left[QUOTA_COUNT]; /* UINT64_MAX where it is not counted */
    struct lock growing; /* no thread writes between another's look at a size and its write */
};

/* `limits` are the config's, by their numbers. */
void ringfort_quota_init(struct quota *quota, const uint64_t *limits, bool single_threaded);

/* From now on several threads may write. No call may be under way. */
static inline void ringfort_quota_share(struct quota *quota)
{
    lock_share(&quota->growing);
}

static inline void ringfort_quota_destroy(struct quota *quota)
{
    lock_destroy(&quota->growing);
}

/* Sets some of `wanted` aside, at least `least`: that comes before the call, because two threads
 * may want the last of it. NOSPC where there is less. */
CHECKED wasi_errno ringfort_quota_take(struct call *c, enum quota_kind kind, uint64_t wanted,
                                       uint64_t least, uint64_t *taken);

/* After the call: gives back what was not used, and takes what was used beyond. */
void ringfort_quota_settle(struct call *c, enum quota_kind kind, uint64_t taken, uint64_t used);

/* Sets the bytes of a transfer to a stream or a device aside, and cuts it to what is left; a
 * datagram goes whole or not. */
CHECKED wasi_errno ringfort_quota_take_buffers(struct call *c, const struct open_file *file,
                                               struct guest_buffers *from, uint64_t *taken);

/* After it. */
void ringfort_quota_settle_buffers(struct call *c, const struct open_file *file, uint64_t taken,
                                   uint64_t used);

/* Cuts a write at `at` so that it ends within the size of files; FBIG where it would begin
 * beyond. */
CHECKED wasi_errno ringfort_quota_cut(struct call *c, uint64_t at, struct guest_buffers *from);

/* Whether a file of `now` bytes may have `size`: FBIG where that is growth past the limit. */
CHECKED wasi_errno ringfort_quota_check_size(struct call *c, uint64_t now, uint64_t size);

/* Whether names are counted. */
bool ringfort_quota_counts_names(const struct call *c);

/* Sets a name that is to be made aside, and the `space` that it takes: DQUOT or NOSPC where there
 * is none, which ringfort_quota_refuse_name has still to note. */
CHECKED wasi_errno ringfort_quota_take_name(struct call *c, uint64_t space);
CHECKED wasi_errno ringfort_quota_refuse_name(struct call *c, wasi_errno error);

/* Gives it back where it was not made after all; passes the call's errno on. */
CHECKED wasi_errno ringfort_quota_settle_name(struct call *c, uint64_t space, wasi_errno error);

#endif
