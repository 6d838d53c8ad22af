/*
 * Asks both resolvers of src/path the same.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "resolve_both.h"

#include "os/errno.h"
#include "os/sys.h"
#include "path/resolve.h"

#include <stdlib.h>

static struct resolved resolved_as(int result)
{
    if (result == RESOLVE_ELSEWHERE) {
        return (struct resolved){ .is_elsewhere = true };
    }
    if (result < 0) {
        return (struct resolved){ .error = result == -EXDEV ? WASI_ENOTCAPABLE
                                                            : (uint32_t)ringfort_errno_of(result) };
    }
    struct stat st;
    if (sys_fstat(result, &st) < 0) {
        abort();
    }
    sys_close(result);
    return (struct resolved){ .inode = st.st_ino };
}

void resolve_both(const struct from *from, const char *path, int flags, struct resolved *kernel,
                  struct resolved *walk)
{
    const struct start start = { .dir = from->directory,
                                 .root = from->root,
                                 .openat2 = true,
                                 .system_files = from->system_files };
    *kernel = resolved_as(ringfort_openat2_open(&start, path, flags));
    *walk = resolved_as(ringfort_walk_open(&start, path, flags));
}
