/*
 * No limit can be raced: threads of one guest change flags, positions, numbers and sizes while
 * others of them write, and together they stay within each limit.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/refusals.h"
#include "../support/steps.h"
#include "../support/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_FD = FIRST_PREOPEN + 1, /* a file of the guest's, open twice */
    SAME_FILE_FD = FILE_FD + 1,
    ROOM = 128,
    LENGTH = 600,  /* of most writes: the guest's memory from 0 on */
    ROUNDS = 5000, /* of each thread; all go on until the last has made them */
    THREADS = 4,
    BLOCK = 4096,
};

/** One turn of a thread. */
typedef void turn(struct guest_thread *me, unsigned round);

struct racer {
    struct guest_thread thread; /* first, because bodies get it */
    turn *turn;
    atomic_uint *not_done;
};

static void *take_turns(void *data)
{
    struct racer *const me = data;
    thread_store(&me->thread, me->thread.room, 0);
    thread_store(&me->thread, me->thread.room + 4, LENGTH);
    for (unsigned i = 1; atomic_load(me->not_done) > 0; i++) {
        me->turn(&me->thread, i);
        if (i == ROUNDS) {
            atomic_fetch_sub(me->not_done, 1);
        }
    }
    return NULL;
}

/** Runs turns at the same time, each on threads of its own, on an object that is started. */
static void race(struct world *w, turn *const turns[], unsigned count)
{
    struct racer racers[THREADS];
    atomic_uint not_done = count;
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
    for (unsigned i = 0; i < count; i++) {
        racers[i] =
            (struct racer){ .thread = { .number = i }, .turn = turns[i], .not_done = &not_done };
        thread_begin(&racers[i].thread, w, ROOM, take_turns);
    }
    for (unsigned i = 0; i < count; i++) {
        thread_join(&racers[i].thread);
    }
}
#define RACE(w, ...)                                                                               \
    race((w), (turn *const[]){ __VA_ARGS__ }, sizeof(turn *[]){ __VA_ARGS__ } / sizeof(turn *))

/* ---- Turns ---- */

static void pwrite_at_start(struct guest_thread *me, unsigned round)
{
    (void)round;
    (void)CALL(me, "fd_pwrite", FILE_FD, me->room, 1, 0, me->room + 8);
}

static void write_after_seek(struct guest_thread *me, unsigned round)
{
    (void)CALL(me, "fd_seek", SAME_FILE_FD, round % 3 * 200, 0, me->room + 8);
    (void)CALL(me, "fd_write", SAME_FILE_FD, me->room, 1, me->room + 8);
}

static void toggle_append(struct guest_thread *me, unsigned round)
{
    (void)CALL(me, "fd_fdstat_set_flags", FILE_FD, round % 2);
    (void)CALL(me, "fd_fdstat_set_flags", SAME_FILE_FD, round / 2 % 2);
}

static void change_size(struct guest_thread *me, unsigned round)
{
    (void)CALL(me, "fd_filestat_set_size", FILE_FD, round * 79 % 1001);
    (void)CALL(me, "fd_allocate", SAME_FILE_FD, round * 79 % 800, 201);
}

static void write_out(struct guest_thread *me, unsigned round)
{
    thread_store(me, me->room + 4, 100);
    (void)CALL(me, "fd_seek", 1, round % 3, 2, me->room + 8);
    (void)CALL(me, "fd_write", 1, me->room, 1, me->room + 8);
    (void)CALL(me, "fd_pwrite", 1, me->room, 1, round % 1000, me->room + 8);
}

static void toggle_append_of_out(struct guest_thread *me, unsigned round)
{
    (void)CALL(me, "fd_fdstat_set_flags", 1, round % 2);
    (void)CALL(me, "fd_fdstat_set_flags", 2, round % 2);
}

/** Moves what has one number to another, and gives the first to a file. */
static void move_number(struct guest_thread *me, uint32_t from, uint32_t to)
{
    (void)CALL(me, "fd_renumber", from, to);
    thread_store(me, me->room + 32, 'f');
    (void)CALL(me, "path_open", FIRST_PREOPEN, 0, me->room + 32, 1, 0, RIGHTS_FILE, 0, 0,
               me->room + 8);
}

/** Stdout and stderr change places; whoever writes to number 1 meanwhile writes to either. */
static void exchange_out(struct guest_thread *me, unsigned round)
{
    (void)round;
    move_number(me, 1, FILE_FD);
    move_number(me, 2, 1);
    move_number(me, FILE_FD, 2);
}

static void pwrite_sparsely(struct guest_thread *me, unsigned round)
{
    thread_store(me, me->room + 4, 1);
    (void)CALL(me, "fd_pwrite", FILE_FD, me->room, 1, (round * THREADS + me->number) * BLOCK,
               me->room + 8);
}

/** The thread's next name, at room + 32. */
static uint32_t next_name(struct guest_thread *me, unsigned round)
{
    thread_store(me, me->room + 32, 0x61616161 + me->number);
    thread_store(me, me->room + 36, 0x61616161 + (round & 15) + (round >> 4 << 8));
    return me->room + 32;
}

static void make_directory(struct guest_thread *me, unsigned round)
{
    (void)CALL(me, "path_create_directory", FIRST_PREOPEN, next_name(me, round), 8);
}

