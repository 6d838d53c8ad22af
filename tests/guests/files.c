/* Makes, writes, reads, seeks, appends, renames, truncates and removes files in /box.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static off_t size_of(const char *path)
{
    struct stat found;
    CHECK(stat(path, &found) == 0);
    return found.st_size;
}

static void check_contents(const char *path, const char *expected)
{
    char found[256] = "";
    FILE *const file = fopen(path, "r");
    CHECK(file != NULL);
    const size_t length = fread(found, 1, sizeof found - 1, file);
    CHECK(ferror(file) == 0);
    CHECK(fclose(file) == 0);
    CHECK(length == strlen(expected));
    CHECK(strcmp(found, expected) == 0);
}

static void write_and_read(void)
{
    FILE *const file = fopen("/box/a", "w+");
    CHECK(file != NULL);
    CHECK(fprintf(file, "line %d\n", 1) == 7);
    CHECK(fputs("line 2\n", file) >= 0);
    CHECK(fseek(file, 5, SEEK_SET) == 0);
    CHECK(fgetc(file) == '1');
    CHECK(ftell(file) == 6);
    CHECK(fseek(file, -2, SEEK_END) == 0);
    CHECK(fgetc(file) == '2');
    CHECK(fgetc(file) == '\n');
    CHECK(fgetc(file) == EOF);
    CHECK(feof(file));
    CHECK(fclose(file) == 0);
    check_contents("/box/a", "line 1\nline 2\n");
}

static void append(void)
{
    FILE *const file = fopen("/box/a", "a");
    CHECK(file != NULL);
    CHECK(fputs("line 3\n", file) >= 0);
    CHECK(fclose(file) == 0);
    check_contents("/box/a", "line 1\nline 2\nline 3\n");
    const int fd = open("/box/a", O_WRONLY | O_APPEND);
    CHECK(fd >= 0);
    CHECK((fcntl(fd, F_GETFL) & O_APPEND) != 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK(write(fd, "end", 3) == 3);
    CHECK(close(fd) == 0);
    check_contents("/box/a", "line 1\nline 2\nline 3\nend");
}

static void read_at_offsets(void)
{
    const int fd = open("/box/a", O_RDWR);
    CHECK(fd >= 0);
    char found[8] = "";
    CHECK(pread(fd, found, 4, 14) == 4);
    CHECK(strcmp(found, "line") == 0);
    CHECK(pwrite(fd, "LINE", 4, 0) == 4);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    char one[3] = "";
    char two[5] = "";
    const struct iovec parts[] = { { one, 2 }, { two, 4 } };
    CHECK(readv(fd, parts, 2) == 6);
    CHECK(strcmp(one, "LI") == 0 && strcmp(two, "NE 1") == 0);
    CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK(close(fd) == 0);
    CHECK_FAILS(close(fd), EBADF);
}

static void truncate_and_grow(void)
{
    const int fd = open("/box/a", O_RDWR);
    CHECK(fd >= 0);
    CHECK(ftruncate(fd, 4) == 0);
    CHECK(size_of("/box/a") == 4);
    CHECK(ftruncate(fd, 6) == 0);
    char found[6];
    CHECK(pread(fd, found, 6, 0) == 6);
    CHECK(memcmp(found, "LINE\0\0", 6) == 0);
    CHECK(fsync(fd) == 0);
    CHECK(close(fd) == 0);
    CHECK(close(open("/box/a", O_WRONLY | O_TRUNC)) == 0);
    CHECK(size_of("/box/a") == 0);
}

static void rename_and_remove(void)
{
    CHECK(rename("/box/a", "/box/b") == 0);
    CHECK_FAILS(access("/box/a", F_OK), ENOENT);
    CHECK(access("/box/b", R_OK | W_OK) == 0);
    CHECK(unlink("/box/b") == 0);
    CHECK_FAILS(unlink("/box/b"), ENOENT);
    CHECK_FAILS(open("/box/b", O_RDONLY), ENOENT);
}

static void open_modes(void)
{
    const int fd = open("/box/x", O_WRONLY | O_CREAT | O_EXCL, 0666);
    CHECK(fd >= 0);
    char byte;
    CHECK(read(fd, &byte, 1) == -1);
    CHECK(close(fd) == 0);
    CHECK_FAILS(open("/box/x", O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST);
    CHECK_FAILS(open("/box/x", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_FAILS(open("/box/x/y", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open("/box", O_WRONLY), EISDIR);
    CHECK(unlink("/box/x") == 0);
}

int main(void)
{
    write_and_read();
    append();
    read_at_offsets();
    truncate_and_grow();
    rename_and_remove();
    open_modes();
    puts("files: all is well");
    return 0;
}
