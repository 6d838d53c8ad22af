/* A directory's stream on a kernel of the test's own: when it seeks, when it reads, and what it
 * gives.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call and the heap are those below */
#include "counted_locks.h"

#include "fd/dirents.c"

/* The kernel's directory: three entries, each in a read of its own or all in one. */
static const struct {
    uint64_t inode;
    uint64_t next;
    uint8_t type;
    const char *name;
} entries[] = {
    { 11, 100, 4, "a" },
    { 12, 50, 8, "bb" }, /* a place in a directory is no order */
    { 13, UINT64_C(0x7fffffffffffffff), 10, "ccc" },
};
enum { ENTRIES = sizeof entries / sizeof *entries, DIR = 7 };

static struct {
    int at; /* the next entry */
    bool one_by_one;
    long read_result; /* not 0: what getdents gives */
    long seek_result;
    int reads;
    int seeks;
    uint64_t sought;
} kernel;

static size_t put_entry(unsigned char *to, int i)
{
    const size_t name_size = strlen(entries[i].name) + 1;
    const uint16_t length = (uint16_t)((19 + name_size + 7) / 8 * 8);
    memset(to, 0xee, length);
    memcpy(to, &entries[i].inode, 8);
    memcpy(to + 8, &entries[i].next, 8);
    memcpy(to + 16, &length, 2);
    to[18] = entries[i].type;
    memcpy(to + 19, entries[i].name, name_size);
    return length;
}

static long read_entries(unsigned char *to)
{
    size_t used = 0;
    kernel.reads++;
    if (kernel.read_result != 0) {
        return kernel.read_result;
    }
    while (kernel.at < ENTRIES && (used == 0 || !kernel.one_by_one)) {
        used += put_entry(to + used, kernel.at++);
    }
    return (long)used;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)d;
    (void)e;
    (void)f;
    assert_int_equal(a, DIR);
    if (number == SYS_getdents64) {
        assert_int_equal(c, 32768);
        return read_entries((unsigned char *)b);
    }
    assert_int_equal(number, SYS_lseek);
    assert_int_equal(c, SEEK_SET);
    kernel.seeks++;
    kernel.sought = (uint64_t)b;
    kernel.at = 0;
    for (int i = 0; i < ENTRIES; i++) {
        kernel.at = entries[i].next == (uint64_t)b ? i + 1 : kernel.at;
    }
    return kernel.seek_result < 0 ? kernel.seek_result : b;
}

enum { DIRT = 0x11 };
static bool is_full;
static int blocks;

void *heap_alloc(size_t size)
{
    void *block = is_full ? NULL : malloc(size);
    if (block != NULL) {
        memset(block, DIRT, size);
        blocks++;
    }
    return block;
}

void heap_free(void *block)
{
    blocks--;
    free(block);
}

static struct dir_stream *stream;

static int make_stream(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    is_full = false;
    blocks = 0;
    locks_made = 0;
    stream = ringfort_dirents_new(true);
    return stream != NULL ? 0 : -1;
}

static int delete_stream(void **state)
{
    (void)state;
    ringfort_dirents_delete(stream);
    assert_int_equal(blocks, 0);
    assert_int_equal(locks_made, 0);
    assert_int_equal(locks_held, 0);
    return 0;
}

static void go_to(uint64_t cookie)
{
    assert_int_equal(ringfort_dirents_seek(stream, DIR, cookie), WASI_SUCCESS);
}

/* The entry at hand is the i-th; ENTRIES: there is none. */
static void expect(int i)
{
    struct dir_entry entry;
    bool found = i == ENTRIES;
    assert_int_equal(ringfort_dirents_peek(stream, DIR, &entry, &found), WASI_SUCCESS);
    assert_true(found == (i < ENTRIES));
    if (found) {
        assert_string_equal(entry.name, entries[i].name);
        assert_true(entry.inode == entries[i].inode);
        assert_true(entry.next == entries[i].next);
        assert_true(entry.cookie == (i > 0 ? entries[i - 1].next : 0));
        assert_int_equal(entry.host_type, entries[i].type);
    }
}

static void go_through_all(void)
{
    for (int i = 0; i < ENTRIES; i++) {
        expect(i);
        expect(i);
        ringfort_dirents_advance(stream);
    }
    expect(ENTRIES);
    expect(ENTRIES);
}

static void a_new_stream_stands_nowhere_whatever_its_memory_held(void **state)
{
    (void)state;
    assert_int_equal(locks_made, 1);
    go_to(UINT64_C(0x1111111111111111)); /* what a cookie of the dirt would be */
    assert_int_equal(kernel.seeks, 1);
}

static void a_stream_is_locked_once_several_threads_may_list_it(void **state)
{
    (void)state;
    locks_taken = 0;
    ringfort_dirents_lock(stream);
    ringfort_dirents_unlock(stream);
    assert_int_equal(locks_taken, 0);
    ringfort_dirents_share(stream);
    ringfort_dirents_lock(stream);
    assert_int_equal(locks_held, 1);
    ringfort_dirents_unlock(stream);
    assert_int_equal(locks_held, 0);
    assert_int_equal(locks_taken, 1);
    struct dir_stream *other = ringfort_dirents_new(false);
    ringfort_dirents_lock(other);
    assert_int_equal(locks_held, 1);
    ringfort_dirents_unlock(other);
    ringfort_dirents_delete(other);
}

