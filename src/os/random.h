/* Random bytes.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_RANDOM_H
#define RINGFORT_OS_RANDOM_H

#include <stddef.h>

/* Fills all of it; 0 or a negative errno. */
int ringfort_random_fill(void *to, size_t len);

#endif
