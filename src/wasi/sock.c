/* sock_accept, sock_recv, sock_send, sock_shutdown: on sockets that the embedder preopened.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"
#include "os/sys.h"
#include "wasi/stream.h"

/* What is no socket says so before its rights do. */
static wasi_errno take_socket(struct call *c, uint32_t fd, uint64_t rights, struct open_file **out)
{
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, out));
    if (!kind_is_socket(ringfort_file_kind(*out))) {
        return WASI_ENOTSOCK;
    }
    return ringfort_file_need(*out, rights);
}

/* The host's listener may block: another process may take the connection that was waited for. */
static wasi_errno accept_one(struct call *c, const struct open_file *listener, int *out)
{
    if (!sys_listens(listener->host_fd)) {
        return WASI_EINVAL; /* what accept says, which a connection would have to be waited for */
    }
    for (;;) {
        TRY(wait_for(c, listener, POLLIN));
        const int fd = sys_accept(listener->host_fd, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            *out = fd;
            return WASI_SUCCESS;
        }
        if (fd != -EAGAIN || is_nonblocking(listener)) {
            return ringfort_errno_of(fd);
        }
    }
}

wasi_errno ringfort_sock_accept(struct call *c, uint32_t fd, uint32_t flags, gptr connection)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, connection, 4, &result));
    TAKEN *listener = NULL;
    TRY(take_socket(c, fd, RIGHT_SOCK_ACCEPT, &listener));
    if ((flags & ~(uint32_t)FDFLAGS_NONBLOCK) != 0) {
        return WASI_EINVAL;
    }
    TAKEN *file = NULL;
    TRY(new_file(c, &file));
    TRY(accept_one(c, listener, &file->host_fd));
    file->kind = KIND_SOCKET_STREAM;
    file->fdflags = (uint16_t)flags;
    file->rights_base = atomic_load(&listener->rights_inheriting);
    file->rights_inheriting = atomic_load(&listener->rights_inheriting);
    span_put_u32(result, 0, ringfort_table_insert(&c->wasi->fds, &file));
    return WASI_SUCCESS;
}

static int host_riflags(uint32_t flags)
{
    return ((flags & RIFLAGS_PEEK) != 0 ? MSG_PEEK : 0) |
           ((flags & RIFLAGS_WAITALL) != 0 ? MSG_WAITALL : 0);
}

/* The same for a message. What counts its parts is an int in musl and a size_t in glibc. */
static void advance_message(struct msghdr *message, size_t n)
{
    size_t count = (size_t)message->msg_iovlen;
    advance(&message->msg_iov, &count, n);
    message->msg_iovlen = (__typeof__(message->msg_iovlen))count;
}

/* Never blocks in the kernel, so that the embedder can end it; WAITALL goes on here until the
 * buffers are full. */
static wasi_errno receive(struct call *c, const struct open_file *socket, struct msghdr *message,
                          uint32_t flags, size_t *received)
{
    const bool all =
        (flags & RIFLAGS_WAITALL) != 0 && (flags & RIFLAGS_PEEK) == 0 && !is_nonblocking(socket);
    do {
        const wasi_errno ready = wait_for(c, socket, POLLIN);
        const ssize_t n = ready == WASI_SUCCESS ? sys_recvmsg(socket->host_fd, message,
                                                              host_riflags(flags) | MSG_DONTWAIT)
                                                : 0;
        if (n == -EAGAIN && !is_nonblocking(socket)) {
            continue;
        }
        const wasi_errno error = ready == WASI_SUCCESS ? ringfort_errno_of(n) : ready;
        if (error != WASI_SUCCESS) {
            return after_part(*received > 0, error);
        }
        *received += (size_t)n;
        if (n == 0 || !all) {
            return WASI_SUCCESS;
        }
        advance_message(message, (size_t)n);
    } while (message->msg_iovlen > 0);
    return WASI_SUCCESS;
}

