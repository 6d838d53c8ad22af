/*
 * Descriptors 0, 1 and 2: checklist row 21, and what pipes, terminals and sockets of the host do.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void use_pipes(struct world *w, int in[2], int out[2])
{
    host_pipe(w, in);
    host_pipe(w, out);
    assert_status(ringfort_config_set_stdin(w->config, in[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, out[1]), RINGFORT_OK);
}

static void make_nonblocking(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static void fd_read_and_fd_write_carry_bytes_through_the_hosts_pipes(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    assert_int_equal(write(in[1], "to the guest", 12), 12);
    guest_assert_reads(w, 0, 32, "to the guest");
    guest_write(w, 1, "to the host");
    char found[16] = "";
    assert_int_equal(read(out[0], found, sizeof found), 11);
    assert_string_equal(found, "to the host");
    host_close(w, in[1]);
    guest_assert_reads(w, 0, 32, "");
}

static void fd_read_of_a_fifo_whose_writer_has_gone_ends(void **state)
{
    struct world *const w = *state;
    assert_int_equal(mkfifoat(w->root_fd, "other/fifo", 0600), 0);
    const int both = host_open(w, "other/fifo", O_RDWR);
    assert_int_equal(write(both, "early", 5), 5);
    const int in = host_open(w, "other/fifo", O_RDONLY);
    host_close(w, both);
    assert_status(ringfort_config_set_stdin(w->config, in), RINGFORT_OK);
    guest_assert_reads(w, 0, 32, "early");
    guest_assert_reads(w, 0, 32, "");
}

static void fd_read_of_a_pipe_whose_writer_has_gone_ends(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    assert_int_equal(write(in[1], "early", 5), 5);
    host_close(w, in[1]);
    guest_assert_reads(w, 0, 32, "early");
    guest_assert_reads(w, 0, 32, "");
}

static void fd_close_of_stdio_leaves_the_hosts_descriptors_open(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    for (uint32_t fd = 0; fd <= 2; fd++) {
        guest_close(w, fd);
        assert_errno(wasi_fd_close(w, fd), WASI_EBADF);
    }
    assert_true(fcntl(in[0], F_GETFD) >= 0);
    assert_int_equal(write(out[1], "alive", 5), 5);
    char found[8];
    assert_int_equal(read(out[0], found, sizeof found), 5);
    assert_true(fcntl(w->null_fd, F_GETFD) >= 0);
}

static void stdio_lives_on_when_the_host_closes_its_own_descriptor(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    world_start(w);
    host_close(w, out[1]);
    guest_write(w, 1, "still");
    char found[8];
    assert_int_equal(read(out[0], found, sizeof found), 5);
}

static void fd_read_on_stdio_with_one_descriptor_of_the_host_for_all_three_works(void **state)
{
    struct world *const w = *state;
    const int fd = host_open(w, "other/all", O_RDWR | O_CREAT);
    assert_status(ringfort_config_set_stdin(w->config, fd), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, fd), RINGFORT_OK);
    assert_status(ringfort_config_set_stderr(w->config, fd), RINGFORT_OK);
    guest_write(w, 1, "one ");
    guest_write(w, 2, "two");
    host_assert_text(w, "other/all", "one two");
    guest_close(w, 1);
    guest_write(w, 2, "!");
    host_assert_text(w, "other/all", "one two!");
}

static void *write_slowly(void *data)
{
    const int *const fd = data;
    host_sleep_ms(30);
    return write(*fd, "late", 4) == 4 ? NULL : data;
}

/* EAGAIN is the guest's only where the guest asked for it. */
static void fd_read_of_a_nonblocking_pipe_of_the_host_waits(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    make_nonblocking(in[0]);
    world_start(w);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_slowly, &in[1]), 0);
    guest_assert_reads(w, 0, 16, "late");
    void *failure = NULL;
    assert_int_equal(pthread_join(writer, &failure), 0);
    assert_null(failure);
}

enum { LOT = 1 << 20 };

struct drain {
    int fd;
    size_t count;
    bool in_order;
};

