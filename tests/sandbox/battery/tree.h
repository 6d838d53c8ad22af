/*
 * The folders that the battery is tried in: how they are made, and whether they are as they were.
 *
 * All paths begin at the working directory, ROOT, so that a user who may not enter its parents can
 * work in it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_BATTERY_TREE_H
#define RINGFORT_TESTS_BATTERY_TREE_H

#include "cases.h"

#include <stdint.h>
#include <time.h>

/** In the content of every canary that has any. */
#define KEPT_SECRET "kept-secret"
/** A canary's name, which no path of the battery has. */
#define UNLISTED    "unlisted"

/** What is not the guest's to see, or to change. */
enum {
    CANARY_COUNT = 15,
    CANARIES_UNSEEN = 9, /**< the first of them; the others are the read-only preopen, to be seen */
};

/** What a canary is, and when it was last read and changed. */
struct canary {
    uint64_t device;
    uint64_t inode;
    uint64_t links;
    uint64_t size;
    uint32_t mode;
    uint32_t owner;
    struct timespec read;
    struct timespec modified;
    struct timespec changed;
};

struct canaries {
    struct canary at[CANARY_COUNT];
};

extern const char *const canary_paths[CANARY_COUNT];

/** Makes the folder of an attempt; the process ends where that fails. */
void tree_make(const struct attempt *attempt);

void tree_look(const char *id, struct canaries *out);

/** Whether the canaries that are files still have their content. */
bool tree_contents_are_kept(const char *id);

#endif
