/*
 * The model of bytes and positions: read, write, seek, tell, advise, allocate.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

enum { VECTORS_MAX = 1024, TRANSFER_MAX = 0x7ffff000 };

/* A guest's buffers, copied before anything happens. */
struct vectors {
    uint32_t count;
    uint64_t total;
    struct {
        uint32_t at;
        uint32_t length;
    } one[VECTORS_MAX];
};

static uint32_t get_vectors(const struct model *m, uint64_t at, uint64_t count, struct vectors *v)
{
    v->count = 0;
    v->total = 0;
    MODEL_TRY(model_fits(m, at, count * SIZE_IOVEC));
    for (uint64_t i = 0; i < count && i < VECTORS_MAX; i++) {
        const uint32_t to = model_get32(m, at + i * SIZE_IOVEC);
        const uint32_t length = model_get32(m, at + i * SIZE_IOVEC + 4);
        MODEL_TRY(model_fits(m, to, length));
        const uint64_t left = TRANSFER_MAX - v->total;
        const uint32_t counted = length < left ? length : (uint32_t)left;
        v->one[v->count].at = to;
        v->one[v->count++].length = counted;
        v->total += counted;
    }
    return WASI_SUCCESS;
}

/* What transfers share: the result's address, then the buffers. */
static uint32_t get_transfer(const struct model *m, uint64_t result, const uint64_t *args,
                             struct vectors *v)
{
    MODEL_TRY(model_fits(m, result, 4));
    return get_vectors(m, args[1], args[2], v);
}

/* The kernel may refuse a transfer that would end beyond the last offset there is. */
static uint32_t check_end(struct model *m, uint64_t offset, const struct vectors *v)
{
    const bool passes = v->total > 0 && offset + v->total > INT64_MAX;
    return passes ? model_one_of(m, WASI_SUCCESS, WASI_EINVAL) : WASI_SUCCESS;
}

/* ---- Reading ---- */

static uint64_t read_at(struct model *m, const struct description *d, uint64_t offset,
                        const struct vectors *v)
{
    uint64_t done = 0;
    if (d->node->type == NODE_FILE && v->total > 0) {
        d->node->atim_is_known = false;
        for (uint32_t i = 0; i < v->count; i++) {
            done += node_read(d->node, offset + done, m->memory + v->one[i].at, v->one[i].length);
        }
    }
    return done;
}

static uint32_t predict_read(struct model *m, const uint64_t *args)
{
    struct vectors v;
    MODEL_TRY(get_transfer(m, args[3], args, &v));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_READ, &d));
    MODEL_TRY(check_end(m, d->offset, &v));
    const uint64_t n = read_at(m, d, d->offset, &v);
    d->offset += n;
    model_put32(m, args[3], (uint32_t)n);
    return WASI_SUCCESS;
}

/* What only files with positions can do: directories are BADF before rights are looked at. */
static uint32_t take_file(const struct model *m, uint64_t number, uint64_t rights,
                          struct description **out)
{
    MODEL_TRY(model_take(m, number, 0, out));
    if ((*out)->node->type == NODE_DIRECTORY) {
        return WASI_EBADF;
    }
    return model_take(m, number, rights, out);
}

static uint32_t predict_pread(struct model *m, const uint64_t *args)
{
    struct vectors v;
    MODEL_TRY(get_transfer(m, args[4], args, &v));
    struct description *d = NULL;
    MODEL_TRY(take_file(m, args[0], RIGHT_FD_READ | RIGHT_FD_SEEK, &d));
    if (args[3] > INT64_MAX) {
        return WASI_EINVAL;
    }
    MODEL_TRY(check_end(m, args[3], &v));
    const uint64_t n = read_at(m, d, args[3], &v);
    model_put32(m, args[4], (uint32_t)n);
    return WASI_SUCCESS;
}

/* ---- Writing ---- */

