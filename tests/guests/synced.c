/*
 * A guest that is killed with its host: it writes a file, syncs it, renames it into its place, and
 * only then says its number, again and again.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "check.h"

#include <fcntl.h>
#include <unistd.h>

enum { LINES = 512 };

/* Lines that tell the number, so that a part or a mixture is seen. */
static void write_lines(int fd, int number)
{
    char line[32];
    for (int i = 0; i < LINES; i++) {
        const int length = snprintf(line, sizeof line, "%d\n", number);
        CHECK(write(fd, line, (size_t)length) == length);
    }
}

int main(void)
{
    for (int number = 1;; number++) {
        char line[32];
        const int fd = open("box/next", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        CHECK(fd >= 0);
        write_lines(fd, number);
        CHECK(fsync(fd) == 0);
        CHECK(close(fd) == 0);
        CHECK(rename("box/next", "box/file") == 0);
        const int length = snprintf(line, sizeof line, "%d\n", number);
        CHECK(write(STDOUT_FILENO, line, (size_t)length) == length);
    }
}
