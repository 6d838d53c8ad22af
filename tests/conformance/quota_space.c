/*
 * RINGFORT_LIMIT_BYTES_WRITTEN bounds what lands on the disk within a factor of two, whatever the
 * pattern, on the disk of the temporary folder and on a file system in memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/refusals.h"
#include "../support/steps.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT = 200000, BLOCK = 4096, NAME_MAX_BYTES = 255, MOST_ROUNDS = 2000 };

static int64_t counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path;
    (void)type;
    (void)at;
    counted += st->st_blocks * 512;
    return 0;
}

/** What the world's folder takes of the disk, directories included. */
static int64_t on_disk(struct world *w)
{
    counted = 0;
    assert_int_equal(nftw(w->root, count_one, 32, FTW_PHYS), 0);
    return counted;
}

/** From here on no call looks for changes of the memory, because there are many. */
static int64_t begin_filling(struct world *w)
{
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, LIMIT);
    w->unwatched = true;
    return on_disk(w);
}

static void assert_bounded(struct world *w, int64_t before)
{
    ringfort_refusal last;
    const int64_t landed = on_disk(w) - before;
    assert_true(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.limit, RINGFORT_LIMIT_BYTES_WRITTEN);
    assert_in_range(landed, 0, 2 * LIMIT);
}

static uint32_t create(struct world *w, const char *path)
{
    return guest_open(w, FIRST_PREOPEN, path, OFLAG_CREAT, RIGHTS_FILE);
}

/** Guest memory is given back after each call. */
static uint32_t try_pwrite(struct world *w, uint32_t fd, uint32_t len, uint64_t at)
{
    const uint32_t mark = w->next;
    const struct span some = { 0, len };
    const uint32_t error = wasi_fd_pwrite(w, fd, iovec(w, some), 1, at, guest_alloc(w, 4));
    w->next = mark;
    return error;
}

/** One byte every `step` bytes from `at` on, until that is refused. */
static unsigned write_sparsely(struct world *w, uint32_t fd, uint64_t at, uint64_t step)
{
    unsigned count = 0;
    while (count < MOST_ROUNDS && try_pwrite(w, fd, 1, at + count * step) == WASI_SUCCESS) {
        count++;
    }
    return count;
}

static void one_byte_in_each_block_is_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    assert_in_range(write_sparsely(w, create(w, "f"), 0, BLOCK), 40, LIMIT / BLOCK + 1);
    assert_bounded(w, before);
}

static void one_byte_far_from_the_others_is_bounded(void **state)
{
    struct world *const w = *state;
    for (uint64_t step = 2 * BLOCK; step <= (uint64_t)LIMIT * BLOCK; step *= 3) {
        world_restart(w);
        const int64_t before = begin_filling(w);
        (void)write_sparsely(w, create(w, "f"), BLOCK - 1, step);
        assert_bounded(w, before);
        assert_in_range(host_stat(w, "box/f").st_size, 0, LIMIT);
        host_unlink(w, "box/f");
    }
}

/** The hole is the host's, so the file does not grow. */
static void one_byte_in_each_block_of_a_hole_is_bounded(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_int_equal(ftruncate(host_open(w, "box/f", O_WRONLY), 1 << 30), 0);
    const int64_t before = begin_filling(w);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    assert_in_range(write_sparsely(w, fd, 0, BLOCK), 40, 2 * LIMIT / BLOCK);
    assert_bounded(w, before);
}

/** By fd_seek and fd_write, and with APPEND. */
static void one_byte_after_each_seek_and_larger_size_is_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    const uint32_t fd = create(w, "f");
    const struct span one = { 0, 1 };
    const uint32_t done = guest_alloc(w, 4);
    const uint32_t iov = iovec(w, one);
    for (int i = 0; i < MOST_ROUNDS; i++) {
        guest_seek(w, fd, BLOCK, SEEK_FROM_HERE);
        if (wasi_fd_write(w, fd, iov, 1, done) != WASI_SUCCESS) {
            break;
        }
    }
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, FDFLAG_APPEND), WASI_SUCCESS);
    for (int i = 1; i < MOST_ROUNDS; i++) {
        const uint64_t size = guest_stat(w, fd).size + BLOCK;
        if (wasi_fd_filestat_set_size(w, fd, size) != WASI_SUCCESS ||
            wasi_fd_write(w, fd, iov, 1, done) != WASI_SUCCESS) {
            break;
        }
    }
    assert_bounded(w, before);
}

static void a_size_that_grows_again_and_again_is_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    const uint32_t fd = create(w, "f");
    uint64_t size = 0;
    for (uint64_t i = 1; i < MOST_ROUNDS; i++) {
        if (wasi_fd_filestat_set_size(w, fd, size + 50000) == WASI_SUCCESS) {
            size += 50000;
            assert_errno(try_pwrite(w, fd, 1, size - 25000), WASI_SUCCESS);
            continue;
        }
        break;
    }
    assert_in_range(size, 1, LIMIT);
    assert_bounded(w, before);
}

