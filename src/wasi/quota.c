/* What a guest may write: how many bytes in its life, and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi/quota.h"

#include "os/errno.h"
#include "os/sys.h"

static bool host_limits_size(void)
{
    struct rlimit limit;
    return sys_getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

void ringfort_quota_init(struct quota *quota, uint64_t bytes, uint64_t file_size,
                         bool single_threaded)
{
    quota->host_limits_size = host_limits_size();
    quota->file_size = file_size;
    atomic_init(&quota->bytes_left, bytes);
    lock_init(&quota->growing, single_threaded);
    quota->any = quota->host_limits_size || bytes != UINT64_MAX || file_size != UINT64_MAX;
}

/* Bytes are set aside before the write, because two threads may write the last of them. Where one
 * then writes less, the other may have been told NOSPC too early, never too late. */
wasi_errno ringfort_quota_take(struct quota *quota, uint64_t wanted, uint64_t least,
                               uint64_t *taken)
{
    uint64_t left = atomic_load(&quota->bytes_left);
    do {
        *taken = wanted < left ? wanted : left;
        if (*taken < least) {
            *taken = 0;
            return WASI_ENOSPC;
        }
    } while (!atomic_compare_exchange_weak(&quota->bytes_left, &left, left - *taken));
    return WASI_SUCCESS;
}

wasi_errno ringfort_quota_take_buffers(struct quota *quota, enum file_kind kind,
                                       struct guest_buffers *from, uint64_t *taken)
{
    const bool whole = kind == KIND_SOCKET_DGRAM || from->total == 0;
    const uint64_t least = whole ? from->total : 1;
    TRY(ringfort_quota_take(quota, from->total, least, taken));
    guest_buffers_cut(from, *taken);
    return WASI_SUCCESS;
}

void ringfort_quota_give_back(struct quota *quota, uint64_t bytes)
{
    atomic_fetch_add(&quota->bytes_left, bytes);
}

wasi_errno ringfort_quota_cut(const struct quota *quota, uint64_t at, struct guest_buffers *from)
{
    if (at >= quota->file_size) {
        return WASI_EFBIG;
    }
    guest_buffers_cut(from, quota->file_size - at);
    return WASI_SUCCESS;
}

wasi_errno ringfort_quota_check_size(const struct quota *quota, const struct open_file *file,
                                     uint64_t size)
{
    if (size <= quota->file_size) {
        return WASI_SUCCESS;
    }
    struct stat st;
    TRY(ringfort_errno_of(sys_fstat(file->host_fd, &st)));
    return size <= (uint64_t)st.st_size ? WASI_SUCCESS : WASI_EFBIG;
}
