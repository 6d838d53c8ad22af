/*
 * fd_readdir: checklist row 8, at every size of buffer.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <stdlib.h>
#include <string.h>

/** How many files a large directory has. */
#ifndef FILES_OF_MANY
#define FILES_OF_MANY 10000
#endif

enum { NAME_MAX_LENGTH = 255, MANY = FILES_OF_MANY, BIGGEST_BUFFER = 65536 };

struct entry {
    uint64_t next;
    uint64_t ino;
    uint8_t type;
    bool has_name; /**< false: the name did not fit, not even a buffer of its own */
    char name[NAME_MAX_LENGTH + 1];
};

struct listing {
    struct world *w;
    uint32_t fd;
    uint32_t buf;
    uint32_t buf_length;
    uint32_t used;
    size_t count;
    unsigned calls;
    void (*seen)(struct listing *list, const struct entry *entry);
    void *data;
};

/** Reads the whole entries of the buffer. @return the cookie to go on from */
static uint64_t take_entries(struct listing *list, uint32_t used, uint64_t cookie)
{
    struct world *const w = list->w;
    uint32_t at = 0;
    while (used - at >= SIZE_DIRENT) {
        struct entry entry = { .next = guest_u64(w, list->buf + at),
                               .ino = guest_u64(w, list->buf + at + 8),
                               .type = guest_u8(w, list->buf + at + 20),
                               .has_name = true };
        const uint32_t length = guest_u32(w, list->buf + at + 16);
        assert_in_range(length, 1, NAME_MAX_LENGTH);
        guest_assert_zeros(w, list->buf + at + 21, 3);
        if (used - at - SIZE_DIRENT < length) {
            if (at > 0) {
                return cookie;
            }
            entry.has_name = false;
        } else {
            memcpy(entry.name, w->memory + list->buf + at + SIZE_DIRENT, length);
        }
        cookie = entry.next;
        list->count++;
        list->seen(list, &entry);
        if (!entry.has_name) {
            return cookie;
        }
        at += SIZE_DIRENT + length;
    }
    return cookie;
}

/** Lists a directory with a buffer of `buf_length` from `cookie` to its end. */
static void list_from(struct listing *list, uint64_t cookie)
{
    struct world *const w = list->w;
    for (;;) {
        memset(w->memory + list->buf, SENTINEL, list->buf_length);
        assert_errno(wasi_fd_readdir(w, list->fd, list->buf, list->buf_length, cookie, list->used),
                     WASI_SUCCESS);
        list->calls++;
        const uint32_t used = guest_u32(w, list->used);
        assert_true(used <= list->buf_length);
        guest_assert_untouched(w, list->buf + used, list->buf_length - used);
        cookie = take_entries(list, used, cookie);
        if (used < list->buf_length) {
            return;
        }
    }
}

static struct listing listing_of(struct world *w, uint32_t fd, uint32_t buf_length,
                                 void (*seen)(struct listing *list, const struct entry *entry),
                                 void *data)
{
    return (struct listing){ .w = w,
                             .fd = fd,
                             .used = guest_alloc(w, 4),
                             .buf = guest_alloc(w, buf_length),
                             .buf_length = buf_length,
                             .seen = seen,
                             .data = data };
}

struct names {
    unsigned dots;
    unsigned times[MANY];
    unsigned strange;
    unsigned nameless;
};

/** Files of these tests are called f00000 to f09999. */
static void note_name(struct listing *list, const struct entry *entry)
{
    struct names *const names = list->data;
    if (!entry->has_name) {
        names->nameless++;
        return;
    }
    if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) {
        names->dots++;
        assert_int_equal(entry->type, TYPE_DIRECTORY);
        return;
    }
    const unsigned long index = strtoul(entry->name + 1, NULL, 10);
    if (entry->name[0] != 'f' || strlen(entry->name) != 6 || index >= MANY) {
        names->strange++;
        return;
    }
    assert_int_equal(entry->type, TYPE_REGULAR_FILE);
    names->times[index]++;
}

static void make_files(struct world *w, const char *folder, int count)
{
    char name[64];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/f%05d", folder, i);
        host_write(w, name, "");
    }
}

