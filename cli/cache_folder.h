/*
 * The folder of the cache: where it is, whether it may be trusted, and how large it may become.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_CACHE_FOLDER_H
#define CLI_CACHE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define CACHE_SUFFIX    ".code"
#define CACHE_TEMPORARY ".part"

/* Opens ${XDG_CACHE_HOME:-~/.cache}/ringfort/code. Returns -1 where there is none, or where
 * somebody else can write in it or in a folder above it; the latter is noted. It has to be called
 * outside of a user namespace, in which owners cannot be told apart. */
int cache_folder_open(void);

/* Returns true if only this user can have written a file of the folder; else notes that it was not
 * used. */
bool cache_folder_trusts(const char *name, const struct stat *status);

/* Removes what was not used for longest until `wanted` more bytes fit, and what a run that was
 * killed left behind. Returns false where they never will. */
bool cache_folder_make_room(int folder, uint64_t wanted);

#endif
