/* Guests: what WASI objects stand for. Objects that are bound to the same shared memory, in
 * whatever threads, are one guest and have one descriptor table.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_GUEST_H
#define RINGFORT_NODE_GUEST_H

#include <ringfort.h>

/* Counted: each object holds one. */
struct guest {
    ringfort_wasi *wasi;
    unsigned holders;
};

struct shared_memory;

/* A guest of its own around `wasi`, which is given; NULL where memory is short (then it is
 * kept). */
struct guest *ringfort_guest_new(ringfort_wasi *wasi);

/* Lets go; the last one deletes the guest. NULL is allowed. */
void ringfort_guest_drop(struct guest *guest);

/**
 * Joins whoever is bound to the shared memory that begins at `base`: *guest is exchanged for
 * theirs, or they will join ours. The caller keeps the memory alive until the last let go, so that
 * its address means no other.
 * @param out set to what must be let go with ringfort_shared_memory_drop
 * @return OK, ERR_NO_MEMORY, or what ringfort_wasi_share says; *guest is unchanged then
 */
ringfort_status ringfort_guest_join(struct guest **guest, const void *base,
                                    struct shared_memory **out);

/* NULL is allowed. */
void ringfort_shared_memory_drop(struct shared_memory *memory);

#endif
