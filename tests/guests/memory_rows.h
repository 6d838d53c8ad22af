/* The functions that take addresses, with arguments that are all in order: what each argument is,
 * how much memory it means, and what lies there.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_GUESTS_MEMORY_ROWS_H
#define RINGFORT_GUESTS_MEMORY_ROWS_H

#include "rows.h"

#include <stdbool.h>

enum { ARGS_MAX = 9 };

enum kind {
    NO_ARGUMENT,
    NUMBER,
    DIRECTORY,
    A_FILE,
    COUNT,      /* of the elements of those before it that are counted */
    IN,         /* the host reads there */
    OUT,        /* the host writes there */
    BUFFERS_IN, /* iovecs whose buffers the host reads, or writes */
    BUFFERS_OUT,
};

struct arg {
    enum kind kind;
    uint32_t value; /* a number, or the size of an element */
    bool is_counted;
    char fill; /* what every byte of an IN holds */
};

struct row {
    const char *name;
    uint32_t (*call)(const uint64_t *args);
    struct arg args[ARGS_MAX];
};

#ifdef GUEST_UNSTABLE
enum { FILESTAT = 56, SUBSCRIPTION = 56 };
#else
enum { FILESTAT = 64, SUBSCRIPTION = 48 };
#endif
enum { FDSTAT = 24, PRESTAT = 8, EVENT = 32, IOVEC = 8, BUFFER = 32 };

/* clang-format off */
#define N(number)      { .kind = NUMBER, .value = (number) }
#define DIR_           { .kind = DIRECTORY }
#define FILE_          { .kind = A_FILE }
#define TO(size)       { .kind = OUT, .value = (size) }
#define C(count)       { .kind = COUNT, .value = (count) }
#define PATH(letter)   { .kind = IN, .value = 1, .is_counted = true, .fill = (letter) }, C(1)
#define ROOM(size)     { .kind = OUT, .value = 1, .is_counted = true }, C(size)
#define FROM_BUFFERS   { .kind = BUFFERS_IN, .value = IOVEC, .is_counted = true }, C(1)
#define TO_BUFFERS     { .kind = BUFFERS_OUT, .value = IOVEC, .is_counted = true }, C(1)
#define SUBSCRIPTIONS  { .kind = IN, .value = SUBSCRIPTION, .is_counted = true }
#define EVENTS         { .kind = OUT, .value = EVENT, .is_counted = true }, C(1)
#define ROW(name, ...) { #name, call_##name, { __VA_ARGS__ } }

/* Not constant: the sizes of arguments and environment are asked for. */
static struct row attacked_rows[] = {
    ROW(args_get, TO(0), TO(0)),
    ROW(args_sizes_get, TO(4), TO(4)),
    ROW(environ_get, TO(0), TO(0)),
    ROW(environ_sizes_get, TO(4), TO(4)),
    ROW(clock_res_get, N(0), TO(8)),
    ROW(clock_time_get, N(0), N(0), TO(8)),
    ROW(fd_fdstat_get, FILE_, TO(FDSTAT)),
    ROW(fd_filestat_get, FILE_, TO(FILESTAT)),
    ROW(fd_pread, FILE_, TO_BUFFERS, N(0), TO(4)),
    ROW(fd_prestat_get, DIR_, TO(PRESTAT)),
    ROW(fd_prestat_dir_name, DIR_, ROOM(3)),   /* "box" */
    ROW(fd_pwrite, FILE_, FROM_BUFFERS, N(0), TO(4)),
    ROW(fd_read, FILE_, TO_BUFFERS, TO(4)),
    ROW(fd_readdir, DIR_, ROOM(100), N(0), TO(4)),
    ROW(fd_seek, FILE_, N(0), N(0), TO(8)),
    ROW(fd_tell, FILE_, TO(8)),
    ROW(fd_write, FILE_, FROM_BUFFERS, TO(4)),
    ROW(path_create_directory, DIR_, PATH('n')),
    ROW(path_filestat_get, DIR_, N(0), PATH('f'), TO(FILESTAT)),
    ROW(path_filestat_set_times, DIR_, N(0), PATH('f'), N(0), N(0), N(0)),
    ROW(path_link, DIR_, N(0), PATH('f'), DIR_, PATH('n')),
    ROW(path_open, DIR_, N(0), PATH('f'), N(0), N(0), N(0), N(0), TO(4)),
    ROW(path_readlink, DIR_, PATH('l'), ROOM(16), TO(4)),
    ROW(path_remove_directory, DIR_, PATH('d')),
    ROW(path_rename, DIR_, PATH('f'), DIR_, PATH('n')),
    ROW(path_symlink, PATH('f'), DIR_, PATH('n')),
    ROW(path_unlink_file, DIR_, PATH('f')),
    ROW(poll_oneoff, SUBSCRIPTIONS, EVENTS, TO(4)),
    ROW(random_get, ROOM(16)),
#ifndef GUEST_UNSTABLE
    ROW(sock_accept, FILE_, N(0), TO(4)),
#endif
    ROW(sock_recv, FILE_, TO_BUFFERS, N(0), TO(4), TO(2)),
    ROW(sock_send, FILE_, FROM_BUFFERS, N(0), TO(4)),
};
/* clang-format on */

enum { ARGS_GET = 0, ENVIRON_GET = 2 };
enum { ATTACKED_ROWS = sizeof attacked_rows / sizeof attacked_rows[0] };

static inline bool is_pointer(const struct arg *arg)
{
    return arg->kind >= IN;
}

static inline bool has_buffers(const struct arg *arg)
{
    return arg->kind >= BUFFERS_IN;
}

/* Where the count of a counted argument is. */
static inline uint32_t count_of(const struct row *row, uint32_t arg)
{
    while (row->args[arg].kind != COUNT) {
        arg++;
    }
    return arg;
}

/* How much memory an argument means, by the arguments as they are. */
static inline uint64_t size_of(const struct row *row, uint32_t arg, const uint64_t *args)
{
    const struct arg *const a = &row->args[arg];
    return a->is_counted ? a->value * args[count_of(row, arg)] : a->value;
}

#endif
