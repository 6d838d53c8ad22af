/* A directory's stream on a kernel of the test's own: when it seeks, when it reads, and what it
 * gives.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call and the heap are those below */
#include "counted_locks.h"

#include "fd/dirents.c"
#include "fd/places.c"

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

/* A first entry for the streams that hide it. */
static const char *first_name;

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

static size_t put_first(unsigned char *to)
{
    const uint16_t length = 24;
    const uint64_t next = 1000;
    memset(to, 0, length);
    memcpy(to + 8, &next, 8);
    memcpy(to + 16, &length, 2);
    memcpy(to + 19, first_name, strlen(first_name));
    return length;
}

static long read_entries(unsigned char *to)
{
    size_t used = 0;
    kernel.reads++;
    if (kernel.read_result != 0) {
        return kernel.read_result;
    }
    if (first_name != NULL && kernel.at == 0) {
        used += put_first(to);
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

void *heap_zeroed(size_t count, size_t size)
{
    void *block = heap_alloc(count * size);
    return block != NULL ? memset(block, 0, count * size) : NULL;
}

void *heap_resized(void *old, size_t size)
{
    blocks += old == NULL && !is_full ? 1 : 0;
    return is_full ? NULL : realloc(old, size);
}

void heap_free(void *block)
{
    blocks--;
    free(block);
}

static struct place_budget budget;

static struct dir_stream *stream;

static int make_stream(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    is_full = false;
    blocks = 0;
    locks_made = 0;
    first_name = NULL;
    stream = ringfort_dirents_new(true, true, &budget);
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
        assert_int_equal(entry.next, i + 1);
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
    assert_int_equal(kernel.sought, 0);
    assert_false(ringfort_dirents_is_at(stream, UINT64_C(0x1111111111111111)));
    assert_true(ringfort_dirents_is_at(stream, 0));
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
    struct dir_stream *other = ringfort_dirents_new(false, true, &budget);
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
    go_to(1);
    expect(1);
    ringfort_dirents_advance(stream);
    go_to(2);
    expect(2);
    assert_int_equal(kernel.seeks, 1);
    assert_int_equal(kernel.reads, 1);
}

static void going_past_the_entry_at_hand_asks_the_kernel_nothing(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    go_to(1); /* the guest saw enough of it, though it did not fit */
    expect(1);
    go_to(2);
    expect(2);
    go_to(3);
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
    go_to(1);
    assert_int_equal(kernel.seeks, 2);
    assert_int_equal(kernel.sought, 100);
    assert_true(ringfort_dirents_is_at(stream, 1));
    expect(1);
    ringfort_dirents_advance(stream);
    expect(2);
    ringfort_dirents_advance(stream);
    go_to(1);
    assert_int_equal(kernel.sought, 100);
    go_to(3);
    assert_int_equal(kernel.seeks, 4);
    assert_true(kernel.sought == entries[2].next);
    expect(ENTRIES);
}

static void going_to_a_cookie_that_was_not_given_leads_to_the_last_one_that_was(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    ringfort_dirents_advance(stream);
    expect(1);
    const uint64_t unknown[] = { 3, 1000, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        go_to(unknown[i]);
        assert_int_equal(kernel.sought, 50);
        assert_false(ringfort_dirents_is_at(stream, unknown[i]));
        assert_true(ringfort_dirents_is_at(stream, 2));
    }
    expect(2);
}

static void a_stream_that_hides_dots_gives_them_no_numbers(void **state)
{
    (void)state;
    const char *const dots[] = { ".", ".." };
    for (size_t i = 0; i < 2; i++) {
        first_name = dots[i];
        go_to(0);
        go_through_all();
    }
    first_name = NULL;
    struct dir_stream *shown = ringfort_dirents_new(true, false, &budget);
    const char *const names[] = { ".", "..", "...", ".a", "..b" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct dir_stream *const streams[] = { shown, stream };
        first_name = names[i];
        for (size_t j = i < 2 ? 0 : 1; j < 2; j++) {
            struct dir_entry entry;
            bool found = false;
            assert_int_equal(ringfort_dirents_seek(streams[j], DIR, 0), WASI_SUCCESS);
            assert_int_equal(ringfort_dirents_peek(streams[j], DIR, &entry, &found), WASI_SUCCESS);
            assert_true(found);
            assert_string_equal(entry.name, i < 2 && j == 1 ? "a" : names[i]);
        }
    }
    ringfort_dirents_delete(shown);
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

static void a_seek_that_fails_is_asked_again(void **state)
{
    (void)state;
    go_to(0);
    expect(0);
    ringfort_dirents_advance(stream);
    kernel.seek_result = -EIO;
    assert_int_equal(ringfort_dirents_seek(stream, DIR, 77), WASI_EIO);
    kernel.seek_result = 0;
    go_to(1); /* where it stood, but for the seek */
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
    assert_null(ringfort_dirents_new(true, true, &budget));
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
        WITH_STREAM(going_to_a_cookie_that_was_not_given_leads_to_the_last_one_that_was),
        WITH_STREAM(a_stream_that_hides_dots_gives_them_no_numbers),
        WITH_STREAM(a_seek_that_fails_is_asked_again),
        WITH_STREAM(a_read_that_fails_gives_nothing_and_a_removed_directory_has_no_entries),
        WITH_STREAM(without_memory_there_is_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
