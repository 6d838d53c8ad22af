/*
 * What the guest may do to what was given as stdin, stdout and stderr, which others share: read or
 * write it, wait for it, look at it and seek. It changes nothing else of it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

enum { STDIO = 3 };

typedef ringfort_status set_stdio(ringfort_config *config, int fd);
static set_stdio *const set_stdio_of[STDIO] = { ringfort_config_set_stdin,
                                                ringfort_config_set_stdout,
                                                ringfort_config_set_stderr };

static void use(struct world *w, uint32_t guest_fd, int fd)
{
    assert_status(set_stdio_of[guest_fd](w->config, fd), RINGFORT_OK);
}

static const ringfort_dialect dialects[] = { RINGFORT_DIALECT_STANDARD, RINGFORT_DIALECT_NODE };
enum { DIALECTS = sizeof dialects / sizeof *dialects };

/** For each dialect. */
static void begin_again(struct world *w, ringfort_dialect dialect)
{
    world_restart(w);
    world_clear_memory(w);
    assert_status(ringfort_config_set_dialect(w->config, dialect), RINGFORT_OK);
}

/** NOTCAPABLE, or BADF where no file of its kind could do it. */
#define assert_refused(call) assert_errno_either((call), WASI_ENOTCAPABLE, WASI_EBADF)

/** Whatever would change it is refused, with `no_position` where a position is asked for. */
static void assert_is_fixed(struct world *w, uint32_t fd, uint32_t no_position)
{
    const uint64_t all = (UINT64_C(1) << 30) - 1;
    const uint32_t out = guest_alloc(w, 4);
    assert_refused(wasi_fd_filestat_set_size(w, fd, 0));
    assert_refused(wasi_fd_filestat_set_size(w, fd, 3221225472));
    for (uint32_t flags = 0; flags < 16; flags++) {
        assert_errno(wasi_fd_filestat_set_times(w, fd, SECOND, 2 * SECOND, flags),
                     WASI_ENOTCAPABLE);
    }
    assert_errno(wasi_fd_allocate(w, fd, 0, 1 << 20), no_position);
    assert_errno(wasi_fd_advise(w, fd, 0, 0, 0), no_position);
    assert_errno(wasi_fd_fdstat_set_rights(w, fd, all, 0), WASI_ENOTCAPABLE);
    assert_errno_either(wasi_path_open(w, fd, 0, text(w, "f"), 0, RIGHT_FD_READ, 0, 0, out),
                        WASI_ENOTCAPABLE, WASI_ENOTDIR);
}

/** The same of a socket. */
static void assert_socket_is_fixed(struct world *w, uint32_t fd)
{
    assert_is_fixed(w, fd, WASI_ESPIPE);
    for (uint32_t how = 1; how <= 3; how++) {
        assert_errno(wasi_sock_shutdown(w, fd, how), WASI_ENOTCAPABLE);
    }
    assert_errno(wasi_sock_accept(w, fd, 0, guest_alloc(w, 4)), WASI_ENOTCAPABLE);
}

static void assert_same(const struct stat *before, struct stat after)
{
    assert_int_equal(after.st_size, before->st_size);
    assert_int_equal(after.st_blocks, before->st_blocks);
    assert_int_equal(after.st_mtim.tv_sec, before->st_mtim.tv_sec);
    assert_int_equal(after.st_mtim.tv_nsec, before->st_mtim.tv_nsec);
    assert_int_equal(after.st_atim.tv_sec, before->st_atim.tv_sec);
    assert_int_equal(after.st_atim.tv_nsec, before->st_atim.tv_nsec);
}

static void a_file_given_as_stdio_keeps_its_size_times_and_blocks(void **state)
{
    struct world *const w = *state;
    static const int flags[STDIO] = { O_RDONLY, O_WRONLY | O_APPEND, O_RDWR };
    host_write(w, "other/log", "what others wrote");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        for (uint32_t fd = 0; fd < STDIO; fd++) {
            use(w, fd, host_open(w, "other/log", flags[fd]));
        }
        const struct stat before = host_stat(w, "other/log");
        for (uint32_t fd = 0; fd < STDIO; fd++) {
            assert_is_fixed(w, fd, WASI_ENOTCAPABLE);
            assert_errno(wasi_sock_shutdown(w, fd, 3), WASI_ENOTSOCK);
        }
        assert_same(&before, host_stat(w, "other/log"));
    }
}

