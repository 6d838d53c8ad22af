/* Around a call that may make a file larger.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi/growth.h"

#include "os/errno.h"
#include "os/sys.h"
#include "wasi.h"

enum { STAT_BLOCK = 512 }; /* what st_blocks counts in */

static uint64_t blocks_of(const struct stat *st)
{
    return (uint64_t)st->st_blocks * STAT_BLOCK;
}

static uint64_t round_down(uint64_t bytes)
{
    return bytes - bytes % QUOTA_BLOCK;
}

static uint64_t round_up(uint64_t bytes)
{
    return round_down(bytes + QUOTA_BLOCK - 1);
}

static uint64_t more_than(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What the blocks that hold `len` bytes at `at` have room for: both are a host's offsets. */
static uint64_t blocks_around(uint64_t at, uint64_t len)
{
    return len > 0 ? round_up(at + len) - round_down(at) : 0;
}

/* ---- Before ---- */

static struct quota *quota_of(const struct growth *growth)
{
    return &growth->c->wasi->quota;
}

/* Whether a limit depends on what the file is before the call. */
static bool is_measured(const struct quota *quota, const struct open_file *file)
{
    return ringfort_file_kind(file) == KIND_REGULAR &&
           (quota->file_size != UINT64_MAX || quota->counts_bytes ||
            (quota->counts_output && file->is_stdio));
}

wasi_errno ringfort_growth_begin(struct growth *growth, struct call *c,
                                 const struct open_file *file)
{
    *growth = (struct growth){ .c = c, .file = file, .result = -EINPROGRESS };
    struct quota *quota = quota_of(growth);
    growth->measured = is_measured(quota, file);
    if (growth->measured) {
        lock_take(&quota->growing);
    }
    if (quota->host_limits_size) {
        ringfort_guard_begin(&growth->guard, SIGXFSZ);
    }
    if (growth->measured) {
        struct stat st;
        TRY(ringfort_errno_of(sys_fstat(file->host_fd, &st)));
        growth->size = (uint64_t)st.st_size;
        growth->blocks = blocks_of(&st);
        growth->unit = (uint64_t)st.st_blksize;
    }
    return WASI_SUCCESS;
}

/* Sets `wanted` bytes aside of what the guest may write, and of what it may put out. */
static wasi_errno take_bytes(struct growth *growth, uint64_t wanted, uint64_t least)
{
    TRY(ringfort_quota_take(growth->c, QUOTA_BYTES, wanted, least, &growth->bytes));
    return growth->file->is_stdio
               ? ringfort_quota_take(growth->c, QUOTA_OUTPUT, growth->bytes, least, &growth->output)
               : WASI_SUCCESS;
}

wasi_errno ringfort_growth_take_write(struct growth *growth, uint64_t at,
                                      struct guest_buffers *from)
{
    growth->writes = true;
    growth->at = at;
    growth->hole = more_than(at, growth->size);
    TRY(take_bytes(growth, growth->hole + from->total, growth->hole + 1));
    const bool is_stdio = growth->file->is_stdio;
    guest_buffers_cut(from, (is_stdio ? growth->output : growth->bytes) - growth->hole);
    TRY(ringfort_quota_cut(growth->c, at, from));
    const uint64_t begun = at % QUOTA_BLOCK;
    TRY(ringfort_quota_take(growth->c, QUOTA_SPACE, blocks_around(at, from->total), QUOTA_BLOCK,
                            &growth->space));
    guest_buffers_cut(from, round_down(growth->space) - begun);
    return WASI_SUCCESS;
}

wasi_errno ringfort_growth_take_range(struct growth *growth, uint64_t offset, uint64_t len)
{
    if (!growth->measured) {
        return WASI_SUCCESS;
    }
    growth->hole = len > 0 ? more_than(offset, growth->size) : 0;
    const uint64_t wanted = growth->hole + len;
    TRY(take_bytes(growth, wanted, wanted));
    TRY(ringfort_quota_check_size(growth->c, growth->size, offset + len));
    const uint64_t space = blocks_around(offset, len);
    return ringfort_quota_take(growth->c, QUOTA_SPACE, space, space, &growth->space);
}

wasi_errno ringfort_growth_take_size(struct growth *growth, uint64_t size)
{
    if (!growth->measured) {
        return WASI_SUCCESS;
    }
    const uint64_t wanted = more_than(size, growth->size);
    TRY(take_bytes(growth, wanted, wanted));
    TRY(ringfort_quota_check_size(growth->c, growth->size, size));
    const uint64_t space = blocks_around(growth->size, wanted);
    return ringfort_quota_take(growth->c, QUOTA_SPACE, space, space, &growth->space);
}

/* ---- After ---- */

/* What a write counts as, which leaves no hole where it writes nothing. */
static uint64_t bytes_of_write(const struct growth *growth)
{
    return growth->result > 0 ? growth->hole + (uint64_t)growth->result : 0;
}

/* The new blocks of a write that its bytes are sure to need, whatever the file system says. */
static uint64_t sure_space_of_write(const struct growth *growth)
{
    const uint64_t end = growth->result > 0 ? growth->at + (uint64_t)growth->result : 0;
    return more_than(round_up(end), larger(round_up(growth->size), round_down(growth->at)));
}

/* What the call used of the bytes that it took. What a failed one did counts too: a reservation
 * for which the disk has no room may keep its blocks. */
static uint64_t bytes_used(const struct growth *growth, const struct stat *after, uint64_t landed)
{
    if (growth->writes) {
        return bytes_of_write(growth);
    }
    return growth->result >= 0 ? growth->bytes
                               : larger(landed, more_than((uint64_t)after->st_size, growth->size));
}

/* Settles what was taken with what was used. */
static void settle(const struct growth *growth)
{
    struct stat after;
    if (sys_fstat(growth->file->host_fd, &after) < 0) {
        return; /* all that was taken counts */
    }
    const uint64_t landed = more_than(blocks_of(&after), growth->blocks);
    const uint64_t sure = growth->writes ? sure_space_of_write(growth) : 0;
    const uint64_t bytes = bytes_used(growth, &after, landed);
    ringfort_quota_settle(growth->c, QUOTA_BYTES, growth->bytes, smaller(bytes, growth->bytes));
    ringfort_quota_settle(growth->c, QUOTA_OUTPUT, growth->output, smaller(bytes, growth->output));
    /* A file system may give out more than was written, ahead of it, which is not counted. */
    ringfort_quota_settle(growth->c, QUOTA_SPACE, growth->space,
                          smaller(larger(landed, sure), larger(growth->space, growth->unit)));
}

void ringfort_growth_end(struct growth *growth)
{
    if (growth->c == NULL) {
        return;
    }
    struct quota *quota = quota_of(growth);
    if (growth->measured && (quota->counts_bytes || quota->counts_output)) {
        settle(growth);
    }
    if (quota->host_limits_size) {
        ringfort_guard_end(&growth->guard, growth->result == -EFBIG);
    }
    if (growth->measured) {
        lock_drop(&quota->growing);
    }
}
