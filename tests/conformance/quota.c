/*
 * RINGFORT_LIMIT_BYTES_WRITTEN and RINGFORT_LIMIT_FILE_SIZE: what a guest may write in its life,
 * and how far into a file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/refusals.h"
#include "../support/steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 200 };

static uint32_t create(struct world *w, const char *path)
{
    return guest_open(w, FIRST_PREOPEN, path, OFLAG_CREAT, RIGHTS_FILE);
}

static void assert_writes(struct world *w, uint32_t fd, const char *string, uint32_t count)
{
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, string)), 1, done), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, done), count);
}

static void assert_pwrites(struct world *w, uint32_t fd, const char *string, uint64_t at,
                           uint32_t count)
{
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_pwrite(w, fd, iovec(w, text(w, string)), 1, at, done), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, done), count);
}

static uint32_t try_write(struct world *w, uint32_t fd, const char *string)
{
    return wasi_fd_write(w, fd, iovec(w, text(w, string)), 1, guest_alloc(w, 4));
}

static uint32_t try_pwrite(struct world *w, uint32_t fd, const char *string, uint64_t at)
{
    return wasi_fd_pwrite(w, fd, iovec(w, text(w, string)), 1, at, guest_alloc(w, 4));
}

/* ---- Bytes ---- */

static void what_passes_the_bytes_is_cut_short_and_then_refused(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 10);
    const uint32_t fd = create(w, "f");
    assert_writes(w, fd, "abcd", 4);
    assert_pwrites(w, fd, "efgh", 4, 4);
    assert_writes(w, fd, "ABCDE", 2);
    assert_errno(try_write(w, fd, "x"), WASI_ENOSPC);
    assert_errno(try_pwrite(w, fd, "x", 0), WASI_ENOSPC);
    assert_writes(w, fd, "", 0);
    host_assert_text(w, "box/f", "abcdABgh");
    assert_int_equal(guest_tell(w, fd), 6);
}

static void the_bytes_are_those_of_all_descriptors(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 10);
    const uint32_t a = create(w, "a");
    assert_writes(w, a, "abcd", 4);
    guest_close(w, a);
    assert_writes(w, create(w, "b"), "abcd", 4);
    assert_writes(w, 1, "out", 2);
    assert_errno(try_write(w, 1, "x"), WASI_ENOSPC);
    assert_errno(try_write(w, 2, "x"), WASI_ENOSPC);
    char got[8] = { 0 };
    assert_int_equal(read(ends[0], got, sizeof got), 2);
    assert_string_equal(got, "ou");
}

static void a_gather_is_cut_in_the_middle_of_a_buffer(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 7);
    const uint32_t fd = create(w, "f");
    const struct span parts[] = { text(w, "abc"), text(w, "defgh"), text(w, "ijk") };
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_fd_write(w, fd, iovecs(w, parts, 3), 3, done), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, done), 7);
    host_assert_text(w, "box/f", "abcdefg");
}

static void what_was_not_written_is_not_counted(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/read-only", "");
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 4);
    const uint32_t fd = create(w, "f");
    const uint32_t reader = guest_open(w, FIRST_PREOPEN, "read-only", 0, RIGHT_FD_READ);
    const uint32_t far = INT32_MAX;
    for (int i = 0; i < 10; i++) {
        assert_errno(try_write(w, reader, "abc"), WASI_EBADF);
        assert_errno(try_write(w, 99, "abc"), WASI_EBADF);
        assert_errno(try_pwrite(w, fd, "abc", UINT64_MAX), WASI_EINVAL);
        assert_errno(wasi_fd_allocate(w, fd, 0, 0), WASI_EINVAL);
        assert_errno(wasi_fd_allocate(w, fd, far, 5), WASI_ENOSPC);
    }
    assert_writes(w, fd, "abcdef", 4);
}

static void a_reservation_a_larger_size_and_a_hole_count_as_written(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 8192);
    const uint32_t fd = create(w, "f");
    assert_errno(wasi_fd_filestat_set_size(w, fd, 1 << 20), WASI_ENOSPC);
    assert_errno(wasi_fd_allocate(w, fd, 0, 8193), WASI_ENOSPC);
    assert_errno(wasi_fd_allocate(w, fd, 100, 8093), WASI_ENOSPC);
    assert_errno(wasi_fd_allocate(w, fd, 100, 8000), WASI_SUCCESS);
    assert_errno(wasi_fd_allocate(w, fd, 0, 93), WASI_ENOSPC);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 8193), WASI_ENOSPC);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 8110), WASI_SUCCESS);
    assert_errno(try_pwrite(w, fd, "x", 8192), WASI_ENOSPC);
    assert_pwrites(w, fd, "x", 8180, 1);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 0), WASI_SUCCESS);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 12), WASI_ENOSPC);
    assert_writes(w, fd, "0123456789abc", 11);
    assert_errno(try_write(w, fd, "x"), WASI_ENOSPC);
}

