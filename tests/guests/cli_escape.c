/*
 * A guest that tries every operation on what a path leads to, and prints those that worked.
 *
 * cli_escape OUTSIDE INSIDE: OUTSIDE has a file `canary`, a link `link`, a file `victim` and an
 * empty folder `nest`; INSIDE is a folder of the guest's own, with a file `mine`.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char room[2][4096];

static const char *at(const char *folder, const char *name, int which)
{
    (void)snprintf(room[which], sizeof(room[which]), "%s/%s", folder, name);
    return room[which];
}

static void tell(const char *what, bool worked)
{
    if (worked) {
        puts(what);
    }
}

static bool can_open(const char *path, int flags)
{
    const int fd = open(path, flags, 0666);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static bool can_read(const char *path)
{
    char text[64];
    const int fd = open(path, O_RDONLY);
    return fd >= 0 && read(fd, text, sizeof(text)) > 0;
}

static bool can_list(const char *path)
{
    DIR *stream = opendir(path);
    return stream != NULL && readdir(stream) != NULL;
}

static bool can_set_times(const char *path)
{
    const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

int main(int argc, char **argv)
{
    char text[64];
    struct stat status;
    if (argc != 3) {
        return 2;
    }
    const char *out = argv[1];
    const char *in = argv[2];
    tell("stat", stat(at(out, "canary", 0), &status) == 0);
    tell("readlink", readlink(at(out, "link", 0), text, sizeof(text)) > 0);
    tell("read", can_read(at(out, "canary", 0)));
    tell("list", can_list(at(out, ".", 0)));
    tell("times", can_set_times(at(out, "canary", 0)));
    tell("write", can_open(at(out, "canary", 0), O_WRONLY));
    tell("create", can_open(at(out, "new", 0), O_WRONLY | O_CREAT | O_EXCL));
    tell("mkdir", mkdir(at(out, "folder", 0), 0777) == 0);
    tell("symlink", symlink("canary", at(out, "symlink", 0)) == 0);
    tell("link-out", link(at(in, "mine", 0), at(out, "linked", 1)) == 0);
    tell("link-in", link(at(out, "canary", 0), at(in, "linked", 1)) == 0);
    tell("rename-out", rename(at(in, "mine", 0), at(out, "moved", 1)) == 0);
    tell("rename-in", rename(at(out, "victim", 0), at(in, "moved", 1)) == 0);
    tell("truncate", can_open(at(out, "canary", 0), O_WRONLY | O_TRUNC));
    tell("unlink", unlink(at(out, "canary", 0)) == 0);
    tell("rmdir", rmdir(at(out, "nest", 0)) == 0);
    return 0;
}
