/*
 * Walks to what an option names, and knows at each step whether a guest may write there.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "option_path.h"

#include "path_walk.h"
#include "say.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { CREATED_MODE = 0666 };

struct opening {
    const struct tree_set *writable;
    const struct option_path *request;
    const struct tree *inside; /* the tree that the walk has come into; NULL outside */
    struct path_walk walk;
    uint64_t mount; /* through which the walk has come */
};

/* ---- Refusals ---- */

static int say_link(const struct opening *opening)
{
    return fail(OPTION_PATH_REFUSED,
                "%s %s: \"%s\" is a symbolic link in a directory that the guest may write "
                "(--dir %s), so it is not followed; remove the link, or name a path outside of "
                "that directory",
                opening->request->option, opening->request->path, opening->walk.name,
                opening->inside->host);
}

static int say_not_regular(const struct opening *opening)
{
    return fail(OPTION_PATH_REFUSED,
                "%s %s: is not a regular file, and lies in a directory that the guest may write "
                "(--dir %s); remove it, or name a path outside of that directory",
                opening->request->option, opening->request->path, opening->inside->host);
}

static int say_other_name(const struct opening *opening)
{
    return fail(OPTION_PATH_REFUSED,
                "%s %s: is a file with another name (a hard link), and lies in a directory that "
                "the guest may write (--dir %s); remove it, or name a path outside of that "
                "directory",
                opening->request->option, opening->request->path, opening->inside->host);
}

/* ---- Directories on the way ---- */

/* Finds anew where the walk is: after `..`, an absolute link or a mount. */
static void locate(struct opening *opening)
{
    opening->mount = mount_id_of(opening->walk.at);
    opening->inside = tree_set_around(opening->writable, opening->walk.at, ANY_TREE);
}

static void enter_below(struct opening *opening, int given, const struct stat *status)
{
    path_walk_enter(&opening->walk, given);
    if (opening->inside != NULL) {
        return; /* what is mounted beneath a directory is given with it */
    }
    if (mount_id_of(given) != opening->mount) {
        locate(opening);
    } else {
        opening->inside = tree_set_rooted_at(opening->writable, status);
    }
}

static bool go_up(struct opening *opening)
{
    const int above = openat(opening->walk.at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) {
        return false;
    }
    path_walk_enter(&opening->walk, above);
    locate(opening);
    return true;
}

/* The links of /proc lead to what they stand for, not to what they read; only the kernel makes
 * them. */