static void reservations_are_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    const uint32_t fd = create(w, "f");
    assert_errno(wasi_fd_allocate(w, fd, 0, UINT64_C(3) << 30), WASI_ENOSPC);
    assert_errno(wasi_fd_allocate(w, fd, UINT64_C(3) << 30, 1), WASI_ENOSPC);
    for (uint64_t i = 0; i < MOST_ROUNDS && wasi_fd_allocate(w, fd, i * BLOCK, 1) == WASI_SUCCESS;
         i++) {
    }
    assert_bounded(w, before);
}

/** The longest name that there is: a letter, and a number at its end. */
static const char *long_name(char letter, unsigned number, char name[static NAME_MAX_BYTES + 1])
{
    enum { DIGITS = 8 };
    memset(name, letter, NAME_MAX_BYTES);
    (void)snprintf(name + NAME_MAX_BYTES - DIGITS, DIGITS + 1, "%08u", number);
    return name;
}

static void many_tiny_files_are_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    unsigned count = 0;
    for (; count < MOST_ROUNDS; count++) {
        char name[NAME_MAX_BYTES + 1];
        (void)long_name('n', count, name);
        const uint32_t out = guest_alloc(w, 4);
        const uint32_t error =
            wasi_path_open(w, FIRST_PREOPEN, 0, text(w, name), OFLAG_CREAT, RIGHTS_FILE, 0, 0, out);
        const uint32_t fd = guest_u32(w, out);
        world_clear_memory(w);
        if (error != WASI_SUCCESS || try_pwrite(w, fd, 1, 0) != WASI_SUCCESS) {
            break;
        }
        guest_close(w, fd);
    }
    assert_in_range(count, 30, 2 * LIMIT / BLOCK);
    assert_bounded(w, before);
}

/** Makes names that begin with a letter until one is refused. @return how many */
static unsigned make_names(struct world *w, char letter,
                           uint32_t (*make)(struct world *w, const char *name))
{
    unsigned count = 0;
    for (; count < MOST_ROUNDS; count++) {
        char name[NAME_MAX_BYTES + 1];
        (void)long_name(letter, count, name);
        world_clear_memory(w);
        if (make(w, name) != WASI_SUCCESS) {
            break;
        }
    }
    return count;
}

static uint32_t make_directory(struct world *w, const char *name)
{
    return wasi_path_create_directory(w, FIRST_PREOPEN, text(w, name));
}

static uint32_t make_link(struct world *w, const char *name)
{
    return wasi_path_link(w, FIRST_PREOPEN, 0, text(w, "f"), FIRST_PREOPEN, text(w, name));
}

static uint32_t make_short_symlink(struct world *w, const char *name)
{
    return wasi_path_symlink(w, text(w, "f"), FIRST_PREOPEN, text(w, name));
}

static uint32_t make_long_symlink(struct world *w, const char *name)
{
    char target[3000 + 1];
    memset(target, 't', sizeof target - 1);
    target[sizeof target - 1] = '\0';
    return wasi_path_symlink(w, text(w, target), FIRST_PREOPEN, text(w, name));
}

static uint32_t make_empty_file(struct world *w, const char *name)
{
    return guest_try_open(w, FIRST_PREOPEN, name, 0, OFLAG_CREAT, RIGHTS_FILE);
}

static void directories_links_and_empty_files_are_bounded(void **state)
{
    struct world *const w = *state;
    static uint32_t (*const makers[])(struct world *, const char *) = {
        make_directory, make_link, make_short_symlink, make_long_symlink, make_empty_file,
    };
    host_write(w, "box/f", "");
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        world_restart(w);
        const int64_t before = begin_filling(w);
        assert_in_range(make_names(w, (char)('a' + i), makers[i]), 40, LIMIT);
        assert_bounded(w, before);
    }
}

/** Moves a name from the last directory of a row to the next one. */
static uint32_t move_on(struct world *w, unsigned round, unsigned number)
{
    char name[NAME_MAX_BYTES + 1];
    char from[2 * NAME_MAX_BYTES];
    char to[2 * NAME_MAX_BYTES];
    (void)long_name('m', number, name);
    (void)snprintf(from, sizeof from, "d%u/%s", round, name);
    (void)snprintf(to, sizeof to, "d%u/%s", round + 1, name);
    world_clear_memory(w);
    return wasi_path_rename(w, FIRST_PREOPEN, text(w, from), FIRST_PREOPEN, text(w, to));
}

/** A directory that has grown does not shrink. */
static void names_that_are_moved_about_are_bounded(void **state)
{
    struct world *const w = *state;
    enum { NAMES = 20 };
    host_mkdir(w, "box/d0");
    for (unsigned i = 0; i < NAMES; i++) {
        char name[NAME_MAX_BYTES + 1];
        char path[2 * NAME_MAX_BYTES];
        (void)snprintf(path, sizeof path, "box/d0/%s", long_name('m', i, name));
        host_write(w, path, "");
    }
    const int64_t before = begin_filling(w);
    uint32_t error = WASI_SUCCESS;
    for (unsigned round = 0; round < MOST_ROUNDS && error == WASI_SUCCESS; round++) {
        char name[16];
        (void)snprintf(name, sizeof name, "d%u", round + 1);
        world_clear_memory(w);
        error = make_directory(w, name);
        for (unsigned i = 0; i < NAMES && error == WASI_SUCCESS; i++) {
            error = move_on(w, round, i);
        }
    }
    assert_errno(error, WASI_ENOSPC);
    assert_bounded(w, before);
}

