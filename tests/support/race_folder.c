/*
 * Makes, attacks and compares the folder of a race.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "race_folder.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* RENAME_EXCHANGE, which the headers of older systems lack. */
enum { EXCHANGE = 2 };

/* The box is mid/box: a `..` too many leads to mid, and three to the folder itself. */
static const char *const outside[RACE_FOLDER_OUTSIDE] = {
    ".",
    "s",
    "s/t",
    "s/u",
    "t",
    "u",
    "mid",
    "mid/s",
    "mid/s/t",
    "mid/s/u",
    "mid/t",
    "mid/u",
    "mid/outside",
    "mid/outside/s",
    "mid/outside/s/t",
    "mid/outside/s/u",
    "mid/outside/t",
    "mid/outside/u",
};

static void need(bool holds, const char *path)
{
    if (!holds) {
        err(2, "cannot make the folder of the race: %s", path);
    }
}

static void make_directory(int top, const char *path)
{
    need(mkdirat(top, path, 0755) == 0, path);
}

static void make_file(int top, const char *path)
{
    const int fd = openat(top, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    need(fd >= 0 && write(fd, "twin", 4) == 4, path);
    close(fd);
}

/* The files `t` and `u` in a directory, and `s` with the same. */
static void make_twins(int top, const char *dir)
{
    char path[64];
    static const char *const names[] = { "t", "u", "s", "s/t", "s/u" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (strcmp(names[i], "s") == 0) {
            make_directory(top, path);
        } else {
            make_file(top, path);
        }
    }
}

static void make_all(int top)
{
    static const char *const directories[] = {
        "mid",
        "mid/outside",
        "mid/box",
        "mid/box/dir",
        "mid/box/d",
        "mid/box/parent",
        "mid/box/parent/d",
        "mid/box/parent2",
        "mid/box/a",
        "mid/box/a/b",
        "mid/box/a/b/c",
        "mid/box/a/b/c/e",
        "mid/box/a/b/c/e/e",
        "mid/box/a/b/c/e/e/e",
    };
    static const char *const twins[] = { ".",           "mid",       "mid/outside",     "mid/box",
                                         "mid/box/dir", "mid/box/d", "mid/box/parent/d" };
    static const char *const links[][2] = {
        { "../outside", "mid/box/dir2" },
        { "../../outside", "mid/box/parent2/d" },
        { "d", "mid/box/link" },
        { "link", "mid/box/chain" },
        { "a/b/c/e/e/e/../../../../../..", "mid/box/way" },
    };
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        make_directory(top, directories[i]);
    }
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        make_twins(top, twins[i]);
    }
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        need(symlinkat(links[i][0], top, links[i][1]) == 0, links[i][1]);
    }
}

static struct stat look(int top, const char *path)
{
    struct stat found = { 0 };
    if (fstatat(top, path, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        warn("%s", path);
    }
    return found;
}

/* In memory where that can be: a call that waits for a disc is none that races. */
static const char *place(void)
{
    const char *const temporary = getenv("TMPDIR");
    if (access("/dev/shm", R_OK | W_OK | X_OK) == 0) {
        return "/dev/shm";
    }
    return temporary != NULL ? temporary : "/tmp";
}

void race_folder_make(struct race_folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "%s/ringfort-race-XXXXXX", place());
    need(mkdtemp(folder->path) != NULL, folder->path);
    folder->top = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    need(folder->top >= 0, folder->path);
    make_all(folder->top);
    folder->box = openat(folder->top, "mid/box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    need(folder->box >= 0, "mid/box");
    for (int i = 0; i < RACE_FOLDER_OUTSIDE; i++) {
        folder->was[i] = look(folder->top, outside[i]);
    }
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The change time tells of every change, of what a name leads to and of names that came and
 * went. */
unsigned race_folder_changes(const struct race_folder *folder)
{
    unsigned changes = 0;
    for (int i = 0; i < RACE_FOLDER_OUTSIDE; i++) {
        const struct stat now = look(folder->top, outside[i]);
        const struct stat *const was = &folder->was[i];
        if (now.st_ino != was->st_ino || now.st_nlink != was->st_nlink ||
            now.st_size != was->st_size || !is_same_time(now.st_mtim, was->st_mtim) ||
            !is_same_time(now.st_ctim, was->st_ctim)) {
            (void)fprintf(stderr, "%s was changed outside the box\n", outside[i]);
            changes++;
        }
    }
    return changes;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *where)
{
    (void)found;
    (void)kind;
    (void)where;
    return remove(path);
}

void race_folder_remove(struct race_folder *folder)
{
    close(folder->box);
    close(folder->top);
    need(nftw(folder->path, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0, folder->path);
}

/* ---- Attackers ---- */

static void replace(int box, const char *text, void (*rest)(void))
{
    if (symlinkat(text, box, "new-link") == 0) {
        (void)renameat(box, "new-link", box, "link");
    }
    rest();
}

void race_folder_attack(const struct race_folder *folder, char shape, void (*rest)(void))
{
    const int box = folder->box;
    switch (shape) {
    case 'x':
        (void)syscall(SYS_renameat2, box, "dir", box, "dir2", EXCHANGE);
        break;
    case 'd':
        (void)syscall(SYS_renameat2, box, "parent", box, "parent2", EXCHANGE);
        break;
    case 'r':
        replace(box, "../outside", rest);
        replace(box, "d", rest);
        break;
    default:
        (void)renameat(box, "a/b/c", box, "moved");
        rest();
        (void)renameat(box, "moved", box, "a/b/c");
        break;
    }
    rest();
}
