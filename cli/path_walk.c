/*
 * Splits paths into names, and puts the targets of links in their place.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "path_walk.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINKS_MAX = 40, /* as many as the kernel follows */
    FOLDER = O_PATH | O_DIRECTORY | O_CLOEXEC,
};

void path_walk_enter(struct path_walk *walk, int given)
{
    if (walk->at >= 0) {
        (void)close(walk->at);
    }
    walk->at = given;
}

bool path_walk_begin(struct path_walk *walk, const char *path)
{
    *walk = (struct path_walk){ .at = -1, .rest = must_copy(path, strlen(path)) };
    if (path[0] == '\0') {
        errno = ENOENT;
        return false;
    }
    walk->at = open(path[0] == '/' ? "/" : ".", FOLDER);
    return walk->at >= 0;
}

void path_walk_end(struct path_walk *walk)
{
    path_walk_enter(walk, -1);
    free(walk->rest);
    walk->rest = NULL;
}

bool path_walk_take(struct path_walk *walk)
{
    char *start = walk->rest + strspn(walk->rest, "/");
    const size_t length = strcspn(start, "/");
    if (length > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(walk->name, start, length);
    walk->name[length] = '\0';
    const char *after = start + length;
    const size_t slashes = strspn(after, "/");
    walk->is_last = after[slashes] == '\0';
    walk->wants_directory = walk->is_last && slashes > 0;
    memmove(walk->rest, after, strlen(after) + 1);
    errno = 0;
    return length > 0;
}

bool path_walk_follow(struct path_walk *walk, int link)
{
    char target[PATH_MAX];
    const ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length <= 0 || ++walk->links > LINKS_MAX) {
        errno = length < 0 ? errno : length == 0 ? ENOENT : ELOOP;
        return false;
    }
    target[length] = '\0';
    FREED_TEXT char *rest = walk->rest;
    walk->rest = must_format("%s%s", target, rest); /* what is left begins with its slash */
    if (target[0] == '/') {
        const int root = open("/", FOLDER);
        if (root < 0) {
            return false;
        }
        path_walk_enter(walk, root);
    }
    return true;
}
