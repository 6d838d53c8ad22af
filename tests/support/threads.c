/*
 * Guest threads: several host threads on one object, each with its own part of the guest's memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "threads.h"

#include "guest.h"
#include "host.h"

#include <string.h>
#include <unistd.h>

void thread_begin(struct guest_thread *me, struct world *w, uint32_t room, void *(*body)(void *))
{
    world_start(w);
    w->unwatched = true;
    me->w = w;
    me->room = guest_alloc(w, room);
    assert_int_equal(pthread_create(&me->thread, NULL, body, me), 0);
}

void thread_join(struct guest_thread *me)
{
    assert_int_equal(pthread_join(me->thread, NULL), 0);
    assert_int_equal(me->wrong, 0);
}

uint32_t thread_call(const struct guest_thread *me, const char *name, const uint64_t *args)
{
    ringfort_result result = { 0 };
    const ringfort_memory memory = { me->w->memory, me->w->memory_size };
    const ringfort_outcome outcome =
        ringfort_import_call(row_of(me->w, name), me->w->wasi, memory, args, &result);
    return outcome == RINGFORT_RETURNED ? result.value : WASI_EXITED * (uint32_t)outcome;
}

uint32_t thread_load(const struct guest_thread *me, uint32_t at)
{
    uint32_t value = 0;
    memcpy(&value, me->w->memory + at, sizeof value);
    return value;
}

void thread_store(const struct guest_thread *me, uint32_t at, uint32_t value)
{
    memcpy(me->w->memory + at, &value, sizeof value);
}

void thread_expect(struct guest_thread *me, bool held)
{
    me->wrong += held ? 0 : 1;
}

void *thread_read_stdin(void *data)
{
    struct guest_thread *const me = data;
    thread_store(me, me->room, me->room + 64);
    thread_store(me, me->room + 4, 4);
    me->outcome = CALL(me, "fd_read", 0, me->room, 1, me->room + 128);
    return NULL;
}

void assert_records(struct world *w, const char *path, int64_t offset, uint32_t threads,
                    uint32_t rounds)
{
    enum { THREADS_MAX = 16 };
    uint32_t next[THREADS_MAX] = { 0 };
    uint32_t record[2];
    const int fd = host_open(w, path, 0);
    assert_true(threads <= THREADS_MAX);
    assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
    while (read(fd, record, sizeof record) == sizeof record) {
        assert_true(record[0] < threads);
        assert_int_equal(record[1], next[record[0]]);
        next[record[0]]++;
    }
    for (uint32_t i = 0; i < threads; i++) {
        assert_int_equal(next[i], rounds);
    }
}