static void assert_each_once(const struct names *names, int count)
{
    assert_int_equal(names->dots, 2);
    assert_int_equal(names->strange, 0);
    for (int i = 0; i < count; i++) {
        if (names->times[i] != 1) {
            fail_msg("f%05d was listed %u times", i, names->times[i]);
        }
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *const left = a;
    const uint64_t *const right = b;
    return *left < *right ? -1 : *left > *right ? 1 : 0;
}

struct inodes {
    uint64_t found[MANY + 2];
    size_t count;
};

static void note_inode(struct listing *list, const struct entry *entry)
{
    struct inodes *const inodes = list->data;
    assert_true(inodes->count < MANY + 2);
    inodes->found[inodes->count] = entry->ino;
    inodes->count++;
}

/** With room for a header alone a guest still passes each entry, though it sees no name. */
static void list_headers_alone(struct world *w)
{
    w->unwatched = true; /* for speed: list_from watches the buffer */
    struct inodes *const inodes = calloc(1, sizeof *inodes);
    assert_non_null(inodes);
    struct listing list = listing_of(w, FIRST_PREOPEN, SIZE_DIRENT, note_inode, inodes);
    list_from(&list, 0);
    assert_int_equal(inodes->count, MANY + 2);
    qsort(inodes->found, inodes->count, sizeof inodes->found[0], compare_numbers);
    unsigned twice = 0;
    for (size_t i = 1; i < inodes->count; i++) {
        twice += inodes->found[i] == inodes->found[i - 1];
    }
    assert_int_equal(twice, 1); /* `.` and `..` */
    free(inodes);
}

static void fd_readdir_lists_thousands_of_entries_once_at_any_size_of_buffer(void **state)
{
    struct world *const w = *state;
    world_set_memory(w, (size_t)4 * GUEST_PAGE);
    make_files(w, "box", MANY);
    const uint32_t sizes[] = { 64, 300, 4096, BIGGEST_BUFFER };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        world_clear_memory(w);
        w->unwatched = sizes[i] <= 300; /* for speed: list_from watches the buffer */
        struct names *const names = calloc(1, sizeof *names);
        assert_non_null(names);
        struct listing list = listing_of(w, FIRST_PREOPEN, sizes[i], note_name, names);
        list_from(&list, 0);
        assert_int_equal(list.count, MANY + 2);
        assert_int_equal(names->nameless, 0);
        assert_each_once(names, MANY);
        /* 30 bytes an entry: at least two fit into 64. */
        assert_true(list.calls <= (MANY + 2) * 30 / (sizes[i] - 30) + 2);
        free(names);
    }
    world_clear_memory(w);
    list_headers_alone(w);
}

static void fd_readdir_leaves_out_each_name_that_is_not_utf_8_at_any_size_of_buffer(void **state)
{
    enum { GOOD = 40, BAD = 3 * GOOD };
    struct world *const w = *state;
    make_files(w, "box", GOOD);
    for (int i = 0; i < BAD; i++) {
        char name[64];
        snprintf(name, sizeof name, i % 2 == 0 ? "box/%03d\xff" : "box/\xc0\xaf%03d", i);
        host_write(w, name, "");
    }
    for (uint32_t size = SIZE_DIRENT + 6; size < 600; size += 7) {
        world_clear_memory(w);
        struct names *const names = calloc(1, sizeof *names);
        assert_non_null(names);
        struct listing list = listing_of(w, FIRST_PREOPEN, size, note_name, names);
        list_from(&list, 0);
        assert_int_equal(list.count, GOOD + 2);
        assert_each_once(names, GOOD);
        free(names);
    }
    host_mkdir(w, "box/d");
    host_write(w, "box/d/\xff", "");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    struct names *const names = calloc(1, sizeof *names);
    assert_non_null(names);
    struct listing list = listing_of(w, dir, 4096, note_name, names);
    list_from(&list, 0);
    assert_int_equal(list.count, 2);
    free(names);
    assert_errno(wasi_path_remove_directory(w, FIRST_PREOPEN, text(w, "d")), WASI_ENOTEMPTY);
}

static void fd_readdir_of_an_empty_directory_lists_itself_twice(void **state)
{
    struct world *const w = *state;
    struct names *const names = calloc(1, sizeof *names);
    assert_non_null(names);
    struct listing list = listing_of(w, FIRST_PREOPEN, 4096, note_name, names);
    list_from(&list, 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(names->dots, 2);
    free(names);
}

struct kinds {
    uint64_t ino[4];
    uint8_t type[4];
    uint64_t dot_ino;
    uint64_t dots_ino;
};

static void note_kind(struct listing *list, const struct entry *entry)
{
    struct kinds *const kinds = list->data;
    if (strcmp(entry->name, ".") == 0) {
        kinds->dot_ino = entry->ino;
    } else if (strcmp(entry->name, "..") == 0) {
        kinds->dots_ino = entry->ino;
    } else {
        const int i = entry->name[0] - 'a';
        assert_in_range(i, 0, 3);
        kinds->ino[i] = entry->ino;
        kinds->type[i] = entry->type;
    }
}

static void fd_readdir_gives_true_inodes_and_types_and_hides_the_parents(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/a", "");
    host_mkdir(w, "box/b");
    host_symlink(w, "a", "box/c");
    host_mkfifo(w, "box/d");
    struct kinds kinds = { 0 };
    struct listing list = listing_of(w, FIRST_PREOPEN, 4096, note_kind, &kinds);
    list_from(&list, 0);
    const char *const paths[] = { "box/a", "box/b", "box/c", "box/d" };
    const uint8_t types[] = { TYPE_REGULAR_FILE, TYPE_DIRECTORY, TYPE_SYMBOLIC_LINK,
                              TYPE_SOCKET_STREAM };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(kinds.ino[i], host_stat(w, paths[i]).st_ino);
        assert_int_equal(kinds.type[i], types[i]);
    }
    assert_int_equal(kinds.dot_ino, host_stat(w, "box").st_ino);
    assert_int_equal(kinds.dots_ino, host_stat(w, "box").st_ino);
}

