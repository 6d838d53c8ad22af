/*
 * Several guest threads on one object: one table of descriptors, no call that waits for another's
 * system call.
 * Run under ThreadSanitizer as well.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/threads.h"
#include "../support/deadline.h"
#include "../support/steps.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 400, ROOM = 4096 };

static uint32_t put_path(const struct guest_thread *me, const char *path)
{
    memcpy(me->w->memory + me->room, path, strlen(path));
    return (uint32_t)strlen(path);
}

static uint32_t open_path(struct guest_thread *me, const char *path, uint32_t oflags, uint32_t *fd)
{
    const uint32_t length = put_path(me, path);
    const uint32_t out = me->room + 512;
    const uint32_t error =
        CALL(me, "path_open", FIRST_PREOPEN, 0, me->room, length, oflags, RIGHTS_FILE, 0, 0, out);
    *fd = thread_load(me, out);
    return error;
}

static void run_threads(struct world *w, void *(*body)(void *))
{
    struct guest_thread threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .number = i };
        thread_begin(&threads[i], w, ROOM, body);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
}

/** Opens, writes, reads back and closes a file of its own. */
static void *use_own_file(void *data)
{
    struct guest_thread *const me = data;
    char path[16];
    snprintf(path, sizeof path, "own%u", me->number);
    const uint32_t iovs = me->room + 600;
    const uint32_t buf = me->room + 700;
    const uint32_t out = me->room + 800;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t fd = 0;
        thread_expect(me, open_path(me, path, OFLAG_CREAT | OFLAG_TRUNC, &fd) == WASI_SUCCESS);
        thread_store(me, buf, (uint32_t)i * THREADS + me->number);
        thread_store(me, iovs, buf);
        thread_store(me, iovs + 4, 4);
        thread_expect(me, CALL(me, "fd_write", fd, iovs, 1, out) == WASI_SUCCESS &&
                              thread_load(me, out) == 4);
        thread_store(me, iovs, buf + 8);
        thread_expect(me, CALL(me, "fd_pread", fd, iovs, 1, 0, out) == WASI_SUCCESS &&
                              thread_load(me, out) == 4 &&
                              thread_load(me, buf + 8) == thread_load(me, buf));
        thread_expect(me, CALL(me, "fd_close", fd) == WASI_SUCCESS);
    }
    return NULL;
}

static void threads_that_open_and_close_never_get_each_others_descriptors(void **state)
{
    struct world *const w = *state;
    world_start(w);
    const unsigned before = host_files_open();
    run_threads(w, use_own_file);
    assert_int_equal(host_files_open(), before);
}

/** Closes, renumbers and reads numbers that the others close, renumber and read as well. */
static void *fight(void *data)
{
    struct guest_thread *const me = data;
    const uint32_t iovs = me->room + 600;
    const uint32_t buf = me->room + 700;
    const uint32_t out = me->room + 800;
    thread_store(me, iovs, buf);
    thread_store(me, iovs + 4, 4);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t fd = 0;
        const uint32_t opened = open_path(me, "f", 0, &fd);
        thread_expect(me, opened == WASI_SUCCESS && fd < 256);
        const uint32_t other = FIRST_PREOPEN + 1 + (i * 7 + me->number) % 6;
        const uint32_t read = CALL(me, "fd_pread", other, iovs, 1, 0, out);
        thread_expect(me, read == WASI_EBADF ||
                              (read == WASI_SUCCESS && thread_load(me, buf) == 0x74786574));
        const uint32_t moved = CALL(me, "fd_renumber", fd, other);
        thread_expect(me, moved == WASI_SUCCESS || moved == WASI_EBADF);
        const uint32_t stat = CALL(me, "fd_filestat_get", other, buf + 64);
        thread_expect(me, stat == WASI_SUCCESS || stat == WASI_EBADF);
        const uint32_t closed = CALL(me, "fd_close", other);
        thread_expect(me, closed == WASI_SUCCESS || closed == WASI_EBADF);
        if (moved == WASI_EBADF) {
            CALL(me, "fd_close", fd);
        }
    }
    return NULL;
}

static void threads_that_close_and_renumber_what_others_read_stay_whole(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    world_start(w);
    const unsigned before = host_files_open();
    run_threads(w, fight);
    for (uint32_t fd = FIRST_PREOPEN + 1; fd < 256; fd++) {
        const uint32_t error = wasi_fd_close(w, fd);
        assert_errno_either(error, WASI_SUCCESS, WASI_EBADF);
    }
    assert_int_equal(host_files_open(), before);
}

