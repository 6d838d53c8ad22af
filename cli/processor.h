/*
 * What this processor can do, as far as compiled code depends on it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_PROCESSOR_H
#define CLI_PROCESSOR_H

#include <stdint.h>

enum { PROCESSOR_WORDS = 8 };

/* Fills words that are equal on two processors exactly where they have the same instructions to
 * offer. */
void processor_describe(uint64_t words[PROCESSOR_WORDS]);

#endif
