/*
 * path_open: which rights a descriptor gets, and that those which were given up stay so.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

enum { RIGHT_BITS = 30 };

static void path_open_opens_a_file_for_what_is_asked_and_gives_it_all_other_rights(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint64_t writing = RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;
    const uint64_t reader = RIGHTS_FILE & ~writing;
    const struct {
        uint64_t asked;
        uint64_t got;
    } cases[] = {
        { 0, reader },
        { RIGHT_FD_READ, reader },
        { RIGHT_PATH_OPEN | RIGHT_FD_READDIR | RIGHT_FD_TELL, reader },
        { RIGHTS_PREOPEN, reader },
        { RIGHTS_READER, reader },
        { RIGHT_FD_WRITE, RIGHTS_FILE & ~RIGHT_FD_READ },
        { RIGHT_FD_WRITE | RIGHT_FD_SEEK, RIGHTS_FILE & ~RIGHT_FD_READ },
        { RIGHT_FD_WRITE | RIGHT_FD_READ, RIGHTS_FILE },
        { RIGHTS_FILE, RIGHTS_FILE },
        { RIGHTS_INHERITING, RIGHTS_FILE },
        { UINT64_MAX, RIGHTS_FILE },
        { RIGHT_FD_READ | RIGHT_FD_FILESTAT_SET_SIZE, RIGHTS_FILE & ~RIGHT_FD_WRITE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, cases[i].asked);
        assert_int_equal(guest_fdstat_of(w, fd).base, cases[i].got);
        assert_int_equal(guest_fdstat_of(w, fd).inheriting, 0);
        guest_close(w, fd);
    }
}

static void path_open_leaves_out_rights_that_the_directory_gave_up(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    const uint32_t out = guest_alloc(w, 4);
    const uint64_t passed_on = RIGHT_FD_READ | RIGHT_FD_FILESTAT_GET;
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, ".");
    guest_give_up(w, dir, 0, ~passed_on);
    assert_int_equal(guest_fdstat_of(w, dir).inheriting, passed_on);
    const uint32_t fd = guest_open(w, dir, "f", 0, RIGHTS_INHERITING);
    assert_int_equal(guest_fdstat_of(w, fd).base, passed_on);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, "x")), 1, out), WASI_ENOTCAPABLE);
    const uint32_t again = guest_open(w, dir, ".", OFLAG_DIRECTORY, RIGHT_PATH_OPEN);
    assert_int_equal(guest_fdstat_of(w, again).base, RIGHT_FD_FILESTAT_GET);
    assert_int_equal(guest_fdstat_of(w, again).inheriting, passed_on);
    assert_errno(guest_try_open(w, again, "f", 0, 0, RIGHT_FD_READ), WASI_ENOTCAPABLE);
}

static void path_open_without_rights_opens_a_file_that_can_be_read(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, 0);
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    guest_assert_reads(w, fd, 8, "text");
    assert_errno(wasi_fd_filestat_get(w, fd, out), WASI_SUCCESS);
    assert_errno(wasi_fd_write(w, fd, iovec(w, text(w, "x")), 1, out), WASI_EBADF);
}

/** Everything that a guest does in a directory. */
static void assert_usable(struct world *w, uint32_t dir)
{
    const uint32_t out = guest_alloc(w, 1024);
    const struct span f = text(w, "f");
    const struct span g = text(w, "g");
    const uint32_t fd = guest_open(w, dir, "f", OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE);
    guest_write(w, fd, "text");
    guest_close(w, fd);
    assert_errno(wasi_path_create_directory(w, dir, text(w, "e")), WASI_SUCCESS);
    assert_errno(wasi_path_filestat_set_times(w, dir, 0, f, 1, 1, FST_MTIM), WASI_SUCCESS);
    assert_errno(guest_try_stat(w, dir, "f", 0), WASI_SUCCESS);
    assert_errno(wasi_path_symlink(w, f, dir, text(w, "l")), WASI_SUCCESS);
    assert_errno(wasi_path_readlink(w, dir, text(w, "l"), out, 8, out + 8), WASI_SUCCESS);
    assert_errno(wasi_path_link(w, dir, 0, f, dir, g), WASI_SUCCESS);
    assert_errno(wasi_path_rename(w, dir, g, dir, text(w, "h")), WASI_SUCCESS);
    assert_errno(wasi_fd_readdir(w, dir, out, 1024, 0, guest_alloc(w, 4)), WASI_SUCCESS);
    const char *const made[] = { "f", "h", "l" };
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        assert_errno(wasi_path_unlink_file(w, dir, text(w, made[i])), WASI_SUCCESS);
    }
    assert_errno(wasi_path_remove_directory(w, dir, text(w, "e")), WASI_SUCCESS);
    assert_errno(wasi_fd_filestat_get(w, dir, out), WASI_SUCCESS);
    assert_errno(wasi_fd_sync(w, dir), WASI_SUCCESS);
}

