/* Random bytes from the kernel.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/random.h"

#include "os/sys.h"

int ringfort_random_fill(void *to, size_t len)
{
    /* One call gives at most 32 MiB, and less when a signal comes. */
    for (size_t done = 0; done < len;) {
        const long n =
            sys_retry(SYS_getrandom, (long)((char *)to + done), (long)(len - done), 0, 0, 0, 0);
        if (n < 0) {
            return (int)n;
        }
        done += (size_t)n;
    }
    return 0;
}
