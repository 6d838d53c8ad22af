/* What the embedder gives, opened: no guest has a word in it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "path/host.h"

#include "os/sys.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

int ringfort_open_host_directory(const char *host_path)
{
    const int fd = sys_openat_unchecked(AT_FDCWD, host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    return sys_above_stdio(fd);
}

int ringfort_reopen_directory(int dir)
{
    return sys_above_stdio(sys_openat_unchecked(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
}

/* A named FIFO that is read is left as it is: a descriptor opened after its last writer went would
 * never tell that it ended. */
static bool is_reopenable_pipe(int fd, const struct stat *st)
{
    struct statfs fs;
    return S_ISFIFO(st->st_mode) && ((sys_get_flags(fd) & O_ACCMODE) == O_WRONLY ||
                                     (fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC));
}

/* Opening /dev/ptmx anew would give another terminal, and /dev/tty perhaps none: those two, and
 * the console, have major 5. */
static bool is_reopenable_terminal(int fd, const struct stat *st)
{
    enum { MAJOR_TTY_AUX = 5 };
    return S_ISCHR(st->st_mode) && major(st->st_rdev) != MAJOR_TTY_AUX && isatty(fd) == 1;
}

int ringfort_reopen_stdio(int fd)
{
    struct stat st;
    if (sys_fstat(fd, &st) == 0 &&
        (is_reopenable_pipe(fd, &st) || is_reopenable_terminal(fd, &st))) {
        char name[32];
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        const int access = sys_get_flags(fd) & (O_ACCMODE | O_APPEND);
        const int own =
            sys_openat_unchecked(AT_FDCWD, name, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
        if (own >= 0) {
            return sys_above_stdio(own);
        }
    }
    return sys_dup(fd);
}
