/* Paths by openat2: the kernel keeps the whole resolution beneath the start.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "os/system_file.h"
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

static int try_open(const struct start *start, const char *path, int flags, uint64_t resolve)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        const int fd = sys_openat2_unchecked(start->dir, path, flags, mode_for(flags), resolve);
        if (fd != -EAGAIN) {
            return fd;
        }
    }
    return RESOLVE_ELSEWHERE;
}

/* Closes a descriptor that no guest may have, and says that the way to it leads out. */
static int refuse_system_file(int fd)
{
    struct stat st;
    if (fd >= 0 && (sys_fstat(fd, &st) < 0 || ringfort_is_system_file(fd, &st))) {
        sys_close(fd);
        return -EXDEV;
    }
    return fd;
}

/* The way crosses a mount point, or leads out. What is behind a mount is looked at before it is
 * opened, because opening a device may do something, and after, because it may be another. */
static int open_across_mounts(const struct start *start, const char *path, int flags)
{
    const int peek_flags = O_PATH | O_CLOEXEC | (flags & (O_NOFOLLOW | O_DIRECTORY));
    const int peek = try_open(start, path, peek_flags, beneath);
    if (peek == -EXDEV || refuse_system_file(peek) == -EXDEV) {
        return -EXDEV;
    }
    if (peek >= 0) {
        sys_close(peek);
    }
    return refuse_system_file(try_open(start, path, flags, beneath));
}

int ringfort_openat2_open(const struct start *start, const char *path, int flags)
{
    const uint64_t resolve = start->system_files ? beneath : beneath | RESOLVE_NO_XDEV;
    int fd = try_open(start, path, flags, resolve);
    if (fd == -EXDEV && !start->system_files) {
        fd = open_across_mounts(start, path, flags);
    }
    /* An absolute link may begin at the root. */
    return fd == -EXDEV && start->root >= 0 ? RESOLVE_ELSEWHERE : fd;
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