static void write_bytes(const struct model *m, struct node *file, uint64_t offset,
                        const struct vectors *v, uint64_t length)
{
    uint64_t done = 0;
    for (uint32_t i = 0; i < v->count && done < length; i++) {
        const uint64_t left = length - done;
        const size_t n = v->one[i].length < left ? v->one[i].length : (size_t)left;
        if (n > 0) {
            node_write(file, offset + done, m->memory + v->one[i].at, n);
        }
        done += n;
    }
}

/* Limited files stay within their first block, for which there has to be room. */
static uint32_t needs_block(struct model *m)
{
    return m->space_left >= MODEL_BLOCK ? WASI_SUCCESS
                                        : model_refuse(m, MODEL_LIMIT_BYTES_WRITTEN, WASI_ENOSPC);
}

/* It has its first block now. */
static void count_block(struct model *m, const struct description *d)
{
    if (d->node->type == NODE_FILE && !d->node->has_block) {
        (void)model_take_space(m, MODEL_BLOCK);
        d->node->has_block = true;
    }
}

/* Cuts a write to what is left of a limit; refused where that is nothing. */
static uint32_t cut(struct model *m, const char *limit, uint64_t left, uint32_t error,
                    uint64_t *length)
{
    if (*length > left) {
        *length = left;
        return model_refuse(m, limit, left == 0 ? error : WASI_SUCCESS);
    }
    return WASI_SUCCESS;
}

/* How far beyond the end of a file something begins. */
static uint64_t hole_before(const struct description *d, uint64_t offset)
{
    return d->node->type == NODE_FILE && offset > d->node->size ? offset - d->node->size : 0;
}

/* How many bytes the limits leave of a write at `offset`. The hole before it counts as written. */
static uint32_t limit_write(struct model *m, const struct description *d, uint64_t offset,
                            uint64_t *length)
{
    const uint64_t hole = hole_before(d, offset);
    const uint64_t left = m->bytes_left > hole ? m->bytes_left - hole : 0;
    if (m->config.bytes_written != UINT64_MAX) {
        MODEL_TRY(cut(m, MODEL_LIMIT_BYTES_WRITTEN, left, WASI_ENOSPC, length));
    }
    if (d->is_stdio) {
        MODEL_TRY(cut(m, MODEL_LIMIT_OUTPUT, m->output_left, WASI_ENOSPC, length));
    }
    if (d->node->type != NODE_FILE) {
        return WASI_SUCCESS;
    }
    if (offset == INT64_MAX) {
        return model_one_of(m, WASI_EFBIG, WASI_EINVAL);
    }
    const uint64_t most = m->config.file_size;
    MODEL_TRY(cut(m, MODEL_LIMIT_FILE_SIZE, offset < most ? most - offset : 0, WASI_EFBIG, length));
    return needs_block(m);
}

static void count_bytes(struct model *m, const struct description *d, uint64_t bytes)
{
    m->bytes_left -= m->config.bytes_written != UINT64_MAX ? bytes : 0;
    m->output_left -= d->is_stdio && m->config.output != UINT64_MAX ? bytes : 0;
}

static uint64_t where_it_writes(const struct description *d, uint64_t offset)
{
    const bool appends = (d->fdflags & FDFLAG_APPEND) != 0 && d->node->type == NODE_FILE;
    return appends ? d->node->size : offset;
}

static uint32_t write_at(struct model *m, struct description *d, uint64_t offset,
                         const struct vectors *v, uint64_t *written)
{
    *written = v->total;
    if (v->total == 0) {
        return WASI_SUCCESS;
    }
    MODEL_TRY(limit_write(m, d, offset, written));
    MODEL_TRY(check_end(m, offset, v));
    const uint64_t hole = hole_before(d, offset);
    count_block(m, d);
    if (d->node->type == NODE_FILE) {
        write_bytes(m, d->node, offset, v, *written);
    }
    count_bytes(m, d, hole + *written);
    return WASI_SUCCESS;
}

