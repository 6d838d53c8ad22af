/* What is known of an open file, and its numbers: fd_advise, allocate, close, datasync, fdstat,
 * filestat, renumber, seek, sync, tell.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"
#include "os/sys.h"
#include "wasi.h"
#include "wasi/growth.h"

/* ---- Hints and space ---- */

static wasi_errno take_with_positions(struct call *c, uint32_t fd, uint64_t rights,
                                      struct open_file **out)
{
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, out));
    TRY(need_positions(*out));
    return ringfort_file_need(*out, rights);
}

wasi_errno ringfort_fd_advise(struct call *c, uint32_t fd, uint64_t offset, uint64_t len,
                              uint32_t advice)
{
    static const int host_advice[ADVICE_COUNT] = {
        POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
        POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE,
    };
    TAKEN *file = NULL;
    TRY(take_with_positions(c, fd, RIGHT_FD_ADVISE, &file));
    if (advice >= ADVICE_COUNT || offset > INT64_MAX || len > INT64_MAX) {
        return WASI_EINVAL;
    }
    return ringfort_errno_of(
        sys_fadvise(file->host_fd, (int64_t)offset, (int64_t)len, host_advice[advice]));
}

/* Reserved bytes count as written. The sum cannot wrap: both are a host's offsets. */
static wasi_errno allocate(struct call *c, const struct open_file *file, uint64_t offset,
                           uint64_t len)
{
    GROWTH growth = growth_none();
    TRY(ringfort_growth_begin(&growth, c, file));
    TRY(ringfort_growth_take_range(&growth, offset, len));
    growth.result = sys_fallocate(file->host_fd, (int64_t)offset, (int64_t)len);
    return ringfort_errno_of(growth.result);
}

wasi_errno ringfort_fd_allocate(struct call *c, uint32_t fd, uint64_t offset, uint64_t len)
{
    TAKEN *file = NULL;
    TRY(take_with_positions(c, fd, RIGHT_FD_ALLOCATE, &file));
    if (offset > INT64_MAX || len > INT64_MAX) {
        return WASI_EINVAL;
    }
    return allocate(c, file, offset, len);
}

wasi_errno ringfort_fd_datasync(struct call *c, uint32_t fd)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_DATASYNC, &file));
    return ringfort_errno_of(sys_fdatasync(file->host_fd));
}

wasi_errno ringfort_fd_sync(struct call *c, uint32_t fd)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_SYNC, &file));
    if (file->only_searched) {
        return WASI_EACCES; /* the host would have to open it to be read */
    }
    return ringfort_errno_of(sys_fsync(file->host_fd));
}

/* ---- Numbers ---- */

wasi_errno ringfort_fd_close(struct call *c, uint32_t fd)
{
    return ringfort_table_close(&c->wasi->fds, fd);
}

wasi_errno ringfort_fd_renumber(struct call *c, uint32_t fd, uint32_t to)
{
    return ringfort_table_renumber(&c->wasi->fds, fd, to);
}

/* ---- fdstat ---- */

wasi_errno ringfort_fd_fdstat_get(struct call *c, uint32_t fd, gptr stat)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, stat, FDSTAT_SIZE, &result));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, &file));
    const enum file_kind kind = ringfort_file_kind(file);
    const bool passes_on = kind == KIND_DIRECTORY || kind_is_socket(kind);
    span_clear(result);
    span_put_u8(result, FDSTAT_FILETYPE, (uint8_t)ringfort_filetype_of_kind(kind));
    span_put_u16(result, FDSTAT_FLAGS, atomic_load(&file->fdflags));
    span_put_u64(result, FDSTAT_BASE, ringfort_file_rights(file));
    span_put_u64(result, FDSTAT_INHERITING, passes_on ? atomic_load(&file->rights_inheriting) : 0);
    return WASI_SUCCESS;
}

/* The flags are ours and take effect in each call; the host's description is never changed, which
 * others may share. */
wasi_errno ringfort_fd_fdstat_set_flags(struct call *c, uint32_t fd, uint32_t flags)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_FDSTAT_SET_FLAGS, &file));
    TRY(check_flags(c, flags, FDFLAGS_ALL));
    const uint32_t now = atomic_load(&file->fdflags);
    if (((now ^ flags) & FDFLAGS_ALL_SYNC) != 0 && !is_node(c)) {
        return WASI_EINVAL; /* those can only be chosen in path_open */
    }
    if ((flags & FDFLAGS_APPEND) != 0 && ringfort_file_kind(file) == KIND_REGULAR) {
        TRY(ringfort_file_position_to_host(file));
    }
    const uint32_t kept = now & FDFLAGS_ALL_SYNC;
    const uint32_t set = flags & (FDFLAGS_APPEND | FDFLAGS_NONBLOCK);
    atomic_store(&file->fdflags, (uint16_t)(kept | set));
    return WASI_SUCCESS;
}

