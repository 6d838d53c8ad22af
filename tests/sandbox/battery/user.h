/*
 * Where a face of the battery works, and as whom.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_BATTERY_USER_H
#define RINGFORT_TESTS_BATTERY_USER_H

#include <stdbool.h>

/**
 * Makes `root` the working directory; as nobody, gives it to that user and becomes that user, who
 * can then work in it also where the way there is not open to everybody. The process ends where
 * that fails.
 */
void user_enter(const char *root, bool as_nobody);

/** Takes `--as-nobody` off the line. */
bool user_is_nobody(int *argc, char ***argv);

#endif