static void a_stream_gives_each_entry_once_and_then_none(void **state)
{
    (void)state;
    go_to(0);
    go_through_all();
    assert_int_equal(kernel.seeks, 1);
    assert_int_equal(kernel.reads, 3); /* one with all, and one for each look at the end */
    kernel.one_by_one = true;
    go_to(0);
    go_through_all();
    assert_int_equal(kernel.reads, 3 + 5);
}

static void going_on_where_it_stands_asks_the_kernel_nothing(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    ringfort_dirents_advance(stream);
    go_to(100);
    expect(1);
    ringfort_dirents_advance(stream);
    go_to(50);
    expect(2);
    assert_int_equal(kernel.seeks, 1);
    assert_int_equal(kernel.reads, 1);
}

static void going_past_the_entry_at_hand_asks_the_kernel_nothing(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    go_to(100); /* the guest saw enough of it, though it did not fit */
    expect(1);
    go_to(50);
    expect(2);
    go_to(entries[2].next);
    expect(ENTRIES);
    assert_int_equal(kernel.seeks, 1);
}

static void going_back_and_ahead_asks_the_kernel(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    ringfort_dirents_advance(stream);
    expect(1);
    ringfort_dirents_advance(stream);
    go_to(100);
    assert_int_equal(kernel.seeks, 2);
    assert_int_equal(kernel.sought, 100);
    expect(1);
    go_to(entries[2].next);
    assert_int_equal(kernel.seeks, 3);
    expect(ENTRIES);
}

static void going_to_the_start_is_a_fresh_view_each_time(void **state)
{
    (void)state;
    go_to(0);
    go_to(0);
    assert_int_equal(kernel.seeks, 2);
    expect(0);
    go_to(0);
    assert_int_equal(kernel.seeks, 3);
    assert_int_equal(kernel.sought, 0);
    expect(0);
    assert_int_equal(kernel.reads, 2);
}

static void a_cookie_above_what_a_host_counts_to_is_inval(void **state)
{
    (void)state;
    assert_int_equal(ringfort_dirents_seek(stream, DIR, UINT64_C(1) << 63), WASI_EINVAL);
    assert_int_equal(ringfort_dirents_seek(stream, DIR, UINT64_MAX), WASI_EINVAL);
    assert_int_equal(kernel.seeks, 0);
    go_to(INT64_MAX);
    assert_int_equal(kernel.seeks, 1);
}

static void a_seek_that_fails_is_asked_again(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    ringfort_dirents_advance(stream);
    kernel.seek_result = -EIO;
    assert_int_equal(ringfort_dirents_seek(stream, DIR, 77), WASI_EIO);
    kernel.seek_result = 0;
    go_to(100); /* where it stood, but for the seek */
    assert_int_equal(kernel.seeks, 3);
    expect(1);
}

static void a_read_that_fails_gives_nothing_and_a_removed_directory_has_no_entries(void **state)
{
    (void)state;
    struct dir_entry entry;
    bool found = true;
    go_to(0);
    kernel.read_result = -EIO;
    assert_int_equal(ringfort_dirents_peek(stream, DIR, &entry, &found), WASI_EIO);
    assert_false(found);
    kernel.read_result = -ENOENT;
    found = true;
    assert_int_equal(ringfort_dirents_peek(stream, DIR, &entry, &found), WASI_SUCCESS);
    assert_false(found);
    kernel.read_result = 0;
    go_through_all();
}

static void without_memory_there_is_no_stream(void **state)
{
    (void)state;
    is_full = true;
    assert_null(ringfort_dirents_new(true));
    assert_int_equal(locks_made, 1); /* the other stream's */
    ringfort_dirents_delete(NULL);
}

#define WITH_STREAM(test) cmocka_unit_test_setup_teardown(test, make_stream, delete_stream)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STREAM(a_new_stream_stands_nowhere_whatever_its_memory_held),
        WITH_STREAM(a_stream_is_locked_once_several_threads_may_list_it),
        WITH_STREAM(a_stream_gives_each_entry_once_and_then_none),
        WITH_STREAM(going_on_where_it_stands_asks_the_kernel_nothing),
        WITH_STREAM(going_past_the_entry_at_hand_asks_the_kernel_nothing),
        WITH_STREAM(going_back_and_ahead_asks_the_kernel),
        WITH_STREAM(going_to_the_start_is_a_fresh_view_each_time),
        WITH_STREAM(a_cookie_above_what_a_host_counts_to_is_inval),
        WITH_STREAM(a_seek_that_fails_is_asked_again),
        WITH_STREAM(a_read_that_fails_gives_nothing_and_a_removed_directory_has_no_entries),
        WITH_STREAM(without_memory_there_is_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
