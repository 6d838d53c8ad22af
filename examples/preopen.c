/*
 * A guest that lists and reads the directory it was given, and then tries to leave it in every way.
 *
 *     clang --target=wasm32-wasi preopen.c -o preopen.wasm
 *     ringfort run --dir DIRECTORY::/data preopen.wasm
 *
 * Its exit status is 1 where one of the ways led out.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(int directory, const char *name)
{
    char line[64] = "";
    struct stat stat;
    const int fd = openat(directory, name, O_RDONLY);
    if (fd < 0 || fstat(fd, &stat) != 0) {
        printf("  %-14s %s\n", name, strerror(errno));
    } else if (S_ISDIR(stat.st_mode)) {
        printf("  %-14s a directory\n", name);
    } else {
        const ssize_t count = read(fd, line, sizeof line - 1);
        line[count > 0 ? (size_t)count : 0] = '\0';
        printf("  %-14s %6lld bytes: %.*s\n", name, (long long)stat.st_size,
               (int)strcspn(line, "\n"), line);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void list(int directory, const char *path)
{
    DIR *stream = opendir(path);
    printf("%s holds:\n", path);
    for (struct dirent *entry = NULL; stream != NULL && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            show(directory, entry->d_name);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

/* openat, and not open: the C library would refuse some of these paths by itself. */
static int leaves(int directory, const char *path)
{
    const int fd = openat(directory, path, O_RDONLY);
    printf("  open %-22s %s\n", path, fd < 0 ? strerror(errno) : "OPENED");
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static int leaves_by_link(int directory, const char *target)
{
    const char *name = "way-out";
    if (symlinkat(target, directory, name) != 0) {
        printf("  link to %-19s %s\n", target, strerror(errno));
        return 0;
    }
    printf("  link to %-19s made\n", target);
    const int left = leaves(directory, name);
    unlinkat(directory, name, 0);
    return left;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "/data";
    const int directory = open(path, O_RDONLY | O_DIRECTORY);
    if (directory < 0) {
        fprintf(stderr, "%s: %s; run with --dir DIRECTORY::%s\n", path, strerror(errno), path);
        return 2;
    }
    list(directory, path);
    printf("and nothing else can be reached:\n");
    int left = leaves(directory, "..");
    left += leaves(directory, "../README.md");
    left += leaves(directory, "./../README.md");
    left += leaves(directory, "/etc/passwd");
    left += leaves_by_link(directory, "/etc/passwd");
    left += leaves_by_link(directory, "../../../../etc/passwd");
    close(directory);
    return left != 0;
}
