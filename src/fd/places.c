/* Numbers for the places in a directory, in bounded memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/places.h"

#include "os/heap.h"

#include <string.h>

/* ---- Memory, within the budget ---- */

static bool take_bytes(struct place_budget *budget, size_t bytes)
{
    const size_t used = atomic_fetch_add_explicit(&budget->used, bytes, memory_order_relaxed);
    if (bytes <= PLACES_BUDGET && used <= PLACES_BUDGET - bytes) {
        return true;
    }
    atomic_fetch_sub_explicit(&budget->used, bytes, memory_order_relaxed);
    return false;
}

static void give_bytes(struct place_budget *budget, size_t bytes)
{
    atomic_fetch_sub_explicit(&budget->used, bytes, memory_order_relaxed);
}

static size_t bytes_of_table(const struct places *places)
{
    return places->at == places->within ? 0 : places->room * sizeof places->at[0];
}

static size_t slots_of_index(const struct places *places)
{
    return 2 * places->room; /* so that at most half of them are taken */
}

static void drop_index(struct places *places)
{
    if (places->index != NULL) {
        heap_free(places->index);
        places->index = NULL;
        give_bytes(places->budget, slots_of_index(places) * sizeof places->index[0]);
    }
}

void ringfort_places_init(struct places *places, struct place_budget *budget)
{
    places->budget = budget;
    places->at = places->within;
    places->index = NULL;
    places->count = 0;
    places->room = PLACES_WITHIN;
    places->thinned = 0;
}

void ringfort_places_clear(struct places *places)
{
    drop_index(places);
    if (places->at != places->within) {
        give_bytes(places->budget, bytes_of_table(places));
        heap_free(places->at);
    }
    ringfort_places_init(places, places->budget);
}

void ringfort_places_restart(struct places *places)
{
    if (places->index != NULL && places->count > PLACES_RENUMBERED) {
        ringfort_places_clear(places);
    }
}

/* ---- Numbers by position ---- */

/* Returns the slot that holds the position's number, or the empty one where it belongs. */
static uint32_t *slot_of(const struct places *places, uint64_t position)
{
    const size_t mask = slots_of_index(places) - 1;
    const uint64_t spread = position * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(spread >> 32) & mask;
    while (places->index[i] != 0 && places->at[places->index[i] - 1] != position) {
        i = (i + 1) & mask;
    }
    return &places->index[i];
}

/* Makes the index where there is none; false where the budget or the host has no room for it. */
static bool make_index(struct places *places)
{
    if (places->index != NULL) {
        return true;
    }
    const size_t slots = slots_of_index(places);
    if (!take_bytes(places->budget, slots * sizeof places->index[0])) {
        return false;
    }
    places->index = heap_zeroed(slots, sizeof places->index[0]);
    if (places->index == NULL) {
        give_bytes(places->budget, slots * sizeof places->index[0]);
        return false;
    }
    for (size_t i = 0; i < places->count; i++) {
        uint32_t *slot = slot_of(places, places->at[i]);
        *slot = *slot != 0 ? *slot : (uint32_t)i + 1;
    }
    return true;
}

/* ---- Room ---- */

/* Doubles the room; false where the budget or the host has none. */
static bool grow(struct places *places)
{
    const size_t old_bytes = bytes_of_table(places);
    const size_t new_bytes = 2 * places->room * sizeof places->at[0];
    const bool was_indexed = places->index != NULL;
    drop_index(places);
    /* The first cannot be, which tools do not see. */
    if (new_bytes <= old_bytes || !take_bytes(places->budget, new_bytes)) {
        return false;
    }
    /* Once for each doubling, from 1,024 entries on. */
    uint64_t *grown = heap_resized(old_bytes > 0 ? places->at : NULL, new_bytes);
    if (grown == NULL) {
        give_bytes(places->budget, new_bytes);
        return false;
    }
    if (old_bytes == 0) {
        memcpy(grown, places->within, sizeof places->within);
    }
    give_bytes(places->budget, old_bytes);
    places->at = grown;
    places->room *= 2;
    if (was_indexed) {
        (void)make_index(places); /* without it a position may get a second number */
    }
    return true;
}

/* Keeps every second position. */
static void thin(struct places *places)
{
    drop_index(places);
    places->count /= 2;
    for (size_t i = 0; i < places->count; i++) {
        places->at[i] = places->at[2 * i + 1];
    }
    places->thinned++;
}

/* ---- Numbers ---- */

struct place_known ringfort_places_nearest(const struct places *places, uint64_t number)
{
    const uint64_t wanted = number >> places->thinned;
    const size_t kept = wanted < places->count ? (size_t)wanted : places->count;
    if (kept == 0) {
        return (struct place_known){ 0, 0 };
    }
    return (struct place_known){ .number = (uint64_t)kept << places->thinned,
                                 .position = places->at[kept - 1] };
}

/* Numbers count entries, and the listing at hand is right: its positions replace older ones. */
static uint64_t note_thinned(struct places *places, uint64_t after, uint64_t position)
{
    const uint64_t number = after + 1;
    const uint64_t kept = number >> places->thinned;
    if (kept << places->thinned != number) {
        return number;
    }
    if (kept <= places->count) {
        places->at[kept - 1] = position;
    } else if (places->count < places->room || grow(places)) {
        places->at[places->count++] = position;
    } else {
        thin(places); /* an odd number of strides: it is not kept any more */
    }
    return number;
}

/* Numbers are names: whoever has one may come back to it. */
static uint64_t note_new(struct places *places, uint64_t position)
{
    places->at[places->count++] = position;
    if (places->index != NULL) {
        *slot_of(places, position) = (uint32_t)places->count;
    }
    return places->count;
}

uint64_t ringfort_places_note(struct places *places, uint64_t after, uint64_t position)
{
    if (places->thinned > 0) {
        return note_thinned(places, after, position);
    }
    /* Another position than in an earlier listing: the directory has changed. Without an index it
     * may get a second number, and both lead to it. */
    const bool has_changed = places->index != NULL || after < places->count;
    if (has_changed && make_index(places)) {
        const uint32_t known = *slot_of(places, position);
        if (known != 0) {
            return known;
        }
    }
    if (places->count < places->room || grow(places)) {
        return note_new(places, position);
    }
    thin(places);
    return note_thinned(places, after, position);
}