static bool is_of_kernel(int link)
{
    struct statfs status;
    return fstatfs(link, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/* Goes through a link of the kernel to a directory. */
static bool jump(struct opening *opening)
{
    const int fd = openat(opening->walk.at, opening->walk.name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    path_walk_enter(&opening->walk, fd);
    locate(opening);
    return true;
}

/* ---- The file itself ---- */

static int wanted_flags(const struct opening *opening)
{
    const int flags = opening->request->flags | O_CLOEXEC | O_NOCTTY;
    return opening->walk.wants_directory ? (flags & ~O_CREAT) | O_DIRECTORY : flags;
}

static int check_opened(const struct opening *opening, int fd)
{
    const int flags = opening->request->flags;
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return OPTION_PATH_FAILED;
    }
    if (!S_ISREG(status.st_mode)) {
        return say_not_regular(opening);
    }
    if ((flags & O_ACCMODE) != O_RDONLY && status.st_nlink != 1) {
        return say_other_name(opening);
    }
    if ((flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0) {
        return OPTION_PATH_FAILED;
    }
    return fcntl(fd, F_SETFL, flags & O_APPEND) == 0 ? fd : OPTION_PATH_FAILED;
}

/* Where a guest may write: what is there can be exchanged until it is open, so the descriptor is
 * judged, and only then is the file emptied. */
static int open_inside(const struct opening *opening)
{
    const int flags = (wanted_flags(opening) & ~O_TRUNC) | O_NOFOLLOW | O_NONBLOCK;
    const int fd = openat(opening->walk.at, opening->walk.name, flags, CREATED_MODE);
    if (fd < 0) {
        return errno == ELOOP ? say_link(opening) : OPTION_PATH_FAILED;
    }
    const int result = check_opened(opening, fd);
    if (result != fd) {
        const int error = errno;
        (void)close(fd);
        errno = error;
    }
    return result;
}

static int open_last(const struct opening *opening, int extra)
{
    if (opening->inside != NULL && (wanted_flags(opening) & O_DIRECTORY) == 0) {
        return open_inside(opening);
    }
    return openat(opening->walk.at, opening->walk.name, wanted_flags(opening) | extra,
                  CREATED_MODE);
}

/* ---- Steps ---- */

enum step {
    STEP_ON,
    STEP_OPENED, /* or failed: *result has it */
};

static enum step step_link(struct opening *opening, int link, int *result)
{
    if (is_of_kernel(link)) {
        if (opening->walk.is_last) {
            *result = open_last(opening, 0);
            return STEP_OPENED;
        }
        *result = OPTION_PATH_FAILED;
        return jump(opening) ? STEP_ON : STEP_OPENED;
    }
    if (opening->inside != NULL) {
        *result = say_link(opening);
        return STEP_OPENED;
    }
    *result = OPTION_PATH_FAILED;
    if (!path_walk_follow(&opening->walk, link)) {
        return STEP_OPENED;
    }
    locate(opening);
    return STEP_ON;
}

static enum step step_found(struct opening *opening, int found, int *result)
{
    struct stat status;
    *result = OPTION_PATH_FAILED;
    if (fstat(found, &status) != 0) {
        return STEP_OPENED;
    }
    if (S_ISLNK(status.st_mode)) {
        return step_link(opening, found, result);
    }
    if (opening->walk.is_last) {
        const bool is_file = (wanted_flags(opening) & O_DIRECTORY) == 0;
        if (opening->inside != NULL && is_file && !S_ISREG(status.st_mode) &&
            !S_ISDIR(status.st_mode)) {
            *result = say_not_regular(opening); /* to open a device or a pipe does something */
        } else {
            *result = open_last(opening, O_NOFOLLOW);
        }
        return STEP_OPENED;
    }
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return STEP_OPENED;
    }
    const int directory = fcntl(found, F_DUPFD_CLOEXEC, 0);
    if (directory < 0) {
        return STEP_OPENED;
    }
    enter_below(opening, directory, &status);
    return STEP_ON;
}

static enum step step_name(struct opening *opening, int *result)
{
    const int found = openat(opening->walk.at, opening->walk.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (found < 0) {
        const bool is_new = errno == ENOENT && opening->walk.is_last;
        *result = is_new ? open_last(opening, O_NOFOLLOW) : OPTION_PATH_FAILED;
        return STEP_OPENED;
    }
    const enum step step = step_found(opening, found, result);
    const int error = errno;
    (void)close(found);
    errno = error;
    return step;
}

static enum step step_on(struct opening *opening, int *result)
{
    struct path_walk *walk = &opening->walk;
    const bool is_up = strcmp(walk->name, "..") == 0;
    if (!is_up && strcmp(walk->name, ".") != 0) {
        return step_name(opening, result);
    }
    *result = OPTION_PATH_FAILED;
    if (is_up && !go_up(opening)) {
        return STEP_OPENED;
    }
    if (!walk->is_last) {
        return STEP_ON;
    }
    *result = openat(walk->at, ".", wanted_flags(opening), CREATED_MODE);
    return STEP_OPENED;
}

static int walk_and_open(struct opening *opening)
{
    int result = OPTION_PATH_FAILED;
    locate(opening);
    while (path_walk_take(&opening->walk)) {
        if (step_on(opening, &result) == STEP_OPENED) {
            return result;
        }
    }
    if (errno != 0) {
        return OPTION_PATH_FAILED;
    }
    return openat(opening->walk.at, ".", wanted_flags(opening) | O_DIRECTORY, CREATED_MODE);
}

int option_path_open(const struct tree_set *writable, const struct option_path *request,
                     const struct tree **writer)
{
    if (writer != NULL) {
        *writer = NULL;
    }
    if (writable->count == 0) {
        return open(request->path, request->flags | O_CLOEXEC | O_NOCTTY, CREATED_MODE);
    }
    struct opening opening = { .writable = writable, .request = request };
    const int fd = path_walk_begin(&opening.walk, request->path) ? walk_and_open(&opening)
                                                                 : OPTION_PATH_FAILED;
    const int error = errno;
    path_walk_end(&opening.walk);
    if (writer != NULL && fd >= 0) {
        *writer = opening.inside;
    }
    errno = error;
    return fd;
}