static uint32_t predict_write(struct model *m, const uint64_t *args)
{
    struct vectors v;
    MODEL_TRY(get_transfer(m, args[3], args, &v));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_WRITE, &d));
    const uint64_t at = where_it_writes(d, d->offset);
    uint64_t n = 0;
    MODEL_TRY(write_at(m, d, at, &v, &n));
    if (n > 0 && d->node->type == NODE_FILE) {
        d->offset = at + n;
    }
    model_put32(m, args[3], (uint32_t)n);
    return WASI_SUCCESS;
}

static uint32_t predict_pwrite(struct model *m, const uint64_t *args)
{
    struct vectors v;
    MODEL_TRY(get_transfer(m, args[4], args, &v));
    struct description *d = NULL;
    MODEL_TRY(take_file(m, args[0], RIGHT_FD_WRITE | RIGHT_FD_SEEK, &d));
    if (args[3] > INT64_MAX) {
        return WASI_EINVAL;
    }
    uint64_t n = 0;
    MODEL_TRY(write_at(m, d, where_it_writes(d, args[3]), &v, &n));
    model_put32(m, args[4], (uint32_t)n);
    return WASI_SUCCESS;
}

/* ---- Positions ---- */

enum { WHENCE_NONE = 3 };

static uint32_t whence_of(const struct model *m, uint64_t whence)
{
    static const uint32_t of_unstable[] = { SEEK_FROM_HERE, SEEK_FROM_END, SEEK_FROM_START };
    if ((uint32_t)whence >= WHENCE_NONE) {
        return WHENCE_NONE;
    }
    return m->config.unstable ? of_unstable[whence] : (uint32_t)whence;
}

/* Where a seek ends. What leaves the range is INVAL or OVERFLOW. */
static uint32_t seek_file(struct model *m, const struct description *d, int64_t by, uint32_t whence,
                          uint64_t *to)
{
    uint64_t from = 0;
    if (whence != SEEK_FROM_START) {
        from = whence == SEEK_FROM_HERE ? d->offset : d->node->size;
    }
    int64_t sum = 0;
    if (__builtin_add_overflow((int64_t)from, by, &sum)) {
        return model_one_of(m, WASI_EOVERFLOW, WASI_EINVAL);
    }
    if (sum < 0) {
        return WASI_EINVAL;
    }
    *to = (uint64_t)sum;
    /* A file system may say that no file of its own reaches so far. */
    return sum <= INT32_MAX ? WASI_SUCCESS : model_one_of(m, WASI_SUCCESS, WASI_EINVAL);
}

/* The right to seek implies the right to tell. */
static uint32_t take_to_tell(const struct model *m, uint64_t number, struct description **out)
{
    MODEL_TRY(take_file(m, number, 0, out));
    const bool may = (model_rights(*out) & (RIGHT_FD_TELL | RIGHT_FD_SEEK)) != 0;
    return may ? WASI_SUCCESS : WASI_ENOTCAPABLE;
}

static uint32_t predict_seek(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[3], 8));
    const int64_t by = (int64_t)args[1];
    const uint32_t whence = whence_of(m, args[2]);
    struct description *d = NULL;
    if (by == 0 && whence == SEEK_FROM_HERE) {
        MODEL_TRY(take_to_tell(m, args[0], &d));
    } else {
        MODEL_TRY(take_file(m, args[0], RIGHT_FD_SEEK, &d));
    }
    if (whence == WHENCE_NONE) {
        return WASI_EINVAL;
    }
    uint64_t to = 0;
    if (d->node->type == NODE_FILE) {
        MODEL_TRY(seek_file(m, d, by, whence, &to));
        d->offset = to;
    }
    model_put64(m, args[3], to);
    return WASI_SUCCESS;
}

static uint32_t predict_tell(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[1], 8));
    struct description *d = NULL;
    MODEL_TRY(take_to_tell(m, args[0], &d));
    model_put64(m, args[1], d->offset);
    return WASI_SUCCESS;
}

