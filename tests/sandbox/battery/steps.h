/*
 * The steps that prepare an attempt, as text: "l out ../outside;m x|o x" is two steps before the
 * bar, by the host or the guest, and one behind it, by the guest. Names begin at the box.
 *
 *     l NAME TEXT  a symbolic link          h OLD NEW  a hard link
 *     m NAME       a directory              r OLD NEW  a new name
 *     x NAME       an empty directory goes
 *   by the host alone:
 *     p NAME       a FIFO                   k NAME     a socket
 *     c NAME       a device that nobody serves
 *   by the guest alone, of its descriptors:
 *     o NAME       opens a directory        O NAME     the same, from what was opened last
 *     q NAME       the same, from the read-only preopen
 *     w NAME       opens a directory and asks for no right
 *     W NAME       the same, from what was opened last
 *     a NAME       a file
 *     u            gives all rights of what was opened up
 *     i            gives up what it passes on
 *     g            asks for all rights for what was opened, in vain
 *     n NUMBER     gives it another number  z          closes it
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_BATTERY_STEPS_H
#define RINGFORT_TESTS_BATTERY_STEPS_H

#include <stdbool.h>

enum { WORD_MAX = 64 };

struct step {
    char verb;
    char name[WORD_MAX];
    char text[WORD_MAX];
};

/** Takes the next step up to a bar or the end, or says that there is none. */
bool step_next(const char **at, struct step *out);

/** What is behind the bar; empty where there is none. */
const char *steps_behind_bar(const char *steps);

#endif