static void path_open_of_a_directory_gives_it_every_right_whatever_is_asked(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_mkdir(w, "box/d/d");
    const uint64_t asked[] = { 0,
                               RIGHT_FD_READ,
                               RIGHT_FD_READDIR,
                               RIGHT_PATH_OPEN,
                               RIGHTS_PREOPEN,
                               UINT64_MAX & ~RIGHT_FD_WRITE };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        for (uint32_t oflags = 0; oflags <= OFLAG_DIRECTORY; oflags += OFLAG_DIRECTORY) {
            const uint32_t dir = guest_open(w, FIRST_PREOPEN, "d", oflags, asked[i]);
            assert_int_equal(guest_fdstat_of(w, dir).base, RIGHTS_PREOPEN);
            assert_int_equal(guest_fdstat_of(w, dir).inheriting,
                             guest_fdstat_of(w, FIRST_PREOPEN).inheriting);
            assert_usable(w, dir);
            const uint32_t below = guest_open(w, dir, "d", oflags, asked[i]);
            assert_usable(w, below);
            guest_close(w, below);
            guest_close(w, dir);
        }
    }
}

/** A directory without `given_up` never gets it back, by no way that a guest has. */
static void assert_never_wider(struct world *w, uint32_t dir, uint64_t base, uint64_t inheriting)
{
    const char *const ways[] = { ".", "d", "d/..", "l", "l/../.", "./d/" };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        for (uint32_t oflags = 0; oflags <= OFLAG_DIRECTORY; oflags += OFLAG_DIRECTORY) {
            const uint32_t fd = guest_open(w, dir, ways[i], oflags, UINT64_MAX & ~RIGHT_FD_WRITE);
            const struct fdstat got = guest_fdstat_of(w, fd);
            assert_int_equal(got.base & base, 0);
            assert_int_equal(got.base & inheriting, 0);
            assert_int_equal(got.inheriting & inheriting, 0);
            assert_errno(wasi_fd_fdstat_set_rights(w, fd, got.base | base, got.inheriting),
                         base != 0 ? WASI_ENOTCAPABLE : WASI_SUCCESS);
            const uint32_t moved = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
            assert_errno(wasi_fd_renumber(w, fd, moved), WASI_SUCCESS);
            const uint32_t below = guest_open(w, moved, ".", oflags, 0);
            assert_int_equal(guest_fdstat_of(w, below).base & (base | inheriting), 0);
            guest_close(w, below);
            guest_close(w, moved);
        }
    }
    const uint32_t file = guest_open(w, dir, "f", 0, UINT64_MAX & ~RIGHT_FD_WRITE);
    assert_int_equal(guest_fdstat_of(w, file).base & inheriting, 0);
    guest_close(w, file);
}

static void path_open_beneath_a_directory_never_brings_back_what_it_gave_up(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_write(w, "box/f", "");
    host_symlink(w, "d", "box/l");
    for (unsigned bit = 0; bit < RIGHT_BITS; bit++) {
        const uint64_t right = RIGHT(bit);
        if (right == RIGHT_PATH_OPEN) {
            continue; /* nothing is opened then, see path_open_needs_its_right */
        }
        const uint32_t own = guest_open_dir(w, FIRST_PREOPEN, ".");
        guest_give_up(w, own, right, 0);
        assert_never_wider(w, own, guest_fdstat_of(w, FIRST_PREOPEN).base & right, 0);
        guest_close(w, own);
        const uint32_t passing = guest_open_dir(w, FIRST_PREOPEN, ".");
        guest_give_up(w, passing, 0, right);
        assert_never_wider(w, passing, 0, right);
        guest_close(w, passing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_opens_a_file_for_what_is_asked_and_gives_it_all_other_rights),
        TEST(path_open_leaves_out_rights_that_the_directory_gave_up),
        TEST(path_open_without_rights_opens_a_file_that_can_be_read),
        TEST(path_open_of_a_directory_gives_it_every_right_whatever_is_asked),
        TEST(path_open_beneath_a_directory_never_brings_back_what_it_gave_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
