/* The same loops as a guest and as a native program: bench/guest.sh builds both and prints them
 * side by side.
 * Prints "name nanoseconds" for each, the least of all rounds. Argument: a folder to work in.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, WRITES = 200000, OPENS = 50000, SEEKS = 200000 };

#if defined(__wasi__)
#include <wasi/api.h>

static __wasi_fd_t file;

static void check(__wasi_errno_t error)
{
    if (error != 0) {
        fprintf(stderr, "errno %u\n", error);
        exit(1);
    }
}

/* The one preopen is descriptor 3. */
static void begin(const char *folder)
{
    (void)folder;
    check(__wasi_path_open(3, 0, "bench-file", __WASI_OFLAGS_CREAT,
                           __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK, 0, 0, &file));
}

static void write_1(void)
{
    const __wasi_ciovec_t iov = { .buf = (const uint8_t *)"x", .buf_len = 1 };
    __wasi_size_t n;
    check(__wasi_fd_write(file, &iov, 1, &n));
}

static void open_close(void)
{
    __wasi_fd_t fd;
    check(__wasi_path_open(3, 0, "bench-file", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd));
    check(__wasi_fd_close(fd));
}

static void seek(void)
{
    __wasi_filesize_t at;
    check(__wasi_fd_seek(file, 0, __WASI_WHENCE_SET, &at));
}
#else
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

static int dir;
static int file;

static void check(int failed)
{
    if (failed) {
        perror("bench");
        exit(1);
    }
}

static void begin(const char *folder)
{
    dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    file = openat(dir, "bench-file", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    check(dir < 0 || file < 0);
}

static void write_1(void)
{
    check(write(file, "x", 1) != 1);
}

static void open_close(void)
{
    const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    const int fd = (int)syscall(SYS_openat2, dir, "bench-file", &how, sizeof how);
    check(fd < 0);
    check(close(fd) != 0);
}

static void seek(void)
{
    check(lseek(file, 0, SEEK_SET) != 0);
}
#endif

static void row(const char *name, void (*run)(void), unsigned times)
{
    double least = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        struct timespec from;
        struct timespec to;
        seek();
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (unsigned j = 0; j < times; j++) {
            run();
        }
        clock_gettime(CLOCK_MONOTONIC, &to);
        const double ns =
            ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / times;
        least = ns < least ? ns : least;
    }
    printf("%s %.1f\n", name, least);
}

int main(int argc, char **argv)
{
    begin(argc > 1 ? argv[1] : ".");
    row("guest_fd_write_1_file", write_1, WRITES);
    row("guest_path_open_fd_close", open_close, OPENS);
    row("guest_fd_seek", seek, SEEKS);
    return 0;
}
