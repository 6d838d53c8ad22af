/*
 * The folder of a race: a box for the guests, everything in it with a twin outside, so that a path
 * that gets out finds what it looks for; and the attackers that are no guests.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_RACE_FOLDER_H
#define RINGFORT_TESTS_RACE_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

enum { RACE_FOLDER_OUTSIDE = 18 };

struct race_folder {
    char path[256];
    int top;
    int box;
    struct stat was[RACE_FOLDER_OUTSIDE]; /**< what is outside, as it was made */
};

/** Makes a fresh folder, in /dev/shm or TMPDIR; ends the program where that fails. */
void race_folder_make(struct race_folder *folder);

/** @return how many things outside are not as they were made; each is named on stderr */
unsigned race_folder_changes(const struct race_folder *folder);

void race_folder_remove(struct race_folder *folder);

/** One turn of an attacker with all that the kernel offers; `shape` is x, d, r or m. */
void race_folder_attack(const struct race_folder *folder, char shape, void (*rest)(void));

#endif