wasi_errno ringfort_sock_recv(struct call *c, uint32_t fd, gptr ri_data, uint32_t ri_data_len,
                              uint32_t ri_flags, gptr ro_datalen, gptr ro_flags)
{
    struct guest_span to_len;
    struct guest_span to_flags;
    struct guest_buffers to;
    TRY(guest_span(&c->memory, ro_datalen, 4, &to_len));
    TRY(guest_span(&c->memory, ro_flags, 2, &to_flags));
    TRY(guest_buffers(&c->memory, ri_data, ri_data_len, &to));
    TAKEN *socket = NULL;
    TRY(take_socket(c, fd, RIGHT_FD_READ, &socket));
    TRY(check_flags(c, ri_flags, RIFLAGS_ALL));
    struct msghdr message = { .msg_iov = to.iov, .msg_iovlen = (size_t)to.count };
    size_t received = 0;
    TRY(receive(c, socket, &message, ri_flags, &received));
    span_put_u32(to_len, 0, (uint32_t)received);
    span_put_u16(to_flags, 0, (message.msg_flags & MSG_TRUNC) != 0 ? ROFLAGS_DATA_TRUNCATED : 0);
    return WASI_SUCCESS;
}

/* Everything is sent, unless the guest asked not to wait. */
static wasi_errno send_all(struct call *c, const struct open_file *socket, struct msghdr *message,
                           size_t *sent)
{
    do {
        const ssize_t n = sys_sendmsg(socket->host_fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            *sent += (size_t)n;
            advance_message(message, (size_t)n);
            TRY(go_on(c)); /* a quick reader lets it never wait */
            continue;
        }
        const bool waits = n == -EAGAIN && !is_nonblocking(socket);
        const wasi_errno error = waits ? wait_for(c, socket, POLLOUT) : ringfort_errno_of(n);
        if (error != WASI_SUCCESS) {
            return after_part(*sent > 0, error);
        }
    } while (message->msg_iovlen > 0);
    return WASI_SUCCESS;
}

/* The same, of the bytes that the guest may still write. */
static wasi_errno send_charged(struct call *c, struct open_file *socket, struct guest_buffers *from,
                               size_t *sent)
{
    uint64_t taken = 0;
    if (__builtin_expect(c->wasi->quota.any, 0)) {
        TRY(ringfort_quota_take_buffers(c, socket, from, &taken));
    }
    struct msghdr message = { .msg_iov = from->iov, .msg_iovlen = (size_t)from->count };
    const wasi_errno error = send_all(c, socket, &message, sent);
    if (taken > 0) {
        ringfort_quota_settle_buffers(c, socket, taken, *sent);
    }
    return error;
}

wasi_errno ringfort_sock_send(struct call *c, uint32_t fd, gptr si_data, uint32_t si_data_len,
                              uint32_t si_flags, gptr so_datalen)
{
    struct guest_span to_len;
    struct guest_buffers from;
    TRY(guest_span(&c->memory, so_datalen, 4, &to_len));
    TRY(guest_buffers(&c->memory, si_data, si_data_len, &from));
    TAKEN *socket = NULL;
    TRY(take_socket(c, fd, RIGHT_FD_WRITE, &socket));
    if (si_flags != 0) {
        return WASI_EINVAL;
    }
    size_t sent = 0;
    TRY(send_charged(c, socket, &from, &sent));
    span_put_u32(to_len, 0, (uint32_t)sent);
    return WASI_SUCCESS;
}

wasi_errno ringfort_sock_shutdown(struct call *c, uint32_t fd, uint32_t how)
{
    static const int host_how[] = { -1, SHUT_RD, SHUT_WR, SHUT_RDWR };
    TAKEN *socket = NULL;
    TRY(take_socket(c, fd, RIGHT_SOCK_SHUTDOWN, &socket));
    if (how == 0 || how > (SDFLAGS_RD | SDFLAGS_WR)) {
        return WASI_EINVAL;
    }
    return ringfort_errno_of(sys_shutdown(socket->host_fd, host_how[how]));
}