static void a_new_number_gives_no_right_back(void **state)
{
    struct world *const w = *state;
    host_write(w, "other/log", "what others wrote");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        use(w, 1, host_open(w, "other/log", O_RDWR));
        const struct stat before = host_stat(w, "other/log");
        const uint32_t to = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
        assert_errno(wasi_fd_renumber(w, 1, to), WASI_SUCCESS);
        assert_is_fixed(w, to, WASI_ENOTCAPABLE);
        const uint32_t next = guest_open(w, FIRST_PREOPEN, "g", OFLAG_CREAT, RIGHTS_FILE);
        assert_int_equal(next, 1);
        assert_errno(wasi_fd_renumber(w, to, 1), WASI_SUCCESS);
        assert_is_fixed(w, 1, WASI_ENOTCAPABLE);
        assert_same(&before, host_stat(w, "other/log"));
        const uint32_t own = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
        assert_errno(wasi_fd_renumber(w, own, 1), WASI_SUCCESS);
        assert_errno(wasi_fd_filestat_set_size(w, 1, 7), WASI_SUCCESS);
    }
}

static void a_socket_given_as_stdio_stays_open_for_its_others(void **state)
{
    struct world *const w = *state;
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        int streams[2];
        int datagrams[2];
        uint16_t port = 0;
        host_socketpair(w, streams);
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams), 0);
        host_keep(w, datagrams[0]);
        host_keep(w, datagrams[1]);
        use(w, 0, host_listen(w, &port));
        use(w, 1, streams[0]);
        use(w, 2, datagrams[0]);
        for (uint32_t fd = 0; fd < STDIO; fd++) {
            assert_socket_is_fixed(w, fd);
        }
        char got[8] = { 0 };
        assert_int_equal(write(streams[0], "host", 4), 4);
        guest_write(w, 1, "more");
        assert_int_equal(read(streams[1], got, sizeof got), 8);
        assert_int_equal(write(streams[1], "back", 4), 4);
        guest_assert_reads(w, 1, 8, "back");
        assert_int_equal(write(datagrams[0], "d", 1), 1);
        assert_int_equal(read(datagrams[1], got, sizeof got), 1);
        assert_true(host_connect(w, port) >= 0);
    }
}

/** Programs sync what they print to; what is only read is others' to sync. */
static void only_what_can_be_written_is_synced(void **state)
{
    struct world *const w = *state;
    host_write(w, "other/in", "");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        use(w, 0, host_open(w, "other/in", O_RDONLY));
        use(w, 1, host_open(w, "other/in", O_WRONLY));
        assert_errno(wasi_fd_sync(w, 0), WASI_ENOTCAPABLE);
        assert_errno(wasi_fd_datasync(w, 0), WASI_ENOTCAPABLE);
        assert_errno(wasi_fd_sync(w, 1), WASI_SUCCESS);
        assert_errno(wasi_fd_datasync(w, 1), WASI_SUCCESS);
    }
}

static uint32_t poll_one(struct world *w, uint8_t type, uint32_t fd)
{
    const uint32_t in = guest_alloc(w, SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, SIZE_EVENT);
    subscribe_fd(w, in, 1, type, fd);
    assert_errno(wasi_poll_oneoff(w, in, out, 1, guest_alloc(w, 4)), WASI_SUCCESS);
    return guest_event(w, out).error;
}

static void a_file_given_as_stdio_is_read_written_sought_polled_and_stated(void **state)
{
    struct world *const w = *state;
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        host_write(w, "other/in", "0123456789");
        host_write(w, "other/out", "abcdefghij");
        use(w, 0, host_open(w, "other/in", O_RDONLY));
        use(w, 1, host_open(w, "other/out", O_WRONLY));
        guest_seek(w, 0, 4, SEEK_FROM_START);
        guest_assert_reads(w, 0, 3, "456");
        assert_int_equal(guest_tell(w, 0), 7);
        guest_seek(w, 1, -2, SEEK_FROM_END);
        guest_write(w, 1, "IJ");
        host_assert_text(w, "other/out", "abcdefghIJ");
        assert_int_equal(guest_stat(w, 1).size, 10);
        assert_int_equal(guest_fdstat_of(w, 1).filetype, TYPE_REGULAR_FILE);
        assert_errno(poll_one(w, EVENT_FD_READ, 0), WASI_SUCCESS);
        assert_errno(poll_one(w, EVENT_FD_WRITE, 1), WASI_SUCCESS);
    }
}

