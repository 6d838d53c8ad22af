/*
 * The model of numbers and of what is known of an open file: close, renumber, fdstat, filestat,
 * prestat, sync.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <string.h>

static uint32_t predict_close(struct model *m, const uint64_t *args)
{
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &d));
    m->numbers[args[0]] = NULL;
    model_drop(m, d);
    return WASI_SUCCESS;
}

static uint32_t predict_renumber(struct model *m, const uint64_t *args)
{
    struct description *from = NULL;
    struct description *to = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &from));
    MODEL_TRY(model_take(m, args[1], 0, &to));
    if (args[0] != args[1]) {
        m->numbers[args[1]] = from;
        m->numbers[args[0]] = NULL;
        model_drop(m, to);
    }
    return WASI_SUCCESS;
}

/* ---- fdstat ---- */

uint32_t model_filetype(const struct node *node)
{
    switch (node->type) {
    case NODE_DIRECTORY:
        return TYPE_DIRECTORY;
    case NODE_FILE:
        return TYPE_REGULAR_FILE;
    case NODE_LINK:
        return TYPE_SYMBOLIC_LINK;
    case NODE_DEVICE:
    default:
        return TYPE_CHARACTER_DEVICE;
    }
}

static uint32_t predict_fdstat_get(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[1], SIZE_FDSTAT));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &d));
    model_clear(m, args[1], SIZE_FDSTAT);
    model_put8(m, args[1], (uint8_t)model_filetype(d->node));
    model_put16(m, args[1] + 2, (uint16_t)d->fdflags);
    model_put64(m, args[1] + 8, model_rights(d));
    model_put64(m, args[1] + 16, d->node->type == NODE_DIRECTORY ? d->inheriting : 0);
    return WASI_SUCCESS;
}

uint32_t model_flags(const struct model *m, uint64_t flags, uint32_t known)
{
    return ((uint32_t)flags & ~known) == 0 || m->config.node_dialect ? WASI_SUCCESS : WASI_EINVAL;
}

static uint32_t predict_set_flags(struct model *m, const uint64_t *args)
{
    const uint32_t sync = FDFLAG_DSYNC | FDFLAG_RSYNC | FDFLAG_SYNC;
    const uint32_t flags = (uint32_t)args[1];
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_FDSTAT_SET_FLAGS, &d));
    MODEL_TRY(model_flags(m, flags, FDFLAG_APPEND | FDFLAG_NONBLOCK | sync));
    if (((d->fdflags ^ flags) & sync) != 0 && !m->config.node_dialect) {
        return WASI_EINVAL;
    }
    d->fdflags = (d->fdflags & sync) | (flags & (FDFLAG_APPEND | FDFLAG_NONBLOCK));
    return WASI_SUCCESS;
}

static uint32_t predict_set_rights(struct model *m, const uint64_t *args)
{
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &d));
    if ((args[2] & ~d->inheriting) != 0 || (args[1] & ~model_rights(d)) != 0) {
        return WASI_ENOTCAPABLE;
    }
    d->base = args[1];
    d->inheriting = args[2];
    return WASI_SUCCESS;
}

/* ---- filestat ---- */

uint32_t model_filestat_size(const struct model *m)
{
    return m->config.unstable ? SIZE_FILESTAT_UNSTABLE : SIZE_FILESTAT;
}

/* No two files have one inode; a file keeps its own. */
uint64_t model_inode(struct model *m, struct node *node, uint64_t seen)
{
    if (node->inode != 0) {
        return node->inode;
    }
    for (size_t i = 0; i < m->seen_count; i++) {
        if (m->seen_inodes[i] == seen) {
            /* A file that is gone may have given its inode away, where it was closed. */
            m->is_vague = true;
        }
    }
    if (m->seen_count < MODEL_SEEN_MAX) {
        m->seen_inodes[m->seen_count++] = seen;
    }
    node->inode = seen;
    return seen;
}

static uint64_t known_or_real(const struct model *m, uint64_t at, bool known, uint64_t value)
{
    return known ? value : model_real64(m, at);
}

/* Whether all that is told of the file is its own; the size of a directory is the host's affair. */
void model_put_filestat(struct model *m, uint64_t at, struct node *node)
{
    const uint64_t size_at = at + (m->config.unstable ? 24 : 32);
    const uint64_t device = model_real64(m, at);
    m->device = m->device != 0 || node->type == NODE_DEVICE ? m->device : device;
    model_clear(m, at, model_filestat_size(m));
    model_put64(m, at, node->type == NODE_DEVICE ? device : m->device);
    model_put64(m, at + 8, model_inode(m, node, model_real64(m, at + 8)));
    model_put8(m, at + 16, (uint8_t)model_filetype(node));
    const bool counts = node->type != NODE_DEVICE && node->type != NODE_DIRECTORY;
    if (m->config.unstable) {
        model_put32(m, at + 20,
                    counts ? (uint32_t)node_link_count(node) : model_real32(m, at + 20));
    } else {
        model_put64(m, at + 24, counts ? node_link_count(node) : model_real64(m, at + 24));
    }
    model_put64(m, size_at, counts ? node->size : model_real64(m, size_at));
    model_put64(m, size_at + 8, known_or_real(m, size_at + 8, node->atim_is_known, node->atim));
    model_put64(m, size_at + 16, known_or_real(m, size_at + 16, node->mtim_is_known, node->mtim));
    model_adopt(m, size_at + 24, 8);
}