/* Only ever fewer. */
static wasi_errno shrink(_Atomic uint64_t *rights, uint64_t had, uint64_t wanted)
{
    if ((wanted & ~had) != 0) {
        return WASI_ENOTCAPABLE;
    }
    atomic_fetch_and(rights, wanted);
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_fdstat_set_rights(struct call *c, uint32_t fd, uint64_t fs_rights_base,
                                         uint64_t fs_rights_inheriting)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, &file));
    const uint64_t inheriting = atomic_load(&file->rights_inheriting);
    if ((fs_rights_inheriting & ~inheriting) != 0) {
        return WASI_ENOTCAPABLE;
    }
    TRY(shrink(&file->rights_base, ringfort_file_rights(file), fs_rights_base));
    return shrink(&file->rights_inheriting, inheriting, fs_rights_inheriting);
}

/* ---- filestat ---- */

wasi_errno ringfort_fd_filestat_get(struct call *c, uint32_t fd, gptr buf)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, buf, c->layouts->filestat_size, &result));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_FILESTAT_GET, &file));
    struct stat st;
    TRY(ringfort_errno_of(sys_fstat(file->host_fd, &st)));
    put_filestat(c, result, &st, ringfort_filetype_of_kind(ringfort_file_kind(file)));
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_filestat_set_size(struct call *c, uint32_t fd, uint64_t size)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_FILESTAT_SET_SIZE, &file));
    if (size > INT64_MAX) {
        return WASI_EINVAL;
    }
    GROWTH growth = growth_none();
    TRY(ringfort_growth_begin(&growth, c, file));
    TRY(ringfort_growth_take_size(&growth, size));
    growth.result = sys_ftruncate(file->host_fd, (int64_t)size);
    return ringfort_errno_of(growth.result);
}

wasi_errno ringfort_fd_filestat_set_times(struct call *c, uint32_t fd, uint64_t atim, uint64_t mtim,
                                          uint32_t fst_flags)
{
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_FILESTAT_SET_TIMES, &file));
    struct timespec times[2];
    TRY(times_to_set(atim, mtim, fst_flags, times));
    if (file->read_only) {
        return WASI_EROFS;
    }
    if (file->only_searched) {
        const struct start start = start_at(c, file);
        return ringfort_beneath_set_times(&start, ".", true, times);
    }
    return ringfort_errno_of(sys_futimens(file->host_fd, times));
}

/* ---- Positions ---- */

/* The right to seek implies the right to tell. */
static wasi_errno take_to_tell(struct call *c, uint32_t fd, struct open_file **out)
{
    TRY(take_with_positions(c, fd, 0, out));
    const uint64_t rights = ringfort_file_rights(*out);
    return (rights & (RIGHT_FD_TELL | RIGHT_FD_SEEK)) != 0 ? WASI_SUCCESS : WASI_ENOTCAPABLE;
}

/* Offsets that every file system has, whatever else it holds. */
enum { OFFSET_OF_ANY_FILE = INT32_MAX };

/* The host alone knows how far a file of its may reach, and has to take the offset over once the
 * guest gets more threads. */
static wasi_errno check_reach(const struct open_file *file, int64_t to)
{
    return to <= OFFSET_OF_ANY_FILE ? WASI_SUCCESS
                                    : ringfort_errno_of(sys_lseek(file->host_fd, to, SEEK_SET));
}

static wasi_errno own_seek(struct open_file *file, int64_t offset, int whence, uint64_t *out)
{
    int64_t from = 0;
    if (whence == SEEK_CUR) {
        from = (int64_t)file->offset;
    } else if (whence == SEEK_END) {
        from = sys_lseek(file->host_fd, 0, SEEK_END);
        TRY(ringfort_errno_of(from));
    }
    int64_t to;
    if (__builtin_add_overflow(from, offset, &to)) {
        return WASI_EOVERFLOW;
    }
    if (to < 0) {
        return WASI_EINVAL;
    }
    TRY(check_reach(file, to));
    file->offset = (uint64_t)to;
    *out = (uint64_t)to;
    return WASI_SUCCESS;
}

static wasi_errno seek(struct open_file *file, int64_t offset, int whence, uint64_t *out)
{
    if (file->position == POSITION_OWN && ringfort_file_kind(file) == KIND_REGULAR) {
        return own_seek(file, offset, whence, out);
    }
    const int64_t at = sys_lseek(file->host_fd, offset, whence);
    TRY(ringfort_errno_of(at));
    *out = (uint64_t)at;
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_seek(struct call *c, uint32_t fd, int64_t offset, uint32_t whence,
                            gptr newoffset)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, newoffset, 8, &result));
    TAKEN *file = NULL;
    const int host_whence = whence < WHENCE_COUNT ? c->layouts->host_whence[whence] : -1;
    const bool only_tells = offset == 0 && host_whence == SEEK_CUR;
    TRY(only_tells ? take_to_tell(c, fd, &file) : take_with_positions(c, fd, RIGHT_FD_SEEK, &file));
    if (host_whence < 0) {
        return WASI_EINVAL;
    }
    uint64_t at;
    TRY(seek(file, offset, host_whence, &at));
    span_put_u64(result, 0, at);
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_tell(struct call *c, uint32_t fd, gptr offset)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, offset, 8, &result));
    TAKEN *file = NULL;
    TRY(take_to_tell(c, fd, &file));
    uint64_t at;
    TRY(seek(file, 0, SEEK_CUR, &at));
    span_put_u64(result, 0, at);
    return WASI_SUCCESS;
}
