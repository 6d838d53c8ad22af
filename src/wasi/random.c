/* random_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"
#include "wasi.h"

enum { PIECE = 1 << 20 }; /* four gigabytes take seconds, in which the embedder may want an end */

wasi_errno ringfort_random_get(struct call *c, gptr buf, uint32_t buf_len)
{
    struct guest_span room;
    TRY(guest_span(&c->memory, buf, buf_len, &room));
    const struct iovec to = span_iovec(room);
    for (size_t done = 0; done < to.iov_len; done += PIECE) {
        const size_t left = to.iov_len - done;
        char *at = (char *)to.iov_base + done;
        const size_t piece = left < PIECE ? left : PIECE;
        TRY(ringfort_errno_of(ringfort_random_fill(&c->wasi->random, at, piece)));
        TRY(go_on(c));
    }
    return WASI_SUCCESS;
}
