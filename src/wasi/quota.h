/* What a guest may use up in its life: bytes, names, and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_QUOTA_H
#define RINGFORT_WASI_QUOTA_H

#include "fd/table.h"
#include "guest/memory.h"
#include "os/lock.h"

struct call;

struct quota {
    bool any;                    /* whether something of the following limits what is written */
    bool host_limits_size;       /* RLIMIT_FSIZE: a file that grows past it raises a signal */
    uint64_t file_size;          /* UINT64_MAX for none */
    _Atomic uint64_t bytes_left; /* UINT64_MAX at first for none, as the two below */
    _Atomic uint64_t output_left;
    _Atomic uint64_t entries_left;
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

/* Sets bytes that are to be written to a file aside: all that are wanted, or NOSPC. */
CHECKED wasi_errno ringfort_quota_take(struct call *c, const struct open_file *file,
                                       uint64_t wanted);

/* The same for a transfer, which is cut to what is left; a datagram goes whole or not. */
CHECKED wasi_errno ringfort_quota_take_buffers(struct call *c, struct open_file *file,
                                               struct guest_buffers *from, uint64_t *taken);

/* Gives back what was set aside and not written after all. */
void ringfort_quota_give_back(struct call *c, const struct open_file *file, uint64_t bytes);

/* Cuts a write at `at` so that it ends within the size of files; FBIG where it would begin
 * beyond. */
CHECKED wasi_errno ringfort_quota_cut(struct call *c, uint64_t at, struct guest_buffers *from);

/* Whether a file may have `size` bytes: FBIG where that is growth past the limit. */
CHECKED wasi_errno ringfort_quota_check_size(struct call *c, const struct open_file *file,
                                             uint64_t size);

/* Whether names are counted. */
bool ringfort_quota_counts_entries(const struct call *c);

/* Sets a name that is to be made aside: false where none is left. */
CHECKED bool ringfort_quota_take_entry(struct call *c);

/* Gives it back where it was not made after all; passes the call's errno on. */
CHECKED wasi_errno ringfort_quota_settle_entry(struct call *c, wasi_errno error);

#endif