/** The same names for all threads: only one makes each. */
static void make_file(struct guest_thread *me, unsigned round)
{
    const uint32_t number = me->number;
    me->number = 0;
    const uint32_t name = next_name(me, round % 1000);
    me->number = number;
    if (CALL(me, "path_open", FIRST_PREOPEN, 0, name, 8, OFLAG_CREAT, RIGHTS_FILE, 0, 0,
             me->room + 8) == WASI_SUCCESS) {
        (void)CALL(me, "fd_close", thread_load(me, me->room + 8));
    }
}

static void open_and_close(struct guest_thread *me, unsigned round)
{
    (void)round;
    thread_store(me, me->room + 32, 'f');
    if (CALL(me, "path_open", FIRST_PREOPEN, 0, me->room + 32, 1, 0, RIGHT_FD_READ, 0, 0,
             me->room + 8) == WASI_SUCCESS) {
        const uint32_t fd = thread_load(me, me->room + 8);
        thread_expect(me, fd < 8);
        (void)CALL(me, "fd_renumber", fd, SAME_FILE_FD);
        (void)CALL(me, "fd_close", fd);
    }
}

/* ---- Limits ---- */

static void open_twice(struct world *w)
{
    w->unwatched = true;
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE), FILE_FD);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE), SAME_FILE_FD);
}

static void flags_that_change_meanwhile_let_no_file_grow_too_large(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 1000);
    open_twice(w);
    RACE(w, pwrite_at_start, toggle_append, pwrite_at_start, toggle_append);
    assert_in_range(host_stat(w, "box/f").st_size, LENGTH, 1000);
}

static void two_descriptors_of_a_file_let_it_not_grow_too_large(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_FILE_SIZE, 1000);
    open_twice(w);
    RACE(w, pwrite_at_start, write_after_seek, toggle_append, change_size);
    assert_in_range(host_stat(w, "box/f").st_size, 0, 1000);
}

static void flags_and_sizes_that_change_meanwhile_let_no_more_bytes_land(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 1000000);
    open_twice(w);
    RACE(w, pwrite_at_start, write_after_seek, toggle_append, change_size);
    assert_in_range(host_stat(w, "box/f").st_size, 0, 1000000);
    assert_in_range(host_stat(w, "box/f").st_blocks * 512, 0, 2000000);
}

/** What is counted for one thread's names is not there for another's blocks. */
static void blocks_and_names_together_are_bounded(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_int_equal(ftruncate(host_open(w, "box/f", O_WRONLY), 1 << 30), 0);
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 200000);
    open_twice(w);
    RACE(w, pwrite_sparsely, make_directory, pwrite_sparsely, make_directory);
    const uint64_t directories = host_stat(w, "box").st_nlink - 2;
    assert_in_range(host_stat(w, "box/f").st_blocks * 512 + (int64_t)(directories * BLOCK), 200000,
                    300000);
}

static void output_is_bounded_whatever_its_flags_and_numbers_are_meanwhile(void **state)
{
    struct world *const w = *state;
    host_write(w, "other/out", "");
    host_write(w, "other/err", "");
    assert_status(ringfort_config_set_stdout(w->config, host_open(w, "other/out", O_RDWR)),
                  RINGFORT_OK);
    assert_status(ringfort_config_set_stderr(w->config, host_open(w, "other/err", O_RDWR)),
                  RINGFORT_OK);
    limit(w, RINGFORT_LIMIT_OUTPUT, 20000);
    open_twice(w);
    RACE(w, write_out, toggle_append_of_out, write_out, exchange_out);
    assert_in_range(host_stat(w, "other/out").st_size + host_stat(w, "other/err").st_size, 1,
                    20000);
}

/** How many entries the box has. */
static unsigned entries(struct world *w)
{
    unsigned count = 0;
    DIR *const box = fdopendir(dup(host_open(w, "box", O_RDONLY | O_DIRECTORY)));
    assert_non_null(box);
    while (readdir(box) != NULL) {
        count++;
    }
    assert_int_equal(closedir(box), 0);
    return count - 2; /* `.` and `..` */
}

static void entries_are_bounded(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 100);
    world_start(w);
    RACE(w, make_file, make_file, make_directory, make_directory);
    assert_in_range(entries(w), 50, 100);
}

static void open_files_are_bounded(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_OPEN_FILES, 8);
    open_twice(w);
    RACE(w, open_and_close, open_and_close, open_and_close, open_and_close);
}

/** Races are longer where no disk has to be waited for. */
static int in_memory(void **state)
{
    (void)state;
    return access("/dev/shm", W_OK) == 0 ? setenv("RINGFORT_TEST_FOLDER", "/dev/shm", 1) : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flags_that_change_meanwhile_let_no_file_grow_too_large),
        TEST(two_descriptors_of_a_file_let_it_not_grow_too_large),
        TEST(flags_and_sizes_that_change_meanwhile_let_no_more_bytes_land),
        TEST(blocks_and_names_together_are_bounded),
        TEST(output_is_bounded_whatever_its_flags_and_numbers_are_meanwhile),
        TEST(entries_are_bounded),
        TEST(open_files_are_bounded),
    };
    return cmocka_run_group_tests(tests, in_memory, NULL);
}
