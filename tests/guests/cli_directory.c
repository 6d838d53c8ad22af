/*
 * Directories as a C program reads them, for tests/cli/directories.bats: through libc's opendir,
 * telldir and seekdir.
 *
 *     places DIR           goes to each place of a listing and back, while entries come and go
 *     count DIR            prints how many entries there are
 *     turns DIR STEP       two readers, one of which is STEP entries ahead of the other
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 2000, NAME_ROOM = 32 };

static char names[MOST][NAME_ROOM];
static long places[MOST];

static int fails(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

/* Reads on to the end. @return whether it gave the names from `from` on, but those that begin with
 * `gone` */
static int reads_rest(DIR *dir, int from, int count, const char *gone)
{
    const struct dirent *entry;
    int at = from;
    while ((entry = readdir(dir)) != NULL) {
        while (at < count && strncmp(names[at], gone, strlen(gone)) == 0) {
            at++;
        }
        if (strncmp(entry->d_name, "new", 3) == 0) {
            continue;
        }
        if (at == count || strcmp(entry->d_name, names[at]) != 0) {
            printf("after place %d: %s, expected %s\n", from, entry->d_name,
                   at == count ? "the end" : names[at]);
            return 0;
        }
        at++;
    }
    while (at < count && strncmp(names[at], gone, strlen(gone)) == 0) {
        at++;
    }
    if (at != count) {
        printf("after place %d: the end, expected %s\n", from, names[at]);
    }
    return at == count;
}

static int go_to_places(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int count = 0;
    if (dir == NULL) {
        return fails("opendir");
    }
    places[0] = telldir(dir);
    while ((entry = readdir(dir)) != NULL && count < MOST - 1) {
        snprintf(names[count], NAME_ROOM, "%s", entry->d_name);
        places[++count] = telldir(dir);
    }
    for (int i = count; i >= 0; i -= i > 20 ? 17 : 1) {
        seekdir(dir, places[i]);
        if (telldir(dir) != places[i] || !reads_rest(dir, i, count, "none")) {
            return 1;
        }
    }
    for (int i = 0; i < count; i++) { /* g… go, and new… come */
        char name[256];
        snprintf(name, sizeof name, "%s/%s%s", path, names[i][0] == 'g' ? "" : "new", names[i]);
        if (names[i][0] == 'g' && unlink(name) != 0) {
            return fails(name);
        }
        if (names[i][0] == 'f') {
            const int fd = open(name, O_CREAT | O_WRONLY, 0600);
            if (fd < 0 || close(fd) != 0) {
                return fails(name);
            }
        }
    }
    for (int i = 1; i <= count; i += i < 20 ? 1 : 13) {
        seekdir(dir, places[i]);
        if (!reads_rest(dir, i, count, "g")) {
            return 1;
        }
        rewinddir(dir);
        if (!reads_rest(dir, 0, count, "g")) {
            return 1;
        }
    }
    printf("%d places\n", count);
    return closedir(dir) == 0 ? 0 : fails("closedir");
}

static int count_entries(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return fails("opendir");
    }
    int count = 0;
    while (readdir(dir) != NULL) {
        count++;
    }
    printf("%d entries\n", count);
    return closedir(dir) == 0 ? 0 : fails("closedir");
}

/* Both over one descriptor, as wasi-libc's fdopendir allows. */
static int take_turns(const char *path, int step)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY);
    DIR *ahead = fd < 0 ? NULL : fdopendir(fd);
    DIR *behind = fd < 0 ? NULL : fdopendir(fd);
    if (ahead == NULL || behind == NULL) {
        return fails("fdopendir");
    }
    int count = 0;
    int followed = 0;
    for (int ended = 0; !ended;) {
        int i = 0;
        while (i < step && readdir(ahead) != NULL) {
            i++;
        }
        ended = i < step;
        count += i;
        for (int j = 0; j < i; j++) {
            followed += readdir(behind) != NULL ? 1 : 0;
        }
    }
    printf("%d entries, and %d\n", count, followed);
    return readdir(behind) == NULL && count == followed ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "places") == 0) {
        return go_to_places(argv[2]);
    }
    if (argc == 3 && strcmp(argv[1], "count") == 0) {
        return count_entries(argv[2]);
    }
    if (argc == 4 && strcmp(argv[1], "turns") == 0) {
        return take_turns(argv[2], atoi(argv[3]));
    }
    return 64;
}
