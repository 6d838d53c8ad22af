/*
 * The limits of the compiler process, and the walls around it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMPILE_WALLS_H
#define CLI_COMPILE_WALLS_H

#include "compile_limits.h"

/* Closes all descriptors but 1 and 2. */
void compile_close_files(void);

/* Limits this process. Returns -1, or the status to end with. */
int compile_limit_process(const struct compile_limits *limits);

/* Puts the walls up: no files, no network, no other program, no executable memory. Returns -1, or
 * the status to end with. */
int compile_raise_walls(const struct compile_limits *limits);

#endif
