/*
 * What a guest must not do to the process that holds it: block it for good, end it by a signal, or
 * reach descriptors that it closed. Each case runs in a process of its own, which is ended where
 * it hangs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOON = 50, PATIENCE_MS = 3000, STEP_MS = 10, CHILD_FAILED = 3 };

/* ---- A case in a process of its own ---- */

typedef bool child_function(struct world *w);

static int wait_for_child(pid_t pid)
{
    int status = 0;
    for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
        const pid_t ended = waitpid(pid, &status, WNOHANG);
        assert_true(ended >= 0);
        if (ended == pid) {
            return status;
        }
        host_sleep_ms(STEP_MS);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    fail_msg("the call did not end");
    return status;
}

/* The child says yes or no; it does not return to cmocka, whose state it only has a copy of. */
static void assert_holds(struct world *w, child_function *holds)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(holds(w) ? 0 : CHILD_FAILED);
    }
    const int status = wait_for_child(pid);
    if (WIFSIGNALED(status)) {
        fail_msg("the host was ended by signal %d", WTERMSIG(status));
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Runs a call that blocks, and interrupts it. */
static bool is_interrupted(struct world *w, uint32_t (*call)(struct world *w))
{
    struct deadline soon;
    w->unwatched = true;
    deadline_begin(&soon, w, SOON);
    const uint32_t outcome = call(w);
    return outcome == WASI_INTERRUPTED;
}

/* ---- Calls that have to end ---- */

static int open_terminal(struct world *w, int *guest_side)
{
    const int side = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(side >= 0);
    assert_int_equal(grantpt(side), 0);
    assert_int_equal(unlockpt(side), 0);
    char name[64];
    assert_int_equal(ptsname_r(side, name, sizeof name), 0);
    *guest_side = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(*guest_side >= 0);
    host_keep(w, *guest_side);
    return host_keep(w, side);
}

static uint32_t write_all_memory(struct world *w)
{
    const struct span data = { 0, (uint32_t)w->memory_size };
    uint32_t error = WASI_SUCCESS;
    while (error == WASI_SUCCESS) {
        error = wasi_fd_write(w, 1, iovec(w, data), 1, guest_alloc(w, 4));
        w->next = 1024;
    }
    return error;
}

static bool writing_is_interrupted(struct world *w)
{
    return is_interrupted(w, write_all_memory);
}

static void interrupt_ends_fd_write_to_a_terminal_that_nobody_reads(void **state)
{
    struct world *const w = *state;
    int guest_side = -1;
    open_terminal(w, &guest_side);
    assert_status(ringfort_config_set_stdout(w->config, guest_side), RINGFORT_OK);
    assert_holds(w, writing_is_interrupted);
}

static uint32_t read_one(struct world *w)
{
    const struct span room = { guest_alloc(w, 8), 8 };
    return wasi_fd_read(w, 0, iovec(w, room), 1, guest_alloc(w, 4));
}

static bool reading_is_interrupted(struct world *w)
{
    return is_interrupted(w, read_one);
}

static void interrupt_ends_fd_read_of_a_terminal_and_of_an_eventfd(void **state)
{
    struct world *const w = *state;
    int guest_side = -1;
    open_terminal(w, &guest_side);
    assert_status(ringfort_config_set_stdin(w->config, guest_side), RINGFORT_OK);
    assert_holds(w, reading_is_interrupted);
    const int event = host_keep(w, eventfd(0, EFD_CLOEXEC));
    assert_status(ringfort_config_set_stdin(w->config, event), RINGFORT_OK);
    assert_holds(w, reading_is_interrupted);
}

static uint32_t write_event(struct world *w)
{
    const struct span number = { guest_alloc(w, 8), 8 };
    guest_set_u64(w, number.at, UINT64_MAX - 1); /* the second of these blocks */
    uint32_t error = WASI_SUCCESS;
    for (int i = 0; i < 2 && error == WASI_SUCCESS; i++) {
        error = wasi_fd_write(w, 1, iovec(w, number), 1, guest_alloc(w, 4));
    }
    return error;
}

static bool writing_an_event_is_interrupted(struct world *w)
{
    return is_interrupted(w, write_event);
}

static void interrupt_ends_fd_write_to_an_eventfd(void **state)
{
    struct world *const w = *state;
    const int event = host_keep(w, eventfd(0, EFD_CLOEXEC));
    assert_status(ringfort_config_set_stdout(w->config, event), RINGFORT_OK);
    assert_holds(w, writing_an_event_is_interrupted);
}

/* Four gigabytes of random bytes take many seconds. The memory is reserved; the kernel fills what
 * it gets to. */
static uint32_t fill_all_memory(struct world *w)
{
    return wasi_random_get(w, 0, UINT32_MAX);
}

static bool filling_is_interrupted(struct world *w)
{
    world_set_memory(w, (size_t)UINT32_MAX + 1);
    return is_interrupted(w, fill_all_memory);
}

static void interrupt_ends_random_get_of_four_gigabytes(void **state)
{
    assert_holds(*state, filling_is_interrupted);
}

/* ---- Signals ---- */

enum { SMALL = 4096 };

static bool limit_files(void)
{
    const struct rlimit small = { .rlim_cur = SMALL, .rlim_max = SMALL };
    return setrlimit(RLIMIT_FSIZE, &small) == 0;
}

static bool growth_is_fbig(struct world *w)
{
    if (!limit_files()) {
        return false;
    }
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 8);
    const struct span data = text(w, "more");
    const uint32_t iov = iovec(w, data);
    return wasi_fd_filestat_set_size(w, fd, SMALL) == WASI_SUCCESS &&
           wasi_fd_filestat_set_size(w, fd, 2 * SMALL) == WASI_EFBIG &&
           wasi_fd_pwrite(w, fd, iov, 1, 2 * SMALL, out) == WASI_EFBIG &&
           wasi_fd_allocate(w, fd, 0, 2 * SMALL) == WASI_EFBIG &&
           wasi_fd_seek(w, fd, 2 * SMALL, SEEK_FROM_START, out) == WASI_SUCCESS &&
           wasi_fd_write(w, fd, iov, 1, out) == WASI_EFBIG;
}

