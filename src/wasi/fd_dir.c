/* Directories by descriptor: fd_prestat_get, fd_prestat_dir_name, fd_readdir.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/dirents.h"
#include "os/errno.h"
#include "os/sys.h"
#include "path/utf8.h"
#include "wasi.h"

#include <dirent.h>

/* ---- Preopens ---- */

/* `none` is what another descriptor is answered. */
static wasi_errno take_preopen(struct call *c, uint32_t fd, wasi_errno none, struct open_file **out)
{
    TRY(ringfort_fd_take(&c->wasi->fds, fd, 0, out));
    return (*out)->preopen_name != NULL ? WASI_SUCCESS : none;
}

wasi_errno ringfort_fd_prestat_get(struct call *c, uint32_t fd, gptr buf)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, buf, PRESTAT_SIZE, &result));
    TAKEN *file = NULL;
    TRY(take_preopen(c, fd, is_node(c) ? WASI_EINVAL : WASI_EBADF, &file));
    span_clear(result);
    span_put_u8(result, PRESTAT_TAG, PREOPENTYPE_DIR);
    span_put_u32(result, PRESTAT_NAME_LEN, (uint32_t)strlen(file->preopen_name));
    return WASI_SUCCESS;
}

wasi_errno ringfort_fd_prestat_dir_name(struct call *c, uint32_t fd, gptr path, uint32_t path_len)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, path, path_len, &result));
    TAKEN *file = NULL;
    TRY(take_preopen(c, fd, WASI_EBADF, &file));
    const size_t len = strlen(file->preopen_name);
    if (path_len < len) {
        return is_node(c) ? WASI_ENOBUFS : WASI_ENAMETOOLONG;
    }
    span_put_bytes(result, 0, file->preopen_name, len);
    return WASI_SUCCESS;
}

/* ---- Entries ---- */

static wasi_filetype filetype_of_entry(int dir, const struct dir_entry *entry)
{
    switch (entry->host_type) {
    case DT_REG:
        return FILETYPE_REGULAR_FILE;
    case DT_DIR:
        return FILETYPE_DIRECTORY;
    case DT_LNK:
        return FILETYPE_SYMBOLIC_LINK;
    case DT_CHR:
        return FILETYPE_CHARACTER_DEVICE;
    case DT_BLK:
        return FILETYPE_BLOCK_DEVICE;
    case DT_FIFO:
    case DT_SOCK:
        return FILETYPE_SOCKET_STREAM;
    default:
        return ringfort_entry_filetype(dir, entry->name);
    }
}

/* The guest's buffer, filled to its last byte. */
struct filling {
    struct guest_span to;
    uint32_t size;
    uint32_t used;
};

/* Puts what there is room for; false where that is not all. */
static inline bool put_cut(struct filling *f, const void *bytes, size_t len)
{
    const uint32_t room = f->size - f->used;
    if (__builtin_expect(len <= room, 1)) {
        span_put_bytes(f->to, f->used, bytes, len);
        f->used += (uint32_t)len;
        return true;
    }
    span_put_bytes(f->to, f->used, bytes, room);
    f->used = f->size;
    return false;
}

static bool put_entry(struct filling *f, int dir, const struct dir_entry *entry, uint64_t inode)
{
    const size_t len = strlen(entry->name);
    uint8_t bytes[DIRENT_SIZE] = { 0 };
    const struct guest_span header = span_over_host(bytes, sizeof bytes);
    span_put_u64(header, DIRENT_NEXT, entry->next);
    span_put_u64(header, DIRENT_INO, inode);
    span_put_u32(header, DIRENT_NAMLEN, (uint32_t)len);
    span_put_u8(header, DIRENT_TYPE, (uint8_t)filetype_of_entry(dir, entry));
    return put_cut(f, bytes, sizeof bytes) && put_cut(f, entry->name, len);
}

