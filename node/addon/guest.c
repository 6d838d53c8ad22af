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

/* With the lock taken: a new entry, which `guest` is made fit for. */
static ringfort_status enter(struct guest *guest, const void *base, struct shared_memory **out)
{
    struct shared_memory *memory = malloc(sizeof *memory);
    if (memory == NULL) {
        return RINGFORT_ERR_NO_MEMORY;
    }
    const ringfort_status status = ringfort_wasi_share(guest->wasi);
    if (status != RINGFORT_OK) {
        free(memory);
        return status;
    }
    *memory = (struct shared_memory){ .base = base, .guest = guest, .next = memories };
    guest->holders++;
    memories = memory;
    *out = memory;
    return RINGFORT_OK;
}

ringfort_status ringfort_guest_join(struct guest **guest, const void *base,
                                    struct shared_memory **out)
{
    struct guest *left = NULL;
    ringfort_status status = RINGFORT_OK;
    pthread_mutex_lock(&lock);
    struct shared_memory *memory = find(base);
    if (memory == NULL) {
        status = enter(*guest, base, &memory);
    }
    if (status == RINGFORT_OK) {
        memory->holders++;
        memory->guest->holders++;
        left = let_go(*guest);
        *guest = memory->guest;
        *out = memory;
    }
    pthread_mutex_unlock(&lock);
    delete_guest(left);
    return status;
}

void ringfort_shared_memory_drop(struct shared_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    struct guest *last = NULL;
    pthread_mutex_lock(&lock);
    if (--memory->holders == 0) {
        struct shared_memory **link = &memories;
        while (*link != memory) {
            link = &(*link)->next;
        }
        *link = memory->next;
        last = let_go(memory->guest);
        free(memory);
    }
    pthread_mutex_unlock(&lock);
    delete_guest(last);
}
