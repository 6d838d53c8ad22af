/* What transfers on pipes, terminals and sockets share: waiting in a way that the embedder can
 * end, and going on after a part.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_STREAM_H
#define RINGFORT_WASI_STREAM_H

#include "os/sys.h"
#include "os/wait.h"
#include "wasi.h"

/* Whether the guest asked not to wait; what the host did to its descriptor does not count. */
static inline bool is_nonblocking(const struct open_file *file)
{
    return (atomic_load_explicit(&file->fdflags, memory_order_relaxed) & FDFLAGS_NONBLOCK) != 0;
}

/* Until the host is ready for POLLIN or POLLOUT: AGAIN where the guest asked not to wait, or
 * FACT_INTERRUPT. */
CHECKED static inline wasi_errno wait_for(struct call *c, const struct open_file *file,
                                          short events)
{
    return ringfort_wait_ready(&c->wasi->waker, &c->next_beat, file->host_fd, events,
                               is_nonblocking(file));
}

/* Whether it is ready now: AGAIN where it is not. */
CHECKED static inline wasi_errno look_for(struct call *c, const struct open_file *file,
                                          short events)
{
    return ringfort_wait_ready(&c->wasi->waker, &c->next_beat, file->host_fd, events, true);
}

/* What a transfer answers that fails after a part: the guest has to know of the part, and the next
 * transfer will fail too. Where the embedder ends the guest, it does not matter any more. */
CHECKED static inline wasi_errno after_part(bool any_done, wasi_errno error)
{
    return any_done && error < WASI_ERRNO_COUNT ? WASI_SUCCESS : error;
}

/* Takes the first `n` bytes off the buffers. */
static inline void advance(struct iovec **iov, size_t *count, size_t n)
{
    while (*count > 0 && n >= (*iov)->iov_len) {
        n -= (*iov)->iov_len;
        ++*iov;
        --*count;
    }
    if (*count > 0) {
        (*iov)->iov_base = (char *)(*iov)->iov_base + n;
        (*iov)->iov_len -= n;
    }
}

#endif
