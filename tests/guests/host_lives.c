/* host_lives CASE [LINKS]: what ended, hung or bloated hosts of WASI, one thing a run; without a
 * case, their names. Ends with 0 where each call gave a documented errno; the cases "for_ever"
 * must be ended by who runs them. The box is descriptor 3, the host made the FIFO "fifo" in it,
 * and stdin is no socket.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"
#include "rows.h"

#include "../support/wasi.h"

#include <stdbool.h>

#define CALL(row, ...) call_##row((const uint64_t[]){ __VA_ARGS__ })
#define ADDRESS(of)    ((uint32_t)(of))
#define TEXT(text)     ADDRESS(text), strlen(text)

enum { BOX = 3, NOT_OPEN = 200, ROOM = 65536 };

static uint32_t result[2];
static char room[ROOM];

/* path_open beneath a directory: the descriptor, or the errno below zero. */
static int open_in(uint32_t dir, const char *path, uint32_t oflags, uint64_t rights)
{
    const uint32_t error = CALL(path_open, dir, LOOKUP_FOLLOW, TEXT(path), oflags, rights,
                                RIGHTS_INHERITING, 0, ADDRESS(result));
    return error == WASI_SUCCESS ? (int)result[0] : -(int)error;
}

static uint32_t make_file(void)
{
    const int fd = open_in(BOX, "f", OFLAG_CREAT, RIGHTS_FILE);
    CHECK(fd > BOX);
    return (uint32_t)fd;
}

static uint32_t io(uint32_t (*call)(const uint64_t *args), uint32_t fd, uint32_t length)
{
    static uint32_t iovec[2];
    iovec[0] = ADDRESS(room);
    iovec[1] = length;
    return call((const uint64_t[]){ fd, ADDRESS(iovec), 1, ADDRESS(result) });
}

/* ---- Signals and descriptors ---- */

static void signals(void)
{
    for (uint32_t signal = 0; signal < 70; signal++) {
        const uint32_t error = CALL(proc_raise, signal);
        CHECK(error == WASI_ENOTSUP || error == WASI_ENOSYS);
    }
}

static void descriptor_numbers(void)
{
    const uint32_t file = make_file();
    static const uint32_t far[] = {
        NOT_OPEN, 1U << 20, 1U << 30, 0x7fffffff, 0x80000000, UINT32_MAX
    };
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        CHECK(CALL(fd_renumber, file, far[i]) == WASI_EBADF);
        CHECK(CALL(fd_renumber, far[i], file) == WASI_EBADF);
        CHECK(CALL(fd_close, far[i]) == WASI_EBADF);
    }
    CHECK(CALL(fd_renumber, file, file) == WASI_SUCCESS);
    CHECK(io(call_fd_write, file, 1) == WASI_SUCCESS);
    for (int i = 0; i < 1000; i++) {
        CHECK(CALL(fd_renumber, make_file(), file) == WASI_SUCCESS);
    }
    CHECK(CALL(fd_close, file) == WASI_SUCCESS);
    CHECK(CALL(fd_renumber, file, BOX) == WASI_EBADF);
    CHECK(make_file() > BOX);
}

static void opens_20000(void)
{
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        const int fd = open_in(BOX, "f", OFLAG_CREAT, RIGHT_FD_READ);
        CHECK(fd > 0 || fd == -WASI_EMFILE);
        refused += fd < 0;
    }
    CHECK(refused > 19000);
}

/* The last to do so in a list, for nothing can be said afterwards. */
static void closed_stdio(void)
{
    for (uint32_t fd = 0; fd < BOX; fd++) {
        CHECK(CALL(fd_close, fd) == WASI_SUCCESS);
        CHECK(CALL(fd_close, fd) == WASI_EBADF);
    }
    CHECK(open_in(BOX, "f", OFLAG_CREAT, RIGHT_FD_READ) == 0);
    CHECK(io(call_fd_write, 0, 1) != WASI_SUCCESS);
}