/* `..` gets the directory's own inode: the true one may lie outside the preopen. */
static wasi_errno inode_of(int dir, const struct dir_entry *entry, uint64_t *out)
{
    *out = entry->inode;
    if (entry->name[0] != '.' || strcmp(entry->name, "..") != 0) {
        return WASI_SUCCESS;
    }
    struct stat st;
    TRY(ringfort_errno_of(sys_fstat(dir, &st)));
    *out = st.st_ino;
    return WASI_SUCCESS;
}

/* Reads on to the entry of a cookie; there is none where the listing ends first. */
static wasi_errno go_to(const struct call *c, struct dir_stream *stream, int dir, uint64_t cookie)
{
    bool found = true;
    TRY(ringfort_dirents_seek(stream, dir, cookie));
    while (found && !ringfort_dirents_is_at(stream, cookie)) {
        struct dir_entry passed;
        TRY(go_on(c));
        TRY(ringfort_dirents_peek(stream, dir, &passed, &found));
        if (found) {
            ringfort_dirents_advance(stream);
        }
    }
    return WASI_SUCCESS;
}

/* A name that is not UTF-8 is none that the guest could open. Only the trace tells of it. */
static bool is_left_out(struct call *c, const struct dir_entry *entry)
{
    if (is_node(c) || is_utf8(entry->name, strlen(entry->name))) {
        return false;
    }
    c->skipped++;
    return true;
}

static wasi_errno fill(struct call *c, struct dir_stream *stream, int dir, struct filling *f)
{
    for (;;) {
        struct dir_entry entry;
        bool found;
        TRY(go_on(c)); /* a directory may be large, and the guest's buffer too */
        TRY(ringfort_dirents_peek(stream, dir, &entry, &found));
        if (!found || f->used == f->size) {
            return WASI_SUCCESS;
        }
        if (!is_left_out(c, &entry)) {
            uint64_t inode;
            TRY(inode_of(dir, &entry, &inode));
            if (!put_entry(f, dir, &entry, inode)) {
                return WASI_SUCCESS; /* cut: the entry stays at hand */
            }
        }
        ringfort_dirents_advance(stream);
    }
}

static wasi_errno list(struct call *c, struct dir_stream *stream, int dir, uint64_t cookie,
                       struct filling *f)
{
    TRY(go_to(c, stream, dir, cookie));
    return fill(c, stream, dir, f);
}

static struct dir_stream *stream_of(struct call *c, struct open_file *dir)
{
    /* Two threads may both find none: the table's lock makes one of theirs the only one. */
    lock_take(&c->wasi->fds.lock);
    if (dir->dirents == NULL) {
        dir->dirents = ringfort_dirents_new(c->wasi->fds.single_threaded, is_node(c),
                                            &c->wasi->fds.place_budget);
    }
    struct dir_stream *stream = dir->dirents;
    lock_drop(&c->wasi->fds.lock);
    return stream;
}

wasi_errno ringfort_fd_readdir(struct call *c, uint32_t fd, gptr buf, uint32_t buf_len,
                               uint64_t cookie, gptr bufused)
{
    struct guest_span result;
    struct filling filling = { .size = buf_len };
    TRY(guest_span(&c->memory, bufused, 4, &result));
    TRY(guest_span(&c->memory, buf, buf_len, &filling.to));
    TAKEN *dir = NULL;
    TRY(ringfort_fd_take(&c->wasi->fds, fd, RIGHT_FD_READDIR, &dir));
    if (dir->only_searched) {
        return WASI_EACCES;
    }
    struct dir_stream *stream = stream_of(c, dir);
    if (stream == NULL) {
        return WASI_ENOMEM;
    }
    ringfort_dirents_lock(stream);
    const wasi_errno error = list(c, stream, dir->host_fd, cookie, &filling);
    ringfort_dirents_unlock(stream);
    TRY(error);
    span_put_u32(result, 0, filling.used);
    return WASI_SUCCESS;
}
