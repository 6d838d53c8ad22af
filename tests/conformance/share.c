/*
 * ringfort_wasi_share: a guest that promised one thread gets more of them while files are open.
 * Run under ThreadSanitizer as well.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define WORLD_SETUP world_setup_single_threaded
#include "../support/steps.h"
#include "../support/threads.h"

#include <string.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 300, RECORD = 8 };

static void share(struct world *w)
{
    world_start(w);
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
}

static void a_file_that_is_open_keeps_its_place(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123456789");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 3, "012");
    share(w);
    assert_int_equal(guest_tell(w, fd), 3);
    guest_assert_reads(w, fd, 2, "34");
    guest_write(w, fd, "ab");
    assert_int_equal(guest_tell(w, fd), 7);
    assert_int_equal(guest_seek(w, fd, -1, SEEK_FROM_HERE), 6);
    guest_assert_reads(w, fd, 8, "b789");
    assert_int_equal(guest_seek(w, fd, -2, SEEK_FROM_END), 8);
    host_assert_text(w, "box/f", "01234ab789");
}

static void a_place_beyond_the_end_is_kept(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const int64_t far = INT64_C(5) << 32;
    assert_int_equal(guest_seek(w, fd, far, SEEK_FROM_START), far);
    share(w);
    assert_int_equal(guest_tell(w, fd), far);
}

/* A place that the host could not take over is refused while the guest has one thread already. */
static void share_succeeds_wherever_the_guest_may_seek_to(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 8);
    uint64_t reached = 0;
    for (unsigned bit = 20; bit < 63; bit++) {
        const int64_t to = INT64_C(1) << bit;
        const uint32_t error = wasi_fd_seek(w, fd, to, SEEK_FROM_START, out);
        assert_errno_either(error, WASI_SUCCESS, WASI_EINVAL);
        reached = error == WASI_SUCCESS ? (uint64_t)to : reached;
    }
    assert_errno_either(wasi_fd_seek(w, fd, INT64_MAX, SEEK_FROM_START, out), WASI_SUCCESS,
                        WASI_EINVAL);
    const uint64_t at = guest_tell(w, fd);
    assert_true(at == reached || at == INT64_MAX);
    share(w);
    assert_int_equal(guest_tell(w, fd), at);
}

static void a_file_that_is_opened_later_has_its_own_place(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123456789");
    share(w);
    const uint32_t a = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t b = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, a, 4, "0123");
    assert_int_equal(guest_tell(w, b), 0);
    assert_int_equal(guest_seek(w, b, 8, SEEK_FROM_START), 8);
    guest_assert_reads(w, a, 4, "4567");
    guest_assert_reads(w, b, 4, "89");
}

static void what_has_no_place_is_left_as_it_is(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    host_mkfifo(w, "box/fifo");
    const uint32_t fifo = guest_open(w, FIRST_PREOPEN, "fifo", 0, RIGHTS_FILE);
    assert_int_equal(write(ends[1], "abcd", 4), 4);
    guest_assert_reads(w, 0, 2, "ab");
    share(w);
    guest_assert_reads(w, 0, 8, "cd");
    assert_errno(wasi_fd_tell(w, fifo, guest_alloc(w, 8)), WASI_ESPIPE);
}

static void a_listing_goes_on_where_it_was(void **state)
{
    struct world *const w = *state;
    for (int i = 0; i < 10; i++) {
        char path[16];
        snprintf(path, sizeof path, "box/e%d", i);
        host_write(w, path, "");
    }
    const uint32_t buf = guest_alloc(w, 1024);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 1024, 0, used), WASI_SUCCESS);
    const uint32_t whole = guest_u32(w, used);
    unsigned char before[1024];
    memcpy(before, w->memory + buf, whole);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, SIZE_DIRENT + 1, 0, used), WASI_SUCCESS);
    const uint64_t next = guest_u64(w, buf);
    const uint32_t first = SIZE_DIRENT + guest_u32(w, buf + 16);
    share(w);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 1024, next, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), whole - first);
    assert_memory_equal(w->memory + buf, before + first, whole - first);
}

static void share_again_and_of_an_object_that_promised_nothing_changes_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "0123456789");
    for (int i = 0; i < 2; i++) {
        const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
        guest_assert_reads(w, fd, 3, "012");
        share(w);
        share(w);
        guest_assert_reads(w, fd, 3, "345");
        ringfort_config_set_single_threaded(w->config, false);
        world_restart(w);
    }
}

static uint32_t file_of_all;

/** Writes records to the file of all, opens, lists and closes beside it. */
static void *use_all(void *data)
{
    struct guest_thread *const me = data;
    const uint32_t iovs = me->room;
    const uint32_t record = me->room + 64;
    const uint32_t out = me->room + 128;
    const uint32_t buf = me->room + 256;
    memcpy(me->w->memory + me->room + 192, "f", 1);
    thread_store(me, iovs, record);
    thread_store(me, iovs + 4, RECORD);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        thread_store(me, record, me->number);
        thread_store(me, record + 4, i);
        me->wrong += CALL(me, "fd_write", file_of_all, iovs, 1, out) != WASI_SUCCESS;
        me->wrong += thread_load(me, out) != RECORD;
        me->wrong += CALL(me, "path_open", FIRST_PREOPEN, 0, me->room + 192, 1, 0, RIGHTS_FILE, 0,
                          0, out) != WASI_SUCCESS;
        const uint32_t fd = thread_load(me, out);
        me->wrong += CALL(me, "fd_tell", fd, out) != WASI_SUCCESS || thread_load(me, out) != 0;
        me->wrong += CALL(me, "fd_close", fd) != WASI_SUCCESS;
        me->wrong += CALL(me, "fd_readdir", FIRST_PREOPEN, buf, 256, 0, out) != WASI_SUCCESS;
        me->wrong += thread_load(me, out) != 3 * SIZE_DIRENT + 1 + 2 + 1;
    }
    return NULL;
}

static void threads_may_use_what_was_open_before_they_were(void **state)
{
    struct world *const w = *state;
    struct guest_thread threads[THREADS];
    host_write(w, "box/f", "");
    file_of_all = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_write(w, file_of_all, "ab");
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, guest_alloc(w, 64), 64, 0, used), WASI_SUCCESS);
    share(w);
    const unsigned before = host_files_open();
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .number = i };
        thread_begin(&threads[i], w, 1024, use_all);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(host_files_open(), before);
    assert_records(w, "box/f", 2, THREADS, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_open_keeps_its_place),
        TEST(a_place_beyond_the_end_is_kept),
        TEST(share_succeeds_wherever_the_guest_may_seek_to),
        TEST(a_file_that_is_opened_later_has_its_own_place),
        TEST(what_has_no_place_is_left_as_it_is),
        TEST(a_listing_goes_on_where_it_was),
        TEST(share_again_and_of_an_object_that_promised_nothing_changes_nothing),
        TEST(threads_may_use_what_was_open_before_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
