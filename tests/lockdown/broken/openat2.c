/* A resolver with its check taken out: what the second walls of the command are proved with. It has
 * the symbols of src/path/openat2.c, and keeps nothing beneath anything.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "path/resolve.h"

int ringfort_openat2_open(const struct start *start, const char *path, int flags)
{
    return sys_openat_unchecked(start->dir, path, flags, 0666);
}

bool ringfort_openat2_works(void)
{
    return true;
}
