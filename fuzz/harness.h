/*
 * What every fuzz target is: a function over one input. libFuzzer calls it, or replay.c does.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_HARNESS_H
#define FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
