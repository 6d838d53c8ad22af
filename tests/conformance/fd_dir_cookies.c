/*
 * The cookies of fd_readdir: small numbers that a `long` of 32 bits holds, each of which leads to
 * the same place whatever happens meanwhile.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST = 4000, /* entries of a test */
    BUFFER = 32768,
    NAME_ROOM = 16,
};

/** One listing: names and cookies, in order. `ended` where it went to the end. */
struct listing {
    size_t count;
    bool ended;
    struct {
        char name[NAME_ROOM];
        uint64_t next;
    } at[MOST];
};

/** Where the guest's buffer and its result are. */
struct room {
    uint32_t buf;
    uint32_t used;
};

static struct room room_of(struct world *w)
{
    w->unwatched = true; /* for speed */
    return (struct room){ .buf = guest_alloc(w, BUFFER), .used = guest_alloc(w, 4) };
}

static struct listing *new_listing(void)
{
    struct listing *const list = calloc(1, sizeof *list);
    assert_non_null(list);
    return list;
}

/** Reads up to `most` entries from `cookie` on into `list`, with a buffer of `size`. @return the
 * cookie to go on from */
static uint64_t read_on(struct world *w, uint32_t fd, const struct room *room, uint32_t size,
                        uint64_t cookie, size_t most, struct listing *list)
{
    for (size_t taken = 0; taken < most;) {
        assert_errno(wasi_fd_readdir(w, fd, room->buf, size, cookie, room->used), WASI_SUCCESS);
        const uint32_t used = guest_u32(w, room->used);
        uint32_t at = 0;
        while (taken < most && used - at >= SIZE_DIRENT) {
            const uint32_t length = guest_u32(w, room->buf + at + 16);
            if (used - at - SIZE_DIRENT < length) {
                break;
            }
            assert_in_range(length, 1, NAME_ROOM - 1);
            assert_true(list->count < MOST);
            memcpy(list->at[list->count].name, w->memory + room->buf + at + SIZE_DIRENT, length);
            list->at[list->count].name[length] = '\0';
            cookie = guest_u64(w, room->buf + at);
            list->at[list->count++].next = cookie;
            at += SIZE_DIRENT + length;
            taken++;
        }
        list->ended = used < size && at == used;
        if (list->ended) {
            break;
        }
    }
    return cookie;
}

static void read_all(struct world *w, uint32_t fd, uint64_t cookie, struct listing *list)
{
    const uint32_t mark = w->next;
    const struct room room = room_of(w);
    memset(list, 0, sizeof *list);
    read_on(w, fd, &room, BUFFER, cookie, SIZE_MAX, list);
    assert_true(list->ended);
    w->next = mark;
}

static void begin(struct world *w, int files)
{
    char name[32];
    world_set_memory(w, (size_t)4 * GUEST_PAGE);
    for (int i = 0; i < files; i++) {
        snprintf(name, sizeof name, "box/f%d", i);
        host_write(w, name, "");
    }
}

static size_t times_of(const struct listing *list, const char *name)
{
    size_t times = 0;
    for (size_t i = 0; i < list->count; i++) {
        times += strcmp(list->at[i].name, name) == 0;
    }
    return times;
}

static void fd_readdir_gives_the_cookies_one_two_three_and_so_on(void **state)
{
    struct world *const w = *state;
    begin(w, 1500);
    struct listing *const list = new_listing();
    for (int times = 0; times < 2; times++) {
        read_all(w, FIRST_PREOPEN, 0, list);
        assert_int_equal(list->count, 1502);
        for (size_t i = 0; i < list->count; i++) {
            assert_int_equal(list->at[i].next, i + 1);
        }
    }
    free(list);
}

static void fd_readdir_gives_node_the_same_cookies_without_dots(void **state)
{
    struct world *const w = *state;
    begin(w, 100);
    assert_status(ringfort_config_set_dialect(w->config, RINGFORT_DIALECT_NODE), RINGFORT_OK);
    struct listing *const list = new_listing();
    read_all(w, FIRST_PREOPEN, 0, list);
    assert_int_equal(list->count, 100);
    for (size_t i = 0; i < list->count; i++) {
        assert_int_equal(list->at[i].next, i + 1);
    }
    free(list);
}

static void fd_readdir_leads_from_each_cookie_to_the_same_rest(void **state)
{
    struct world *const w = *state;
    begin(w, 1300);
    struct listing *const all = new_listing();
    struct listing *const rest = new_listing();
    read_all(w, FIRST_PREOPEN, 0, all);
    for (size_t i = all->count; i-- > 0; i -= i % 37) {
        read_all(w, FIRST_PREOPEN, all->at[i].next, rest);
        assert_int_equal(rest->count, all->count - i - 1);
        if (rest->count > 0) {
            assert_memory_equal(rest->at, all->at + i + 1, rest->count * sizeof all->at[0]);
        }
    }
    free(all);
    free(rest);
}

/* As two libc DIRs over one descriptor, which read by turns with buffers of their own. */
static void fd_readdir_serves_readers_that_take_turns(void **state)
{
    struct world *const w = *state;
    enum { READERS = 5 };
    begin(w, 400);
    const struct room room = room_of(w);
    struct listing *lists[READERS];
    uint64_t cookies[READERS] = { 0 };
    for (size_t i = 0; i < READERS; i++) {
        lists[i] = new_listing();
    }
    for (unsigned ended = 0; ended < READERS;) {
        ended = 0;
        for (size_t i = 0; i < READERS; i++) {
            if (!lists[i]->ended) {
                cookies[i] = read_on(w, FIRST_PREOPEN, &room, 64 + 200 * (uint32_t)i, cookies[i],
                                     i + 1, lists[i]);
            }
            ended += lists[i]->ended ? 1 : 0;
        }
    }
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(lists[i]->count, 402);
        assert_memory_equal(lists[i]->at, lists[0]->at, 402 * sizeof lists[0]->at[0]);
    }
    for (size_t i = 0; i < READERS; i++) {
        free(lists[i]);
    }
}