/* ---- Hints and space ---- */

static uint32_t predict_advise(struct model *m, const uint64_t *args)
{
    enum { ADVICES = 6 };
    struct description *d = NULL;
    MODEL_TRY(take_file(m, args[0], RIGHT_FD_ADVISE, &d));
    const bool valid = (uint32_t)args[3] < ADVICES && args[1] <= INT64_MAX && args[2] <= INT64_MAX;
    return valid ? WASI_SUCCESS : WASI_EINVAL;
}

static uint32_t predict_allocate(struct model *m, const uint64_t *args)
{
    struct description *d = NULL;
    MODEL_TRY(take_file(m, args[0], RIGHT_FD_ALLOCATE, &d));
    if (args[1] > INT64_MAX || args[2] > INT64_MAX) {
        return WASI_EINVAL;
    }
    const uint64_t counted = args[2] > 0 ? hole_before(d, args[1]) + args[2] : 0;
    if (counted > m->bytes_left) {
        return model_refuse(m, MODEL_LIMIT_BYTES_WRITTEN, WASI_ENOSPC);
    }
    const uint64_t end = args[1] + args[2];
    if (end > m->config.file_size && end > d->node->size) {
        return model_refuse(m, MODEL_LIMIT_FILE_SIZE, WASI_EFBIG);
    }
    if (args[2] == 0) {
        return WASI_EINVAL;
    }
    MODEL_TRY(needs_block(m));
    if (end > INT64_MAX) {
        return WASI_EFBIG;
    }
    if (model_one_of(m, WASI_SUCCESS, WASI_ENOTSUP) == WASI_ENOTSUP) {
        return WASI_ENOTSUP; /* not every file system can */
    }
    count_bytes(m, d, counted);
    count_block(m, d);
    d->node->size = end > d->node->size ? end : d->node->size;
    d->node->mtim_is_known = false;
    return WASI_SUCCESS;
}

/* ---- What is not done at all ---- */

static bool would_write_too_far(const struct model *m, const uint64_t *args, bool has_offset)
{
    struct vectors v;
    const struct description *d = model_description(m, args[0]);
    if (d == NULL || d->node->type != NODE_FILE ||
        get_vectors(m, args[1], args[2], &v) != WASI_SUCCESS) {
        return false;
    }
    const uint64_t at = where_it_writes(d, has_offset ? args[3] : d->offset);
    if (at >= m->config.file_size || at >= INT64_MAX) {
        return false; /* that is refused */
    }
    return at + v.total > FILE_BYTES_MAX && m->config.file_size > FILE_BYTES_MAX &&
           m->config.bytes_written > FILE_BYTES_MAX;
}

bool model_must_skip(struct model *m, const char *name, const uint64_t *args)
{
    if (strcmp(name, "fd_write") == 0 || strcmp(name, "fd_pwrite") == 0) {
        return would_write_too_far(m, args, strcmp(name, "fd_pwrite") == 0);
    }
    if (strcmp(name, "poll_oneoff") == 0) {
        return model_would_wait(m, args);
    }
    if (strcmp(name, "fd_allocate") == 0) { /* the host's memory is real */
        const uint64_t end = args[1] + args[2];
        return end > FILE_BYTES_MAX && end <= INT64_MAX && m->config.file_size == UINT64_MAX &&
               m->config.bytes_written == UINT64_MAX;
    }
    return false;
}

const struct model_row model_rows_bytes[] = {
    { "fd_read", predict_read },
    { "fd_pread", predict_pread },
    { "fd_write", predict_write },
    { "fd_pwrite", predict_pwrite },
    { "fd_seek", predict_seek },
    { "fd_tell", predict_tell },
    { "fd_advise", predict_advise },
    { "fd_allocate", predict_allocate },
    { NULL, NULL },
};
