/* Makes, lists and removes directories in /box, one of them with many entries.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 1000 };

static void make_and_remove(void)
{
    struct stat found;
    CHECK(mkdir("/box/d", 0777) == 0);
    CHECK(stat("/box/d", &found) == 0 && S_ISDIR(found.st_mode));
    CHECK_FAILS(mkdir("/box/d", 0777), EEXIST);
    CHECK_FAILS(mkdir("/box/none/d", 0777), ENOENT);
    CHECK(mkdir("/box/d/e", 0777) == 0);
    CHECK_FAILS(rmdir("/box/d"), ENOTEMPTY);
    CHECK_FAILS(unlink("/box/d"), EISDIR);
    CHECK(rename("/box/d/e", "/box/f") == 0);
    CHECK(rmdir("/box/d") == 0);
    CHECK(rmdir("/box/f") == 0);
    CHECK_FAILS(rmdir("/box/f"), ENOENT);
}

/* Lists /box/many, whose files are called 0 to 999; each once. */
static void list(DIR *dir)
{
    static bool seen[MANY];
    memset(seen, 0, sizeof seen);
    int count = 0;
    int dots = 0;
    for (;;) {
        errno = 0;
        const struct dirent *const entry = readdir(dir);
        if (entry == NULL) {
            CHECK(errno == 0);
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            CHECK(entry->d_type == DT_DIR);
            dots++;
            continue;
        }
        CHECK(entry->d_type == DT_REG);
        CHECK(entry->d_ino != 0);
        const int index = atoi(entry->d_name);
        CHECK(index >= 0 && index < MANY && !seen[index]);
        seen[index] = true;
        count++;
    }
    CHECK(count == MANY);
    CHECK(dots == 2);
}

static void list_many(void)
{
    char path[64];
    CHECK(mkdir("/box/many", 0777) == 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/box/many/%d", i);
        CHECK(close(open(path, O_WRONLY | O_CREAT, 0666)) == 0);
    }
    DIR *const dir = opendir("/box/many");
    CHECK(dir != NULL);
    list(dir);
    rewinddir(dir);
    list(dir);
    CHECK(closedir(dir) == 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/box/many/%d", i);
        CHECK(unlink(path) == 0);
    }
    CHECK(rmdir("/box/many") == 0);
}

static void list_what_is_none(void)
{
    CHECK(opendir("/box/none") == NULL && errno == ENOENT);
    CHECK(close(open("/box/file", O_WRONLY | O_CREAT, 0666)) == 0);
    CHECK(opendir("/box/file") == NULL && errno == ENOTDIR);
    CHECK(unlink("/box/file") == 0);
}

int main(void)
{
    make_and_remove();
    list_many();
    list_what_is_none();
    puts("directories: all is well");
    return 0;
}
