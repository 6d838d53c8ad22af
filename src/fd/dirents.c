/* A directory's entries as a stream over getdents64.
 *
 * The cookies are the kernel's own d_off, which stay good while entries come and go. The stream
 * remembers which cookie it stands at:
 * a guest that goes on where it was, which is nearly all of them, causes no seek, and entries that
 * did not fit into its buffer are still here when it asks again.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/dirents.h"

#include "os/errno.h"
#include "os/heap.h"
#include "os/lock.h"
#include "os/sys.h"

#include <string.h>

enum { BUFFER_SIZE = 32 * 1024 };

/* struct linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name. */
enum { HOST_INO = 0, HOST_OFF = 8, HOST_RECLEN = 16, HOST_TYPE = 18, HOST_NAME = 19 };

struct dir_stream {
    struct lock lock;
    uint64_t cookie; /* of the entry at `at` */
    size_t at;
    size_t filled;
    bool is_placed; /* the host's position is the one after `filled` */
    _Alignas(8) unsigned char buffer[BUFFER_SIZE];
};

struct dir_stream *ringfort_dirents_new(bool single_threaded)
{
    struct dir_stream *stream =
        heap_alloc(sizeof *stream); /* once for a directory that is listed, 32 KiB */
    if (stream != NULL) {
        lock_init(&stream->lock, single_threaded);
        stream->cookie = 0;
        stream->at = 0;
        stream->filled = 0;
        stream->is_placed = false;
    }
    return stream;
}

void ringfort_dirents_delete(struct dir_stream *stream)
{
    if (stream != NULL) {
        lock_destroy(&stream->lock);
        heap_free(stream);
    }
}

void ringfort_dirents_share(struct dir_stream *stream)
{
    lock_share(&stream->lock);
}

void ringfort_dirents_lock(struct dir_stream *stream)
{
    lock_take(&stream->lock);
}

void ringfort_dirents_unlock(struct dir_stream *stream)
{
    lock_drop(&stream->lock);
}

static uint64_t get_u64(const struct dir_stream *stream, size_t field)
{
    uint64_t v;
    memcpy(&v, stream->buffer + stream->at + field, sizeof v);
    return v;
}

static uint16_t record_length(const struct dir_stream *stream)
{
    uint16_t v;
    memcpy(&v, stream->buffer + stream->at + HOST_RECLEN, sizeof v);
    return v;
}

wasi_errno ringfort_dirents_seek(struct dir_stream *stream, int dir, uint64_t cookie)
{
    if (cookie > INT64_MAX) {
        return WASI_EINVAL;
    }
    if (stream->is_placed && cookie == stream->cookie && cookie != 0) {
        return WASI_SUCCESS;
    }
    if (cookie != 0 && stream->at < stream->filled && cookie == get_u64(stream, HOST_OFF)) {
        ringfort_dirents_advance(stream); /* a cut entry was enough for the guest */
        return WASI_SUCCESS;
    }
    stream->is_placed = false;
    const int64_t at = sys_lseek(dir, (int64_t)cookie, SEEK_SET);
    TRY(ringfort_errno_of(at));
    stream->cookie = cookie;
    stream->at = 0;
    stream->filled = 0;
    stream->is_placed = true;
    return WASI_SUCCESS;
}

wasi_errno ringfort_dirents_peek(struct dir_stream *stream, int dir, struct dir_entry *out,
                                 bool *found)
{
    *found = false;
    if (stream->at == stream->filled) {
        const long n = sys_getdents(dir, stream->buffer, sizeof stream->buffer);
        if (n == -ENOENT) {
            return WASI_SUCCESS; /* the directory was removed: it has no entries */
        }
        TRY(ringfort_errno_of(n));
        stream->at = 0;
        stream->filled = (size_t)n;
        if (n == 0) {
            return WASI_SUCCESS;
        }
    }
    *out = (struct dir_entry){ .cookie = stream->cookie,
                               .next = get_u64(stream, HOST_OFF),
                               .inode = get_u64(stream, HOST_INO),
                               .name = (const char *)stream->buffer + stream->at + HOST_NAME,
                               .host_type = stream->buffer[stream->at + HOST_TYPE] };
    *found = true;
    return WASI_SUCCESS;
}

void ringfort_dirents_advance(struct dir_stream *stream)
{
    stream->cookie = get_u64(stream, HOST_OFF);
    stream->at += record_length(stream);
}
