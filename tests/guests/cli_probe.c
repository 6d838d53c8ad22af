/*
 * A guest that does one thing for each word of its command line: what the tests of the command ask.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int failed(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int print_args(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        printf("%d=%s\n", i, argv[i]);
    }
    return 0;
}

static int print_env(void)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        puts(*variable);
    }
    return 0;
}

static int copy(int from, int to)
{
    char buffer[4096];
    for (;;) {
        const ssize_t n = read(from, buffer, sizeof(buffer));
        if (n <= 0) {
            return n == 0 ? 0 : failed("read");
        }
        if (write(to, buffer, (size_t)n) != n) {
            return failed("write");
        }
    }
}

static int cat(const char *path)
{
    const int fd = open(path, O_RDONLY);
    return fd < 0 ? failed(path) : copy(fd, 1);
}

static int put(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        return failed(path);
    }
    return 0;
}

static int list(const char *path)
{
    DIR *stream = opendir(path);
    if (stream == NULL) {
        return failed(path);
    }
    for (const struct dirent *item = readdir(stream); item != NULL; item = readdir(stream)) {
        puts(item->d_name);
    }
    return 0;
}

/* Opens a file until that fails, and says how often it worked. */
static int open_many(const char *path)
{
    int count = 0;
    while (open(path, O_RDONLY) >= 0) {
        count++;
    }
    printf("%d %s\n", count, strerror(errno));
    return 0;
}

/* Answers one connection on the descriptor that --listen gave. */
static int serve(int fd)
{
    const int connection = accept(fd, NULL, NULL);
    if (connection < 0) {
        return failed("accept");
    }
    char buffer[64];
    const ssize_t n = recv(connection, buffer, sizeof(buffer), 0);
    if (n < 0 || send(connection, buffer, (size_t)n, 0) != n) {
        return failed("serve");
    }
    return 0;
}

static int grow(size_t pages)
{
    const size_t before = __builtin_wasm_memory_size(0);
    const size_t result = __builtin_wasm_memory_grow(0, pages);
    printf("%s\n", result == before ? "grown" : "refused");
    return 0;
}

static int nap(int seconds)
{
    const struct timespec time = { .tv_sec = seconds };
    return nanosleep(&time, NULL) == 0 ? 0 : failed("nanosleep");
}

static int wait_for_input(void)
{
    struct pollfd stdin_ready = { .fd = 0, .events = POLLRDNORM };
    return poll(&stdin_ready, 1, -1) == 1 ? 0 : failed("poll");
}

/* Not inlined, so that the backtrace has both names. */
__attribute__((noinline)) static void inner(volatile int *at)
{
    *at = 1;
    __builtin_trap();
}

__attribute__((noinline)) static void outer(volatile int *at)
{
    inner(at);
    *at = 2;
}

static int act(int argc, char **argv, const char *verb)
{
    volatile int place = 0;
    if (strcmp(verb, "args") == 0) {
        return print_args(argc, argv);
    }
    if (strcmp(verb, "env") == 0) {
        return print_env();
    }
    if (strcmp(verb, "copy") == 0) {
        return copy(0, 1);
    }
    if (strcmp(verb, "both") == 0) {
        fputs("to stdout\n", stdout);
        fputs("to stderr\n", stderr);
        return 0;
    }
    if (strcmp(verb, "trap") == 0) {
        outer(&place);
    }
    if (strcmp(verb, "poll") == 0) {
        return wait_for_input();
    }
    if (argc < 3) {
        return 99;
    }
    if (strcmp(verb, "exit") == 0) {
        exit(atoi(argv[2]));
    }
    if (strcmp(verb, "cat") == 0) {
        return cat(argv[2]);
    }
    if (strcmp(verb, "list") == 0) {
        return list(argv[2]);
    }
    if (strcmp(verb, "open-many") == 0) {
        return open_many(argv[2]);
    }
    if (strcmp(verb, "serve") == 0) {
        return serve(atoi(argv[2]));
    }
    if (strcmp(verb, "grow") == 0) {
        return grow((size_t)atol(argv[2]));
    }
    if (strcmp(verb, "sleep") == 0) {
        return nap(atoi(argv[2]));
    }
    return argc == 4 && strcmp(verb, "put") == 0 ? put(argv[2], argv[3]) : 99;
}

int main(int argc, char **argv)
{
    return argc < 2 ? 0 : act(argc, argv, argv[1]);
}