static void *read_slowly(void *data)
{
    struct drain *const drain = data;
    drain->in_order = true;
    unsigned char part[30000];
    host_sleep_ms(20);
    for (;;) {
        const ssize_t n = read(drain->fd, part, sizeof part);
        if (n <= 0) {
            return NULL;
        }
        for (ssize_t i = 0; i < n; i++) {
            drain->in_order = drain->in_order && part[i] == (unsigned char)(drain->count % 251);
            drain->count++;
        }
    }
}

static void fd_write_to_a_nonblocking_pipe_of_the_host_loses_nothing(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    make_nonblocking(out[1]);
    world_set_memory(w, (size_t)32 * GUEST_PAGE);
    const uint32_t data = guest_alloc(w, LOT);
    for (uint32_t i = 0; i < LOT; i++) {
        w->memory[data + i] = (unsigned char)(i % 251);
    }
    struct drain drain = { .fd = out[0] };
    pthread_t reader;
    world_start(w);
    assert_int_equal(pthread_create(&reader, NULL, read_slowly, &drain), 0);
    const uint32_t nwritten = guest_alloc(w, 4);
    uint32_t done = 0;
    while (done < LOT) {
        const struct span rest = { data + done, LOT - done };
        const uint32_t mark = w->next;
        assert_errno(wasi_fd_write(w, 1, iovec(w, rest), 1, nwritten), WASI_SUCCESS);
        w->next = mark;
        assert_in_range(guest_u32(w, nwritten), 1, LOT - done);
        done += guest_u32(w, nwritten);
    }
    world_restart(w);
    host_close(w, out[1]);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(drain.count, LOT);
    assert_true(drain.in_order);
}

static void fd_read_is_again_when_the_guest_asked_not_to_block(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    const int flags = fcntl(in[0], F_GETFL);
    assert_errno(wasi_fd_fdstat_set_flags(w, 0, FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, 0).flags & FDFLAG_NONBLOCK, FDFLAG_NONBLOCK);
    const struct span room = { guest_alloc(w, 8), 8 };
    const uint32_t nread = guest_alloc(w, 4);
    assert_errno(wasi_fd_read(w, 0, iovec(w, room), 1, nread), WASI_EAGAIN);
    assert_int_equal(write(in[1], "now", 3), 3);
    guest_assert_reads(w, 0, 8, "now");
    /* The host's pipe is shared with whoever gave it: they must not find it nonblocking. */
    assert_int_equal(fcntl(in[0], F_GETFL), flags);
}

static void fd_write_is_again_when_the_guest_asked_not_to_block_and_the_pipe_is_full(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    assert_errno(wasi_fd_fdstat_set_flags(w, 1, FDFLAG_NONBLOCK), WASI_SUCCESS);
    const struct span data = { guest_alloc(w, 4096), 4096 };
    const uint32_t nwritten = guest_alloc(w, 4);
    const uint32_t iovs = iovec(w, data);
    uint32_t error = WASI_SUCCESS;
    for (int i = 0; i < 1000 && error == WASI_SUCCESS; i++) {
        error = wasi_fd_write(w, 1, iovs, 1, nwritten);
    }
    assert_errno(error, WASI_EAGAIN);
    char part[4096];
    assert_int_equal(read(out[0], part, sizeof part), sizeof part);
    assert_errno(wasi_fd_write(w, 1, iovs, 1, nwritten), WASI_SUCCESS);
}

static void fd_write_of_more_than_a_pipe_holds_writes_a_part_when_it_must_not_block(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    assert_errno(wasi_fd_fdstat_set_flags(w, 1, FDFLAG_NONBLOCK), WASI_SUCCESS);
    const struct span data = { 0, (uint32_t)w->memory_size };
    const uint32_t nwritten = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, 1, iovec(w, data), 1, nwritten), WASI_SUCCESS);
    assert_in_range(guest_u32(w, nwritten), 1, w->memory_size - 1);
    assert_errno(wasi_fd_write(w, 1, iovec(w, data), 1, nwritten), WASI_EAGAIN);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
    (void)signal;
    signals++;
}