static void sockets_that_are_none(void)
{
    const uint32_t fds[] = { 0, BOX, make_file(), NOT_OPEN };
    for (size_t i = 0; i < 4; i++) {
        const uint32_t wanted = fds[i] == NOT_OPEN ? WASI_EBADF : WASI_ENOTSOCK;
        static uint32_t iovec[2];
        iovec[0] = ADDRESS(room);
        iovec[1] = 8;
        const uint32_t errors[] = {
            CALL(sock_accept, fds[i], 0, ADDRESS(result)),
            CALL(sock_recv, fds[i], ADDRESS(iovec), 1, 0, ADDRESS(result), ADDRESS(result + 1)),
            CALL(sock_send, fds[i], ADDRESS(iovec), 1, 0, ADDRESS(result)),
            CALL(sock_shutdown, fds[i], 1),
        };
        for (size_t j = 0; j < 4; j++) {
            CHECK(errors[j] == wanted);
        }
    }
}

/* ---- Polling ---- */

enum { SUBSCRIPTIONS_MAX = 4096 };

/* Zeros are a clock that is due at once. */
static unsigned char subscriptions[(SUBSCRIPTIONS_MAX + 1) * SIZE_SUBSCRIPTION];
static unsigned char events[(SUBSCRIPTIONS_MAX + 1) * SIZE_EVENT];

static uint32_t poll_some(uint32_t count)
{
    return CALL(poll_oneoff, ADDRESS(subscriptions), ADDRESS(events), count, ADDRESS(result));
}

static void poll_counts(void)
{
    CHECK(poll_some(0) == WASI_EINVAL);
    CHECK(poll_some(SUBSCRIPTIONS_MAX + 1) == WASI_EINVAL);
    CHECK(poll_some(SUBSCRIPTIONS_MAX) == WASI_SUCCESS && result[0] == SUBSCRIPTIONS_MAX);
    CHECK(poll_some(1) == WASI_SUCCESS && result[0] == 1);
}

static void poll_of_bad_descriptors(void)
{
    const uint32_t bad[] = { NOT_OPEN, 1U << 30, UINT32_MAX, BOX };
    for (uint32_t i = 0; i < 8; i++) {
        unsigned char *const at = subscriptions + i * SIZE_SUBSCRIPTION;
        at[8] = (unsigned char)(1 + i / 4);
        memcpy(at + 16, &bad[i % 4], 4);
    }
    CHECK(poll_some(8) == WASI_SUCCESS);
    CHECK(result[0] >= 6);
}

static void poll_for_ever(void)
{
    memset(subscriptions + 24, 0xff, 8); /* the timeout */
    subscriptions[16] = 1;               /* the monotonic clock */
    (void)poll_some(1);
    CHECK(false);
}

/* ---- Files ---- */

static void times_and_sizes_at_the_ends(void)
{
    const uint32_t file = make_file();
    static const uint64_t ends[] = { 0, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        (void)CALL(fd_filestat_set_times, file, ends[i], ends[3 - i], FST_ATIM | FST_MTIM);
        (void)CALL(path_filestat_set_times, BOX, 0, TEXT("f"), ends[i], ends[i], FST_MTIM);
        CHECK(CALL(fd_filestat_set_times, file, 0, 0, UINT16_MAX) == WASI_EINVAL);
        CHECK(CALL(fd_filestat_get, file, ADDRESS(room)) == WASI_SUCCESS);
        CHECK(CALL(fd_seek, file, ends[i], SEEK_FROM_START, ADDRESS(room)) == WASI_SUCCESS ||
              i > 1);
        CHECK(CALL(fd_seek, file, ends[i], UINT8_MAX, ADDRESS(room)) == WASI_EINVAL);
        CHECK(CALL(fd_allocate, file, ends[i], UINT64_MAX) != WASI_SUCCESS);
        CHECK(i < 2 || CALL(fd_filestat_set_size, file, ends[i]) != WASI_SUCCESS);
        (void)CALL(fd_advise, file, ends[i], ends[3 - i], 5);
    }
    CHECK(io(call_fd_write, BOX, 1) != WASI_SUCCESS);
}

enum { LEVELS = 3000 };

