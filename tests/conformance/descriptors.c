/*
 * Descriptors that are not open, in every argument of every function: checklist row 6. And how
 * many there may be.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/samples.h"

#include <string.h>
#include <unistd.h>

static bool is_descriptor(enum sample_kind kind)
{
    return kind == IS_DIRECTORY || kind == IS_FILE;
}

static void check_sample(struct world *w, const struct sample *sample,
                         const struct sample_world *here, uint32_t closed)
{
    static const uint32_t others[] = { 99, 255, 256, 0x7fffffff, UINT32_C(1) << 31, UINT32_MAX };
    uint64_t good[SAMPLE_ARGS] = { 0 };
    const size_t count = sample_args(sample, here, good);
    for (size_t i = 0; i < count; i++) {
        if (!is_descriptor(sample->args[i].kind)) {
            continue;
        }
        for (size_t j = 0; j <= sizeof others / sizeof others[0]; j++) {
            uint64_t args[SAMPLE_ARGS];
            memcpy(args, good, sizeof args);
            args[i] = j == 0 ? closed : others[j - 1];
            const uint32_t error = wasi_call(w, sample->name, args, count);
            if (error != WASI_EBADF) {
                print_error("%s with descriptor %u\n", sample->name, (unsigned)args[i]);
            }
            assert_errno(error, WASI_EBADF);
        }
    }
}

static void each_function_with_a_descriptor_that_is_not_open_is_badf(void **state)
{
    struct world *const w = *state;
    const struct sample_world here = sample_begin(w);
    w->memory[here.room] = 'f';
    const uint32_t closed = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_close(w, closed);
    for (size_t i = 0; i < sample_count; i++) {
        w->memory[here.room] = strncmp(samples[i].name, "path_", 5) == 0 ? 'f' : 0;
        check_sample(w, &samples[i], &here, closed);
    }
    host_assert_text(w, "box/f", "kept");
}

static void fd_close_and_open_a_thousand_times_leaks_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    world_start(w);
    const unsigned before = host_files_open();
    for (int i = 0; i < 1000; i++) {
        const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        assert_int_equal(fd, FIRST_PREOPEN + 1);
        guest_close(w, fd);
    }
    assert_int_equal(host_files_open(), before);
}

static void path_open_beyond_the_limit_is_mfile_until_something_is_closed(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    world_start(w);
    for (uint32_t fd = FIRST_PREOPEN + 1; fd < 256; fd++) {
        assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), fd);
    }
    const unsigned before = host_files_open();
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHT_FD_READ), WASI_EMFILE);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "new", 0, OFLAG_CREAT, RIGHTS_FILE), WASI_EMFILE);
    assert_false(host_exists(w, "box/new"));
    assert_int_equal(host_files_open(), before);
    guest_close(w, 100);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), 100);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHT_FD_READ), WASI_EMFILE);
}

static void path_open_obeys_the_limit_that_was_set(void **state)
{
    struct world *const w = *state;
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OPEN_FILES, 6), RINGFORT_OK);
    host_write(w, "box/f", "");
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 4);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 5);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, 0), WASI_EMFILE);
    assert_errno(wasi_fd_renumber(w, 4, 6), WASI_EBADF);
    assert_errno(wasi_fd_renumber(w, 4, 5), WASI_SUCCESS);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 4);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, 0), WASI_EMFILE);
}

static void path_open_of_thousands_works_where_the_limit_allows_it(void **state)
{
    struct world *const w = *state;
    enum { MANY = 5000 };
    if (sysconf(_SC_OPEN_MAX) < MANY + 100) {
        fail_msg("this test needs ulimit -n %d", MANY + 100);
    }
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OPEN_FILES, MANY),
                  RINGFORT_OK);
    host_write(w, "box/f", "text");
    for (uint32_t fd = FIRST_PREOPEN + 1; fd < MANY; fd++) {
        assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ), fd);
    }
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "f", 0, 0, RIGHT_FD_READ), WASI_EMFILE);
    guest_assert_reads(w, MANY - 1, 8, "text");
    guest_assert_reads(w, MANY / 2, 8, "text");
}

static void sock_accept_beyond_the_limit_is_mfile_and_keeps_the_caller_waiting(void **state)
{
    struct world *const w = *state;
    uint16_t port = 0;
    const int listener = host_listen(w, &port);
    assert_status(ringfort_config_preopen_socket(w->config, listener), RINGFORT_OK);
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OPEN_FILES, 5), RINGFORT_OK);
    world_start(w);
    host_connect(w, port);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_sock_accept(w, 4, 0, out), WASI_EMFILE);
    guest_close(w, 2);
    assert_errno(wasi_sock_accept(w, 4, 0, out), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), 2);
}

static void poll_oneoff_of_more_subscriptions_than_the_limit_is_inval(void **state)
{
    struct world *const w = *state;
    world_set_memory(w, (size_t)8 * GUEST_PAGE);
    const uint32_t limit = 4096;
    const uint32_t in = guest_alloc(w, (limit + 1) * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, (limit + 1) * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    for (uint32_t i = 0; i <= limit; i++) {
        subscribe_clock(w, in + i * SIZE_SUBSCRIPTION, i, CLOCK_ID_MONOTONIC, 0, 0);
    }
    assert_errno(wasi_poll_oneoff(w, in, out, limit, nevents), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, nevents), limit);
    assert_int_equal(guest_event(w, out + (limit - 1) * SIZE_EVENT).userdata, limit - 1);
    assert_errno(wasi_poll_oneoff(w, in, out, limit + 1, nevents), WASI_EINVAL);
    world_restart(w);
    assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_SUBSCRIPTIONS, 2),
                  RINGFORT_OK);
    assert_errno(wasi_poll_oneoff(w, in, out, 2, nevents), WASI_SUCCESS);
    assert_errno(wasi_poll_oneoff(w, in, out, 3, nevents), WASI_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_function_with_a_descriptor_that_is_not_open_is_badf),
        TEST(fd_close_and_open_a_thousand_times_leaks_nothing),
        TEST(path_open_beyond_the_limit_is_mfile_until_something_is_closed),
        TEST(path_open_obeys_the_limit_that_was_set),
        TEST(path_open_of_thousands_works_where_the_limit_allows_it),
        TEST(sock_accept_beyond_the_limit_is_mfile_and_keeps_the_caller_waiting),
        TEST(poll_oneoff_of_more_subscriptions_than_the_limit_is_inval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
