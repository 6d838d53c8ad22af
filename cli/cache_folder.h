/*
 * The folder of the cache: where it is, whether it may be trusted, and how large it may become.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_CACHE_FOLDER_H
#define CLI_CACHE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#define CACHE_SUFFIX    ".code"
#define CACHE_TEMPORARY ".part"

/* Opens ${XDG_CACHE_HOME:-~/.cache}/ringfort/code. Returns -1 where it cannot be had, or is not
 * safe; the latter is noted. */
int cache_folder_open(void);

/* Removes what was not used for longest until `wanted` more bytes fit, and what a run that was
 * killed left behind. Returns false where they never will. */
bool cache_folder_make_room(int folder, uint64_t wanted);

#endif
