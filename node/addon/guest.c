/* Guests: what WASI objects stand for.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "guest.h"

#include <pthread.h>
#include <stdlib.h>

struct shared_memory {
    const void *base;
    struct guest *guest;
    unsigned holders;
    struct shared_memory *next;
};

/* The one state of the process: addons are loaded once, whatever the number of its threads. The
 * lock is held for list work only, never in a call. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared_memory *memories;

struct guest *ringfort_guest_new(ringfort_wasi *wasi)
{
    struct guest *guest = malloc(sizeof *guest);
    if (guest != NULL) {
        *guest = (struct guest){ .wasi = wasi, .holders = 1 };
    }
    return guest;
}

/* With the lock taken: the guest where nobody holds it any more. */
static struct guest *let_go(struct guest *guest)
{
    return guest != NULL && --guest->holders == 0 ? guest : NULL;
}

static void delete_guest(struct guest *guest)
{
    if (guest != NULL) {
        ringfort_wasi_delete(guest->wasi);
        free(guest);
    }
}

void ringfort_guest_drop(struct guest *guest)
{
    pthread_mutex_lock(&lock);
    struct guest *last = let_go(guest);
    pthread_mutex_unlock(&lock);
    delete_guest(last);
}

/* With the lock taken. */
static struct shared_memory *find(const void *base)
{
    struct shared_memory *memory = memories;
    while (memory != NULL && memory->base != base) {
        memory = memory->next;
    }
    return memory;
}

/* With the lock taken: a new entry, which `guest` is made fit for; NULL where memory is short. */
static struct shared_memory *enter(struct guest *guest, const void *base)
{
    struct shared_memory *memory = malloc(sizeof *memory);
    if (memory == NULL || ringfort_wasi_share(guest->wasi) != RINGFORT_OK) {
        free(memory);
        return NULL;
    }
    *memory = (struct shared_memory){ .base = base, .guest = guest, .next = memories };
    guest->holders++;
    memories = memory;
    return memory;
}

/* With the lock taken: the guest where nobody holds it any more. NULL is allowed. */
static struct guest *leave(struct shared_memory *memory)
{
    if (memory == NULL || --memory->holders > 0) {
        return NULL;
    }
    struct shared_memory **link = &memories;
    while (*link != memory) {
        link = &(*link)->next;
    }
    *link = memory->next;
    struct guest *last = let_go(memory->guest);
    free(memory);
    return last;
}

/* With the lock taken. */
static enum moved move(struct guest **guest, struct shared_memory **memory, const void *base,
                       struct guest **last)
{
    struct shared_memory *from = *memory;
    if (from != NULL && from->base != base && from->holders > 1) {
        return MOVED_NOT_ALONE;
    }
    struct shared_memory *to = base != NULL ? find(base) : NULL;
    if (base != NULL && to == NULL) {
        to = enter(*guest, base);
        if (to == NULL) {
            return MOVED_NO_MEMORY;
        }
    }
    if (to != NULL) {
        to->holders++;
        to->guest->holders++;
        last[0] = let_go(*guest);
        *guest = to->guest;
    }
    last[1] = leave(from);
    *memory = to;
    return MOVED;
}

enum moved ringfort_guest_move(struct guest **guest, struct shared_memory **memory,
                               const void *base)
{
    struct guest *last[2] = { NULL, NULL };
    pthread_mutex_lock(&lock);
    const enum moved moved = move(guest, memory, base, last);
    pthread_mutex_unlock(&lock);
    delete_guest(last[0]);
    delete_guest(last[1]);
    return moved;
}

void ringfort_shared_memory_drop(struct shared_memory *memory)
{
    pthread_mutex_lock(&lock);
    struct guest *last = leave(memory);
    pthread_mutex_unlock(&lock);
    delete_guest(last);
}
