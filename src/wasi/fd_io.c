/* fd_read, fd_pread, fd_write, fd_pwrite: bytes between guest memory and an open file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"
#include "os/signal_guard.h"
#include "os/sys.h"
#include "wasi/growth.h"
#include "wasi/stream.h"

#include <limits.h>

enum { PIECE_IN_TIME = 16 << 20 };

static bool is_appending(const struct open_file *file)
{
    return (atomic_load_explicit(&file->fdflags, memory_order_relaxed) & FDFLAGS_APPEND) != 0;
}

/* One system call on a file cannot be ended, and moves two gigabytes. Where the guest's time is
 * limited, it moves what a slow disk does in a fraction of a second: a short transfer. */
static void cut_in_time(const struct call *c, struct guest_buffers *buffers)
{
    const unsigned ends = atomic_load_explicit(&c->wasi->watch.ends, memory_order_relaxed);
    if (__builtin_expect((ends & ENDS_IN_TIME) != 0, 0)) {
        guest_buffers_cut(buffers, PIECE_IN_TIME);
    }
}

/* ---- Reading ---- */

/* What may block. The wait comes first, because a plain read of a descriptor that blocks could not
 * be ended. */
static wasi_errno read_stream(struct call *c, const struct open_file *file,
                              const struct guest_buffers *to, ssize_t *n)
{
    for (;;) {
        TRY(wait_for(c, file, POLLIN));
        *n = sys_read_flags(file->host_fd, to->iov, to->count, -1, RWF_NOWAIT);
        if (*n == -EOPNOTSUPP) {
            *n = sys_read(file->host_fd, to->iov, to->count, -1);
        }
        if (*n != -EAGAIN || is_nonblocking(file)) {
            return ringfort_errno_of(*n);
        }
    }
}

static wasi_errno read_file(struct call *c, struct open_file *file, struct guest_buffers *to,
                            ssize_t *n)
{
    const enum file_kind kind = ringfort_file_kind(file);
    if (kind_may_block(kind)) {
        return read_stream(c, file, to, n);
    }
    cut_in_time(c, to);
    const bool own = kind == KIND_REGULAR && file->position == POSITION_OWN;
    *n = sys_read(file->host_fd, to->iov, to->count, own ? (int64_t)file->offset : -1);
    TRY(ringfort_errno_of(*n));
    if (own) {
        file->offset += (uint64_t)*n;
    }
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_read(struct call *c, uint32_t fd, gptr iovs, uint32_t iovs_len, gptr nread)
{
    struct guest_span result;
    struct guest_buffers to;
    TRY(guest_span(&c->memory, nread, 4, &result));
    TRY(guest_buffers(&c->memory, iovs, iovs_len, &to));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_READ, &file));
    ssize_t n = 0;
    if (to.count > 0) {
        TRY(read_file(c, file, &to, &n));
    }
    span_put_u32(result, 0, (uint32_t)n);
    return WASI_SUCCESS;
}

/* What pread and pwrite share: a file with positions, the right to choose them, and one that the
 * host can count. */
static wasi_errno check_offset(struct open_file *file, uint64_t rights, uint64_t offset)
{
    TRY(need_positions(file));
    TRY(ringfort_file_need(file, rights | RIGHT_FD_SEEK));
    return offset <= INT64_MAX ? WASI_SUCCESS : WASI_EINVAL;
}

wasi_errno ringfort_fd_pread(struct call *c, uint32_t fd, gptr iovs, uint32_t iovs_len,
                             uint64_t offset, gptr nread)
{
    struct guest_span result;
    struct guest_buffers to;
    TRY(guest_span(&c->memory, nread, 4, &result));
    TRY(guest_buffers(&c->memory, iovs, iovs_len, &to));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, &file));
    TRY(check_offset(file, RIGHT_FD_READ, offset));
    ssize_t n = 0;
    if (to.count > 0) {
        cut_in_time(c, &to);
        n = sys_read(file->host_fd, to.iov, to.count, (int64_t)offset);
        TRY(ringfort_errno_of(n));
    }
    span_put_u32(result, 0, (uint32_t)n);
    return WASI_SUCCESS;
}

