/* Host errnos to WASI's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_ERRNO_H
#define RINGFORT_OS_ERRNO_H

#include "abi/types.h"

/* `result` is what a sys_ function gave: SUCCESS where it is not negative, else the errno in
 * WASI's numbers, IO where WASI has no such errno. */
CHECKED wasi_errno ringfort_errno_of(long result);

#endif
