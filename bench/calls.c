/* What a WASI call costs above the bare system call: each through the import table, beside the
 * same thing done natively, in turns, in one run. Prints "name value unit", the least of all
 * rounds; `ratio` is ours to native.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <ringfort.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 7,
    MEMORY_SIZE = 4 * 65536,
    RESULT = 16,
    IOVS = 64,
    PATH = 1024,
    BUFFER = 65536,
    STAT = 4096,
    FIRST_FD = 4,
    DIR_FD = 3,
    ENTRIES = 1000,
};

static ringfort_wasi *wasi;
static const ringfort_import *table;
static size_t table_size;
static ringfort_memory memory;
static int dir;
static int file;
static int null;
static char native_buffer[MEMORY_SIZE];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static const ringfort_import *find(const char *name)
{
    for (size_t i = 0; i < table_size; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    die(name);
    return NULL;
}

static void put32(uint32_t at, uint32_t value)
{
    memcpy((char *)memory.base + at, &value, sizeof value);
}

static uint32_t get32(uint32_t at)
{
    uint32_t value;
    memcpy(&value, (char *)memory.base + at, sizeof value);
    return value;
}

static void call(const ringfort_import *import, const uint64_t *args)
{
    ringfort_result result;
    if (import->call(wasi, memory, args, &result) != RINGFORT_RETURNED || result.value != 0) {
        fprintf(stderr, "%s: %s\n", import->name, ringfort_errno_name(result.value));
        exit(1);
    }
}

/* ---- The rows ---- */

static const ringfort_import *fd_write, *fd_read, *fd_seek, *path_open, *fd_close,
    *path_filestat_get, *fd_fdstat_get, *clock_time_get, *random_get, *poll_oneoff, *fd_readdir;
static uint32_t file_fd, null_fd, listed_fd;
static const char *const deep = "d1/d2/d3/d4/d5/d6/d7/f";

static void iovec(uint32_t len)
{
    put32(IOVS, BUFFER);
    put32(IOVS + 4, len);
}