/** Entries of `all` from `from` on, less every third, which is removed, are in `rest` once. */
static void assert_survivors(const struct listing *all, size_t from, const struct listing *rest)
{
    for (size_t i = 0; i < all->count; i++) {
        const bool is_file = all->at[i].name[0] == 'f';
        const size_t expected = i >= from && !(is_file && i % 3 == 0) ? 1 : 0;
        if (times_of(rest, all->at[i].name) != expected) {
            fail_msg("from entry %zu on, entry %zu (%s) is listed %zu times", from, i,
                     all->at[i].name, times_of(rest, all->at[i].name));
        }
    }
}

static void fd_readdir_keeps_its_cookies_while_entries_come_and_go_and_others_rewind(void **state)
{
    struct world *const w = *state;
    begin(w, 300);
    struct listing *const all = new_listing();
    struct listing *const rest = new_listing();
    char name[64];
    read_all(w, FIRST_PREOPEN, 0, all);
    for (size_t i = 0; i < all->count; i += 3) {
        if (all->at[i].name[0] == 'f') {
            snprintf(name, sizeof name, "box/%s", all->at[i].name);
            host_unlink(w, name);
        }
    }
    for (int round = 0; round < 20; round++) {
        snprintf(name, sizeof name, "box/new%d", round);
        host_write(w, name, "");
        read_all(w, FIRST_PREOPEN, 0, rest); /* rewinds */
        assert_survivors(all, 0, rest);
        snprintf(name, sizeof name, "new%d", round);
        assert_int_equal(times_of(rest, name), 1);
        for (size_t i = (size_t)round; i < all->count; i += 41) {
            read_all(w, FIRST_PREOPEN, all->at[i].next, rest);
            assert_survivors(all, i + 1, rest);
        }
    }
    free(all);
    free(rest);
}

/* What rewinding lists gets numbers too, and no number twice. */
static void fd_readdir_gives_a_cookie_to_one_place_alone(void **state)
{
    struct world *const w = *state;
    begin(w, 50);
    struct listing *const list = new_listing();
    struct listing *const rest = new_listing();
    char name[64];
    for (int round = 0; round < 30; round++) {
        snprintf(name, sizeof name, "box/f%d", round);
        host_unlink(w, name);
        snprintf(name, sizeof name, "box/new%d", round);
        host_write(w, name, "");
        read_all(w, FIRST_PREOPEN, 0, list);
        assert_int_equal(list->count, 52);
        for (size_t i = 0; i < list->count; i++) {
            assert_in_range(list->at[i].next, 1, 52 + 30);
            read_all(w, FIRST_PREOPEN, list->at[i].next, rest);
            assert_int_equal(rest->count, list->count - i - 1);
        }
    }
    free(list);
    free(rest);
}

static void fd_readdir_from_a_cookie_past_the_end_lists_nothing(void **state)
{
    struct world *const w = *state;
    begin(w, 30);
    struct listing *const list = new_listing();
    const uint64_t past[] = {
        32, 33, 1000, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX
    };
    for (int times = 0; times < 2; times++) { /* before a listing, and after it */
        for (size_t i = 0; i < sizeof past / sizeof past[0]; i++) {
            read_all(w, FIRST_PREOPEN, past[i], list);
            assert_int_equal(list->count, 0);
        }
        read_all(w, FIRST_PREOPEN, 0, list);
        assert_int_equal(list->count, 32);
        read_all(w, FIRST_PREOPEN, 31, list);
        assert_int_equal(list->count, 1);
    }
    free(list);
}

static void fd_readdir_of_a_descriptor_that_gave_no_cookie_counts_entries(void **state)
{
    struct world *const w = *state;
    begin(w, 2000);
    const uint32_t other = guest_open_dir(w, FIRST_PREOPEN, ".");
    struct listing *const all = new_listing();
    struct listing *const rest = new_listing();
    read_all(w, FIRST_PREOPEN, 0, all);
    read_all(w, other, 1777, rest);
    assert_int_equal(rest->count, 2002 - 1777);
    assert_memory_equal(rest->at, all->at + 1777, rest->count * sizeof all->at[0]);
    free(all);
    free(rest);
}

static void fd_readdir_shows_what_was_added_after_the_end_was_reached(void **state)
{
    struct world *const w = *state;
    begin(w, 3);
    struct listing *const list = new_listing();
    read_all(w, FIRST_PREOPEN, 0, list);
    host_write(w, "box/later", "");
    read_all(w, FIRST_PREOPEN, 0, list);
    assert_int_equal(list->count, 6);
    assert_int_equal(times_of(list, "later"), 1);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_readdir_gives_the_cookies_one_two_three_and_so_on),
        TEST(fd_readdir_gives_node_the_same_cookies_without_dots),
        TEST(fd_readdir_leads_from_each_cookie_to_the_same_rest),
        TEST(fd_readdir_serves_readers_that_take_turns),
        TEST(fd_readdir_keeps_its_cookies_while_entries_come_and_go_and_others_rewind),
        TEST(fd_readdir_gives_a_cookie_to_one_place_alone),
        TEST(fd_readdir_from_a_cookie_past_the_end_lists_nothing),
        TEST(fd_readdir_of_a_descriptor_that_gave_no_cookie_counts_entries),
        TEST(fd_readdir_shows_what_was_added_after_the_end_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
