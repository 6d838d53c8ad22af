/*
 * A guest that uses its folder in many ways while the host's system calls fail: it checks all that
 * it is given. It prints `told STEP: ERRNO` where a call fails, and `right` where none does; what
 * is wrong ends it with 1.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD = 3, ROUNDS = 20, MANY = 300 };

static const char text[] = "the quick brown fox\n";
enum { LENGTH = sizeof text - 1 };

/* The result of a call, which may have failed: then there is an errno, and nothing more to do. */
static long told(long result, const char *step)
{
    if (result < 0) {
        CHECK(errno > 0 && strstr(strerror(errno), "nknown") == NULL);
        printf("told %s: %s\n", step, strerror(errno));
        exit(TOLD);
    }
    return result;
}
#define STEP(call) told((call), #call)

static void write_all(int fd)
{
    for (size_t done = 0; done < LENGTH;) {
        const long n = STEP(write(fd, text + done, LENGTH - done));
        CHECK(n > 0 && (size_t)n <= LENGTH - done);
        done += (size_t)n;
    }
}

static void read_all(int fd)
{
    char found[LENGTH + 1] = "";
    size_t done = 0;
    for (long n = 1; n > 0; done += (size_t)n) {
        n = STEP(read(fd, found + done, LENGTH - done));
    }
    CHECK(done == LENGTH && memcmp(found, text, LENGTH) == 0);
}

static void use_file(void)
{
    struct stat found;
    const int fd = (int)STEP(open("box/dir/../file", O_RDWR | O_CREAT | O_TRUNC, 0666));
    write_all(fd);
    STEP(fsync(fd));
    STEP(fstat(fd, &found));
    CHECK(found.st_size == LENGTH);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    read_all(fd);
    STEP(close(fd));
    STEP(stat("box/file", &found));
    CHECK(found.st_size == LENGTH && S_ISREG(found.st_mode));
    STEP(rename("box/file", "box/dir/file"));
    CHECK(access("box/file", F_OK) == -1);
    STEP(unlink("box/dir/file"));
}

static void list_folder(void)
{
    int names = 0;
    DIR *const dir = opendir("box/many");
    told(dir != NULL ? 0 : -1, "opendir");
    for (;;) {
        errno = 0;
        const struct dirent *const entry = readdir(dir);
        told(entry == NULL && errno != 0 ? -1 : 0, "readdir");
        if (entry == NULL) {
            break;
        }
        names += entry->d_name[0] != '.';
    }
    CHECK(names == MANY);
    STEP(closedir(dir));
}

static void wait_and_draw(void)
{
    static const unsigned char zeros[32];
    unsigned char drawn[sizeof zeros] = { 0 };
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    CHECK(STEP(poll(&out, 1, 1000)) == 1);
    STEP(getentropy(drawn, sizeof drawn));
    CHECK(memcmp(drawn, zeros, sizeof zeros) != 0);
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        use_file();
        list_folder();
        wait_and_draw();
    }
    puts("right");
    return 0;
}
