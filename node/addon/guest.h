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

enum moved {
    MOVED,
    MOVED_NOT_ALONE, /* others are where *memory is: they would share with those at the new one */
    MOVED_NO_MEMORY, /* the host's is short */
};

/**
 * Leaves the shared memory that the holder of *guest is bound to, if any, and joins whoever is
 * bound to the one that begins at `base`: *guest is exchanged for theirs, or they will join ours.
 * The caller keeps the memory alive until the last let go, so that its address means no other.
 * @param memory  NULL, or what was joined before; set to what must be let go with
 *                ringfort_shared_memory_drop
 * @param base    NULL for a memory that is not shared: *memory is NULL then
 * @return nothing is changed but where it is MOVED
 */
enum moved ringfort_guest_move(struct guest **guest, struct shared_memory **memory,
                               const void *base);

/* NULL is allowed. */
void ringfort_shared_memory_drop(struct shared_memory *memory);

#endif
