/* Around a call that may make a file larger.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi/growth.h"

void ringfort_growth_begin(struct growth *growth, struct quota *quota)
{
    growth->quota = quota;
    if (quota->file_size != UINT64_MAX) {
        lock_take(&quota->growing);
    }
    if (quota->host_limits_size) {
        ringfort_guard_begin(&growth->guard, SIGXFSZ);
    }
}

void ringfort_growth_end(struct growth *growth, bool refused)
{
    if (growth->quota->host_limits_size) {
        ringfort_guard_end(&growth->guard, refused);
    }
    if (growth->quota->file_size != UINT64_MAX) {
        lock_drop(&growth->quota->growing);
    }
}
