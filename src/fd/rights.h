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

/* What stdio can have: never anything about paths, also when a descriptor of the host's happens to
 * be a directory. */
uint64_t ringfort_rights_stdio(bool reads, bool writes);

#endif
