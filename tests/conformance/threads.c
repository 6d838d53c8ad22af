/*
 * Several guest threads on one object: one table of descriptors, no call that waits for another's
 * system call.
 * Threads do not assert, they count what was wrong; run under ThreadSanitizer as well.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 400, ROOM = 4096 };

/** One guest thread: its own part of the guest's memory, and the rows that it calls. */
struct guest_thread {
    struct world *w;
    uint32_t room;
    unsigned number;
    unsigned wrong;
    pthread_t thread;
};

/** Runs a row without the checks of tests/support, which are one thread's. @return an errno, or
 * 0x10000 and above */
static uint32_t call(const struct guest_thread *me, const char *name, const uint64_t *args)
{
    size_t count = 0;
    const ringfort_import *const rows = ringfort_import_table(RINGFORT_PREVIEW1, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            ringfort_result result = { 0 };
            const ringfort_memory memory = { me->w->memory, me->w->memory_size };
            const ringfort_outcome outcome =
                ringfort_import_call(&rows[i], me->w->wasi, memory, args, &result);
            return outcome == RINGFORT_RETURNED ? result.value : WASI_EXITED * (uint32_t)outcome;
        }
    }
    return UINT32_MAX;
}

#define CALL(me, name, ...) call((me), (name), (const uint64_t[]){ __VA_ARGS__ })

static uint32_t load(const struct guest_thread *me, uint32_t at)
{
    uint32_t value = 0;
    memcpy(&value, me->w->memory + at, sizeof value);
    return value;
}

static void store(const struct guest_thread *me, uint32_t at, uint32_t value)
{
    memcpy(me->w->memory + at, &value, sizeof value);
}

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
    *fd = load(me, out);
    return error;
}

static void expect(struct guest_thread *me, bool held)
{
    me->wrong += held ? 0 : 1;
}

static void run_threads(struct world *w, void *(*body)(void *))
{
    struct guest_thread threads[THREADS];
    w->unwatched = true;
    world_start(w);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .w = w, .number = i, .room = guest_alloc(w, ROOM) };
        assert_int_equal(pthread_create(&threads[i].thread, NULL, body, &threads[i]), 0);
    }
    unsigned wrong = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        wrong += threads[i].wrong;
    }
    assert_int_equal(wrong, 0);
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
        expect(me, open_path(me, path, OFLAG_CREAT | OFLAG_TRUNC, &fd) == WASI_SUCCESS);
        store(me, buf, (uint32_t)i * THREADS + me->number);
        store(me, iovs, buf);
        store(me, iovs + 4, 4);
        expect(me, CALL(me, "fd_write", fd, iovs, 1, out) == WASI_SUCCESS && load(me, out) == 4);
        store(me, iovs, buf + 8);
        expect(me, CALL(me, "fd_pread", fd, iovs, 1, 0, out) == WASI_SUCCESS &&
                       load(me, out) == 4 && load(me, buf + 8) == load(me, buf));
        expect(me, CALL(me, "fd_close", fd) == WASI_SUCCESS);
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
    store(me, iovs, buf);
    store(me, iovs + 4, 4);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t fd = 0;
        const uint32_t opened = open_path(me, "f", 0, &fd);
        expect(me, opened == WASI_SUCCESS && fd < 256);
        const uint32_t other = FIRST_PREOPEN + 1 + (i * 7 + me->number) % 6;
        const uint32_t read = CALL(me, "fd_pread", other, iovs, 1, 0, out);
        expect(me, read == WASI_EBADF || (read == WASI_SUCCESS && load(me, buf) == 0x74786574));
        const uint32_t moved = CALL(me, "fd_renumber", fd, other);
        expect(me, moved == WASI_SUCCESS || moved == WASI_EBADF);
        const uint32_t stat = CALL(me, "fd_filestat_get", other, buf + 64);
        expect(me, stat == WASI_SUCCESS || stat == WASI_EBADF);
        const uint32_t closed = CALL(me, "fd_close", other);
        expect(me, closed == WASI_SUCCESS || closed == WASI_EBADF);
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
        expect(me, error == WASI_SUCCESS && load(me, used) == 12 * SIZE_DIRENT + 3 + 10 * 2);
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
    store(me, iovs, record);
    store(me, iovs + 4, 8);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        store(me, record, me->number);
        store(me, record + 4, i);
        expect(me, CALL(me, "fd_write", FIRST_PREOPEN + 1, iovs, 1, out) == WASI_SUCCESS &&
                       load(me, out) == 8);
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
    const int fd = host_open(w, "box/log", 0);
    uint32_t next[THREADS] = { 0 };
    uint32_t record[2];
    while (read(fd, record, sizeof record) == sizeof record) {
        assert_true(record[0] < THREADS);
        assert_int_equal(record[1], next[record[0]]);
        next[record[0]]++;
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(next[i], ROUNDS);
    }
}

struct blocked {
    struct guest_thread me;
    uint32_t outcome;
};

static void *read_stdin(void *data)
{
    struct blocked *const blocked = data;
    const struct guest_thread *const me = &blocked->me;
    store(me, me->room, me->room + 64);
    store(me, me->room + 4, 4);
    blocked->outcome = CALL(me, "fd_read", 0, me->room, 1, me->room + 128);
    return NULL;
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
    struct blocked blocked = { .me = { .w = w, .room = guest_alloc(w, ROOM) } };
    w->unwatched = true;
    assert_int_equal(pthread_create(&blocked.me.thread, NULL, read_stdin, &blocked), 0);
    host_sleep_ms(20);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 8, "text");
    guest_write(w, 1, "out");
    /* Its descriptor is closed under it, and its number taken by another file. */
    guest_close(w, 0);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE), 0);
    assert_int_equal(write(ends[1], "wake", 4), 4);
    assert_int_equal(pthread_join(blocked.me.thread, NULL), 0);
    deadline_end(&late, w);
    assert_errno(blocked.outcome, WASI_SUCCESS);
    guest_assert_text(w, blocked.me.room + 64, "wake");
}

static void interrupt_ends_every_thread_that_blocks(void **state)
{
    struct world *const w = *state;
    int ends[2];
    host_pipe(w, ends);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    world_start(w);
    w->unwatched = true;
    struct blocked blocked[THREADS];
    for (int i = 0; i < THREADS; i++) {
        blocked[i] = (struct blocked){ .me = { .w = w, .room = guest_alloc(w, ROOM) } };
        assert_int_equal(pthread_create(&blocked[i].me.thread, NULL, read_stdin, &blocked[i]), 0);
    }
    host_sleep_ms(20);
    ringfort_wasi_interrupt(w->wasi);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(blocked[i].me.thread, NULL), 0);
        assert_errno(blocked[i].outcome, WASI_EXITED * (uint32_t)RINGFORT_INTERRUPTED);
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
