/* How to get to what a guest path names, and no further.
 *
 * A path is resolved in one of two interchangeable ways: by openat2 with RESOLVE_BENEATH
 * (openat2.c), or component by component (walk.c) where the kernel has no openat2, denies it, or
 * was kept busy by renames. Nothing is ever reached by a string twice:
 * the result is a descriptor, or a directory's descriptor and one bare name. A path that leaves
 * its start is NOTCAPABLE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_PATH_BENEATH_H
#define RINGFORT_PATH_BENEATH_H

#include "abi/types.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { NAME_LENGTH_MAX = 255 };

/* Where a guest path begins. */
struct start {
    int dir;           /* borrowed */
    int root;          /* where absolute link targets begin, borrowed; -1: they are NOTCAPABLE */
    bool openat2;      /* whether this kernel has it */
    bool system_files; /* whether mounts of procfs and the like, and devices behind mounts, are
                        * beneath; else they are NOTCAPABLE */
    bool behind_mount; /* whether the directory itself lies behind a mount of its preopen's */
    bool *crossed;     /* set to true where the way leads behind a mount; NULL: nobody asks */
};

/* Whether openat2 with RESOLVE_BENEATH works here. One system call or two; ask once. */
bool ringfort_openat2_works(void);

/* Opens what `path` names; O_CLOEXEC is added. With O_NOFOLLOW a last component that is a link is
 * LOOP (or, with O_PATH, opened itself). `path` is relative and not empty. *out is the caller's to
 * close. */
CHECKED wasi_errno ringfort_beneath_open(const struct start *start, const char *path, int flags,
                                         int *out);

/* Opens a directory that can be searched, whether or not it can be listed: the descriptor is one
 * of O_PATH. `flags` is O_NOFOLLOW or 0. */
CHECKED wasi_errno ringfort_beneath_open_to_search(const struct start *start, const char *path,
                                                   int flags, int *out);

/* What ends a path. */
enum last_component {
    LAST_NAME,
    LAST_DOT,    /* `.`, or a path that ends in `/.` */
    LAST_DOTDOT, /* `..` somewhere beneath the start */
};

/* A directory and a bare name in it: not empty, without `/`, not `.` or `..`. */
struct place {
    int dir;
    bool dir_is_owned;
    bool slash; /* the path ended in `/`: it can only mean a directory */
    enum last_component last;
    char name[NAME_LENGTH_MAX + 1]; /* with LAST_NAME */
};

#define PLACE __attribute__((cleanup(ringfort_place_leave))) struct place
static inline struct place place_nowhere(void)
{
    return (struct place){ .dir = -1 };
}

/* Finds the directory that `path` names something in. The last component is not looked at. */
CHECKED wasi_errno ringfort_beneath_place(const struct start *start, const char *path,
                                          struct place *out);
void ringfort_place_leave(struct place *place);

/* stat of what `path` names. */
CHECKED wasi_errno ringfort_beneath_stat(const struct start *start, const char *path, bool follow,
                                         struct stat *out);

/* utimensat of what `path` names. */
CHECKED wasi_errno ringfort_beneath_set_times(const struct start *start, const char *path,
                                              bool follow, const struct timespec times[2]);

/* The text of the link that `path` names, cut at `size`; *used is its length. */
CHECKED wasi_errno ringfort_beneath_readlink(const struct start *start, const char *path, char *out,
                                             size_t size, size_t *used);

/* Whether something stands at the name of a place. */
bool ringfort_place_is_taken(const struct place *at);

/* Changes to one name of a directory. All take places with LAST_NAME. */
CHECKED wasi_errno ringfort_place_mkdir(const struct place *at);
CHECKED wasi_errno ringfort_place_rmdir(const struct place *at);
CHECKED wasi_errno ringfort_place_unlink(const struct place *at);
CHECKED wasi_errno ringfort_place_symlink(const char *text, const struct place *at);
CHECKED wasi_errno ringfort_place_rename(const struct place *from, const struct place *to);
CHECKED wasi_errno ringfort_place_link(const struct place *from, const struct place *to);

/* What kind of file one name of an open directory is, where readdir does not say. */
wasi_filetype ringfort_entry_filetype(int dir, const char *name);

#endif
