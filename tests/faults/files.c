/*
 * The functions on open files, with every system call and allocation failing in turn.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/scenes.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 16, MANY = 400, LONG_NAME = 200, LIST = 50000 };

/* path_open, for a scene: *fd is the descriptor. */
static uint32_t opened(struct stage *s, const char *path, uint32_t oflags, uint64_t base,
                       uint32_t fdflags, uint32_t *fd)
{
    const uint32_t out = guest_alloc(s->w, 4);
    const uint32_t error = wasi_path_open(s->w, FIRST_PREOPEN, LOOKUP_FOLLOW, text(s->w, path),
                                          oflags, base, RIGHTS_INHERITING, fdflags, out);
    *fd = error == WASI_SUCCESS ? guest_u32(s->w, out) : UINT32_MAX;
    return error;
}

static void read_and_close(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, SCENE_FILE, 0, RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_TELL, 0, &fd));
    const uint32_t n = guest_alloc(w, 8);
    const struct span parts[2] = { { guest_alloc(w, 3), 3 }, { guest_alloc(w, ROOM), ROOM } };
    STEP(s, wasi_fd_read(w, fd, iovec(w, parts[0]), 1, n));
    const uint32_t first = guest_u32(w, n);
    assert_count(s, first, 3);
    STEP(s, wasi_fd_read(w, fd, iovecs(w, parts, 2), 2, n));
    const uint32_t second = guest_u32(w, n);
    assert_count(s, second, 10 - first);
    assert_memory_equal(w->memory + parts[0].at, &SCENE_FILE_TEXT[first], second < 3 ? second : 3);
    STEP(s, wasi_fd_tell(w, fd, n));
    assert_int_equal(guest_u64(w, n), first + second);
    STEP(s, wasi_fd_close(w, fd));
}

static void pread_and_seek(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, SCENE_FILE, 0, RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_TELL, 0, &fd));
    const uint32_t n = guest_alloc(w, 8);
    const struct span parts[2] = { { guest_alloc(w, 2), 2 }, { guest_alloc(w, ROOM), ROOM } };
    STEP(s, wasi_fd_pread(w, fd, iovec(w, parts[0]), 1, 4, n));
    assert_count(s, guest_u32(w, n), 2);
    assert_memory_equal(w->memory + parts[0].at, "45", guest_u32(w, n));
    STEP(s, wasi_fd_pread(w, fd, iovecs(w, parts, 2), 2, 5, n));
    assert_count(s, guest_u32(w, n), 5);
    STEP(s, wasi_fd_seek(w, fd, -3, SEEK_FROM_END, n));
    assert_int_equal(guest_u64(w, n), 7);
    STEP(s, wasi_fd_seek(w, fd, 1, SEEK_FROM_HERE, n));
    assert_int_equal(guest_u64(w, n), 8);
    STEP(s, wasi_fd_seek(w, fd, INT64_C(1) << 40, SEEK_FROM_START, n));
    STEP(s, wasi_fd_seek(w, fd, 2, SEEK_FROM_START, n));
    assert_int_equal(guest_u64(w, n), 2);
    STEP(s, wasi_fd_read(w, fd, iovec(w, parts[0]), 1, n));
    assert_memory_equal(w->memory + parts[0].at, "23", guest_u32(w, n));
}

static void write_and_sync(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, "new", OFLAG_CREAT | OFLAG_EXCL, RIGHTS_FILE, 0, &fd));
    const uint32_t n = guest_alloc(w, 8);
    const struct span parts[2] = { text(w, "one "), text(w, "two") };
    STEP(s, wasi_fd_write(w, fd, iovec(w, parts[0]), 1, n));
    const uint32_t first = guest_u32(w, n);
    assert_count(s, first, 4);
    STEP(s, wasi_fd_write(w, fd, iovecs(w, parts, 2), 2, n));
    const uint32_t second = guest_u32(w, n);
    assert_count(s, second, 7);
    assert_int_equal(host_stat(w, "box/new").st_size, first + second);
    STEP(s, wasi_fd_pwrite(w, fd, iovecs(w, parts, 2), 2, 0, n));
    assert_count(s, guest_u32(w, n), 7);
    STEP(s, wasi_fd_datasync(w, fd));
    STEP(s, wasi_fd_sync(w, fd));
    STEP(s, wasi_fd_close(w, fd));
    if (!s->is_faulty) {
        host_assert_text(w, "box/new", "one two two");
    }
}

static void append(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, SCENE_FILE, 0, RIGHTS_FILE, FDFLAG_APPEND, &fd));
    const uint32_t n = guest_alloc(w, 8);
    STEP(s, wasi_fd_write(w, fd, iovec(w, text(w, "abc")), 1, n));
    assert_count(s, guest_u32(w, n), 3);
    assert_int_equal(host_stat(w, "box/" SCENE_FILE).st_size, 10 + guest_u32(w, n));
    STEP(s, wasi_fd_fdstat_set_flags(w, fd, 0));
    STEP(s, wasi_fd_seek(w, fd, 0, SEEK_FROM_START, n));
    STEP(s, wasi_fd_write(w, fd, iovec(w, text(w, "X")), 1, n));
    STEP(s, wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND));
    STEP(s, wasi_fd_write(w, fd, iovec(w, text(w, "d")), 1, n));
    if (!s->is_faulty) {
        host_assert_text(w, "box/" SCENE_FILE, "X123456789abcd");
    }
}