static void fd_readdir_fills_the_buffer_to_its_last_byte(void **state)
{
    struct world *const w = *state;
    make_files(w, "box", 5);
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t whole = guest_alloc(w, 1024);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, whole, 1024, 0, used), WASI_SUCCESS);
    const uint32_t length = guest_u32(w, used);
    assert_int_equal(length, 7 * SIZE_DIRENT + 1 + 2 + 5 * 6);
    const uint32_t part = guest_alloc(w, 1024);
    for (uint32_t size = 0; size <= length + 1; size++) {
        memset(w->memory + part, SENTINEL, 1024);
        assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, part, size, 0, used), WASI_SUCCESS);
        const uint32_t expected = size < length ? size : length;
        assert_int_equal(guest_u32(w, used), expected);
        assert_memory_equal(w->memory + part, w->memory + whole, expected);
        guest_assert_untouched(w, part + expected, 1024 - expected);
    }
}

static void fd_readdir_resumes_at_every_cookie_that_it_gave(void **state)
{
    struct world *const w = *state;
    make_files(w, "box", 50);
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t whole = guest_alloc(w, 4096);
    const uint32_t rest = guest_alloc(w, 4096);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, whole, 4096, 0, used), WASI_SUCCESS);
    const uint32_t length = guest_u32(w, used);
    uint32_t starts[64];
    int count = 0;
    for (uint32_t at = 0; at < length; count++) {
        starts[count] = at;
        at += SIZE_DIRENT + guest_u32(w, whole + at + 16);
    }
    assert_int_equal(count, 52);
    /* From the last to the first, so that no cookie is where the stream stands. */
    for (int i = count - 1; i > 0; i--) {
        const uint64_t cookie = guest_u64(w, whole + starts[i - 1]);
        assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, rest, 4096, cookie, used), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, used), length - starts[i]);
        assert_memory_equal(w->memory + rest, w->memory + whole + starts[i], length - starts[i]);
    }
    const uint64_t last = guest_u64(w, whole + starts[count - 1]);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, rest, 4096, last, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 0);
}

static void fd_readdir_from_zero_shows_what_has_changed(void **state)
{
    struct world *const w = *state;
    make_files(w, "box", 3);
    struct names *const names = calloc(1, sizeof *names);
    assert_non_null(names);
    struct listing list = listing_of(w, FIRST_PREOPEN, 4096, note_name, names);
    /* Too little room for one entry, so that the stream stays at the beginning. */
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, list.buf, 10, 0, list.used), WASI_SUCCESS);
    host_write(w, "box/f00009", "");
    list_from(&list, 0);
    assert_int_equal(names->times[9], 1);
    host_unlink(w, "box/f00009");
    names->times[9] = 0;
    assert_each_once(names, 3);
    memset(names, 0, sizeof *names);
    host_unlink(w, "box/f00001");
    host_write(w, "box/f00007", "");
    list_from(&list, 0);
    assert_int_equal(names->times[1], 0);
    assert_int_equal(names->times[7], 1);
    assert_int_equal(names->times[2], 1);
    free(names);
}

/** Unlinks each file at once when it is seen. */
static void unlink_seen(struct listing *list, const struct entry *entry)
{
    note_name(list, entry);
    if (entry->name[0] == 'f') {
        char path[NAME_MAX_LENGTH + 8];
        snprintf(path, sizeof path, "box/%s", entry->name);
        host_unlink(list->w, path);
    }
}

static void fd_readdir_loses_nothing_when_entries_are_removed_between_calls(void **state)
{
    struct world *const w = *state;
    enum { FILES = 500 };
    make_files(w, "box", FILES);
    struct names *const names = calloc(1, sizeof *names);
    assert_non_null(names);
    struct listing list = listing_of(w, FIRST_PREOPEN, 100, unlink_seen, names);
    list_from(&list, 0);
    assert_each_once(names, FILES);
    free(names);
}

