/* Fills its disk in the way that argv[1] names, until that is refused; exits with the errno.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LEN = 200, TEXT_LEN = 3000, MOST = 100000, STEP = 10000 };

static int file = -1;

/* box/LETTERS and a number. */
static const char *name_of(char letter, int number, char name[300])
{
    char letters[NAME_LEN + 1];
    memset(letters, letter, NAME_LEN);
    letters[NAME_LEN] = '\0';
    snprintf(name, 300, "box/%s%08d", letters, number);
    return name;
}

static int make_file(int number)
{
    char name[300];
    const int fd = open(name_of('f', number, name), O_WRONLY | O_CREAT, 0600);
    const int result = fd < 0 ? -1 : write(fd, "x", 1) == 1 ? 0 : -1;
    const int error = errno;
    close(fd);
    errno = error;
    return result;
}

static int make_directory(int number)
{
    char name[300];
    return mkdir(name_of('d', number, name), 0700);
}

static int make_link(int number)
{
    char name[300];
    return link("box/file", name_of('l', number, name));
}

static int make_symlink(int number)
{
    char name[300];
    char text[TEXT_LEN + 1];
    memset(text, 't', TEXT_LEN);
    text[TEXT_LEN] = '\0';
    return symlink(text, name_of('s', number, name));
}

static int rename_file(int number)
{
    char from[300];
    char to[300];
    if (number == 0) {
        return rename("box/file", name_of('r', 0, to));
    }
    return rename(name_of('r', number - 1, from), name_of('r', number, to));
}

static int make_larger(int number)
{
    const off_t size = (off_t)(number + 1) * STEP;
    return ftruncate(file, size) == 0 && pwrite(file, "x", 1, size - STEP / 2) == 1 ? 0 : -1;
}

static int reserve(int number)
{
    errno = posix_fallocate(file, (off_t)number * STEP, STEP);
    return errno == 0 ? 0 : -1;
}

static const struct {
    const char *name;
    int (*make)(int number);
} patterns[] = {
    { "files", make_file },       { "directories", make_directory }, { "links", make_link },
    { "symlinks", make_symlink }, { "renames", rename_file },        { "sizes", make_larger },
    { "reservations", reserve },
};

int main(int argc, char **argv)
{
    file = open("box/file", O_RDWR | O_CREAT, 0600);
    for (size_t i = 0; argc > 1 && i < sizeof patterns / sizeof *patterns; i++) {
        for (int n = 0; strcmp(patterns[i].name, argv[1]) == 0 && n < MOST; n++) {
            if (patterns[i].make(n) != 0) {
                return errno;
            }
        }
    }
    return 0;
}