static void fd_write_past_the_hosts_limit_of_file_size_is_fbig_and_no_signal(void **state)
{
    assert_holds(*state, growth_is_fbig);
}

/* ---- Descriptors that the host closed ---- */

/* Something else of the host's must not become the guest's stdin, nor the guest's file the host's
 * stderr. */
static bool stdio_stays_closed(struct world *w)
{
    host_write(w, "box/f", "text");
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ);
    guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    return fcntl(STDIN_FILENO, F_GETFD) < 0 && fcntl(STDOUT_FILENO, F_GETFD) < 0 &&
           fcntl(STDERR_FILENO, F_GETFD) < 0;
}

static void path_open_never_takes_the_numbers_of_the_hosts_closed_stdio(void **state)
{
    assert_holds(*state, stdio_stays_closed);
}

static bool closed_stdin_is_refused(struct world *w)
{
    close(STDIN_FILENO);
    ringfort_error error;
    return ringfort_config_set_stdin(w->config, STDIN_FILENO) == RINGFORT_OK &&
           ringfort_wasi_new(w->config, &w->wasi, &error) == RINGFORT_ERR_OPEN;
}

static void wasi_new_on_a_closed_stdin_is_refused_and_takes_nothing_else_for_it(void **state)
{
    assert_holds(*state, closed_stdin_is_refused);
}

/* ---- Limits of the host's that a guest meets ---- */

enum { MANY = 1500, FEW = 256 };

static bool many_subscriptions_are_told(struct world *w)
{
    const struct rlimit few = { .rlim_cur = FEW, .rlim_max = FEW };
    int ends[2];
    if (setrlimit(RLIMIT_NOFILE, &few) != 0 || pipe(ends) != 0) {
        return false;
    }
    world_set_memory(w, (size_t)4 * GUEST_PAGE);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    const uint32_t in = guest_alloc(w, (MANY + 1) * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, (MANY + 1) * SIZE_EVENT);
    const uint32_t count = guest_alloc(w, 4);
    for (uint32_t i = 0; i < MANY; i++) {
        subscribe_fd(w, in + i * SIZE_SUBSCRIPTION, i, EVENT_FD_READ, 0);
    }
    subscribe_clock(w, in + MANY * SIZE_SUBSCRIPTION, MANY, CLOCK_ID_MONOTONIC, 1000, 0);
    return wasi_poll_oneoff(w, in, out, MANY + 1, count) == WASI_SUCCESS &&
           guest_u32(w, count) == 1 && guest_event(w, out).userdata == MANY;
}

static void poll_oneoff_of_more_subscriptions_than_the_host_has_descriptors_works(void **state)
{
    assert_holds(*state, many_subscriptions_are_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(interrupt_ends_fd_write_to_a_terminal_that_nobody_reads),
        TEST(interrupt_ends_fd_read_of_a_terminal_and_of_an_eventfd),
        TEST(interrupt_ends_fd_write_to_an_eventfd),
        TEST(interrupt_ends_random_get_of_four_gigabytes),
        TEST(fd_write_past_the_hosts_limit_of_file_size_is_fbig_and_no_signal),
        TEST(path_open_never_takes_the_numbers_of_the_hosts_closed_stdio),
        TEST(wasi_new_on_a_closed_stdin_is_refused_and_takes_nothing_else_for_it),
        TEST(poll_oneoff_of_more_subscriptions_than_the_host_has_descriptors_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
