/*
 * Opens the cache folder and keeps it within its size.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cache_folder.h"

#include "parse.h"
#include "path_walk.h"
#include "say.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEFT_BEHIND_SECONDS = 3600 };

static const uint64_t size_default = 1ULL << 30;

static char *folder_path(void)
{
    const char *cache = secure_getenv("XDG_CACHE_HOME");
    const char *home = secure_getenv("HOME");
    if (cache != NULL &&
        cache[0] == '/') { /* a relative one is to be ignored, says its specification */
        return must_format("%s/ringfort/code", cache);
    }
    if (home != NULL && home[0] == '/') {
        return must_format("%s/.cache/ringfort/code", home);
    }
    return NULL;
}

/* ---- The folders above it ---- */

enum { OTHERS_MAY_WRITE = S_IWGRP | S_IWOTH };

static bool is_ours_or_roots(const struct stat *status)
{
    return status->st_uid == geteuid() || status->st_uid == 0;
}

static void note_foreign(const char *path, const char *name)
{
    note("%s: \"%s\" on the way to it belongs to another user, so compiled code is not kept there; "
         "set XDG_CACHE_HOME to a folder of your own",
         path, name);
}

/* Whoever can write in a folder above can put another in the place of ours. In one like /tmp they
 * can only add names, whose owners are looked at in turn. */
static bool is_safe_on_the_way(const char *path, const char *name, const struct stat *status)
{
    if (!is_ours_or_roots(status)) {
        note_foreign(path, name);
        return false;
    }
    if ((status->st_mode & OTHERS_MAY_WRITE) != 0 && (status->st_mode & S_ISVTX) == 0) {
        note("%s: others can write in \"%s\" on the way to it, so compiled code is not kept there; "
             "take that right away and empty the cache folder, because others may have put code "
             "there, or set XDG_CACHE_HOME to a folder of your own",
             path, name);
        return false;
    }
    return true;
}

static bool follow(struct path_walk *walk, int link, const struct stat *status, const char *path)
{
    if (!is_ours_or_roots(status)) {
        note_foreign(path, walk->name);
        return false;
    }
    return path_walk_follow(walk, link);
}

/* Steps into the folder that the walk has named, making it where it is missing. Returns false where
 * there is none to use. */
static bool step_into(struct path_walk *walk, const char *path)
{
    struct stat status;
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(walk->at, walk->name, flags);
    if (fd < 0 && errno == ENOENT && mkdirat(walk->at, walk->name, 0700) == 0) {
        fd = openat(walk->at, walk->name, flags);
    }
    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &status) == 0 && S_ISLNK(status.st_mode)) {
        const bool is_followed = follow(walk, fd, &status, path);
        (void)close(fd);
        return is_followed;
    }
    path_walk_enter(walk, fd);
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) &&
           is_safe_on_the_way(path, walk->name, &status);
}

/* ---- The folder itself ---- */

static bool is_safe(int folder, const char *path)
{
    struct stat status;
    FREED_TEXT char *quoted = shell_quote(path, strlen(path));
    if (fstat(folder, &status) != 0) {
        return false;
    }
    if (status.st_uid != geteuid()) {
        note("%s: belongs to another user, so compiled code is not kept there; set XDG_CACHE_HOME "
             "to a folder of your own",
             path);
        return false;
    }
    if ((status.st_mode & OTHERS_MAY_WRITE) != 0) {
        note("%s: others can write there and may have put code there, so it is not used; "
             "`rm -rf %s` removes it, and the next run makes it anew",
             path, quoted);
        return false;
    }
    return true;
}

/* The last name is not followed where it is a link. */
static int open_last(const struct path_walk *walk, const char *path)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int folder = openat(walk->at, walk->name, flags);
    if (folder < 0 && errno == ENOENT && mkdirat(walk->at, walk->name, 0700) == 0) {
        folder = openat(walk->at, walk->name, flags);
    }
    if (folder >= 0 && !is_safe(folder, path)) {
        (void)close(folder);
        return -1;
    }
    return folder;
}