static void deep_tree(void)
{
    int dir = BOX;
    for (int level = 0; level < LEVELS; level++) {
        CHECK(CALL(path_create_directory, dir, TEXT("d")) == WASI_SUCCESS);
        const int inner = open_in((uint32_t)dir, "d", OFLAG_DIRECTORY, RIGHTS_PREOPEN);
        CHECK(inner > BOX);
        CHECK(dir == BOX || CALL(fd_close, dir) == WASI_SUCCESS);
        dir = inner;
    }
    CHECK(open_in((uint32_t)dir, "f", OFLAG_CREAT, RIGHTS_FILE) > BOX);
    for (uint32_t i = 0; i + 1 < ROOM; i += 2) {
        memcpy(room + i, "d/", 2);
    }
    for (uint32_t length = 2; length <= ROOM; length *= 2) {
        const uint32_t error =
            CALL(path_filestat_get, BOX, 0, ADDRESS(room), length, ADDRESS(events));
        CHECK(error == WASI_SUCCESS || error == WASI_ENAMETOOLONG);
        CHECK(error == WASI_SUCCESS || length > 128);
    }
}

enum { ENTRY = 24 };

static int links = 10000;

/* How many names a directory has, read again and again through a room that is too small. */
static int count_names(void)
{
    int count = 0;
    uint64_t cookie = 0;
    for (;;) {
        CHECK(CALL(fd_readdir, BOX, ADDRESS(room), ROOM, cookie, ADDRESS(result)) == WASI_SUCCESS);
        for (uint32_t at = 0; at + ENTRY <= result[0]; count++) {
            uint32_t length = 0;
            memcpy(&length, room + at + 16, 4);
            if (at + ENTRY + length > result[0]) {
                break;
            }
            memcpy(&cookie, room + at, 8);
            at += ENTRY + length;
        }
        if (result[0] < ROOM) {
            return count;
        }
    }
}

static void many_links(void)
{
    char name[16];
    char next[16];
    for (int i = 0; i < links; i++) {
        (void)snprintf(name, sizeof name, "l%d", i);
        (void)snprintf(next, sizeof next, "l%d", i + 1);
        CHECK(CALL(path_symlink, TEXT(next), BOX, TEXT(name)) == WASI_SUCCESS);
    }
    CHECK(open_in(BOX, "l0", 0, RIGHT_FD_READ) == -WASI_ELOOP);
    CHECK(open_in(BOX, name, 0, RIGHT_FD_READ) == -WASI_ENOENT); /* the last one dangles */
    const int count = count_names();
    CHECK(count >= links && count <= links + 4);
}

/* ---- A FIFO that nobody else has open ---- */

static void fifo_is_opened(void)
{
    CHECK(open_in(BOX, "fifo", 0, RIGHT_FD_READ) != 0);
    CHECK(open_in(BOX, "fifo", 0, RIGHT_FD_WRITE) != 0);
}

static void fifo_read_for_ever(void)
{
    const int reader = open_in(BOX, "fifo", 0, RIGHT_FD_READ);
    const int writer = open_in(BOX, "fifo", 0, RIGHT_FD_WRITE);
    CHECK(reader > BOX && writer > BOX);
    (void)io(call_fd_read, (uint32_t)reader, 1);
    CHECK(false);
}

static void fifo_write_for_ever(void)
{
    const int reader = open_in(BOX, "fifo", 0, RIGHT_FD_READ);
    const int writer = open_in(BOX, "fifo", 0, RIGHT_FD_WRITE);
    CHECK(reader > BOX && writer > BOX);
    while (io(call_fd_write, (uint32_t)writer, ROOM) == WASI_SUCCESS) {
    }
    CHECK(false);
}

/* ---- The cases ---- */

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    { "signals", signals },
    { "descriptor_numbers", descriptor_numbers },
    { "opens_20000", opens_20000 },
    { "sockets_that_are_none", sockets_that_are_none },
    { "poll_counts", poll_counts },
    { "poll_of_bad_descriptors", poll_of_bad_descriptors },
    { "times_and_sizes_at_the_ends", times_and_sizes_at_the_ends },
    { "deep_tree", deep_tree },
    { "many_links", many_links },
    { "fifo_is_opened", fifo_is_opened },
    { "closed_stdio", closed_stdio },
    { "poll_for_ever", poll_for_ever },
    { "fifo_read_for_ever", fifo_read_for_ever },
    { "fifo_write_for_ever", fifo_write_for_ever },
};

int main(int argc, char **argv)
{
    links = argc > 2 ? atoi(argv[2]) : links;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (argc < 2) {
            puts(cases[i].name);
        } else if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    }
    return argc < 2 ? 0 : 2;
}