static void fd_readdir_of_one_directory_opened_twice_has_two_positions(void **state)
{
    struct world *const w = *state;
    make_files(w, "box", 30);
    const uint32_t a = guest_open_dir(w, FIRST_PREOPEN, ".");
    const uint32_t b = guest_open_dir(w, FIRST_PREOPEN, ".");
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t from_a = guest_alloc(w, 4096);
    const uint32_t from_b = guest_alloc(w, 4096);
    uint64_t cookie_a = 0;
    for (int i = 0; i < 10; i++) {
        assert_errno(wasi_fd_readdir(w, a, from_a, 60, cookie_a, used), WASI_SUCCESS);
        cookie_a = guest_u64(w, from_a);
        assert_errno(wasi_fd_readdir(w, b, from_b, 4096, 0, used), WASI_SUCCESS);
    }
    const uint32_t length = guest_u32(w, used);
    assert_int_equal(length, 32 * SIZE_DIRENT + 3 + 30 * 6);
    assert_errno(wasi_fd_readdir(w, a, from_a, 4096, cookie_a, used), WASI_SUCCESS);
    assert_true(guest_u32(w, used) < length);
    assert_memory_equal(w->memory + from_a, w->memory + from_b + length - guest_u32(w, used),
                        guest_u32(w, used));
}

static void fd_readdir_of_a_file_is_an_error(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_INHERITING);
    const uint32_t buf = guest_alloc(w, 64);
    assert_errno(wasi_fd_readdir(w, fd, buf, 64, 0, buf), WASI_ENOTDIR);
    assert_errno(wasi_fd_readdir(w, 0, buf, 64, 0, buf), WASI_ENOTDIR);
    const uint32_t less = guest_open_without(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE, RIGHTS_FILE);
    assert_errno(wasi_fd_readdir(w, less, buf, 64, 0, buf), WASI_ENOTDIR);
}

static void fd_readdir_needs_its_right(void **state)
{
    struct world *const w = *state;
    const uint32_t fd = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                           RIGHT_FD_READDIR);
    const uint32_t buf = guest_alloc(w, 64);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, fd, buf, 64, 0, used), WASI_ENOTCAPABLE);
}

static void fd_readdir_with_a_cookie_that_was_never_given_ends(void **state)
{
    struct world *const w = *state;
    make_files(w, "box", 3);
    const uint32_t buf = guest_alloc(w, 1024);
    const uint32_t used = guest_alloc(w, 4);
    const uint64_t cookies[] = { 1, 2, 12345, UINT64_C(0x7ffffffffffffff0), INT64_MAX };
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 1024, cookies[i], used), WASI_SUCCESS);
        assert_true(guest_u32(w, used) <= 5 * SIZE_DIRENT + 3 + 3 * 6);
    }
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 1024, 0, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 5 * SIZE_DIRENT + 3 + 3 * 6);
}

/* Checklist row 18. */
static void fd_readdir_into_more_room_than_there_is_is_a_fault(void **state)
{
    struct world *const w = *state;
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t late = guest_end(w, 63);
    assert_fault(w, wasi_fd_readdir(w, FIRST_PREOPEN, late, 64, 0, used), late, 64);
    assert_fault(w, wasi_fd_readdir(w, FIRST_PREOPEN, 8, UINT32_MAX, 0, used), 8, UINT32_MAX);
    assert_fault(w, wasi_fd_readdir(w, FIRST_PREOPEN, 8, 64, 0, guest_end(w, 3)), guest_end(w, 3),
                 4);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, guest_end(w, 64), 64, 0, used), WASI_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_readdir_lists_thousands_of_entries_once_at_any_size_of_buffer),
        TEST(fd_readdir_leaves_out_each_name_that_is_not_utf_8_at_any_size_of_buffer),
        TEST(fd_readdir_of_an_empty_directory_lists_itself_twice),
        TEST(fd_readdir_gives_true_inodes_and_types_and_hides_the_parents),
        TEST(fd_readdir_fills_the_buffer_to_its_last_byte),
        TEST(fd_readdir_resumes_at_every_cookie_that_it_gave),
        TEST(fd_readdir_from_zero_shows_what_has_changed),
        TEST(fd_readdir_loses_nothing_when_entries_are_removed_between_calls),
        TEST(fd_readdir_of_one_directory_opened_twice_has_two_positions),
        TEST(fd_readdir_of_a_file_is_an_error),
        TEST(fd_readdir_needs_its_right),
        TEST(fd_readdir_with_a_cookie_that_was_never_given_ends),
        TEST(fd_readdir_into_more_room_than_there_is_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
