/*
 * RINGFORT_LIMIT_OUTPUT: the bytes to what the embedder gave as stdin, stdout and stderr.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/refusals.h"
#include "../support/steps.h"
#include "../support/threads.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 100 };

static uint32_t write_some(struct world *w, uint32_t fd, const char *string, uint32_t *count)
{
    const uint32_t next = w->next;
    const uint32_t done = guest_alloc(w, 4);
    const uint32_t error = wasi_fd_write(w, fd, iovec(w, text(w, string)), 1, done);
    *count = error == WASI_SUCCESS ? guest_u32(w, done) : 0;
    w->next = next;
    return error;
}

static void assert_writes(struct world *w, uint32_t fd, const char *string, uint32_t wanted)
{
    uint32_t count;
    assert_errno(write_some(w, fd, string, &count), WASI_SUCCESS);
    assert_int_equal(count, wanted);
}

static void assert_refuses(struct world *w, uint32_t fd, const char *string)
{
    uint32_t count;
    assert_errno(write_some(w, fd, string, &count), WASI_ENOSPC);
}

/** Stdout and stderr are these files of the box. */
static void use_files(struct world *w, const char *out, const char *err)
{
    host_write(w, out, "");
    host_write(w, err, "");
    assert_status(ringfort_config_set_stdout(w->config, host_open(w, out, O_WRONLY)), RINGFORT_OK);
    assert_status(ringfort_config_set_stderr(w->config, host_open(w, err, O_WRONLY)), RINGFORT_OK);
}

static void stdout_and_stderr_are_counted_together_cut_short_and_refused(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 10);
    watch_limits(w, &told);
    assert_writes(w, 1, "abcd", 4);
    assert_writes(w, 2, "1234", 4);
    assert_met_none(&told);
    assert_writes(w, 1, "efgh", 2);
    assert_met(w, &told, RINGFORT_LIMIT_OUTPUT);
    for (uint32_t fd = 1; fd <= 2; fd++) {
        assert_refuses(w, fd, "x");
        assert_met(w, &told, RINGFORT_LIMIT_OUTPUT);
        assert_writes(w, fd, "", 0);
        assert_met_none(&told);
    }
    host_assert_text(w, "box/out", "abcdef");
    host_assert_text(w, "box/err", "1234");
}

static void a_gather_and_a_write_at_an_offset_are_cut_too(void **state)
{
    struct world *const w = *state;
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 11);
    const struct span parts[] = { text(w, "ab"), text(w, "cde"), text(w, "fghijk") };
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_pwrite(w, 1, iovecs(w, parts, 3), 3, 4, done), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, done), 7); /* the hole of 4 before them counts */
    assert_errno(wasi_fd_pwrite(w, 1, iovec(w, parts[0]), 1, 0, done), WASI_ENOSPC);
    assert_int_equal(host_stat(w, "box/out").st_size, 11);
}

static void a_hole_counts_as_if_it_were_written(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    const uint64_t far = UINT64_C(3) << 30;
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 100);
    watch_limits(w, &told);
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_pwrite(w, 1, iovec(w, text(w, "x")), 1, far, done), WASI_ENOSPC);
    assert_met(w, &told, RINGFORT_LIMIT_OUTPUT);
    guest_seek(w, 1, (int64_t)far, SEEK_FROM_START);
    assert_refuses(w, 1, "x");
    assert_int_equal(host_stat(w, "box/out").st_size, 0);
    guest_seek(w, 1, 90, SEEK_FROM_START);
    assert_writes(w, 1, "x", 1);
    guest_seek(w, 1, 0, SEEK_FROM_START);
    assert_writes(w, 1, "abcdefghijk", 9);
    assert_refuses(w, 2, "x");
    assert_int_equal(host_stat(w, "box/out").st_size, 91);
}

static void other_files_do_not_count_and_a_new_number_changes_nothing(void **state)
{
    struct world *const w = *state;
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 4);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const uint32_t other = guest_open(w, FIRST_PREOPEN, "g", OFLAG_CREAT, RIGHTS_FILE);
    assert_writes(w, file, "much more than four", 19);
    assert_errno(wasi_fd_renumber(w, 1, file), WASI_SUCCESS);
    assert_writes(w, file, "abcdef", 4);
    assert_refuses(w, file, "x");
    assert_errno(wasi_fd_renumber(w, other, 2), WASI_SUCCESS);
    assert_writes(w, 2, "this is no stderr any more", 26);
    host_assert_text(w, "box/out", "abcd");
}