static void a_stream_that_is_sent_is_cut_and_a_datagram_goes_whole_or_not(void **state)
{
    struct world *const w = *state;
    int pair[2];
    int datagrams[2];
    host_socketpair(w, pair);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams), 0);
    host_keep(w, datagrams[0]);
    host_keep(w, datagrams[1]);
    assert_status(ringfort_config_preopen_socket(w->config, pair[0]), RINGFORT_OK);
    assert_status(ringfort_config_preopen_socket(w->config, datagrams[0]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 10);
    const uint32_t stream = FIRST_PREOPEN + 1;
    const uint32_t datagram = FIRST_PREOPEN + 2;
    const uint32_t done = guest_alloc(w, 4);
    assert_errno(wasi_sock_send(w, stream, iovec(w, text(w, "abcd")), 1, 0, done), WASI_SUCCESS);
    assert_errno(wasi_sock_send(w, datagram, iovec(w, text(w, "1234567")), 1, 0, done),
                 WASI_ENOSPC);
    assert_errno(try_write(w, datagram, "1234567"), WASI_ENOSPC);
    assert_errno(wasi_sock_send(w, datagram, iovec(w, text(w, "123")), 1, 0, done), WASI_SUCCESS);
    assert_errno(wasi_sock_send(w, stream, iovec(w, text(w, "efghi")), 1, 0, done), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, done), 3);
    assert_errno(wasi_sock_send(w, stream, iovec(w, text(w, "j")), 1, 0, done), WASI_ENOSPC);
    char got[16] = { 0 };
    assert_int_equal(read(pair[1], got, sizeof got), 7);
    assert_string_equal(got, "abcdefg");
    assert_int_equal(read(datagrams[1], got, sizeof got), 3);
}

/* ---- Sizes ---- */

static void what_passes_the_size_of_files_is_cut_short_and_then_refused(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    const uint32_t fd = create(w, "f");
    assert_writes(w, fd, "abcdef", 6);
    assert_writes(w, fd, "ghijkl", 4);
    assert_int_equal(guest_tell(w, fd), 10);
    assert_errno(try_write(w, fd, "x"), WASI_EFBIG);
    assert_errno(try_pwrite(w, fd, "x", 10), WASI_EFBIG);
    assert_errno(try_pwrite(w, fd, "x", INT64_MAX), WASI_EFBIG);
    assert_pwrites(w, fd, "XYZ", 8, 2);
    host_assert_text(w, "box/f", "abcdefghXY");
    assert_int_equal(guest_tell(w, fd), 10);
    assert_int_equal(guest_seek(w, fd, 1, SEEK_FROM_START), 1);
    assert_writes(w, fd, "BC", 2);
    assert_int_equal(guest_tell(w, fd), 3);
    assert_int_equal(guest_seek(w, fd, 100, SEEK_FROM_START), 100);
    assert_errno(try_write(w, fd, "x"), WASI_EFBIG);
    assert_writes(w, create(w, "another"), "abcdef", 6);
}

static void an_append_ends_at_the_size_of_files(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "01234567");
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(
        wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "f"), 0, RIGHTS_FILE, 0, FDFLAG_APPEND, out),
        WASI_SUCCESS);
    const uint32_t fd = guest_u32(w, out);
    assert_writes(w, fd, "ab", 2);
    assert_errno(try_write(w, fd, "c"), WASI_EFBIG);
    assert_errno(try_pwrite(w, fd, "c", 0), WASI_EFBIG);
    host_assert_text(w, "box/f", "01234567ab");
}

/* The guest may take its own APPEND away, but not the host's. */
static void a_host_file_that_is_appended_to_ends_there_too(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "01234567");
    const int log = host_open(w, "box/f", O_WRONLY | O_APPEND);
    assert_status(ringfort_config_set_stdout(w->config, log), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    assert_errno(wasi_fd_fdstat_set_flags(w, 1, 0), WASI_SUCCESS);
    assert_writes(w, 1, "abcd", 2);
    assert_errno(try_write(w, 1, "e"), WASI_EFBIG);
    host_assert_text(w, "box/f", "01234567ab");
}

