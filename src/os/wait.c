/* Waiting for descriptors in a way that the embedder can end.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/wait.h"

#include "os/errno.h"
#include "os/sys.h"

wasi_errno ringfort_wait_ready(int fd, short events, int wake_fd, bool nonblocking)
{
    for (;;) {
        struct pollfd fds[2] = { { .fd = fd, .events = events },
                                 { .fd = wake_fd, .events = POLLIN } };
        struct timespec at_once = { 0 };
        const int n = sys_poll(fds, 2, nonblocking ? &at_once : NULL);
        if (n < 0 && n != -EINTR) {
            return ringfort_errno_of(n);
        }
        if (n > 0 && fds[1].revents != 0) {
            return FACT_INTERRUPT;
        }
        if (n > 0) {
            return WASI_SUCCESS;
        }
        if (n == 0) {
            return WASI_EAGAIN;
        }
    }
}