/** A terminal is mostly open for both as stdin. */
static void stdin_that_can_be_written_to_counts(void **state)
{
    struct world *const w = *state;
    int pair[2];
    host_socketpair(w, pair);
    assert_status(ringfort_config_set_stdin(w->config, pair[0]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_OUTPUT, 5);
    assert_writes(w, 0, "abcd", 4);
    assert_writes(w, 2, "efgh", 1);
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, 0, iovec(w, text(w, "x")), 1, 0, done), WASI_ENOSPC);
    char got[8] = { 0 };
    assert_int_equal(read(pair[1], got, sizeof got), 4);
}

static void bytes_and_output_hold_together_and_what_one_cuts_the_other_gives_back(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 4);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 10);
    watch_limits(w, &told);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    assert_writes(w, 1, "abcdefgh", 4);
    assert_refuses(w, 1, "abcdefgh");
    assert_met(w, &told, RINGFORT_LIMIT_OUTPUT);
    assert_writes(w, file, "ABCDEFGH", 6);
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_refuses(w, 1, "x");
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
    world_restart(w);
    limit(w, RINGFORT_LIMIT_OUTPUT, 10);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 4);
    assert_writes(w, 1, "abcdefgh", 4);
    assert_refuses(w, 1, "x");
    assert_met(w, &told, RINGFORT_LIMIT_BYTES_WRITTEN);
}

static void a_datagram_goes_whole_or_not(void **state)
{
    struct world *const w = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    host_keep(w, ends[0]);
    host_keep(w, ends[1]);
    assert_status(ringfort_config_set_stdout(w->config, ends[0]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_OUTPUT, 5);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 6);
    for (int i = 0; i < 3; i++) {
        assert_refuses(w, 1, "123456");
    }
    assert_writes(w, 1, "12345", 5);
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    assert_writes(w, file, "ab", 1);
}

static void what_was_not_written_is_not_counted(void **state)
{
    struct world *const w = *state;
    int ends[2];
    uint32_t count;
    uint32_t filled = 0;
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_OUTPUT, 1 << 20);
    assert_errno(wasi_fd_fdstat_set_flags(w, 1, FDFLAG_NONBLOCK), WASI_SUCCESS);
    char much[4096 + 1];
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    while (write_some(w, 1, much, &count) == WASI_SUCCESS) {
        filled += count;
    }
    for (int i = 0; i < 300; i++) { /* more than a mebibyte, if it were counted */
        assert_errno(write_some(w, 1, much, &count), WASI_EAGAIN);
    }
    for (uint32_t left = filled; left > 0;) {
        char some[4096];
        left -= (uint32_t)read(ends[0], some, sizeof some);
    }
    assert_writes(w, 1, much, 4096);
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
}

static void *write_on_and_on(void *data)
{
    struct guest_thread *const me = data;
    uint32_t written = 0;
    thread_store(me, me->room, me->room + 16);
    thread_store(me, me->room + 4, 7);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint32_t error = CALL(me, "fd_write", 1 + i % 2, me->room, 1, me->room + 8);
        thread_expect(me, error == WASI_SUCCESS || error == WASI_ENOSPC);
        written += error == WASI_SUCCESS ? thread_load(me, me->room + 8) : 0;
    }
    me->outcome = written;
    return NULL;
}

static void threads_together_write_as_much_as_the_limit_says(void **state)
{
    struct world *const w = *state;
    struct guest_thread threads[THREADS];
    use_files(w, "box/out", "box/err");
    limit(w, RINGFORT_LIMIT_OUTPUT, 2001);
    world_start(w);
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .number = i };
        thread_begin(&threads[i], w, 64, write_on_and_on);
    }
    uint32_t told = 0;
    for (uint32_t i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        told += threads[i].outcome;
    }
    assert_int_equal(told, 2001);
    assert_int_equal(host_stat(w, "box/out").st_size + host_stat(w, "box/err").st_size, 2001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stdout_and_stderr_are_counted_together_cut_short_and_refused),
        TEST(a_gather_and_a_write_at_an_offset_are_cut_too),
        TEST(a_hole_counts_as_if_it_were_written),
        TEST(other_files_do_not_count_and_a_new_number_changes_nothing),
        TEST(stdin_that_can_be_written_to_counts),
        TEST(bytes_and_output_hold_together_and_what_one_cuts_the_other_gives_back),
        TEST(a_datagram_goes_whole_or_not),
        TEST(what_was_not_written_is_not_counted),
        TEST(threads_together_write_as_much_as_the_limit_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
