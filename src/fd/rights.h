/* Which rights a descriptor can have, by what it is.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_FD_RIGHTS_H
#define RINGFORT_FD_RIGHTS_H

#include "abi/types.h"

#include <stdbool.h>

/* All bits that name a right. */
uint64_t ringfort_rights_all(void);

/* What a directory passes on. */
uint64_t ringfort_rights_inheriting(void);

/* What a descriptor of this type can have at all; `is_tty` for a terminal, which wasi-libc knows
 * by the missing seek and tell. */
uint64_t ringfort_rights_possible(wasi_filetype type, bool is_tty);

/* What stdio can have: others share it, so the guest may read or write, wait, look and seek, and
 * change nothing else. */
uint64_t ringfort_rights_stdio(bool reads, bool writes);

/* The same where the host gave a directory: looking alone. */
uint64_t ringfort_rights_stdio_directory(void);

#endif