/* A file that is first written from where it was not read from. */
static void append_later(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, SCENE_FILE, 0, RIGHTS_FILE, 0, &fd));
    const uint32_t n = guest_alloc(w, 8);
    const struct span room = { guest_alloc(w, 4), 4 };
    STEP(s, wasi_fd_seek(w, fd, 4, SEEK_FROM_START, n));
    STEP(s, wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND));
    STEP(s, wasi_fd_read(w, fd, iovec(w, room), 1, n));
    assert_count(s, guest_u32(w, n), 4);
    assert_memory_equal(w->memory + room.at, "4567", guest_u32(w, n));
}

static void sizes(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, "new", OFLAG_CREAT, RIGHTS_FILE, 0, &fd));
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    STEP(s, wasi_fd_allocate(w, fd, 0, 100));
    assert_int_equal(host_stat(w, "box/new").st_size, 100);
    STEP(s, wasi_fd_filestat_set_size(w, fd, 50));
    assert_int_equal(host_stat(w, "box/new").st_size, 50);
    STEP(s, wasi_fd_filestat_set_times(w, fd, 1000000000, 2000000000, FST_ATIM | FST_MTIM));
    STEP(s, wasi_fd_filestat_get(w, fd, out));
    assert_int_equal(guest_filestat(w, out).size, 50);
    assert_int_equal(guest_filestat(w, out).mtim, 2000000000);
    STEP(s, wasi_fd_advise(w, fd, 0, 10, 0));
}

static void numbers(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t one;
    uint32_t two;
    STEP(s, opened(s, SCENE_FILE, 0, RIGHTS_FILE, 0, &one));
    STEP(s, opened(s, SCENE_INNER, 0, RIGHTS_FILE, 0, &two));
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    STEP(s, wasi_fd_fdstat_get(w, one, out));
    assert_int_equal(guest_fdstat(w, out).filetype, TYPE_REGULAR_FILE);
    STEP(s, wasi_fd_fdstat_set_rights(w, one, RIGHT_FD_READ, 0));
    STEP(s, wasi_fd_renumber(w, one, two));
    STEP(s, wasi_fd_fdstat_get(w, two, out));
    assert_int_equal(guest_fdstat(w, out).base, RIGHT_FD_READ);
    assert_errno(wasi_fd_close(w, one), WASI_EBADF);
    STEP(s, wasi_fd_close(w, two));
    STEP(s, wasi_fd_fdstat_get(w, 0, out));
    assert_int_equal(guest_fdstat(w, out).filetype, TYPE_CHARACTER_DEVICE);
}

static void preopens(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t out = guest_alloc(w, SIZE_PRESTAT);
    const uint32_t name = guest_alloc(w, 3);
    STEP(s, wasi_fd_prestat_get(w, FIRST_PREOPEN, out));
    assert_int_equal(guest_u32(w, out + 4), 3);
    STEP(s, wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, name, 3));
    guest_assert_text(w, name, "box");
}

/* ---- Directories ---- */

static void fill_directory(struct world *w)
{
    if (host_exists(w, "box/full")) {
        return;
    }
    host_mkdir(w, "box/full");
    for (int i = 0; i < MANY; i++) {
        char name[LONG_NAME + 16];
        (void)snprintf(name, sizeof name, "box/full/%0*d", LONG_NAME, i);
        host_write(w, name, "");
    }
}

/* Counts the names of digits in what fd_readdir gave. @return the cookie after the last one */
static uint64_t count_names(const struct world *w, uint32_t buffer, uint32_t used, uint32_t *names)
{
    uint64_t cookie = 0;
    uint32_t at = 0;
    while (used - at >= SIZE_DIRENT) {
        const uint32_t length = guest_u32(w, buffer + at + 16);
        if (used - at - SIZE_DIRENT < length) {
            break;
        }
        cookie = guest_u64(w, buffer + at);
        *names += length == LONG_NAME;
        at += SIZE_DIRENT + length;
    }
    return cookie;
}

static void list(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened(s, "full", OFLAG_DIRECTORY, RIGHTS_PREOPEN, 0, &fd));
    const struct span buffer = { guest_alloc(w, LIST), LIST };
    const uint32_t used = guest_alloc(w, 4);
    uint64_t cookie = 0;
    uint32_t names = 0;
    do {
        STEP(s, stage_readdir(s, fd, buffer, cookie, used));
        cookie = count_names(w, buffer.at, guest_u32(w, used), &names);
    } while (guest_u32(w, used) == buffer.length);
    assert_int_equal(names, MANY);
    STEP(s, wasi_fd_close(w, fd));
}

int main(void)
{
    static const struct scene scenes[] = {
        { .name = "fd_read, fd_tell and fd_close", .play = read_and_close },
        { .name = "fd_pread and fd_seek", .play = pread_and_seek },
        { .name = "fd_write, fd_pwrite, fd_datasync and fd_sync", .play = write_and_sync },
        { .name = "fd_write at the end and fd_fdstat_set_flags", .play = append },
        { .name = "fd_fdstat_set_flags keeps the position", .play = append_later },
        { .name = "fd_allocate, fd_advise and fd_filestat", .play = sizes },
        { .name = "fd_fdstat and fd_renumber", .play = numbers },
        { .name = "fd_prestat", .play = preopens },
        { .name = "fd_readdir", .begin = fill_directory, .play = list },
    };
    return SCENES("files", scenes);
}
