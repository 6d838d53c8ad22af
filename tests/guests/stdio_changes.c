/* Tries whatever would change what was given as a standard stream: the descriptor argv[1], or each
 * of the three. Names each that succeeded on descriptor argv[2], or stderr, and exits with their
 * number.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

static int count;
static int out = 2;

static void tried(int fd, const char *what, __wasi_errno_t error)
{
    if (error == 0) {
        count++;
        dprintf(out, "%s of %d\n", what, fd);
    }
}

static void try_all(int fd)
{
    const uint64_t gigabytes = UINT64_C(3) << 30;
    const __wasi_rights_t all = (UINT64_C(1) << 30) - 1;
    const uint8_t advice = __WASI_ADVICE_DONTNEED;
    tried(fd, "times", __wasi_fd_filestat_set_times(fd, 1000000000, 2000000000, 5));
    tried(fd, "times of now", __wasi_fd_filestat_set_times(fd, 0, 0, 10));
    tried(fd, "a smaller size", __wasi_fd_filestat_set_size(fd, 0));
    tried(fd, "a larger size", __wasi_fd_filestat_set_size(fd, gigabytes));
    tried(fd, "room", __wasi_fd_allocate(fd, 0, 1 << 20));
    tried(fd, "advice", __wasi_fd_advise(fd, 0, 0, advice));
    tried(fd, "rights", __wasi_fd_fdstat_set_rights(fd, all, all));
    for (int how = 1; how <= 3; how++) {
        tried(fd, "shutdown", __wasi_sock_shutdown(fd, how));
    }
}

int main(int argc, char **argv)
{
    out = argc > 2 ? atoi(argv[2]) : out;
    const int first = argc > 1 ? atoi(argv[1]) : 0;
    const int last = argc > 1 ? first : 2;
    for (int fd = first; fd <= last; fd++) {
        try_all(fd);
    }
    return count;
}
