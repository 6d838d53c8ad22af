/* What a guest may write: how many bytes in its life, and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_QUOTA_H
#define RINGFORT_WASI_QUOTA_H

#include "fd/table.h"
#include "guest/memory.h"
#include "os/lock.h"

struct quota {
    bool any;                    /* whether one of the three is set */
    bool host_limits_size;       /* RLIMIT_FSIZE: a file that grows past it raises a signal */
    uint64_t file_size;          /* UINT64_MAX for none */
    _Atomic uint64_t bytes_left; /* UINT64_MAX at first for none */
    struct lock growing; /* no thread writes between another's look at a size and its write */
};

void ringfort_quota_init(struct quota *quota, uint64_t bytes, uint64_t file_size,
                         bool single_threaded);

/* From now on several threads may write. No call may be under way. */
static inline void ringfort_quota_share(struct quota *quota)
{
    lock_share(&quota->growing);
}

static inline void ringfort_quota_destroy(struct quota *quota)
{
    lock_destroy(&quota->growing);
}

/* Sets some of `wanted` bytes aside, at least `least`; NOSPC where there are not so many. */
CHECKED wasi_errno ringfort_quota_take(struct quota *quota, uint64_t wanted, uint64_t least,
                                       uint64_t *taken);

/* The same for a transfer, which is cut to what was set aside; a datagram goes whole or not. */
CHECKED wasi_errno ringfort_quota_take_buffers(struct quota *quota, enum file_kind kind,
                                               struct guest_buffers *from, uint64_t *taken);

/* Gives back what was set aside and not written after all. */
void ringfort_quota_give_back(struct quota *quota, uint64_t bytes);

/* Cuts a write at `at` so that it ends within the size of files; FBIG where it would begin
 * beyond. */
CHECKED wasi_errno ringfort_quota_cut(const struct quota *quota, uint64_t at,
                                      struct guest_buffers *from);

/* Whether a file may have `size` bytes: FBIG where that is growth past the limit. */
CHECKED wasi_errno ringfort_quota_check_size(const struct quota *quota,
                                             const struct open_file *file, uint64_t size);

#endif