/** Lists the same directory by the same descriptor, from its beginning, whole each time. */
static void *list_same_directory(void *data)
{
    struct guest_thread *const me = data;
    const uint32_t buf = me->room;
    const uint32_t used = me->room + ROOM - 8;
    for (int i = 0; i < ROUNDS; i++) {
        const uint32_t error = CALL(me, "fd_readdir", FIRST_PREOPEN, buf, 2048, 0, used);
        thread_expect(me, error == WASI_SUCCESS &&
                              thread_load(me, used) == 12 * SIZE_DIRENT + 3 + 10 * 2);
    }
    return NULL;
}

static void threads_that_list_one_descriptor_each_see_every_entry(void **state)
{
    struct world *const w = *state;
    for (int i = 0; i < 10; i++) {
        char path[16];
        snprintf(path, sizeof path, "box/e%d", i);
        host_write(w, path, "");
    }
    run_threads(w, list_same_directory);
}

/** Appends records of 8 bytes to one file by one descriptor. */
static void *append_records(void *data)
{
    struct guest_thread *const me = data;
    const uint32_t iovs = me->room;
    const uint32_t record = me->room + 64;
    const uint32_t out = me->room + 128;
    thread_store(me, iovs, record);
    thread_store(me, iovs + 4, 8);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        thread_store(me, record, me->number);
        thread_store(me, record + 4, i);
        thread_expect(me, CALL(me, "fd_write", FIRST_PREOPEN + 1, iovs, 1, out) == WASI_SUCCESS &&
                              thread_load(me, out) == 8);
    }
    return NULL;
}

static void threads_that_append_by_one_descriptor_lose_no_record(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "log"), OFLAG_CREAT, RIGHTS_FILE, 0,
                                FDFLAG_APPEND, out),
                 WASI_SUCCESS);
    assert_int_equal(guest_u32(w, out), FIRST_PREOPEN + 1);
    run_threads(w, append_records);
    assert_records(w, "box/log", 0, THREADS, ROUNDS);
}

static void a_thread_that_blocks_in_a_read_holds_no_other_up(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    host_write(w, "box/f", "text");
    struct deadline late;
    deadline_begin(&late, w, 20000);
    struct guest_thread blocked = { 0 };
    thread_begin(&blocked, w, ROOM, thread_read_stdin);
    host_sleep_ms(20);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 8, "text");
    guest_write(w, 1, "out");
    /* Its descriptor is closed under it, and its number taken by another file. */
    guest_close(w, 0);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), 0);
    assert_int_equal(write(ends[1], "wake", 4), 4);
    thread_join(&blocked);
    deadline_end(&late, w);
    assert_errno(blocked.outcome, WASI_SUCCESS);
    guest_assert_text(w, blocked.room + 64, "wake");
}

static void interrupt_ends_every_thread_that_blocks(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    struct guest_thread blocked[THREADS] = { 0 };
    for (int i = 0; i < THREADS; i++) {
        thread_begin(&blocked[i], w, ROOM, thread_read_stdin);
    }
    host_sleep_ms(20);
    ringfort_wasi_interrupt(w->wasi);
    for (int i = 0; i < THREADS; i++) {
        thread_join(&blocked[i]);
        assert_errno(blocked[i].outcome, WASI_INTERRUPTED);
    }
}

static atomic_uint traced;

static void count_trace(void *data, const ringfort_trace *trace)
{
    (void)data;
    (void)trace;
    atomic_fetch_add(&traced, 1);
}

static void threads_are_all_traced(void **state)
{
    struct world *const w = *state;
    atomic_store(&traced, 0);
    ringfort_config_set_trace(w->config, count_trace, NULL);
    run_threads(w, use_own_file);
    assert_int_equal(atomic_load(&traced), THREADS * ROUNDS * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(threads_that_open_and_close_never_get_each_others_descriptors),
        TEST(threads_that_close_and_renumber_what_others_read_stay_whole),
        TEST(threads_that_list_one_descriptor_each_see_every_entry),
        TEST(threads_that_append_by_one_descriptor_lose_no_record),
        TEST(a_thread_that_blocks_in_a_read_holds_no_other_up),
        TEST(interrupt_ends_every_thread_that_blocks),
        TEST(threads_are_all_traced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