static void ours_write1(void)
{
    call(fd_write, (uint64_t[]){ file_fd, IOVS, 1, RESULT });
}
static void native_write1(void)
{
    if (write(file, native_buffer, 1) != 1) {
        die("write");
    }
}
static void ours_write_null(void)
{
    call(fd_write, (uint64_t[]){ null_fd, IOVS, 1, RESULT });
}
static void native_write_null(void)
{
    if (write(null, native_buffer, 1) != 1) {
        die("write");
    }
}
static void ours_seek(void)
{
    call(fd_seek, (uint64_t[]){ file_fd, 0, 0, RESULT });
}
static void native_seek(void)
{
    if (lseek(file, 0, SEEK_SET) < 0) {
        die("lseek");
    }
}
static void ours_read1(void)
{
    call(fd_seek, (uint64_t[]){ file_fd, 0, 0, RESULT });
    call(fd_read, (uint64_t[]){ file_fd, IOVS, 1, RESULT });
}
static void native_read1(void)
{
    if (pread(file, native_buffer, 1, 0) != 1) {
        die("pread");
    }
}
static void open_close(const char *path)
{
    const uint32_t len = (uint32_t)strlen(path);
    call(path_open, (uint64_t[]){ DIR_FD, 1, PATH, len, 0, 2, 0, 0, RESULT });
    call(fd_close, (uint64_t[]){ get32(RESULT) });
}
static void native_open_close(const char *path)
{
    const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    const int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd < 0) {
        die("openat2");
    }
    close(fd);
}
static void ours_open1(void)
{
    open_close("f");
}
static void native_open1(void)
{
    native_open_close("f");
}
static void ours_open8(void)
{
    open_close(deep);
}
static void native_open8(void)
{
    native_open_close(deep);
}
static void ours_stat(void)
{
    call(path_filestat_get, (uint64_t[]){ DIR_FD, 1, PATH, 1, STAT });
}
static void native_stat(void)
{
    struct stat st;
    if (fstatat(dir, "f", &st, 0) < 0) {
        die("fstatat");
    }
}
static void ours_fdstat(void)
{
    call(fd_fdstat_get, (uint64_t[]){ file_fd, STAT });
}
static void native_fdstat(void)
{
    if (fcntl(file, F_GETFL) < 0) {
        die("fcntl");
    }
}
static void ours_clock(void)
{
    call(clock_time_get, (uint64_t[]){ 1, 0, RESULT });
}
static void native_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
}
static void ours_random(void)
{
    call(random_get, (uint64_t[]){ BUFFER, 16 });
}
static void native_random(void)
{
    if (getrandom(native_buffer, 16, 0) != 16) {
        die("getrandom");
    }
}
static void ours_random_64k(void)
{
    call(random_get, (uint64_t[]){ BUFFER, 65536 });
}
static void native_random_64k(void)
{
    if (getrandom(native_buffer, 65536, 0) != 65536) {
        die("getrandom");
    }
}
static void ours_poll(void)
{
    memset((char *)memory.base + STAT, 0, 48);
    call(poll_oneoff, (uint64_t[]){ STAT, STAT + 64, 1, RESULT });
}
static void native_poll(void)
{
    struct timespec none = { 0 };
    if (ppoll(NULL, 0, &none, NULL) < 0) {
        die("ppoll");
    }
}
static void ours_readdir(void)
{
    uint64_t cookie = 0;
    do {
        call(fd_readdir, (uint64_t[]){ listed_fd, BUFFER, 4096, cookie, RESULT });
        const uint32_t used = get32(RESULT);
        for (uint32_t at = 0; at + 24 <= used;) {
            const uint32_t entry = BUFFER + at;
            at += 24 + get32(entry + 16);
            if (at <= used) {
                memcpy(&cookie, (char *)memory.base + entry, sizeof cookie);
            }
        }
    } while (get32(RESULT) == 4096);
}
static void native_readdir(void)
{
    const int fd = openat(dir, "list", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (syscall(SYS_getdents64, fd, native_buffer, 32768) > 0) {
    }
    close(fd);
}

/* ---- Measuring ---- */

static double time_of(void (*run)(void), unsigned times)
{
    struct timespec from;
    struct timespec to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (unsigned i = 0; i < times; i++) {
        run();
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / times;
}

static void row(const char *name, void (*ours)(void), void (*native)(void), unsigned times)
{
    double least_ours = 1e18;
    double least_native = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        const double a = time_of(ours, times);
        const double b = time_of(native, times);
        least_ours = a < least_ours ? a : least_ours;
        least_native = b < least_native ? b : least_native;
    }
    printf("%s %.1f ns\n%s_native %.1f ns\n%s_ratio %.2f ratio\n", name, least_ours, name,
           least_native, name, least_ours / least_native);
}

static void prepare(const char *at)
{
    static char path[] = "d1/d2/d3/d4/d5/d6/d7";
    dir = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (char *slash = path; dir >= 0 && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        mkdirat(dir, path, 0777);
        *slash = '/';
    }
    mkdirat(dir, path, 0777);
    mkdirat(dir, "list", 0777);
    for (int i = 0; i < ENTRIES; i++) {
        char name[32];
        snprintf(name, sizeof name, "list/entry-%d", i);
        close(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    }
    close(openat(dir, deep, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    file = openat(dir, "native", O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    close(openat(dir, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (dir < 0 || file < 0 || null < 0) {
        die(at);
    }
}

static uint32_t open_guest(const char *path, uint32_t oflags, uint64_t rights)
{
    memcpy((char *)memory.base + PATH, path, strlen(path));
    call(path_open, (uint64_t[]){ DIR_FD, 1, PATH, strlen(path), oflags, rights, 0, 0, RESULT });
    return get32(RESULT);
}

static void start(const char *at, bool single_threaded)
{
    ringfort_error error;
    ringfort_config *config = ringfort_config_new();
    memory = (ringfort_memory){ .base = calloc(1, MEMORY_SIZE), .size = MEMORY_SIZE };
    if (config == NULL || memory.base == NULL ||
        ringfort_config_preopen(config, "/", at, 0) != RINGFORT_OK ||
        ringfort_config_set_stdout(config, null) != RINGFORT_OK) {
        die("config");
    }
    ringfort_config_set_single_threaded(config, single_threaded);
    if (ringfort_wasi_new(config, &wasi, &error) != RINGFORT_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    ringfort_config_delete(config);
    table = ringfort_wasi_import(wasi, &table_size);
}

static void find_all(void)
{
    fd_write = find("fd_write");
    fd_read = find("fd_read");
    fd_seek = find("fd_seek");
    path_open = find("path_open");
    fd_close = find("fd_close");
    path_filestat_get = find("path_filestat_get");
    fd_fdstat_get = find("fd_fdstat_get");
    clock_time_get = find("clock_time_get");
    random_get = find("random_get");
    poll_oneoff = find("poll_oneoff");
    fd_readdir = find("fd_readdir");
}

static void measure(void)
{
    file_fd = open_guest("ours", 1, 0x66);
    null_fd = 1;
    listed_fd = open_guest("list", 2, 1 << 14);
    iovec(1);
    row("fd_write_1_null", ours_write_null, native_write_null, 400000);
    row("fd_write_1_file", ours_write1, native_write1, 200000);
    row("fd_seek", ours_seek, native_seek, 400000);
    row("fd_seek_fd_read_1", ours_read1, native_read1, 200000);
    row("fd_fdstat_get", ours_fdstat, native_fdstat, 400000);
    row("clock_time_get", ours_clock, native_clock, 1000000);
    row("random_get_16", ours_random, native_random, 200000);
    row("random_get_64k", ours_random_64k, native_random_64k, 500);
    row("poll_oneoff_clock_0", ours_poll, native_poll, 400000);
    row("fd_readdir_1000_by_4k", ours_readdir, native_readdir, 500);
    memcpy((char *)memory.base + PATH, "f", 1);
    row("path_filestat_get_d1", ours_stat, native_stat, 200000);
    row("path_open_fd_close_d1", ours_open1, native_open1, 100000);
    memcpy((char *)memory.base + PATH, deep, strlen(deep));
    row("path_open_fd_close_d8", ours_open8, native_open8, 100000);
}

int main(void)
{
    char at[] = "/dev/shm/ringfort-bench-XXXXXX";
    if (mkdtemp(at) == NULL) {
        die(at);
    }
    prepare(at);
    for (int threads = 0; threads < 2; threads++) {
        printf("# %s\n", threads ? "calls from any thread" : "one guest thread");
        start(at, threads == 0);
        find_all();
        measure();
        ringfort_wasi_delete(wasi);
        free(memory.base);
    }
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", at);
    return system(command) == 0 ? 0 : 1;
}
