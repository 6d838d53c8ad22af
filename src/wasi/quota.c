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

/* So much room, on the disk, for so many bytes: half as much again, because blocks are filled in
 * part, and at least a few blocks. */
static uint64_t space_for(uint64_t bytes)
{
    const uint64_t least = (uint64_t)4 * QUOTA_BLOCK;
    const uint64_t space = bytes < UINT64_MAX - bytes / 2 ? bytes + bytes / 2 : UINT64_MAX;
    return space > least ? space : least;
}

void ringfort_quota_init(struct quota *quota, const uint64_t *limits, bool single_threaded)
{
    const uint64_t bytes = limits[RINGFORT_LIMIT_BYTES_WRITTEN];
    const uint64_t output = limits[RINGFORT_LIMIT_OUTPUT];
    quota->host_limits_size = host_limits_size();
    quota->file_size = limits[RINGFORT_LIMIT_FILE_SIZE];
    quota->counts_bytes = bytes != UINT64_MAX;
    quota->counts_output = output != UINT64_MAX;
    atomic_init(&quota->left[QUOTA_BYTES], bytes);
    atomic_init(&quota->left[QUOTA_SPACE], space_for(bytes));
    atomic_init(&quota->left[QUOTA_OUTPUT], output);
    atomic_init(&quota->left[QUOTA_ENTRIES], limits[RINGFORT_LIMIT_ENTRIES_CREATED]);
    lock_init(&quota->growing, single_threaded);
    quota->any = quota->host_limits_size || quota->counts_bytes || quota->counts_output ||
                 quota->file_size != UINT64_MAX;
}

/* ---- Counting down ---- */

/* The limit that each is of. */
static const ringfort_limit limit_of[QUOTA_COUNT] = {
    [QUOTA_BYTES] = RINGFORT_LIMIT_BYTES_WRITTEN,
    [QUOTA_SPACE] = RINGFORT_LIMIT_BYTES_WRITTEN,
    [QUOTA_OUTPUT] = RINGFORT_LIMIT_OUTPUT,
    [QUOTA_ENTRIES] = RINGFORT_LIMIT_ENTRIES_CREATED,
};

static bool counts(const struct call *c, enum quota_kind kind)
{
    return c->wasi->limits[limit_of[kind]] != UINT64_MAX;
}

/* As much of `wanted` as there is, at least `least`, or nothing. */
static uint64_t take_some(struct call *c, enum quota_kind kind, uint64_t wanted, uint64_t least)
{
    if (!counts(c, kind)) {
        return wanted;
    }
    _Atomic uint64_t *from = &c->wasi->quota.left[kind];
    uint64_t left = atomic_load(from);
    uint64_t taken;
    do {
        taken = wanted < left ? wanted : left;
        if (taken < least) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak(from, &left, left - taken));
    return taken;
}

wasi_errno ringfort_quota_take(struct call *c, enum quota_kind kind, uint64_t wanted,
                               uint64_t least, uint64_t *taken)
{
    *taken = take_some(c, kind, wanted, least);
    if (*taken < wanted) {
        call_meets(c, limit_of[kind]);
    }
    return *taken >= least ? WASI_SUCCESS : WASI_ENOSPC;
}

void ringfort_quota_settle(struct call *c, enum quota_kind kind, uint64_t taken, uint64_t used)
{
    if (used > taken) {
        (void)take_some(c, kind, used - taken, 0);
    } else if (counts(c, kind)) {
        atomic_fetch_add(&c->wasi->quota.left[kind], taken - used);
    }
}

/* ---- Streams ---- */

/* What goes to stdio counts twice. What one limit leaves and the other does not is given back. */
wasi_errno ringfort_quota_take_buffers(struct call *c, const struct open_file *file,
                                       struct guest_buffers *from, uint64_t *taken)
{
    const bool whole = ringfort_file_kind(file) == KIND_SOCKET_DGRAM || from->total == 0;
    const uint64_t least = whole ? from->total : 1;
    TRY(ringfort_quota_take(c, QUOTA_BYTES, from->total, least, taken));
    if (file->is_stdio) {
        const uint64_t bytes = *taken;
        const wasi_errno error = ringfort_quota_take(c, QUOTA_OUTPUT, bytes, least, taken);
        ringfort_quota_settle(c, QUOTA_BYTES, bytes, *taken);
        TRY(error);
    }
    guest_buffers_cut(from, *taken);
    return WASI_SUCCESS;
}

void ringfort_quota_settle_buffers(struct call *c, const struct open_file *file, uint64_t taken,
                                   uint64_t used)
{
    ringfort_quota_settle(c, QUOTA_BYTES, taken, used);
    if (file->is_stdio) {
        ringfort_quota_settle(c, QUOTA_OUTPUT, taken, used);
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

wasi_errno ringfort_quota_check_size(struct call *c, uint64_t now, uint64_t size)
{
    return size <= c->wasi->quota.file_size || size <= now
               ? WASI_SUCCESS
               : refuse(c, RINGFORT_LIMIT_FILE_SIZE, WASI_EFBIG);
}

/* ---- Names ---- */

bool ringfort_quota_counts_names(const struct call *c)
{
    return counts(c, QUOTA_ENTRIES) || counts(c, QUOTA_SPACE);
}

wasi_errno ringfort_quota_take_name(struct call *c, uint64_t space)
{
    if (take_some(c, QUOTA_ENTRIES, 1, 1) == 0) {
        return WASI_EDQUOT;
    }
    if (take_some(c, QUOTA_SPACE, space, space) == 0) {
        ringfort_quota_settle(c, QUOTA_ENTRIES, 1, 0);
        return WASI_ENOSPC;
    }
    return WASI_SUCCESS;
}

wasi_errno ringfort_quota_refuse_name(struct call *c, wasi_errno error)
{
    return refuse(c, limit_of[error == WASI_EDQUOT ? QUOTA_ENTRIES : QUOTA_SPACE], error);
}

wasi_errno ringfort_quota_settle_name(struct call *c, uint64_t space, wasi_errno error)
{
    if (error != WASI_SUCCESS) {
        ringfort_quota_settle(c, QUOTA_ENTRIES, 1, 0);
        ringfort_quota_settle(c, QUOTA_SPACE, space, 0);
    }
    return error;
}
