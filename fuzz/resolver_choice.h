/*
 * Which of the two resolvers an object uses, for harnesses that do not see src/.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_RESOLVER_CHOICE_H
#define FUZZ_RESOLVER_CHOICE_H

#include <ringfort.h>
#include <stdint.h>

/* From now on paths are walked, as where the kernel has no openat2. */
void without_openat2(ringfort_wasi *wasi);

/* How many open files its table counts. */
uint32_t live_files(const ringfort_wasi *wasi);

#endif
