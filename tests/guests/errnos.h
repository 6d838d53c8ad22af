/*
 * What guests share that make each call in each situation which docs/errnos.md has a row for. They
 * print what the call answers: CALL, SITUATION and the errno's number, with bars between.
 * tests/support/errnos.py makes the tree that the situations are about.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_GUESTS_ERRNOS_H
#define RINGFORT_GUESTS_ERRNOS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lengths of names are given, which the functions of <wasi/api.h> count themselves. */
#define IMPORT(name)                                                                               \
    __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) uint32_t name

struct buffer {
    const void *bytes;
    uint32_t len;
};

struct subscription {
    uint64_t userdata;
    uint8_t tag;
    uint32_t id_or_fd;
    uint64_t timeout;
    uint64_t precision;
    uint16_t flags;
};

struct event {
    uint64_t userdata;
    uint16_t error;
};

IMPORT(clock_res_get)(uint32_t id, void *out);
IMPORT(clock_time_get)(uint32_t id, uint64_t precision, void *out);
IMPORT(fd_advise)(uint32_t fd, uint64_t offset, uint64_t len, uint32_t advice);
IMPORT(fd_allocate)(uint32_t fd, uint64_t offset, uint64_t len);
IMPORT(fd_close)(uint32_t fd);
IMPORT(fd_datasync)(uint32_t fd);
IMPORT(fd_fdstat_get)(uint32_t fd, void *out);
IMPORT(fd_fdstat_set_flags)(uint32_t fd, uint32_t flags);
IMPORT(fd_fdstat_set_rights)(uint32_t fd, uint64_t base, uint64_t inheriting);
IMPORT(fd_filestat_get)(uint32_t fd, void *out);
IMPORT(fd_filestat_set_size)(uint32_t fd, uint64_t size);
IMPORT(fd_filestat_set_times)(uint32_t fd, uint64_t atim, uint64_t mtim, uint32_t flags);
IMPORT(fd_pread)(uint32_t fd, const void *iovs, uint32_t count, uint64_t offset, uint32_t *n);
IMPORT(fd_prestat_get)(uint32_t fd, void *out);
IMPORT(fd_prestat_dir_name)(uint32_t fd, void *out, uint32_t len);
IMPORT(fd_pwrite)(uint32_t fd, const void *iovs, uint32_t count, uint64_t offset, uint32_t *n);
IMPORT(fd_read)(uint32_t fd, const void *iovs, uint32_t count, uint32_t *n);
IMPORT(fd_readdir)(uint32_t fd, void *out, uint32_t len, uint64_t cookie, uint32_t *used);
IMPORT(fd_renumber)(uint32_t fd, uint32_t to);
IMPORT(fd_seek)(uint32_t fd, int64_t offset, uint32_t whence, uint64_t *out);
IMPORT(fd_sync)(uint32_t fd);
IMPORT(fd_tell)(uint32_t fd, uint64_t *out);
IMPORT(fd_write)(uint32_t fd, const void *iovs, uint32_t count, uint32_t *n);
IMPORT(path_create_directory)(uint32_t fd, const void *path, uint32_t len);
IMPORT(path_filestat_get)(uint32_t fd, uint32_t flags, const void *path, uint32_t len, void *out);
IMPORT(path_filestat_set_times)
(uint32_t fd, uint32_t flags, const void *path, uint32_t len, uint64_t atim, uint64_t mtim,
 uint32_t fst_flags);
IMPORT(path_link)
(uint32_t fd, uint32_t flags, const void *path, uint32_t len, uint32_t new_fd, const void *to,
 uint32_t to_len);
IMPORT(path_open)
(uint32_t fd, uint32_t lookup, const void *path, uint32_t len, uint32_t oflags, uint64_t base,
 uint64_t inheriting, uint32_t fdflags, uint32_t *out);
IMPORT(path_readlink)
(uint32_t fd, const void *path, uint32_t len, void *out, uint32_t out_len, uint32_t *used);
IMPORT(path_remove_directory)(uint32_t fd, const void *path, uint32_t len);
IMPORT(path_rename)
(uint32_t fd, const void *path, uint32_t len, uint32_t new_fd, const void *to, uint32_t to_len);
IMPORT(path_symlink)
(const void *text, uint32_t text_len, uint32_t fd, const void *path, uint32_t len);
IMPORT(path_unlink_file)(uint32_t fd, const void *path, uint32_t len);
IMPORT(poll_oneoff)(const void *in, void *out, uint32_t count, uint32_t *n);
IMPORT(proc_raise)(uint32_t signal);
IMPORT(random_get)(void *out, uint32_t len);
IMPORT(sock_accept)(uint32_t fd, uint32_t flags, uint32_t *out);
IMPORT(sock_recv)
(uint32_t fd, const void *iovs, uint32_t count, uint32_t flags, uint32_t *n, uint16_t *ro_flags);
IMPORT(sock_send)(uint32_t fd, const void *iovs, uint32_t count, uint32_t flags, uint32_t *n);
IMPORT(sock_shutdown)(uint32_t fd, uint32_t how);

enum { STDIN = 0, BOX = 3, CLOSED = 999, FOLLOW = 1, ANY_ROOM = 4096, SUCCESS = 0 };
enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };
enum { APPEND = 1, DSYNC = 2 };
static const uint64_t ONLY_READ = 1 << 1;
static const uint64_t ONLY_WRITE = 1 << 6;
/* What wasi-libc asks for with O_RDWR, O_RDONLY and O_WRONLY. */
static const uint64_t BOTH = 0x0fffffff;
static const uint64_t READ = BOTH & ~(uint64_t)(1 << 0 | 1 << 6 | 1 << 8 | 1 << 22);
static const uint64_t WRITE = BOTH & ~(uint64_t)(1 << 1 | 1 << 14);
static const uint64_t SET_SIZE = 1 << 22;
static const uint64_t TOO_FAR = UINT64_C(1) << 63;

/* What results are written to, and what is transferred. */
static _Alignas(8) uint8_t room[ANY_ROOM];
static uint8_t byte[1] = { 'x' };
static const struct buffer one = { byte, 1 };
static uint32_t n;
static uint64_t at;

static inline uint32_t say(const char *call, const char *situation, uint32_t error)
{
    printf("%s|%s|%u\n", call, situation, error);
    fflush(stdout);
    return error;
}

static inline uint32_t try_open(uint32_t fd, const char *path, uint32_t oflags, uint64_t base,
                                uint32_t fdflags, uint32_t *out)
{
    *out = CLOSED;
    return path_open(fd, FOLLOW, path, strlen(path), oflags, base, 0, fdflags, out);
}

/* Opens; what cannot be opened is a descriptor that is not open. */
static inline uint32_t opened(const char *path, uint32_t oflags, uint64_t base)
{
    uint32_t fd;
    if (try_open(BOX, path, oflags, base, 0, &fd) != SUCCESS) {
        printf("cannot open %s\n", path);
    }
    return fd;
}

static inline void opening(const char *situation, uint32_t lookup, const char *path,
                           uint32_t oflags, uint64_t base, uint32_t fdflags)
{
    uint32_t fd = CLOSED;
    if (say("path_open", situation,
            path_open(BOX, lookup, path, strlen(path), oflags, base, 0, fdflags, &fd)) == SUCCESS) {
        fd_close(fd);
    }
}

#endif
