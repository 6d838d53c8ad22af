/* random_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/random.h"
#include "os/errno.h"
#include "wasi.h"

wasi_errno ringfort_random_get(struct call *c, gptr buf, uint32_t buf_len)
{
    struct guest_span room;
    TRY(guest_span(&c->memory, buf, buf_len, &room));
    const struct iovec to = span_iovec(room);
    return ringfort_errno_of(ringfort_random_fill(to.iov_base, to.iov_len));
}