static void fd_write_to_a_pipe_without_reader_is_pipe_and_raises_no_signal(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    struct sigaction old;
    const struct sigaction count = { .sa_handler = count_signal };
    assert_int_equal(sigaction(SIGPIPE, &count, &old), 0);
    signals = 0;
    world_start(w);
    host_close(w, out[0]);
    const uint32_t nwritten = guest_alloc(w, 4);
    for (int i = 0; i < 3; i++) {
        assert_errno(wasi_fd_write(w, 1, iovec(w, text(w, "x")), 1, nwritten), WASI_EPIPE);
    }
    assert_int_equal(signals, 0);
    struct sigaction now;
    assert_int_equal(sigaction(SIGPIPE, &old, &now), 0);
    assert_ptr_equal(now.sa_handler, count_signal);
    sigset_t blocked;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_false(sigismember(&blocked, SIGPIPE));
    assert_int_equal(sigpending(&blocked), 0);
    assert_false(sigismember(&blocked, SIGPIPE));
}

struct nagger {
    pthread_t target;
    int fd;
};

/** Signals a thread again and again, and writes only then. */
static void *signal_and_write(void *data)
{
    const struct nagger *const nagger = data;
    for (int i = 0; i < 10; i++) {
        host_sleep_ms(2);
        pthread_kill(nagger->target, SIGUSR1);
    }
    return write(nagger->fd, "after", 5) == 5 ? NULL : data;
}

/** Runs signal_and_write against this thread, whose handler lets system calls be interrupted. */
static void begin_nagging(struct nagger *nagger, int fd, pthread_t *thread)
{
    const struct sigaction interrupting = { .sa_handler = count_signal };
    assert_int_equal(sigaction(SIGUSR1, &interrupting, NULL), 0);
    signals = 0;
    *nagger = (struct nagger){ .target = pthread_self(), .fd = fd };
    assert_int_equal(pthread_create(thread, NULL, signal_and_write, nagger), 0);
}

static void fd_read_and_poll_oneoff_go_on_after_a_signal(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    world_start(w);
    struct nagger nagger;
    pthread_t thread;
    begin_nagging(&nagger, in[1], &thread);
    guest_assert_reads(w, 0, 16, "after");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(signals > 0);
    const uint32_t subscription = guest_alloc(w, SIZE_SUBSCRIPTION);
    const uint32_t event = guest_alloc(w, SIZE_EVENT);
    const uint64_t wanted = 40000000;
    subscribe_clock(w, subscription, 1, CLOCK_ID_MONOTONIC, wanted, 0);
    begin_nagging(&nagger, in[1], &thread);
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    assert_errno(wasi_poll_oneoff(w, subscription, event, 1, guest_alloc(w, 4)), WASI_SUCCESS);
    assert_true(host_clock_ns(CLOCK_MONOTONIC) - before >= wanted);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(signals > 0);
}

static void fd_write_to_a_full_device_is_nospc(void **state)
{
    struct world *const w = *state;
    const int full = host_keep(w, open("/dev/full", O_WRONLY | O_CLOEXEC));
    assert_status(ringfort_config_set_stdout(w->config, full), RINGFORT_OK);
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, 1, iovec(w, text(w, "x")), 1, done), WASI_ENOSPC);
}

/* isatty of wasi-libc: a character device without the rights to seek and tell. */
static void fd_fdstat_get_lets_a_terminal_and_no_other_device_look_like_one(void **state)
{
    struct world *const w = *state;
    const int terminal = host_keep(w, posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_int_equal(grantpt(terminal), 0);
    assert_int_equal(unlockpt(terminal), 0);
    char name[64];
    assert_int_equal(ptsname_r(terminal, name, sizeof name), 0);
    const int side = host_keep(w, open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_status(ringfort_config_set_stdin(w->config, side), RINGFORT_OK);
    const uint64_t seeking = RIGHT_FD_SEEK | RIGHT_FD_TELL;
    const struct fdstat tty = guest_fdstat_of(w, 0);
    assert_int_equal(tty.filetype, TYPE_CHARACTER_DEVICE);
    assert_int_equal(tty.base & seeking, 0);
    const struct fdstat null = guest_fdstat_of(w, 1);
    assert_int_equal(null.filetype, TYPE_CHARACTER_DEVICE);
    assert_int_not_equal(null.base & seeking, 0);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, 0, 0, SEEK_FROM_START, out), WASI_ESPIPE);
    assert_errno(wasi_fd_tell(w, 0, out), WASI_ESPIPE);
}

