/*
 * Inspecting a module that was read.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "source.h"

/* Checks a module and prints what it needs, in this process. Returns the status to end with. */
int inspect_here(const struct source *source);

#endif
