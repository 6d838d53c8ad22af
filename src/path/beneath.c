/* Guest paths to descriptors: chooses the resolver, and gives every operation the way that holds.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "path/beneath.h"

#include "os/errno.h"
#include "os/own.h"
#include "os/stat.h"
#include "path/resolve.h"

#include <stdlib.h>
#include <string.h>

/* An escape is XDEV in the resolvers, as in the kernel; the guest hears that it is not capable. */
static wasi_errno resolved(int result)
{
    return result == -EXDEV ? WASI_ENOTCAPABLE : ringfort_errno_of(result);
}

#if defined(RINGFORT_COMPARE_RESOLVERS)
#include <stdio.h>

/* What a resolver finds without touching it. */
static int peek(int (*resolver)(const struct start *, const char *, int), const struct start *start,
                const char *path, int flags, struct stat *st)
{
    OWNED_FD fd = resolver(start, path, O_PATH | O_CLOEXEC | (flags & (O_NOFOLLOW | O_DIRECTORY)));
    return fd < 0 ? fd : sys_fstat(fd, st);
}

/* Where they may differ: the walk has fewer steps and descriptors, does not ask for the right to
 * search a directory that a `..` leaves, and sees an absolute link where the kernel sees a magic
 * one. */
static bool agree(int by_kernel, const struct stat *a, int by_walk, const struct stat *b)
{
    if (by_kernel == by_walk) {
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
    }
    return by_kernel == RESOLVE_ELSEWHERE || by_kernel == -EACCES || by_walk == -EMFILE ||
           by_walk == -ENAMETOOLONG || (by_kernel == -ELOOP && by_walk < 0);
}

/* Debug builds resolve every path both ways. Another thread or process may change the tree
 * meanwhile, so they only disagree where the kernel says the same before and after the walk, and
 * where they do so again and again. */
static void compare_resolvers(const struct start *given, const char *path, int flags)
{
    struct start start = *given;
    start.crossed = NULL;
    for (int i = 0; start.openat2 && i < 100; i++) {
        struct stat before = { 0 };
        struct stat walked = { 0 };
        struct stat after = { 0 };
        const int first = peek(ringfort_openat2_open, &start, path, flags, &before);
        const int by_walk = peek(ringfort_walk_open, &start, path, flags, &walked);
        const int last = peek(ringfort_openat2_open, &start, path, flags, &after);
        const bool steady = first == last && before.st_ino == after.st_ino;
        if (agree(first, &before, by_walk, &walked) || agree(last, &after, by_walk, &walked)) {
            return;
        }
        if (i == 99 && steady) {
            (void)fprintf(stderr, "ringfort: resolvers disagree on \"%s\": openat2 %d, walk %d\n",
                          path, first, by_walk);
            abort();
        }
        struct timespec pause = { .tv_nsec = 100000 };
        (void)sys_poll(NULL, 0, &pause);
    }
}
#else
static void compare_resolvers(const struct start *start, const char *path, int flags)
{
    (void)start;
    (void)path;
    (void)flags;
}
#endif

static int open_beneath(const struct start *start, const char *path, int flags)
{
    compare_resolvers(start, path, flags);
    if (start->openat2) {
        const int fd = ringfort_openat2_open(start, path, flags | O_CLOEXEC);
        if (fd != RESOLVE_ELSEWHERE) {
            return fd;
        }
    }
    return ringfort_walk_open(start, path, flags | O_CLOEXEC);
}

wasi_errno ringfort_beneath_open(const struct start *start, const char *path, int flags, int *out)
{
    const int fd = sys_above_stdio(open_beneath(start, path, flags));
    if (fd < 0) {
        return resolved(fd);
    }
    *out = fd;
    return WASI_SUCCESS;
}

