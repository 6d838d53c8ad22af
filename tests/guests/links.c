/* Hard and symbolic links in /box, the times of files, and links that lead nowhere or out.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_file(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK(fclose(file) == 0);
}

static void hard_links(void)
{
    struct stat one;
    struct stat two;
    make_file("/box/a", "text");
    CHECK(link("/box/a", "/box/b") == 0);
    CHECK(stat("/box/a", &one) == 0);
    CHECK(stat("/box/b", &two) == 0);
    CHECK(one.st_ino == two.st_ino && one.st_dev == two.st_dev);
    CHECK(one.st_nlink == 2);
    CHECK_FAILS(link("/box/a", "/box/b"), EEXIST);
    CHECK(unlink("/box/b") == 0);
}

static void symbolic_links(void)
{
    char text[16] = "";
    struct stat found;
    CHECK(symlink("a", "/box/l") == 0);
    CHECK(readlink("/box/l", text, sizeof text) == 1 && text[0] == 'a');
    CHECK(lstat("/box/l", &found) == 0 && S_ISLNK(found.st_mode));
    CHECK(stat("/box/l", &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 4);
    CHECK_FAILS(open("/box/l", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(unlink("/box/l") == 0);
    CHECK(symlink("self", "/box/self") == 0);
    CHECK_FAILS(stat("/box/self", &found), ELOOP);
    CHECK(unlink("/box/self") == 0);
    CHECK(symlink("none", "/box/dangling") == 0);
    CHECK_FAILS(stat("/box/dangling", &found), ENOENT);
    CHECK(unlink("/box/dangling") == 0);
}

static void ways_out(void)
{
    CHECK(symlink("..", "/box/up") == 0);
    CHECK_FAILS(open("/box/up/secret", O_RDONLY), ENOTCAPABLE);
    CHECK_FAILS(open("/box/../secret", O_RDONLY), ENOTCAPABLE);
    CHECK_FAILS(mkdir("/box/up/made", 0777), ENOTCAPABLE);
    CHECK(symlink("/etc/passwd", "/box/absolute") == -1);
    CHECK(unlink("/box/up") == 0);
    CHECK(open("/etc/passwd", O_RDONLY) == -1);
}

static void times(void)
{
    const struct timespec wanted[2] = { { 1000, 123456789 }, { 2000, 987654321 } };
    struct stat found;
    CHECK(utimensat(AT_FDCWD, "/box/a", wanted, 0) == 0);
    CHECK(stat("/box/a", &found) == 0);
    CHECK(found.st_atim.tv_sec == 1000 && found.st_atim.tv_nsec == 123456789);
    CHECK(found.st_mtim.tv_sec == 2000 && found.st_mtim.tv_nsec == 987654321);
    CHECK(unlink("/box/a") == 0);
}

int main(void)
{
    hard_links();
    symbolic_links();
    ways_out();
    times();
    puts("links: all is well");
    return 0;
}