/** Nothing can be read of it, listed in it or opened beneath it. */
static void a_directory_given_as_stdio_can_only_be_looked_at(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "inside");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        use(w, 0, host_open(w, "box", O_RDONLY | O_DIRECTORY));
        const struct stat before = host_stat(w, "box");
        const struct fdstat fdstat = guest_fdstat_of(w, 0);
        assert_int_equal(fdstat.filetype, TYPE_DIRECTORY);
        assert_int_equal(fdstat.base, RIGHT_FD_FILESTAT_GET);
        assert_int_equal(fdstat.inheriting, 0);
        assert_int_equal(guest_stat(w, 0).filetype, TYPE_DIRECTORY);
        const uint32_t room = guest_alloc(w, 256);
        const uint32_t out = guest_alloc(w, 4);
        assert_is_fixed(w, 0, WASI_EBADF);
        assert_refused(wasi_fd_sync(w, 0));
        assert_refused(wasi_fd_fdstat_set_flags(w, 0, FDFLAG_NONBLOCK));
        assert_refused(wasi_fd_readdir(w, 0, room, 256, 0, out));
        assert_errno(guest_try_stat(w, 0, "f", 0), WASI_ENOTCAPABLE);
        assert_errno(wasi_path_readlink(w, 0, text(w, "f"), room, 64, out), WASI_ENOTCAPABLE);
        assert_errno(wasi_path_filestat_set_times(w, 0, 0, text(w, "f"), 1, 1, FST_MTIM),
                     WASI_ENOTCAPABLE);
        assert_errno(wasi_path_create_directory(w, 0, text(w, "d")), WASI_ENOTCAPABLE);
        assert_errno(wasi_path_unlink_file(w, 0, text(w, "f")), WASI_ENOTCAPABLE);
        assert_errno_either(wasi_fd_read(w, 0, iovec(w, text(w, "x")), 1, out), WASI_ENOTCAPABLE,
                            dialects[i] == RINGFORT_DIALECT_NODE ? WASI_EISDIR : WASI_EBADF);
        assert_same(&before, host_stat(w, "box"));
    }
}

static void flags_that_the_guest_sets_are_its_own(void **state)
{
    struct world *const w = *state;
    host_write(w, "other/log", "log ");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        int streams[2];
        host_socketpair(w, streams);
        const int log = host_open(w, "other/log", O_WRONLY);
        use(w, 1, streams[0]);
        use(w, 2, log);
        const int of_socket = fcntl(streams[0], F_GETFL);
        const int of_log = fcntl(log, F_GETFL);
        for (uint32_t fd = 1; fd < STDIO; fd++) {
            assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_NONBLOCK | FDFLAG_APPEND),
                         WASI_SUCCESS);
            guest_write(w, fd, "x");
        }
        assert_int_equal(fcntl(streams[0], F_GETFL), of_socket);
        assert_int_equal(fcntl(log, F_GETFL), of_log);
    }
}

/** Opened anew, it would be without its restrictions. */
static void stdio_is_not_opened_anew_by_a_path(void **state)
{
    struct world *const w = *state;
    static const char *const below_dev[] = { "stdout", "fd/1", "fd" };
    static const char *const below_root[] = { "dev/stdout", "proc/self/fd/1",
                                              "proc/thread-self/fd/1", "dev/fd/1" };
    host_write(w, "other/log", "what others wrote");
    for (unsigned i = 0; i < DIALECTS; i++) {
        begin_again(w, dialects[i]);
        world_without_preopens(w);
        assert_status(ringfort_config_set_dialect(w->config, dialects[i]), RINGFORT_OK);
        use(w, 1, host_open(w, "other/log", O_RDWR));
        assert_status(ringfort_config_preopen(w->config, "/dev", "/dev", 0), RINGFORT_OK);
        assert_status(ringfort_config_preopen(w->config, "/", "/", 0), RINGFORT_OK);
        for (size_t k = 0; k < sizeof below_dev / sizeof *below_dev; k++) {
            assert_errno(
                guest_try_open(w, FIRST_PREOPEN, below_dev[k], LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
                WASI_ENOTCAPABLE);
        }
        for (size_t k = 0; k < sizeof below_root / sizeof *below_root; k++) {
            assert_errno(guest_try_open(w, FIRST_PREOPEN + 1, below_root[k], LOOKUP_FOLLOW, 0,
                                        RIGHT_FD_READ),
                         WASI_ENOTCAPABLE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_given_as_stdio_keeps_its_size_times_and_blocks),
        TEST(a_new_number_gives_no_right_back),
        TEST(a_socket_given_as_stdio_stays_open_for_its_others),
        TEST(only_what_can_be_written_is_synced),
        TEST(a_file_given_as_stdio_is_read_written_sought_polled_and_stated),
        TEST(a_directory_given_as_stdio_can_only_be_looked_at),
        TEST(flags_that_the_guest_sets_are_its_own),
        TEST(stdio_is_not_opened_anew_by_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
