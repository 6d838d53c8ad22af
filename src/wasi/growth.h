/* Around a call that may make a file larger.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_GROWTH_H
#define RINGFORT_WASI_GROWTH_H

#include "os/signal_guard.h"
#include "wasi/quota.h"

/* One call on one file. Where a limit needs the file's size, no other thread of the guest changes
 * files until the call has ended; what the call may use is taken from the limits before it, and
 * what it did not use is given back after it. */
struct growth {
    struct call *c; /* NULL before ringfort_growth_begin */
    const struct open_file *file;
    struct signal_guard guard;
    bool measured;   /* a limit needs what follows */
    uint64_t size;   /* before the call, as are the next two */
    uint64_t blocks; /* bytes on the disk */
    uint64_t unit;   /* in which the file system gives them out */
    uint64_t hole;   /* from the end to where a write begins */
    uint64_t at;     /* of a write */
    uint64_t bytes;  /* taken from the limits, as are the next two */
    uint64_t output;
    uint64_t space;
    bool writes;    /* it is a write: `result` is a count */
    int64_t result; /* of the system call, which the caller sets; negative before it */
};

/* Locks and looks. */
CHECKED wasi_errno ringfort_growth_begin(struct growth *growth, struct call *c,
                                         const struct open_file *file);

/* Takes what a write to a measured file needs that begins at `at`, and cuts the write to what is
 * left: NOSPC or FBIG where nothing is. */
CHECKED wasi_errno ringfort_growth_take_write(struct growth *growth, uint64_t at,
                                              struct guest_buffers *from);

/* The same for bytes that are reserved, and for a new size: all or nothing; of what is not
 * measured, nothing. */
CHECKED wasi_errno ringfort_growth_take_range(struct growth *growth, uint64_t offset, uint64_t len);
CHECKED wasi_errno ringfort_growth_take_size(struct growth *growth, uint64_t size);

/* Settles and unlocks; done on every way out of the function that declares a GROWTH. */
void ringfort_growth_end(struct growth *growth);

#define GROWTH __attribute__((cleanup(ringfort_growth_end))) struct growth

/* Until it is begun. */
static inline struct growth growth_none(void)
{
    return (struct growth){ .c = NULL };
}

#endif
