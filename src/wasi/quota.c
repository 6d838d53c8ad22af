/* What a guest may use up in its life: bytes, names, and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi/quota.h"

#include "os/errno.h"
#include "os/sys.h"
#include "wasi.h"

static bool host_limits_size(void)
{
    struct rlimit limit;
    return sys_getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

void ringfort_quota_init(struct quota *quota, const uint64_t *limits, bool single_threaded)
{
    const uint64_t bytes = limits[RINGFORT_LIMIT_BYTES_WRITTEN];
    const uint64_t output = limits[RINGFORT_LIMIT_OUTPUT];
    quota->host_limits_size = host_limits_size();
    quota->file_size = limits[RINGFORT_LIMIT_FILE_SIZE];
    atomic_init(&quota->bytes_left, bytes);
    atomic_init(&quota->output_left, output);
    atomic_init(&quota->entries_left, limits[RINGFORT_LIMIT_ENTRIES_CREATED]);
    lock_init(&quota->growing, single_threaded);
    quota->any = quota->host_limits_size || bytes != UINT64_MAX || output != UINT64_MAX ||
                 quota->file_size != UINT64_MAX;
}

/* ---- Bytes ---- */

/* Sets some of `wanted` aside, at least `least`. That comes before the write, because two threads
 * may write the last of them. Where one then writes less, the other may have been told NOSPC too
 * early, never too late. */
static wasi_errno take(struct call *c, ringfort_limit limit, _Atomic uint64_t *from,
                       uint64_t wanted, uint64_t least, uint64_t *taken)
{
    uint64_t left = atomic_load(from);
    do {
        *taken = wanted < left ? wanted : left;
        if (*taken < least) {
            *taken = 0;
            return refuse(c, limit, WASI_ENOSPC);
        }
    } while (!atomic_compare_exchange_weak(from, &left, left - *taken));
    if (*taken < wanted) {
        call_meets(c, limit);
    }
    return WASI_SUCCESS;
}

/* What goes to stdio counts twice. */
static wasi_errno take_both(struct call *c, const struct open_file *file, uint64_t wanted,
                            bool whole, uint64_t *taken)
{
    struct quota *quota = &c->wasi->quota;
    const uint64_t least = whole ? wanted : 1;
    TRY(take(c, RINGFORT_LIMIT_BYTES_WRITTEN, &quota->bytes_left, wanted, least, taken));
    if (!file->is_stdio) {
        return WASI_SUCCESS;
    }
    const uint64_t bytes = *taken;
    const wasi_errno error =
        take(c, RINGFORT_LIMIT_OUTPUT, &quota->output_left, bytes, least, taken);
    atomic_fetch_add(&quota->bytes_left, bytes - *taken);
    return error;
}

wasi_errno ringfort_quota_take(struct call *c, const struct open_file *file, uint64_t wanted)
{
    uint64_t taken;
    return take_both(c, file, wanted, true, &taken);
}

wasi_errno ringfort_quota_take_buffers(struct call *c, struct open_file *file,
                                       struct guest_buffers *from, uint64_t *taken)
{
    const bool whole = ringfort_file_kind(file) == KIND_SOCKET_DGRAM || from->total == 0;
    TRY(take_both(c, file, from->total, whole, taken));
    guest_buffers_cut(from, *taken);
    return WASI_SUCCESS;
}

void ringfort_quota_give_back(struct call *c, const struct open_file *file, uint64_t bytes)
{
    struct quota *quota = &c->wasi->quota;
    atomic_fetch_add(&quota->bytes_left, bytes);
    if (file->is_stdio) {
        atomic_fetch_add(&quota->output_left, bytes);
    }
}

/* ---- Sizes ---- */

wasi_errno ringfort_quota_cut(struct call *c, uint64_t at, struct guest_buffers *from)
{
    const uint64_t most = c->wasi->quota.file_size;
    if (at >= most) {
        return refuse(c, RINGFORT_LIMIT_FILE_SIZE, WASI_EFBIG);
    }
    if (from->total > most - at) {
        call_meets(c, RINGFORT_LIMIT_FILE_SIZE);
        guest_buffers_cut(from, most - at);
    }
    return WASI_SUCCESS;
}

wasi_errno ringfort_quota_check_size(struct call *c, const struct open_file *file, uint64_t size)
{
    if (size <= c->wasi->quota.file_size) {
        return WASI_SUCCESS;
    }
    struct stat st;
    TRY(ringfort_errno_of(sys_fstat(file->host_fd, &st)));
    return size <= (uint64_t)st.st_size ? WASI_SUCCESS
                                        : refuse(c, RINGFORT_LIMIT_FILE_SIZE, WASI_EFBIG);
}

/* ---- Names ---- */

bool ringfort_quota_counts_entries(const struct call *c)
{
    return c->wasi->limits[RINGFORT_LIMIT_ENTRIES_CREATED] != UINT64_MAX;
}

bool ringfort_quota_take_entry(struct call *c)
{
    if (!ringfort_quota_counts_entries(c)) {
        return true;
    }
    _Atomic uint64_t *from = &c->wasi->quota.entries_left;
    uint64_t left = atomic_load(from);
    do {
        if (left == 0) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(from, &left, left - 1));
    return true;
}

wasi_errno ringfort_quota_settle_entry(struct call *c, wasi_errno error)
{
    if (error != WASI_SUCCESS && ringfort_quota_counts_entries(c)) {
        atomic_fetch_add(&c->wasi->quota.entries_left, 1);
    }
    return error;
}
