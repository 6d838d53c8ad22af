/* Numbers for the places in a directory: small and consecutive, because a guest's `long` has 32
 * bits and the kernel's positions have 64.
 *
 * A place is the point behind an entry. The table keeps the kernel's position of each number, so a
 * number leads to the same point as long as the descriptor is open. A position that is seen again
 * gets its number again.
 * All directories of a guest share one budget of memory. Without room, a table keeps the position
 * of every second, fourth, ... number: the numbers then count entries, and the caller reads on from
 * the place before the one that it wants.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_FD_PLACES_H
#define RINGFORT_FD_PLACES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLACES_WITHIN = 1024,     /* kept without an allocation */
    PLACES_BUDGET = 16 << 20, /* bytes that all tables of a guest allocate together */
    PLACES_RENUMBERED =
        1 << 19, /* so many numbers of a changed directory do not outlive a rewind */
};

/* What the tables of a guest have allocated; zeroed at first. */
struct place_budget {
    atomic_size_t used;
};

/* A number and the kernel's position. Number 0 is the start. */
struct place_known {
    uint64_t number;
    uint64_t position;
};

struct places {
    struct place_budget *budget; /* lent */
    uint64_t *at;    /* positions of the numbers 1, 2, ... times 2^thinned; `within` or owned */
    uint32_t *index; /* owned: numbers by position; NULL while they are in the kernel's order */
    size_t count;    /* kept in `at` */
    size_t room;     /* a power of two */
    unsigned thinned;
    uint64_t within[PLACES_WITHIN];
};

void ringfort_places_init(struct places *places, struct place_budget *budget);
void ringfort_places_clear(struct places *places);

/* The guest lists from the start. */
void ringfort_places_restart(struct places *places);

/* Returns the last kept place at `number` or before it. For a number that was never given, it is
 * the one of the greatest number. */
struct place_known ringfort_places_nearest(const struct places *places, uint64_t number);

/* For ringfort_places_number, where the position is not the one expected. */
uint64_t ringfort_places_note(struct places *places, uint64_t after, uint64_t position);

/* Returns the number of the place at `position`, which follows the place numbered `after`. */
static inline uint64_t ringfort_places_number(struct places *places, uint64_t after,
                                              uint64_t position)
{
    if (places->thinned == 0) {
        if (after < places->count && places->at[after] == position) {
            return after + 1; /* listed before */
        }
        if (after == places->count && after < places->room && places->index == NULL) {
            places->at[places->count++] = position;
            return after + 1;
        }
    }
    return ringfort_places_note(places, after, position);
}

#endif