/** The side of a terminal that its program does not see: opened by name it would be another one. */
static void fd_write_to_the_far_side_of_a_terminal_reaches_that_terminal(void **state)
{
    struct world *const w = *state;
    char name[64];
    char found[16] = "";
    const int far = host_keep(w, posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_int_equal(grantpt(far), 0);
    assert_int_equal(unlockpt(far), 0);
    assert_int_equal(ptsname_r(far, name, sizeof name), 0);
    const int terminal = host_keep(w, open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    assert_true(terminal >= 0);
    assert_status(ringfort_config_set_stdout(w->config, far), RINGFORT_OK);
    guest_write(w, 1, "typed\n");
    make_nonblocking(terminal);
    assert_int_equal(read(terminal, found, sizeof found), 6);
    assert_string_equal(found, "typed\n");
}

static void fd_write_to_a_file_as_stdout_moves_the_hosts_position(void **state)
{
    struct world *const w = *state;
    const int file = host_open(w, "other/stdout", O_RDWR | O_CREAT);
    assert_int_equal(write(file, "host ", 5), 5);
    assert_status(ringfort_config_set_stdout(w->config, file), RINGFORT_OK);
    guest_write(w, 1, "guest ");
    assert_int_equal(write(file, "host", 4), 4);
    host_assert_text(w, "other/stdout", "host guest host");
    assert_int_equal(guest_fdstat_of(w, 1).filetype, TYPE_REGULAR_FILE);
}

static void fd_write_on_an_end_that_only_reads_is_an_error(void **state)
{
    struct world *const w = *state;
    int in[2];
    int out[2];
    use_pipes(w, in, out);
    const uint32_t done = guest_alloc(w, 4);
    assert_errno_either(wasi_fd_write(w, 0, iovec(w, text(w, "x")), 1, done), WASI_EBADF,
                        WASI_ENOTCAPABLE);
    assert_errno_either(wasi_fd_read(w, 1, iovec(w, text(w, "x")), 1, done), WASI_EBADF,
                        WASI_ENOTCAPABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_read_and_fd_write_carry_bytes_through_the_hosts_pipes),
        TEST(fd_close_of_stdio_leaves_the_hosts_descriptors_open),
        TEST(stdio_lives_on_when_the_host_closes_its_own_descriptor),
        TEST(fd_read_on_stdio_with_one_descriptor_of_the_host_for_all_three_works),
        TEST(fd_read_of_a_nonblocking_pipe_of_the_host_waits),
        TEST(fd_write_to_a_nonblocking_pipe_of_the_host_loses_nothing),
        TEST(fd_read_is_again_when_the_guest_asked_not_to_block),
        TEST(fd_write_is_again_when_the_guest_asked_not_to_block_and_the_pipe_is_full),
        TEST(fd_write_of_more_than_a_pipe_holds_writes_a_part_when_it_must_not_block),
        TEST(fd_write_to_a_pipe_without_reader_is_pipe_and_raises_no_signal),
        TEST(fd_read_and_poll_oneoff_go_on_after_a_signal),
        TEST(fd_read_of_a_fifo_whose_writer_has_gone_ends),
        TEST(fd_read_of_a_pipe_whose_writer_has_gone_ends),
        TEST(fd_write_to_a_full_device_is_nospc),
        TEST(fd_fdstat_get_lets_a_terminal_and_no_other_device_look_like_one),
        TEST(fd_write_to_the_far_side_of_a_terminal_reaches_that_terminal),
        TEST(fd_write_to_a_file_as_stdout_moves_the_hosts_position),
        TEST(fd_write_on_an_end_that_only_reads_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
