/* One exported function for each row of the package's bench: makes the row's calls so many times
 * and returns 0, or what went wrong; main prepares the descriptors. bench/node/run.sh builds it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wasi/api.h>

/* The host's side of these is bench/node/world.mjs. */
enum { WORK_FD = 3, DEVICES_FD = 4, NO_FD = 99 };
enum { KIB_4 = 4096, KIB_64 = 64 * 1024, MIB = 1024 * 1024, VECTORS = 16 };
enum { FILE_SIZE = 4 * MIB, SEQUENTIAL_MIB = 256 };

/* What a row returns when every errno was right; above all errnos. */
enum { WRONG_RESULT = 0x10000 };

#define DEEP "d1/d2/d3/d4/d5/d6/d7/"
#define FILE_RIGHTS                                                                                \
    (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK |                      \
     __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET)
#define FOLDER_RIGHTS (__WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_FD_FILESTAT_GET)

static uint8_t buffer[MIB];
static char texts[KIB_64];
static uint8_t *pointers[256];
static __wasi_fd_t null, file, sequential, few, many, most;
static uint32_t turn;

static uint32_t unless(bool right)
{
    return right ? 0 : WRONG_RESULT;
}

/* A row is its call, and what the call answers but 0 is remembered. */
#define ROW(name, call)                                                                            \
    __attribute__((export_name(#name))) uint32_t row_##name(uint32_t times)                        \
    {                                                                                              \
        uint32_t wrong = 0;                                                                        \
        for (turn = 0; turn < times; turn++) {                                                     \
            wrong |= (call);                                                                       \
        }                                                                                          \
        return wrong;                                                                              \
    }

/* ---- Calls without a file ---- */

static uint32_t bad_fd(void)
{
    const __wasi_ciovec_t vector = { .buf = buffer, .buf_len = 1 };
    __wasi_size_t n;
    return __wasi_fd_write(NO_FD, &vector, 1, &n) ^ __WASI_ERRNO_BADF;
}

static uint32_t args_sizes(void)
{
    __wasi_size_t count;
    __wasi_size_t size;
    return __wasi_args_sizes_get(&count, &size) | unless(count == 4);
}

static uint32_t environ(void)
{
    return __wasi_environ_get(pointers, (uint8_t *)texts) | unless(texts[0] == 'V');
}

static uint32_t clock(__wasi_clockid_t id)
{
    __wasi_timestamp_t now = 0;
    return __wasi_clock_time_get(id, 1, &now) | unless(now != 0);
}

static uint32_t prestat(void)
{
    __wasi_prestat_t prestat;
    return __wasi_fd_prestat_get(WORK_FD, &prestat) | unless(prestat.u.dir.pr_name_len == 5);
}

ROW(call_badfd, bad_fd())
ROW(args_sizes_get, args_sizes())
ROW(environ_get, environ())
ROW(clock_monotonic, clock(__WASI_CLOCKID_MONOTONIC))
ROW(clock_realtime, clock(__WASI_CLOCKID_REALTIME))
ROW(sched_yield, __wasi_sched_yield())
ROW(fd_prestat_get, prestat())
ROW(random_16, __wasi_random_get(buffer, 16))
ROW(random_64k, __wasi_random_get(buffer, KIB_64))

/* ---- Waiting ---- */

static uint32_t poll_clock(void)
{
    const __wasi_subscription_t due = { .u = { .tag = __WASI_EVENTTYPE_CLOCK,
                                               .u.clock = { .id = __WASI_CLOCKID_MONOTONIC } } };
    __wasi_event_t event = { .error = 1 };
    __wasi_size_t n = 0;
    return __wasi_poll_oneoff(&due, &event, 1, &n) | unless(n == 1 && event.error == 0);
}

/* stdin and stdout are FIFOs that hold a byte: both are ready. */
static uint32_t poll_fds(void)
{
    const __wasi_subscription_t wanted[2] = {
        { .u = { .tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read = { 0 } } },
        { .u = { .tag = __WASI_EVENTTYPE_FD_WRITE, .u.fd_write = { 1 } } },
    };
    __wasi_event_t events[2] = { { .error = 1 }, { .error = 1 } };
    __wasi_size_t n = 0;
    return __wasi_poll_oneoff(wanted, events, 2, &n) |
           unless(n == 2 && events[0].error == 0 && events[1].error == 0);
}

ROW(poll_clock0, poll_clock())
ROW(poll_2fd, poll_fds())

/* ---- An open file ---- */

static uint32_t fdstat(void)
{
    __wasi_fdstat_t stat;
    return __wasi_fd_fdstat_get(file, &stat) |
           unless(stat.fs_filetype == __WASI_FILETYPE_REGULAR_FILE);
}

static uint32_t filestat(void)
{
    __wasi_filestat_t stat;
    return __wasi_fd_filestat_get(file, &stat) | unless(stat.size == FILE_SIZE);
}

static uint32_t seek(__wasi_fd_t fd, __wasi_filedelta_t to)
{
    __wasi_filesize_t at = UINT64_MAX;
    return __wasi_fd_seek(fd, to, __WASI_WHENCE_SET, &at) | unless(at == (uint64_t)to);
}

static uint32_t open_file(const char *path, __wasi_fd_t *fd)
{
    return __wasi_path_open(WORK_FD, 0, path, 0, FILE_RIGHTS, 0, 0, fd);
}

/* Opens anew, and not seeks: writes of Bun's stock don't go where its fd_seek went. */
static uint32_t reopen(const char *path, __wasi_fd_t *fd)
{
    const uint32_t wrong = __wasi_fd_close(*fd);
    return wrong != 0 ? wrong : open_file(path, fd);
}

/* Back to the start of the file before a row would leave it, so that it neither grows nor ends; so
 * seldom that the opening hardly counts. */
static uint32_t rewind_each(uint32_t length)
{
    return turn % (FILE_SIZE / length) == 0 ? reopen("file", &file) : 0;
}

static uint32_t write(__wasi_fd_t fd, uint32_t length)
{
    const __wasi_ciovec_t vector = { .buf = buffer, .buf_len = length };
    __wasi_size_t n = UINT32_MAX;
    return __wasi_fd_write(fd, &vector, 1, &n) | unless(n == length);
}

static uint32_t write_vectors(__wasi_fd_t fd)
{
    static __wasi_ciovec_t vectors[VECTORS];
    for (int i = 0; i < VECTORS; i++) {
        vectors[i] = (__wasi_ciovec_t){ .buf = buffer + i * 1000, .buf_len = KIB_4 / VECTORS };
    }
    __wasi_size_t n = UINT32_MAX;
    return __wasi_fd_write(fd, vectors, VECTORS, &n) | unless(n == KIB_4);
}

static uint32_t read(__wasi_fd_t fd, uint32_t length)
{
    const __wasi_iovec_t vector = { .buf = buffer, .buf_len = length };
    __wasi_size_t n = UINT32_MAX;
    return __wasi_fd_read(fd, &vector, 1, &n) | unless(n == length);
}

static uint32_t pread(void)
{
    const __wasi_iovec_t vector = { .buf = buffer, .buf_len = KIB_4 };
    __wasi_size_t n = UINT32_MAX;
    return __wasi_fd_pread(file, &vector, 1, KIB_4, &n) | unless(n == KIB_4);
}

static uint32_t pwrite(void)
{
    const __wasi_ciovec_t vector = { .buf = buffer, .buf_len = KIB_4 };
    __wasi_size_t n = UINT32_MAX;
    return __wasi_fd_pwrite(file, &vector, 1, KIB_4, &n) | unless(n == KIB_4);
}

static uint32_t write_sequential(void)
{
    uint32_t wrong = reopen("sequential", &sequential);
    for (int i = 0; i < SEQUENTIAL_MIB; i++) {
        wrong |= write(sequential, MIB);
    }
    return wrong;
}

static uint32_t read_sequential(void)
{
    uint32_t wrong = reopen("sequential", &sequential);
    for (int i = 0; i < SEQUENTIAL_MIB; i++) {
        wrong |= read(sequential, MIB);
    }
    return wrong;
}

ROW(fd_fdstat_get, fdstat())
ROW(fd_filestat_get, filestat())
ROW(fd_seek, seek(file, 1 + turn % 1000))
ROW(fd_write_0, write(null, 0))
ROW(fd_write_1_null, write(null, 1))
ROW(fd_write_4k_null, write(null, KIB_4))
ROW(fd_write_1m_null, write(null, MIB))
ROW(fd_write_16iov_null, write_vectors(null))
ROW(fd_write_16iov_file, rewind_each(KIB_4) | write_vectors(file))
ROW(fd_write_1_file, rewind_each(1) | write(file, 1))
ROW(fd_write_4k_file, rewind_each(KIB_4) | write(file, KIB_4))
ROW(fd_write_1m_file, rewind_each(MIB) | write(file, MIB))
ROW(fd_read_1, rewind_each(1) | read(file, 1))
ROW(fd_read_4k, rewind_each(KIB_4) | read(file, KIB_4))
ROW(fd_read_1m, rewind_each(MIB) | read(file, MIB))
ROW(fd_pread_4k, pread())
ROW(fd_pwrite_4k, pwrite())
ROW(seq_write_256m, write_sequential())
ROW(seq_read_256m, read_sequential())

/* ---- Paths ---- */

static uint32_t open_close(const char *path)
{
    __wasi_fd_t fd;
    const uint32_t wrong = __wasi_path_open(WORK_FD, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, 0,
                                            __WASI_RIGHTS_FD_READ, 0, 0, &fd);
    return wrong != 0 ? wrong : __wasi_fd_close(fd);
}

static uint32_t stat(const char *path)
{
    __wasi_filestat_t stat;
    return __wasi_path_filestat_get(WORK_FD, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, &stat) |
           unless(stat.filetype == __WASI_FILETYPE_REGULAR_FILE);
}

static uint32_t readlink(void)
{
    __wasi_size_t n = 0;
    return __wasi_path_readlink(WORK_FD, "link", buffer, KIB_4, &n) |
           unless(n == 1 && buffer[0] == 'f');
}

static uint32_t mkdir_rmdir(void)
{
    const uint32_t wrong = __wasi_path_create_directory(WORK_FD, "made");
    return wrong != 0 ? wrong : __wasi_path_remove_directory(WORK_FD, "made");
}

/* There and, the next time, back; an odd count of times leaves it for the next run of the row. */
static uint32_t rename(void)
{
    static bool away;
    const uint32_t wrong = away ? __wasi_path_rename(WORK_FD, "away", WORK_FD, "here")
                                : __wasi_path_rename(WORK_FD, "here", WORK_FD, "away");
    away = !away;
    return wrong;
}

static uint32_t create_unlink(void)
{
    __wasi_fd_t fd;
    const uint32_t wrong =
        __wasi_path_open(WORK_FD, 0, "created", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL,
                         __WASI_RIGHTS_FD_WRITE, 0, 0, &fd);
    return wrong != 0 ? wrong : __wasi_fd_close(fd) | __wasi_path_unlink_file(WORK_FD, "created");
}

ROW(open_close_d1, open_close("f"))
ROW(open_close_d8, open_close(DEEP "f"))
ROW(open_close_symlink, open_close("link"))
ROW(open_close_dirlink, open_close("deep/f"))
ROW(stat_d1, stat("f"))
ROW(stat_d8, stat(DEEP "f"))
ROW(readlink, readlink())
ROW(mkdir_rmdir, mkdir_rmdir())
ROW(rename, rename())
ROW(create_unlink, create_unlink())

/* ---- Folders ---- */

/* The whole listing, as wasi-libc reads one: a buffer less than full is the end, and an entry cut
 * off is asked for again. */
static uint32_t list(__wasi_fd_t folder, uint32_t buffer_size, uint32_t entries)
{
    uint32_t seen = 0;
    __wasi_dircookie_t cookie = __WASI_DIRCOOKIE_START;
    for (;;) {
        __wasi_size_t used = 0;
        const uint32_t wrong = __wasi_fd_readdir(folder, buffer, buffer_size, cookie, &used);
        if (wrong != 0) {
            return wrong;
        }
        uint32_t at = 0;
        while (used - at >= sizeof(__wasi_dirent_t)) {
            __wasi_dirent_t entry;
            memcpy(&entry, buffer + at, sizeof entry);
            const uint32_t size = sizeof entry + entry.d_namlen;
            if (used - at < size) {
                break;
            }
            cookie = entry.d_next;
            seen += buffer[at + sizeof entry] != '.';
            at += size;
        }
        if (used < buffer_size) {
            return unless(seen == entries);
        }
    }
}

ROW(readdir_10, list(few, KIB_4, 10))
ROW(readdir_1k, list(many, KIB_4, 1000))
ROW(readdir_1k_64k, list(many, KIB_64, 1000))
ROW(readdir_100k, list(most, KIB_4, 100000))

/* ---- The start ---- */

static uint32_t open_folder(const char *path, __wasi_fd_t *fd)
{
    return __wasi_path_open(WORK_FD, 0, path, __WASI_OFLAGS_DIRECTORY, FOLDER_RIGHTS, 0, 0, fd);
}

int main(void)
{
    const uint32_t wrong = __wasi_path_open(DEVICES_FD, 0, "null", 0, FILE_RIGHTS, 0, 0, &null) |
                           open_file("file", &file) | open_file("sequential", &sequential) |
                           open_folder("few", &few) | open_folder("many", &many) |
                           open_folder("most", &most);
    return (int)wrong;
}