static int walk_to_folder(struct path_walk *walk, const char *path)
{
    struct stat status;
    bool is_safe_so_far = fstat(walk->at, &status) == 0 && is_safe_on_the_way(path, "/", &status);
    while (is_safe_so_far && path_walk_take(walk)) {
        if (walk->is_last) {
            return open_last(walk, path);
        }
        is_safe_so_far = step_into(walk, path);
    }
    return -1;
}

int cache_folder_open(void)
{
    FREED_TEXT char *path = folder_path();
    struct path_walk walk;
    if (path == NULL) {
        return -1;
    }
    const int folder = path_walk_begin(&walk, path) ? walk_to_folder(&walk, path) : -1;
    path_walk_end(&walk);
    return folder;
}

bool cache_folder_trusts(const char *name, const struct stat *status)
{
    if (status->st_uid == geteuid() && status->st_nlink == 1 &&
        (status->st_mode & OTHERS_MAY_WRITE) == 0) {
        return true;
    }
    FREED_TEXT char *path = folder_path();
    FREED_TEXT char *quoted =
        shell_quote(path != NULL ? path : "", path != NULL ? strlen(path) : 0);
    note("%s/%s: others can have written this code, so it is not run; `rm -rf %s` empties the "
         "cache, "
         "in which there may be more of it",
         path, name, quoted);
    return false;
}

/* ---- The size ---- */

struct entry {
    char *name;
    uint64_t size;
    struct timespec used;
};

struct listing {
    struct entry *entries;
    size_t count;
    uint64_t size;
};

static uint64_t size_allowed(void)
{
    const char *text = getenv("RINGFORT_CACHE_SIZE");
    uint64_t size = 0;
    if (text == NULL || text[0] == '\0') {
        return size_default;
    }
    if (!parse_size(text, &size)) {
        note("RINGFORT_CACHE_SIZE=%s: a size is meant such as 512M; 1G is taken", text);
        return size_default;
    }
    return size;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static void add_entry(struct listing *listing, int folder, const char *name, time_t now)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    if (ends_with(name, CACHE_TEMPORARY)) {
        if (now - status.st_mtim.tv_sec > LEFT_BEHIND_SECONDS) {
            (void)unlinkat(folder, name, 0);
        }
        return;
    }
    if (ends_with(name, CACHE_SUFFIX)) {
        listing->entries =
            must_grow(listing->entries, listing->count + 1, sizeof(*listing->entries));
        listing->entries[listing->count++] = (struct entry){
            .name = must_copy(name, strlen(name)),
            .size = (uint64_t)status.st_size,
            .used = status.st_mtim,
        };
        listing->size += (uint64_t)status.st_size;
    }
}

static bool list(struct listing *listing, int folder)
{
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (stream == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return false;
    }
    const time_t now = time(NULL);
    for (const struct dirent *item = readdir(stream); item != NULL;
         item = readdir(stream)) {    // NOLINT(concurrency-mt-unsafe)
        if (item->d_name[0] != '.') { /* the folder itself and the one above are nothing of ours */
            add_entry(listing, folder, item->d_name, now);
        }
    }
    (void)closedir(stream);
    return true;
}

static int compare_by_use(const void *a, const void *b)
{
    const struct timespec *x = &((const struct entry *)a)->used;
    const struct timespec *y = &((const struct entry *)b)->used;
    if (x->tv_sec != y->tv_sec) {
        return x->tv_sec < y->tv_sec ? -1 : 1;
    }
    return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec ? 1 : 0;
}

bool cache_folder_make_room(int folder, uint64_t wanted)
{
    struct listing listing = { .entries = NULL };
    const uint64_t allowed = size_allowed();
    if (wanted > allowed) {
        return false;
    }
    if (list(&listing, folder) && listing.count > 0) {
        qsort(listing.entries, listing.count, sizeof(*listing.entries), compare_by_use);
        for (size_t i = 0; i < listing.count && listing.size + wanted > allowed; i++) {
            (void)unlinkat(folder, listing.entries[i].name, 0);
            listing.size -= listing.entries[i].size;
        }
    }
    for (size_t i = 0; i < listing.count; i++) {
        free(listing.entries[i].name);
    }
    free(listing.entries);
    return true;
}
