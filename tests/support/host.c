/*
 * The host's side of a test: its files, pipes and sockets.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void need(bool held, const char *what, const char *path)
{
    if (!held) {
        fail_msg("the host could not %s %s: %s", what, path, strerror(errno));
    }
}

void host_mkdir(struct world *w, const char *path)
{
    need(mkdirat(w->root_fd, path, 0777) == 0, "mkdir", path);
}

static void write_file(struct world *w, const char *path, int flags, const void *bytes,
                       size_t length)
{
    const int fd = openat(w->root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    need(fd >= 0, "open", path);
    const ssize_t n = write(fd, bytes, length);
    close(fd);
    need(n == (ssize_t)length, "write", path);
}

void host_write_bytes(struct world *w, const char *path, const void *bytes, size_t length)
{
    write_file(w, path, O_TRUNC, bytes, length);
}

void host_write(struct world *w, const char *path, const char *text)
{
    write_file(w, path, O_TRUNC, text, strlen(text));
}

void host_append(struct world *w, const char *path, const char *text)
{
    write_file(w, path, O_APPEND, text, strlen(text));
}

void host_symlink(struct world *w, const char *text, const char *path)
{
    need(symlinkat(text, w->root_fd, path) == 0, "symlink", path);
}

void host_link(struct world *w, const char *old_path, const char *new_path)
{
    need(linkat(w->root_fd, old_path, w->root_fd, new_path, 0) == 0, "link", new_path);
}

void host_mkfifo(struct world *w, const char *path)
{
    need(mkfifoat(w->root_fd, path, 0666) == 0, "mkfifo", path);
}

void host_rename(struct world *w, const char *old_path, const char *new_path)
{
    need(renameat(w->root_fd, old_path, w->root_fd, new_path) == 0, "rename", old_path);
}

void host_unlink(struct world *w, const char *path)
{
    need(unlinkat(w->root_fd, path, 0) == 0, "unlink", path);
}

void host_rmdir(struct world *w, const char *path)
{
    need(unlinkat(w->root_fd, path, AT_REMOVEDIR) == 0, "rmdir", path);
}

struct stat host_stat(struct world *w, const char *path)
{
    struct stat found = { 0 };
    need(fstatat(w->root_fd, path, &found, AT_SYMLINK_NOFOLLOW) == 0, "stat", path);
    return found;
}

bool host_exists(struct world *w, const char *path)
{
    struct stat found;
    return fstatat(w->root_fd, path, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

void host_assert_text(struct world *w, const char *path, const char *text)
{
    const int fd = openat(w->root_fd, path, O_RDONLY | O_CLOEXEC);
    need(fd >= 0, "open", path);
    char found[4096];
    const ssize_t n = read(fd, found, sizeof found - 1);
    close(fd);
    need(n >= 0, "read", path);
    found[n] = '\0';
    assert_string_equal(found, text);
}

void host_assert_link(struct world *w, const char *path, const char *text)
{
    char found[4096];
    const ssize_t n = readlinkat(w->root_fd, path, found, sizeof found - 1);
    need(n >= 0, "readlink", path);
    found[n] = '\0';
    assert_string_equal(found, text);
}

void host_set_times(struct world *w, const char *path, struct timespec atime, struct timespec mtime)
{
    const struct timespec times[2] = { atime, mtime };
    need(utimensat(w->root_fd, path, times, AT_SYMLINK_NOFOLLOW) == 0, "utimensat", path);
}

int host_keep(struct world *w, int fd)
{
    assert_true(fd >= 0);
    assert_true(w->kept_count < WORLD_KEPT);
    w->kept[w->kept_count] = fd;
    w->kept_count++;
    return fd;
}

void host_close(struct world *w, int fd)
{
    for (unsigned i = 0; i < w->kept_count; i++) {
        if (w->kept[i] == fd) {
            w->kept_count--;
            w->kept[i] = w->kept[w->kept_count];
            close(fd);
            return;
        }
    }
    fail_msg("descriptor %d is not kept", fd);
}

int host_open(struct world *w, const char *path, int flags)
{
    const int fd = openat(w->root_fd, path, flags | O_CLOEXEC, 0666);
    need(fd >= 0, "open", path);
    return host_keep(w, fd);
}

void host_pipe(struct world *w, int ends[2])
{
    need(pipe2(ends, O_CLOEXEC) == 0, "make", "a pipe");
    host_keep(w, ends[0]);
    host_keep(w, ends[1]);
}

void host_pipe_as_stdio(struct world *w, int ends[2])
{
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
}

void host_socketpair(struct world *w, int ends[2])
{
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "make", "a socket pair");
    host_keep(w, ends[0]);
    host_keep(w, ends[1]);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
    };
}

int host_listen(struct world *w, uint16_t *port)
{
    const int fd = host_keep(w, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    need(bind(fd, (const struct sockaddr *)&address, length) == 0, "bind", "a listener");
    need(listen(fd, 8) == 0, "listen", "on loopback");
    need(getsockname(fd, (struct sockaddr *)&address, &length) == 0, "name", "a listener");
    *port = ntohs(address.sin_port);
    return fd;
}

int host_connect(struct world *w, uint16_t port)
{
    const int fd = host_keep(w, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const struct sockaddr_in address = loopback(port);
    need(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0, "connect", "to it");
    return fd;
}

const char *host_path(struct world *w, const char *path, char name[static 512])
{
    snprintf(name, 512, "%s/%s", w->root, path);
    return name;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *where)
{
    (void)found;
    (void)kind;
    (void)where;
    return remove(path);
}

void host_remove_tree(struct world *w)
{
    need(nftw(w->root, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0, "remove", w->root);
}

uint64_t host_clock_ns(clockid_t clock)
{
    struct timespec now;
    assert_int_equal(clock_gettime(clock, &now), 0);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void host_sleep_ms(long milliseconds)
{
    const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

int host_preopen_quiet_sockets(struct world *w)
{
    uint16_t port = 0;
    int pair[2];
    const int listener = host_listen(w, &port);
    host_socketpair(w, pair);
    assert_status(ringfort_config_preopen_socket(w->config, listener), RINGFORT_OK);
    assert_status(ringfort_config_preopen_socket(w->config, pair[0]), RINGFORT_OK);
    return pair[1];
}
