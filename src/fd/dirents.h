/* A directory's entries as a stream, so that reading all of them costs the same at any size of the
 * guest's buffer.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_FD_DIRENTS_H
#define RINGFORT_FD_DIRENTS_H

#include "abi/types.h"
#include "fd/places.h"

#include <stdbool.h>

struct dir_stream;

/* One entry; the name is lent until the next call on the stream. */
struct dir_entry {
    uint64_t next; /* the cookie of the entry after it */
    uint64_t inode;
    const char *name;
    uint8_t host_type; /* DT_REG and so on */
};

/* NULL where the host is out of memory. `single_threaded`: no lock is needed. `hides_dots`: `.` and
 * `..` are no entries. `budget` is lent for as long as the stream lives. */
struct dir_stream *ringfort_dirents_new(bool single_threaded, bool hides_dots,
                                        struct place_budget *budget);

/* From now on several threads may list it. Nobody may hold it. */
void ringfort_dirents_share(struct dir_stream *stream);
void ringfort_dirents_delete(struct dir_stream *stream);

/* One reader at a time: the stream is held by its lock while entries are read, which is the one
 * lock of ours that is held in a system call; only readers of the same descriptor wait for it. */
void ringfort_dirents_lock(struct dir_stream *stream);
void ringfort_dirents_unlock(struct dir_stream *stream);

/* Goes towards a cookie: 0 for the start, with a fresh view, or a `next` given earlier. Where it
 * does not arrive, the caller reads on until ringfort_dirents_is_at. A cookie that no entry has is
 * found at the end to lead nowhere. */
CHECKED wasi_errno ringfort_dirents_seek(struct dir_stream *stream, int dir, uint64_t cookie);

/* Returns true where the entry at hand is the one that the cookie leads to. */
bool ringfort_dirents_is_at(const struct dir_stream *stream, uint64_t cookie);

/* Shows the entry at hand; *found is false at the end. */
CHECKED wasi_errno ringfort_dirents_peek(struct dir_stream *stream, int dir, struct dir_entry *out,
                                         bool *found);

/* Goes on to the entry after the one at hand, which has been peeked at. */
void ringfort_dirents_advance(struct dir_stream *stream);

#endif