/* ---- Writing ---- */

/* As much as a pipe takes now. Where the kernel can't be asked not to block, a pipe that is ready
 * takes PIPE_BUF bytes. */
static ssize_t write_pipe(struct call *c, const struct open_file *file, const struct iovec *iov,
                          int count)
{
    struct signal_guard guard;
    ringfort_guard_begin(&guard, SIGPIPE);
    ssize_t n = sys_write_flags(file->host_fd, iov, count, -1, RWF_NOWAIT);
    if (n == -EOPNOTSUPP) {
        const wasi_errno ready = look_for(c, file, POLLOUT);
        const struct iovec some = { .iov_base = iov->iov_base,
                                    .iov_len = iov->iov_len < PIPE_BUF ? iov->iov_len : PIPE_BUF };
        n = ready == WASI_SUCCESS ? sys_write(file->host_fd, &some, 1, -1) : -EAGAIN;
    }
    ringfort_guard_end(&guard, n == -EPIPE);
    return n;
}

static ssize_t write_some(struct call *c, const struct open_file *file, enum file_kind kind,
                          struct iovec *iov, int count)
{
    if (kind_is_socket(kind)) {
        const struct msghdr message = { .msg_iov = iov, .msg_iovlen = (size_t)count };
        return sys_sendmsg(file->host_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (kind == KIND_FIFO) {
        return write_pipe(c, file, iov, count);
    }
    if (kind == KIND_CHARACTER_DEVICE) {
        /* Not every driver tells when it is ready. */
        return sys_write(file->host_fd, iov, count, -1);
    }
    const wasi_errno ready = look_for(c, file, POLLOUT);
    return ready == WASI_SUCCESS ? sys_write(file->host_fd, iov, count, -1) : -EAGAIN;
}

/* Where a write begins. It is decided once, because another thread may change the file's flags. */
struct beginning {
    int64_t offset; /* -1: the host's own */
    bool appends;   /* at the end, whatever the offset: Linux writes there then, too */
};

static ssize_t write_at(const struct open_file *file, const struct guest_buffers *from,
                        struct beginning at)
{
    return at.appends
               ? sys_write_flags(file->host_fd, from->iov, from->count, at.offset, RWF_APPEND)
               : sys_write(file->host_fd, from->iov, from->count, at.offset);
}

/* Writes within what the limits leave. Another thread may move an offset that the host counts, so
 * it is read once, and the write gets an explicit offset. */
static wasi_errno write_measured(struct growth *growth, struct guest_buffers *from,
                                 struct beginning at, ssize_t *n)
{
    const int fd = growth->file->host_fd;
    const int flags = sys_get_flags(fd);
    TRY(ringfort_errno_of(flags));
    const bool at_end = at.appends || (flags & O_APPEND) != 0;
    const bool moves = at.offset < 0 && !at_end;
    if (moves) {
        at.offset = sys_lseek(fd, 0, SEEK_CUR);
        TRY(ringfort_errno_of(at.offset));
    }
    TRY(ringfort_growth_take_write(growth, at_end ? growth->size : (uint64_t)at.offset, from));
    *n = write_at(growth->file, from, at);
    growth->result = *n;
    TRY(ringfort_errno_of(*n));
    return moves ? ringfort_errno_of(sys_lseek(fd, *n, SEEK_CUR)) : WASI_SUCCESS;
}

static wasi_errno write_limited(struct call *c, const struct open_file *file,
                                struct guest_buffers *from, struct beginning at, ssize_t *n)
{
    GROWTH growth = growth_none();
    TRY(ringfort_growth_begin(&growth, c, file));
    if (growth.measured) {
        return write_measured(&growth, from, at, n);
    }
    uint64_t taken;
    TRY(ringfort_quota_take_buffers(c, file, from, &taken));
    *n = write_at(file, from, at);
    growth.result = *n;
    ringfort_quota_settle_buffers(c, file, taken, *n > 0 ? (uint64_t)*n : 0);
    return ringfort_errno_of(*n);
}

/* What does not block. */
static wasi_errno write_regular(struct call *c, const struct open_file *file,
                                struct guest_buffers *from, int64_t offset, ssize_t *n)
{
    const bool is_file = ringfort_file_kind(file) == KIND_REGULAR;
    const struct beginning at = { .offset = offset, .appends = is_file && is_appending(file) };
    cut_in_time(c, from);
    if (__builtin_expect(c->wasi->quota.any, 0)) {
        return write_limited(c, file, from, at, n);
    }
    *n = write_at(file, from, at);
    return ringfort_errno_of(*n);
}

/* What may block: everything is written, however small the pipe and whoever made it
 * nonblocking, unless the guest itself asked not to wait. */
static wasi_errno write_stream(struct call *c, struct open_file *file, struct guest_buffers *from,
                               ssize_t *written)
{
    const enum file_kind kind = ringfort_file_kind(file);
    struct iovec *iov = from->iov;
    size_t count = (size_t)from->count;
    *written = 0;
    while (count > 0) {
        const ssize_t n = write_some(c, file, kind, iov, (int)count);
        if (n >= 0) {
            advance(&iov, &count, (size_t)n);
            *written += n;
            TRY(go_on(c)); /* a quick reader lets it never wait */
            continue;
        }
        if (n != -EAGAIN || is_nonblocking(file)) {
            return after_part(*written > 0, ringfort_errno_of(n));
        }
        const wasi_errno ready = wait_for(c, file, POLLOUT);
        if (ready != WASI_SUCCESS) {
            return after_part(*written > 0, ready);
        }
    }
    return WASI_SUCCESS;
}

/* The same, of the bytes that the guest may still write. */
static wasi_errno write_stream_limited(struct call *c, struct open_file *file,
                                       struct guest_buffers *from, ssize_t *n)
{
    uint64_t taken;
    TRY(ringfort_quota_take_buffers(c, file, from, &taken));
    const wasi_errno error = write_stream(c, file, from, n);
    ringfort_quota_settle_buffers(c, file, taken, (uint64_t)*n);
    return error;
}

static wasi_errno write_file(struct call *c, struct open_file *file, struct guest_buffers *from,
                             ssize_t *n)
{
    const enum file_kind kind = ringfort_file_kind(file);
    if (kind_may_block(kind)) {
        return __builtin_expect(c->wasi->quota.any, 0) ? write_stream_limited(c, file, from, n)
                                                       : write_stream(c, file, from, n);
    }
    const bool own = kind == KIND_REGULAR && file->position == POSITION_OWN;
    TRY(write_regular(c, file, from, own ? (int64_t)file->offset : -1, n));
    if (own) {
        file->offset += (uint64_t)*n;
    }
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_write(struct call *c, uint32_t fd, gptr iovs, uint32_t iovs_len,
                             gptr nwritten)
{
    struct guest_span result;
    struct guest_buffers from;
    TRY(guest_span(&c->memory, nwritten, 4, &result));
    TRY(guest_buffers(&c->memory, iovs, iovs_len, &from));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_WRITE, &file));
    ssize_t n = 0;
    if (from.count > 0) {
        TRY(write_file(c, file, &from, &n));
    }
    span_put_u32(result, 0, (uint32_t)n);
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_pwrite(struct call *c, uint32_t fd, gptr iovs, uint32_t iovs_len,
                              uint64_t offset, gptr nwritten)
{
    struct guest_span result;
    struct guest_buffers from;
    TRY(guest_span(&c->memory, nwritten, 4, &result));
    TRY(guest_buffers(&c->memory, iovs, iovs_len, &from));
    TAKEN *file = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, &file));
    TRY(check_offset(file, RIGHT_FD_WRITE, offset));
    ssize_t n = 0;
    if (from.count > 0) {
        /* Where it appends, Linux does so whatever the offset, as the specification's tests
         * want. */
        TRY(write_regular(c, file, &from, (int64_t)offset, &n));
    }
    span_put_u32(result, 0, (uint32_t)n);
    return WASI_SUCCESS;
}
