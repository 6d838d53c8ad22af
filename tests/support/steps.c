/*
 * Steps of a guest that succeed or fail the test.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "steps.h"

#include <string.h>

static uint32_t open_at(struct world *w, uint32_t fd, const char *path, uint32_t lookup,
                        uint32_t oflags, uint64_t base, uint32_t *opened)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t error =
        wasi_path_open(w, fd, lookup, text(w, path), oflags, base, RIGHTS_INHERITING, 0, out);
    *opened = error == WASI_SUCCESS ? guest_u32(w, out) : UINT32_MAX;
    w->next = mark;
    return error;
}

uint32_t guest_open(struct world *w, uint32_t fd, const char *path, uint32_t oflags, uint64_t base)
{
    uint32_t opened = 0;
    const uint32_t error = open_at(w, fd, path, LOOKUP_FOLLOW, oflags, base, &opened);
    if (error != WASI_SUCCESS) {
        fail_msg("the guest could not open %s: %s", path, ringfort_errno_name(error));
    }
    return opened;
}

void guest_give_up(struct world *w, uint32_t fd, uint64_t base, uint64_t inheriting)
{
    const uint32_t mark = w->next;
    const struct fdstat now = guest_fdstat_of(w, fd);
    assert_errno(wasi_fd_fdstat_set_rights(w, fd, now.base & ~base, now.inheriting & ~inheriting),
                 WASI_SUCCESS);
    w->next = mark;
}

uint32_t guest_open_without(struct world *w, uint32_t fd, const char *path, uint32_t oflags,
                            uint64_t base, uint64_t given_up)
{
    const uint32_t opened = guest_open(w, fd, path, oflags, base);
    guest_give_up(w, opened, given_up, 0);
    return opened;
}

uint32_t guest_open_dir(struct world *w, uint32_t fd, const char *path)
{
    return guest_open(w, fd, path, OFLAG_DIRECTORY, RIGHTS_PREOPEN);
}

uint32_t guest_try_open(struct world *w, uint32_t fd, const char *path, uint32_t lookup,
                        uint32_t oflags, uint64_t base)
{
    uint32_t opened = 0;
    const uint32_t error = open_at(w, fd, path, lookup, oflags, base, &opened);
    if (error == WASI_SUCCESS) {
        guest_close(w, opened);
    }
    return error;
}

void guest_close(struct world *w, uint32_t fd)
{
    assert_errno(wasi_fd_close(w, fd), WASI_SUCCESS);
}

void guest_write(struct world *w, uint32_t fd, const char *string)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, string)), 1, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), strlen(string));
    w->next = mark;
}

void guest_assert_reads(struct world *w, uint32_t fd, uint32_t max, const char *string)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, 4);
    const struct span room = { guest_alloc(w, max), max };
    assert_errno(wasi_fd_read(w, fd, iovec(w, room), 1, out), WASI_SUCCESS);
    const uint32_t length = (uint32_t)strlen(string);
    assert_int_equal(guest_u32(w, out), length);
    guest_assert_text(w, room.at, string);
    guest_assert_untouched(w, room.at + length, max - length);
    w->next = mark;
}

uint64_t guest_tell(struct world *w, uint32_t fd)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_tell(w, fd, out), WASI_SUCCESS);
    w->next = mark;
    return guest_u64(w, out);
}

uint64_t guest_seek(struct world *w, uint32_t fd, int64_t offset, uint32_t whence)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, offset, whence, out), WASI_SUCCESS);
    w->next = mark;
    return guest_u64(w, out);
}

struct filestat guest_stat(struct world *w, uint32_t fd)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_errno(wasi_fd_filestat_get(w, fd, out), WASI_SUCCESS);
    w->next = mark;
    return guest_filestat(w, out);
}

struct filestat guest_stat_at(struct world *w, uint32_t fd, const char *path)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    assert_errno(wasi_path_filestat_get(w, fd, 0, text(w, path), out), WASI_SUCCESS);
    w->next = mark;
    return guest_filestat(w, out);
}

struct fdstat guest_fdstat_of(struct world *w, uint32_t fd)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    assert_errno(wasi_fd_fdstat_get(w, fd, out), WASI_SUCCESS);
    w->next = mark;
    return guest_fdstat(w, out);
}

uint32_t guest_try_stat(struct world *w, uint32_t fd, const char *path, uint32_t lookup)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const uint32_t error = wasi_path_filestat_get(w, fd, lookup, text(w, path), out);
    w->next = mark;
    return error;
}