static uint32_t predict_filestat_get(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[1], model_filestat_size(m)));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_FILESTAT_GET, &d));
    model_put_filestat(m, args[1], d->node);
    return WASI_SUCCESS;
}

uint32_t model_fst_flags(uint64_t flags)
{
    const uint32_t f = (uint32_t)flags;
    const uint32_t atim = FST_ATIM | FST_ATIM_NOW;
    const uint32_t mtim = FST_MTIM | FST_MTIM_NOW;
    const bool makes_sense = (f & ~(atim | mtim)) == 0 && (f & atim) != atim && (f & mtim) != mtim;
    return makes_sense ? WASI_SUCCESS : WASI_EINVAL;
}

void model_set_times(struct node *node, uint64_t atim, uint64_t mtim, uint64_t flags)
{
    /* What every file system can keep. */
    const uint64_t latest = UINT64_C(2000000000) * UINT64_C(1000000000);
    if ((flags & (FST_ATIM | FST_ATIM_NOW)) != 0) {
        node->atim_is_known = (flags & FST_ATIM) != 0 && atim <= latest;
        node->atim = atim;
    }
    if ((flags & (FST_MTIM | FST_MTIM_NOW)) != 0) {
        node->mtim_is_known = (flags & FST_MTIM) != 0 && mtim <= latest;
        node->mtim = mtim;
    }
}

static uint32_t predict_set_times(struct model *m, const uint64_t *args)
{
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_FILESTAT_SET_TIMES, &d));
    MODEL_TRY(model_fst_flags(args[3]));
    if (d->read_only) {
        return WASI_EROFS;
    }
    model_set_times(d->node, args[1], args[2], args[3]);
    return WASI_SUCCESS;
}

static uint32_t predict_set_size(struct model *m, const uint64_t *args)
{
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_FILESTAT_SET_SIZE, &d));
    if (args[1] > INT64_MAX) {
        return WASI_EINVAL;
    }
    const uint64_t more = args[1] > d->node->size ? args[1] - d->node->size : 0;
    if (more > m->bytes_left) {
        return model_refuse(m, MODEL_LIMIT_BYTES_WRITTEN, WASI_ENOSPC);
    }
    if (args[1] > m->config.file_size && more > 0) {
        return model_refuse(m, MODEL_LIMIT_FILE_SIZE, WASI_EFBIG);
    }
    if (more > 0 && m->space_left < MODEL_BLOCK) {
        return model_refuse(m, MODEL_LIMIT_BYTES_WRITTEN, WASI_ENOSPC);
    }
    if (args[1] > UINT32_MAX && model_one_of(m, WASI_SUCCESS, WASI_EFBIG) == WASI_EFBIG) {
        return WASI_EFBIG; /* more than this file system can have */
    }
    m->bytes_left -= m->config.bytes_written != UINT64_MAX ? more : 0;
    node_set_size(d->node, args[1]);
    return WASI_SUCCESS;
}

/* ---- Preopens ---- */

static uint32_t predict_prestat_get(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[1], SIZE_PRESTAT));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &d));
    if (d->preopen_name == NULL) {
        return m->config.node_dialect ? WASI_EINVAL : WASI_EBADF;
    }
    model_clear(m, args[1], SIZE_PRESTAT);
    model_put32(m, args[1] + 4, (uint32_t)strlen(d->preopen_name));
    return WASI_SUCCESS;
}

static uint32_t predict_prestat_dir_name(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[1], args[2]));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], 0, &d));
    if (d->preopen_name == NULL) {
        return WASI_EBADF;
    }
    const size_t length = strlen(d->preopen_name);
    if (args[2] < length) {
        return m->config.node_dialect ? WASI_ENOBUFS : WASI_ENAMETOOLONG;
    }
    model_put(m, args[1], d->preopen_name, length);
    return WASI_SUCCESS;
}

/* ---- Sync ---- */

static uint32_t sync_it(const struct model *m, uint64_t number, uint64_t right)
{
    struct description *d = NULL;
    MODEL_TRY(model_take(m, number, right, &d));
    return d->node->type == NODE_DEVICE ? WASI_EINVAL : WASI_SUCCESS;
}

static uint32_t predict_sync(struct model *m, const uint64_t *args)
{
    return sync_it(m, args[0], RIGHT_FD_SYNC);
}

static uint32_t predict_datasync(struct model *m, const uint64_t *args)
{
    return sync_it(m, args[0], RIGHT_FD_DATASYNC);
}

const struct model_row model_rows_number[] = {
    { "fd_close", predict_close },
    { "fd_renumber", predict_renumber },
    { "fd_fdstat_get", predict_fdstat_get },
    { "fd_fdstat_set_flags", predict_set_flags },
    { "fd_fdstat_set_rights", predict_set_rights },
    { "fd_filestat_get", predict_filestat_get },
    { "fd_filestat_set_times", predict_set_times },
    { "fd_filestat_set_size", predict_set_size },
    { "fd_prestat_get", predict_prestat_get },
    { "fd_prestat_dir_name", predict_prestat_dir_name },
    { "fd_sync", predict_sync },
    { "fd_datasync", predict_datasync },
    { NULL, NULL },
};
