/* Paths by openat2: the kernel keeps the whole resolution beneath the start.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "path/resolve.h"

/* EAGAIN says that a rename or mount somewhere on the machine ran while a `..` was resolved. With
 * 16 cores renaming, runc's library measured 0.12 % failures at 128 tries; after that the walk
 * takes over, which cannot be starved. */
enum { TRIES_MAX = 128 };

static const uint64_t beneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

/* openat2 refuses bits of the mode that openat ignores. */
static unsigned mode_for(int flags)
{
    return (flags & O_CREAT) != 0 ? 0666 : 0;
}

int ringfort_openat2_open(const struct start *start, const char *path, int flags)
{
    if (start->behind_mount && !start->system_files) {
        return RESOLVE_ELSEWHERE; /* what is there has to be looked at before it is opened */
    }
    const uint64_t resolve = start->system_files ? beneath : beneath | RESOLVE_NO_XDEV;
    for (int i = 0; i < TRIES_MAX; i++) {
        const int fd = sys_openat2_unchecked(start->dir, path, flags, mode_for(flags), resolve);
        /* Perhaps an absolute link, which begins at the root, or a mount point: the walk knows. */
        const bool elsewhere = fd == -EXDEV && (start->root >= 0 || !start->system_files);
        if (elsewhere || fd == -ENOSYS) {
            return RESOLVE_ELSEWHERE;
        }
        if (fd != -EAGAIN) {
            return fd;
        }
    }
    return RESOLVE_ELSEWHERE;
}

bool ringfort_openat2_works(void)
{
    const int fd = sys_openat2_unchecked(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0, beneath);
    if (fd >= 0) {
        sys_close(fd);
        return true;
    }
    /* Absent, or denied by a seccomp filter; any other failure is about the working directory. */
    return fd != -ENOSYS && fd != -EPERM && fd != -EINVAL && fd != -E2BIG;
}