wasi_errno ringfort_beneath_open_to_search(const struct start *start, const char *path, int flags,
                                           int *out)
{
    OWNED_FD found = -1;
    TRY(ringfort_beneath_open(start, path, O_PATH | O_DIRECTORY | flags, &found));
    /* O_PATH alone asks for no permission over the directory itself, and `.` of it does. */
    const int fd =
        sys_above_stdio(sys_openat_unchecked(found, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
    TRY(ringfort_errno_of(fd));
    *out = fd;
    return WASI_SUCCESS;
}

/* ---- Places ---- */

void ringfort_place_leave(struct place *place)
{
    if (place->dir_is_owned) {
        sys_close(place->dir);
        place->dir_is_owned = false;
    }
}

static bool is_dot(const char *name, size_t len)
{
    return len == 1 && name[0] == '.';
}

static bool is_dotdot(const char *name, size_t len)
{
    return len == 2 && name[0] == '.' && name[1] == '.';
}

/* A bare name needs no resolution: it is looked up in the start's directory, without following. */
static bool is_bare_name(const char *path, size_t len)
{
    return len <= NAME_LENGTH_MAX && memchr(path, '/', len) == NULL && !is_dot(path, len) &&
           !is_dotdot(path, len);
}

/* Opens the first `len` bytes of a path as a directory. */
static wasi_errno open_directory(const struct start *start, const char *path, size_t len, int *out)
{
    char prefix[PATH_MAX];
    if (len >= sizeof prefix) {
        return WASI_ENAMETOOLONG;
    }
    memcpy(prefix, path, len);
    prefix[len] = '\0';
    return ringfort_beneath_open(start, prefix, O_PATH | O_DIRECTORY, out);
}

wasi_errno ringfort_beneath_place(const struct start *start, const char *path, struct place *out)
{
    size_t end = strlen(path);
    out->slash = end > 0 && path[end - 1] == '/';
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    size_t len = end - begin;
    if (len > NAME_LENGTH_MAX) {
        return WASI_ENAMETOOLONG;
    }
    out->last = LAST_NAME;
    if (is_dotdot(path + begin, len)) {
        /* Only resolving all of it tells whether it stays beneath the start. */
        out->last = LAST_DOTDOT;
        begin = end;
        len = 0;
    } else if (is_dot(path + begin, len)) {
        out->last = LAST_DOT;
    }
    memcpy(out->name, path + begin, len);
    out->name[len] = '\0';
    if (begin == 0) {
        out->dir = start->dir;
        return WASI_SUCCESS;
    }
    TRY(open_directory(start, path, begin, &out->dir));
    out->dir_is_owned = true;
    return WASI_SUCCESS;
}

/* ---- Looking ---- */

wasi_errno ringfort_beneath_stat(const struct start *start, const char *path, bool follow,
                                 struct stat *out)
{
    if (is_bare_name(path, strlen(path))) {
        TRY(ringfort_errno_of(sys_fstatat_unchecked(start->dir, path, out)));
        if (!follow || !S_ISLNK(out->st_mode)) {
            return WASI_SUCCESS;
        }
    }
    OWNED_FD fd = -1;
    TRY(ringfort_beneath_open(start, path, O_PATH | (follow ? 0 : O_NOFOLLOW), &fd));
    return ringfort_errno_of(sys_fstat(fd, out));
}

wasi_errno ringfort_beneath_set_times(const struct start *start, const char *path, bool follow,
                                      const struct timespec times[2])
{
    OWNED_FD fd = -1;
    TRY(ringfort_beneath_open(start, path, O_PATH | (follow ? 0 : O_NOFOLLOW), &fd));
    return ringfort_errno_of(sys_utimensat_unchecked(fd, "", times, AT_EMPTY_PATH));
}

wasi_errno ringfort_beneath_readlink(const struct start *start, const char *path, char *out,
                                     size_t size, size_t *used)
{
    ssize_t len;
    if (is_bare_name(path, strlen(path))) {
        len = sys_readlinkat_unchecked(start->dir, path, out, size);
    } else {
        OWNED_FD fd = -1;
        TRY(ringfort_beneath_open(start, path, O_PATH | O_NOFOLLOW, &fd));
        len = sys_readlinkat_unchecked(fd, "", out, size);
        if (len == -ENOENT) {
            len = -EINVAL; /* what the kernel says of a descriptor that is no link */
        }
    }
    TRY(ringfort_errno_of(len));
    *used = (size_t)len;
    return WASI_SUCCESS;
}

wasi_filetype ringfort_entry_filetype(int dir, const char *name)
{
    struct stat st;
    return sys_fstatat_unchecked(dir, name, &st) == 0 ? filetype_of_mode(st.st_mode)
                                                      : FILETYPE_UNKNOWN;
}

bool ringfort_place_is_taken(const struct place *at)
{
    struct stat st;
    return sys_fstatat_unchecked(at->dir, at->name, &st) == 0;
}

/* ---- Changing ---- */

/* Whether the name may carry a trailing slash: NOTDIR where it is no directory, a link to one
 * included. */
static wasi_errno check_slash(const struct place *at)
{
    if (!at->slash) {
        return WASI_SUCCESS;
    }
    struct stat st;
    TRY(ringfort_errno_of(sys_fstatat_unchecked(at->dir, at->name, &st)));
    return S_ISDIR(st.st_mode) ? WASI_SUCCESS : WASI_ENOTDIR;
}

wasi_errno ringfort_place_mkdir(const struct place *at)
{
    return ringfort_errno_of(sys_mkdirat_unchecked(at->dir, at->name, 0777));
}

wasi_errno ringfort_place_rmdir(const struct place *at)
{
    return ringfort_errno_of(sys_unlinkat_unchecked(at->dir, at->name, AT_REMOVEDIR));
}

wasi_errno ringfort_place_unlink(const struct place *at)
{
    TRY(check_slash(at));
    return ringfort_errno_of(sys_unlinkat_unchecked(at->dir, at->name, 0));
}

wasi_errno ringfort_place_symlink(const char *text, const struct place *at)
{
    if (at->slash) {
        /* NOENT, or what stands there already. */
        TRY(check_slash(at));
        return WASI_EEXIST;
    }
    return ringfort_errno_of(sys_symlinkat_unchecked(text, at->dir, at->name));
}

wasi_errno ringfort_place_rename(const struct place *from, const struct place *to)
{
    TRY(check_slash(from));
    if (to->slash) {
        /* A new name with a slash is for a directory, whether it is there yet or not. */
        struct stat st;
        TRY(ringfort_errno_of(sys_fstatat_unchecked(from->dir, from->name, &st)));
        if (!S_ISDIR(st.st_mode)) {
            return WASI_ENOTDIR;
        }
    }
    return ringfort_errno_of(sys_renameat_unchecked(from->dir, from->name, to->dir, to->name));
}

wasi_errno ringfort_place_link(const struct place *from, const struct place *to)
{
    TRY(check_slash(from));
    if (to->slash) {
        struct stat st;
        TRY(ringfort_errno_of(sys_fstatat_unchecked(to->dir, to->name, &st)));
        return WASI_EEXIST;
    }
    return ringfort_errno_of(sys_linkat_unchecked(from->dir, from->name, to->dir, to->name));
}