static void sizes_and_reservations_stay_within_the_size_of_files(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    const uint32_t fd = create(w, "f");
    assert_errno(wasi_fd_filestat_set_size(w, fd, 11), WASI_EFBIG);
    assert_errno(wasi_fd_allocate(w, fd, 5, 6), WASI_EFBIG);
    assert_errno(wasi_fd_allocate(w, fd, INT64_MAX, INT64_MAX), WASI_EFBIG);
    assert_int_equal(host_stat(w, "box/f").st_size, 0);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 10), WASI_SUCCESS);
    assert_errno(wasi_fd_allocate(w, fd, 5, 5), WASI_SUCCESS);
    assert_int_equal(host_stat(w, "box/f").st_size, 10);
}

static void a_file_that_is_larger_already_may_shrink_and_does_not_grow(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123456789abcdefghij");
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 21), WASI_EFBIG);
    assert_errno(try_pwrite(w, fd, "x", 20), WASI_EFBIG);
    assert_errno(wasi_fd_allocate(w, fd, 0, 20), WASI_SUCCESS);
    assert_errno(wasi_fd_filestat_set_size(w, fd, 15), WASI_SUCCESS);
    assert_pwrites(w, fd, "x", 9, 1);
    host_assert_text(w, "box/f", "012345678xabcde");
}

static void the_size_of_files_is_none_of_streams(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 2);
    assert_writes(w, 1, "abcdef", 6);
    assert_writes(w, 2, "to /dev/null", 12);
}

static void both_limits_hold_together(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 10);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 15);
    const uint32_t fd = create(w, "f");
    assert_writes(w, fd, "0123456789ab", 10);
    assert_errno(try_write(w, fd, "x"), WASI_EFBIG);
    assert_writes(w, create(w, "g"), "0123456789", 5);
    assert_errno(try_write(w, fd, "x"), WASI_ENOSPC);
}

/* ---- Threads ---- */

/** Writes a page at a time to one descriptor, and moves its offset about. */
struct writer {
    struct world *w;
    uint32_t iovs;
    uint32_t out;
    uint64_t written;
    pthread_t thread;
};

static void *write_and_seek(void *data)
{
    struct writer *const me = data;
    const ringfort_memory memory = { me->w->memory, me->w->memory_size };
    ringfort_result result = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t to_write[] = { FIRST_PREOPEN + 1, me->iovs, 1, me->out };
        if (ringfort_import_call(row_of(me->w, "fd_write"), me->w->wasi, memory, to_write,
                                 &result) == RINGFORT_RETURNED &&
            result.value == WASI_SUCCESS) {
            uint32_t n = 0;
            memcpy(&n, me->w->memory + me->out, sizeof n);
            me->written += n;
        }
        const uint64_t to_seek[] = { FIRST_PREOPEN + 1, (uint64_t)(i * 37 % 100), 0, me->out };
        ringfort_import_call(row_of(me->w, "fd_seek"), me->w->wasi, memory, to_seek, &result);
    }
    return NULL;
}

static uint64_t run_writers(struct world *w)
{
    struct writer writers[THREADS];
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
    uint64_t written = 0;
    for (int i = 0; i < THREADS; i++) {
        const struct span some = { guest_alloc(w, 64), 64 };
        writers[i] = (struct writer){ .w = w, .iovs = iovec(w, some), .out = guest_alloc(w, 8) };
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_and_seek, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
        written += writers[i].written;
    }
    return written;
}

static void threads_together_pass_no_limit(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 101);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 20001);
    assert_int_equal(create(w, "f"), FIRST_PREOPEN + 1);
    const uint64_t written = run_writers(w);
    assert_int_equal(host_stat(w, "box/f").st_size, 101);
    assert_in_range(written, 15000, 20001);
    uint64_t left = 20001 - written; /* but for the holes that were left, which count too */
    while (try_pwrite(w, FIRST_PREOPEN + 1, "x", 0) == WASI_SUCCESS) {
        left--;
    }
    assert_in_range(left, 0, 100);
    assert_errno(try_pwrite(w, FIRST_PREOPEN + 1, "x", 0), WASI_ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_passes_the_bytes_is_cut_short_and_then_refused),
        TEST(the_bytes_are_those_of_all_descriptors),
        TEST(a_gather_is_cut_in_the_middle_of_a_buffer),
        TEST(what_was_not_written_is_not_counted),
        TEST(a_reservation_a_larger_size_and_a_hole_count_as_written),
        TEST(a_stream_that_is_sent_is_cut_and_a_datagram_goes_whole_or_not),
        TEST(what_passes_the_size_of_files_is_cut_short_and_then_refused),
        TEST(an_append_ends_at_the_size_of_files),
        TEST(a_host_file_that_is_appended_to_ends_there_too),
        TEST(sizes_and_reservations_stay_within_the_size_of_files),
        TEST(a_file_that_is_larger_already_may_shrink_and_does_not_grow),
        TEST(the_size_of_files_is_none_of_streams),
        TEST(both_limits_hold_together),
        TEST(threads_together_pass_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
