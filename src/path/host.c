/* What the embedder gives, opened: no guest has a word in it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "path/host.h"

#include "os/own.h"

#include <stdio.h>
#include <sys/sysmacros.h>

enum {
    LISTED = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
    ONLY_SEARCHED = O_PATH | O_DIRECTORY | O_CLOEXEC
};

/* Where a directory cannot be listed, it may still be searched. `.` of it is opened, because O_PATH
 * alone asks for no permission over the directory itself. */
static int open_to_search(int dir, const char *path)
{
    OWNED_FD found = sys_openat_unchecked(dir, path, ONLY_SEARCHED, 0);
    return found < 0 ? found : sys_openat_unchecked(found, ".", ONLY_SEARCHED, 0);
}

static int open_directory(int dir, const char *path, bool *only_searched)
{
    int fd = sys_openat_unchecked(dir, path, LISTED, 0);
    *only_searched = fd == -EACCES;
    if (*only_searched) {
        fd = open_to_search(dir, path);
    }
    return sys_above_stdio(fd);
}

int ringfort_open_host_directory(const char *host_path, bool *only_searched)
{
    return open_directory(AT_FDCWD, host_path, only_searched);
}

int ringfort_reopen_directory(int dir, bool *only_searched)
{
    return open_directory(dir, ".", only_searched);
}

/* Whether a pipe that is read has no writer any more. A description opened after the last one went
 * would never tell; one opened before does. */
static bool has_ended(int fd, int access)
{
    struct pollfd original = { .fd = fd };
    struct timespec at_once = { 0 };
    return (access & O_ACCMODE) == O_RDONLY && sys_poll(&original, 1, &at_once) != 0;
}

/* Opening /dev/ptmx anew would give another terminal, and /dev/tty perhaps none: those two, and
 * the console, have major 5. */
static bool is_reopenable_terminal(int fd, const struct stat *st)
{
    enum { MAJOR_TTY_AUX = 5 };
    return S_ISCHR(st->st_mode) && major(st->st_rdev) != MAJOR_TTY_AUX && sys_isatty(fd);
}

int ringfort_reopen_stdio(int fd)
{
    struct stat st;
    const bool is_known = sys_fstat(fd, &st) == 0;
    const bool is_pipe = is_known && S_ISFIFO(st.st_mode);
    const int flags = sys_get_flags(fd);
    if (flags >= 0 && (is_pipe || (is_known && is_reopenable_terminal(fd, &st)))) {
        char name[32];
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        const int kept = O_ACCMODE | O_APPEND | (is_pipe ? O_DIRECT : 0); /* a pipe of packets */
        const int access = flags & kept;
        OWNED_FD own =
            sys_openat_unchecked(AT_FDCWD, name, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
        if (own >= 0 && !(is_pipe && has_ended(fd, access))) {
            return sys_above_stdio(give_fd(&own));
        }
    }
    return sys_dup(fd);
}
