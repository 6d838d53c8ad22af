/* A directory's entries as a stream over getdents64.
 *
 * Cookies are the numbers of places.h. The stream remembers which one it stands at: a guest that
 * goes on where it was, which is nearly all of them, causes no seek, and entries that did not fit
 * into its buffer are still here when it asks again.
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
    uint64_t next;   /* of the one after it, once it has been peeked at */
    size_t at;
    size_t filled;
    bool is_placed; /* the host's position is the one after `filled` */
    bool is_peeked;
    bool hides_dots;
    struct places places;
    _Alignas(8) unsigned char buffer[BUFFER_SIZE];
};

struct dir_stream *ringfort_dirents_new(bool single_threaded, bool hides_dots,
                                        struct place_budget *budget)
{
    struct dir_stream *stream =
        heap_alloc(sizeof *stream); /* once for a directory that is listed, 40 KiB */
    if (stream != NULL) {
        lock_init(&stream->lock, single_threaded);
        stream->cookie = 0;
        stream->at = 0;
        stream->filled = 0;
        stream->is_placed = false;
        stream->is_peeked = false;
        stream->hides_dots = hides_dots;
        ringfort_places_init(&stream->places, budget);
    }
    return stream;
}

void ringfort_dirents_delete(struct dir_stream *stream)
{
    if (stream != NULL) {
        ringfort_places_clear(&stream->places);
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

/* Where the host stands at a number, or at the last one before it. */
static wasi_errno seek_host(struct dir_stream *stream, int dir, uint64_t cookie)
{
    const struct place_known from = ringfort_places_nearest(&stream->places, cookie);
    stream->is_placed = false;
    stream->is_peeked = false;
    const int64_t at = sys_lseek(dir, (int64_t)from.position, SEEK_SET);
    TRY(ringfort_errno_of(at));
    stream->cookie = from.number;
    stream->at = 0;
    stream->filled = 0;
    stream->is_placed = true;
    return WASI_SUCCESS;
}

wasi_errno ringfort_dirents_seek(struct dir_stream *stream, int dir, uint64_t cookie)
{
    if (cookie == 0) {
        ringfort_places_restart(&stream->places);
        return seek_host(stream, dir, 0);
    }
    if (stream->is_placed && cookie == stream->cookie) {
        return WASI_SUCCESS;
    }
    if (stream->is_peeked && cookie == stream->next) {
        ringfort_dirents_advance(stream); /* a cut entry was enough for the guest */
        return WASI_SUCCESS;
    }
    return seek_host(stream, dir, cookie);
}

bool ringfort_dirents_is_at(const struct dir_stream *stream, uint64_t cookie)
{
    return stream->cookie == cookie;
}

/* Reads entries where none is left; false at the end. */
static wasi_errno refill(struct dir_stream *stream, int dir, bool *any)
{
    *any = false;
    const long n = sys_getdents(dir, stream->buffer, sizeof stream->buffer);
    if (n == -ENOENT) {
        return WASI_SUCCESS; /* the directory was removed: it has no entries */
    }
    TRY(ringfort_errno_of(n));
    stream->at = 0;
    stream->filled = (size_t)n;
    *any = n > 0;
    return WASI_SUCCESS;
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static const char *name_of(const struct dir_stream *stream)
{
    return (const char *)stream->buffer + stream->at + HOST_NAME;
}

wasi_errno ringfort_dirents_peek(struct dir_stream *stream, int dir, struct dir_entry *out,
                                 bool *found)
{
    *found = false;
    do {
        if (stream->at == stream->filled) {
            bool any;
            TRY(refill(stream, dir, &any));
            if (!any) {
                return WASI_SUCCESS;
            }
        }
        *found = !stream->hides_dots || !is_dots(name_of(stream));
        stream->at += *found ? 0 : record_length(stream);
    } while (!*found);
    stream->next =
        ringfort_places_number(&stream->places, stream->cookie, get_u64(stream, HOST_OFF));
    stream->is_peeked = true;
    *out = (struct dir_entry){ .next = stream->next,
                               .inode = get_u64(stream, HOST_INO),
                               .name = name_of(stream),
                               .host_type = stream->buffer[stream->at + HOST_TYPE] };
    return WASI_SUCCESS;
}

void ringfort_dirents_advance(struct dir_stream *stream)
{
    stream->cookie = stream->next;
    stream->is_peeked = false;
    stream->at += record_length(stream);
}