/** Nothing is given back for what is removed, because an open file keeps its room. */
static void files_without_a_name_are_bounded(void **state)
{
    struct world *const w = *state;
    (void)begin_filling(w);
    uint64_t landed = 0;
    for (unsigned i = 0; i < 200; i++) {
        world_clear_memory(w);
        const uint32_t out = guest_alloc(w, 4);
        if (wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "f"), OFLAG_CREAT, RIGHTS_FILE, 0, 0,
                           out) != WASI_SUCCESS ||
            try_pwrite(w, guest_u32(w, out), 1, 0) != WASI_SUCCESS) {
            break;
        }
        assert_errno(wasi_path_unlink_file(w, FIRST_PREOPEN, text(w, "f")), WASI_SUCCESS);
        landed += BLOCK;
    }
    assert_in_range(landed, LIMIT / 2, 2 * LIMIT);
}

/** What counts is what happened, so a file that is emptied again and again counts each time. */
static void all_patterns_together_are_bounded(void **state)
{
    struct world *const w = *state;
    const int64_t before = begin_filling(w);
    const uint32_t fd = create(w, "f");
    unsigned refused = 0;
    uint32_t random = 12345;
    for (unsigned i = 0; i < 4000; i++) {
        char name[16];
        random = random * 1664525 + 1013904223;
        const uint32_t at = random >> 12;
        (void)snprintf(name, sizeof name, "n%u", i);
        world_clear_memory(w);
        uint32_t error = WASI_SUCCESS;
        switch (random >> 8 & 7) {
        case 0:
            error = wasi_fd_filestat_set_size(w, fd, at % 100000);
            break;
        case 1:
            error = wasi_fd_allocate(w, fd, at % 100000, 1 + i % 5000);
            break;
        case 2:
            error = make_directory(w, name);
            break;
        case 3:
            error = make_empty_file(w, name);
            break;
        default:
            error = try_pwrite(w, fd, 1 + at % 3000, at % 200000);
            break;
        }
        refused += error == WASI_SUCCESS ? 0 : 1;
    }
    assert_in_range(refused, 1000, 4000);
    assert_bounded(w, before);
}

/** A program that writes one file after the other gets what the limit says. */
static void plain_writes_get_every_byte_of_the_limit(void **state)
{
    struct world *const w = *state;
    static const uint64_t limits[] = { 1, 10, BLOCK, 5000, 8192, 9000, 100000, 1 << 20 };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        world_restart(w);
        limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, limits[i]);
        w->unwatched = true;
        uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE);
        uint64_t written = 0;
        const struct span some = { 0, 1000 };
        const uint32_t done = guest_alloc(w, 4);
        const uint32_t iov = iovec(w, some);
        while (wasi_fd_write(w, fd, iov, 1, done) == WASI_SUCCESS) {
            written += guest_u32(w, done);
        }
        assert_int_equal(written, limits[i]);
        assert_int_equal(host_stat(w, "box/f").st_size, limits[i]);
    }
}

/** Sixty files of two kilobytes in ten directories, under a limit of half as much again. */
static void a_small_tree_fits_into_its_limit(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_BYTES_WRITTEN, 240000);
    w->unwatched = true;
    for (unsigned i = 0; i < 60; i++) {
        char name[32];
        world_clear_memory(w);
        (void)snprintf(name, sizeof name, "d%u", i / 6);
        if (i % 6 == 0) {
            assert_errno(make_directory(w, name), WASI_SUCCESS);
        }
        (void)snprintf(name, sizeof name, "d%u/%u", i / 6, i);
        const uint32_t fd = create(w, name);
        assert_errno(try_pwrite(w, fd, 2000, 0), WASI_SUCCESS);
        guest_close(w, fd);
    }
}

static int in_memory(void **state)
{
    (void)state;
    return access("/dev/shm", W_OK) == 0 ? setenv("RINGFORT_TEST_FOLDER", "/dev/shm", 1) : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_byte_in_each_block_is_bounded),
        TEST(one_byte_far_from_the_others_is_bounded),
        TEST(one_byte_in_each_block_of_a_hole_is_bounded),
        TEST(one_byte_after_each_seek_and_larger_size_is_bounded),
        TEST(a_size_that_grows_again_and_again_is_bounded),
        TEST(reservations_are_bounded),
        TEST(many_tiny_files_are_bounded),
        TEST(directories_links_and_empty_files_are_bounded),
        TEST(names_that_are_moved_about_are_bounded),
        TEST(files_without_a_name_are_bounded),
        TEST(all_patterns_together_are_bounded),
        TEST(plain_writes_get_every_byte_of_the_limit),
        TEST(a_small_tree_fits_into_its_limit),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, in_memory, NULL);
}
