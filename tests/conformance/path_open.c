/*
 * path_open: numbers, and every combination of flags. Rights are in path_open_rights.c, what paths
 * may name in paths.c and path_sandbox.c.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/deadline.h"
#include "../support/steps.h"

#include <fcntl.h>
#include <unistd.h>

enum { NO_FOLLOW = 0 };

/** path_open in the box. @return the errno */
static uint32_t try_open(struct world *w, const char *path, uint32_t lookup, uint32_t oflags,
                         uint64_t base)
{
    return guest_try_open(w, FIRST_PREOPEN, path, lookup, oflags, base);
}

static void path_open_gives_the_lowest_number_that_is_free(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), FIRST_PREOPEN + 1 + i);
    }
    guest_close(w, 70);
    guest_close(w, 7);
    guest_close(w, 90);
    guest_close(w, 0);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 0);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 7);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 70);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), 90);
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), FIRST_PREOPEN + 101);
}

static void path_open_of_a_directory_for_writing_is_isdir(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    const uint64_t base = RIGHTS_PREOPEN | RIGHT_FD_WRITE;
    assert_errno(try_open(w, "d", 0, 0, base), WASI_EISDIR);
    assert_errno(try_open(w, "d", 0, OFLAG_DIRECTORY, base), WASI_EISDIR);
    assert_errno(try_open(w, ".", 0, OFLAG_DIRECTORY, base), WASI_EISDIR);
    assert_errno(try_open(w, "d", 0, OFLAG_DIRECTORY, RIGHTS_INHERITING), WASI_EISDIR);
    assert_errno(try_open(w, "d", 0, 0, RIGHT_FD_READ | RIGHT_FD_READDIR), WASI_SUCCESS);
}

/* Go asks for the rights to allocate and to set the size of everything that it opens. */
static void path_open_of_a_directory_leaves_out_the_rights_of_files(void **state)
{
    struct world *const w = *state;
    const uint32_t fd =
        guest_open(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_INHERITING & ~RIGHT_FD_WRITE);
    assert_int_equal(guest_fdstat_of(w, fd).base & ~RIGHTS_SOCKET_BITS, RIGHTS_PREOPEN);
}

static void path_open_of_a_file_as_a_directory_is_notdir(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    assert_errno(try_open(w, "f", 0, OFLAG_DIRECTORY, 0), WASI_ENOTDIR);
    assert_errno(try_open(w, "f/", 0, 0, 0), WASI_ENOTDIR);
    assert_errno(try_open(w, "f/x", 0, 0, 0), WASI_ENOTDIR);
    assert_errno(try_open(w, "f/x", 0, OFLAG_CREAT, RIGHT_FD_WRITE), WASI_ENOTDIR);
}

static void path_open_with_creat_makes_a_file_of_the_umasks_mode(void **state)
{
    struct world *const w = *state;
    umask(027);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "new", OFLAG_CREAT, RIGHTS_FILE);
    umask(022);
    guest_write(w, fd, "made");
    host_assert_text(w, "box/new", "made");
    assert_int_equal(host_stat(w, "box/new").st_mode & 07777, 0640);
    const uint32_t again = guest_open(w, FIRST_PREOPEN, "new", OFLAG_CREAT, RIGHTS_FILE);
    guest_assert_reads(w, again, 8, "made");
}

static void path_open_with_creat_in_no_directory_is_noent(void **state)
{
    struct world *const w = *state;
    assert_errno(try_open(w, "none/f", 0, OFLAG_CREAT, RIGHTS_FILE), WASI_ENOENT);
    assert_errno(try_open(w, "none", 0, 0, RIGHTS_FILE), WASI_ENOENT);
    assert_false(host_exists(w, "box/none"));
}

static void path_open_with_creat_of_a_directory_is_inval_and_makes_nothing(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    const uint32_t both = OFLAG_CREAT | OFLAG_DIRECTORY;
    assert_errno(try_open(w, "new", 0, both, RIGHTS_PREOPEN), WASI_EINVAL);
    assert_errno(try_open(w, "new", 0, both | OFLAG_EXCL, RIGHTS_PREOPEN), WASI_EINVAL);
    assert_errno(try_open(w, "d", 0, both, RIGHTS_PREOPEN), WASI_EINVAL);
    assert_false(host_exists(w, "box/new"));
}

/* Checklist row 19. */
static void path_open_with_creat_and_excl_of_anything_there_is_exist(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    host_mkdir(w, "box/d");
    host_symlink(w, "f", "box/l");
    host_symlink(w, "none", "box/dangling");
    const uint32_t both = OFLAG_CREAT | OFLAG_EXCL;
    const char *const there[] = { "f", "d", "l", "dangling" };
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        assert_errno(try_open(w, there[i], NO_FOLLOW, both, RIGHTS_FILE), WASI_EEXIST);
        assert_errno(try_open(w, there[i], LOOKUP_FOLLOW, both, RIGHTS_FILE), WASI_EEXIST);
        assert_errno(try_open(w, there[i], LOOKUP_FOLLOW, both | OFLAG_TRUNC, RIGHTS_FILE),
                     WASI_EEXIST);
    }
    assert_false(host_exists(w, "box/none"));
    host_assert_text(w, "box/f", "kept");
    assert_errno(try_open(w, "new", NO_FOLLOW, both, RIGHTS_FILE), WASI_SUCCESS);
    assert_true(host_exists(w, "box/new"));
}

/* Checklist row 19. */
static void path_open_with_excl_alone_means_nothing(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    assert_errno(try_open(w, "f", 0, OFLAG_EXCL, RIGHTS_FILE), WASI_SUCCESS);
    assert_errno(try_open(w, "none", 0, OFLAG_EXCL, RIGHTS_FILE), WASI_ENOENT);
    assert_false(host_exists(w, "box/none"));
}

static void path_open_with_trunc_empties_the_file(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "old contents");
    assert_errno(try_open(w, "f", 0, OFLAG_TRUNC, RIGHTS_FILE), WASI_SUCCESS);
    host_assert_text(w, "box/f", "");
    assert_errno(try_open(w, "none", 0, OFLAG_TRUNC, RIGHTS_FILE), WASI_ENOENT);
    host_write(w, "box/f", "again");
    assert_errno(try_open(w, "f", 0, OFLAG_TRUNC | OFLAG_CREAT, RIGHTS_FILE), WASI_SUCCESS);
    host_assert_text(w, "box/f", "");
}

static void path_open_with_trunc_of_a_directory_is_isdir_or_inval(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    assert_errno_either(try_open(w, "d", 0, OFLAG_TRUNC, 0), WASI_EISDIR, WASI_EINVAL);
    assert_errno_either(try_open(w, "d", 0, OFLAG_TRUNC | OFLAG_DIRECTORY, 0), WASI_EISDIR,
                        WASI_EINVAL);
    assert_true(host_exists(w, "box/d"));
}

static void path_open_with_trunc_needs_the_right_to_set_sizes(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    const uint32_t dir = guest_open(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN);
    assert_errno(wasi_fd_fdstat_set_rights(w, dir, RIGHTS_PREOPEN & ~RIGHT_PATH_FILESTAT_SET_SIZE,
                                           RIGHTS_FILE),
                 WASI_SUCCESS);
    assert_errno(guest_try_open(w, dir, "f", 0, OFLAG_TRUNC, RIGHTS_FILE), WASI_ENOTCAPABLE);
    host_assert_text(w, "box/f", "kept");
}

/** As Go does: it asks for a directory without the right. */
static void path_open_with_trunc_works_beneath_a_directory_opened_without_its_right(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "gone");
    const uint32_t dir = guest_open(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY,
                                    RIGHTS_PREOPEN & ~RIGHT_PATH_FILESTAT_SET_SIZE);
    guest_close(w, guest_open(w, dir, "f", OFLAG_TRUNC, RIGHTS_FILE));
    host_assert_text(w, "box/f", "");
}

static void path_open_with_creat_needs_the_right_to_create_files(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    const uint32_t dir = guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                            RIGHT_PATH_CREATE_FILE);
    assert_errno(guest_try_open(w, dir, "new", 0, OFLAG_CREAT, RIGHTS_FILE), WASI_ENOTCAPABLE);
    assert_false(host_exists(w, "box/new"));
    assert_errno(guest_try_open(w, dir, "f", 0, 0, RIGHTS_FILE), WASI_SUCCESS);
}

static void path_open_for_synchronised_writes_needs_the_rights_to_synchronise(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t out = guest_alloc(w, 4);
    const struct {
        uint64_t right;
        uint32_t flag;
    } pairs[] = { { RIGHT_FD_DATASYNC, FDFLAG_DSYNC },
                  { RIGHT_FD_SYNC, FDFLAG_SYNC },
                  { RIGHT_FD_SYNC, FDFLAG_RSYNC } };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, ".");
        guest_give_up(w, dir, 0, pairs[i].right);
        assert_errno(wasi_path_open(w, dir, 0, text(w, "f"), 0, RIGHTS_FILE & ~pairs[i].right, 0,
                                    pairs[i].flag, out),
                     WASI_ENOTCAPABLE);
        assert_errno(
            wasi_path_open(w, dir, 0, text(w, "f"), 0, RIGHTS_FILE & ~pairs[i].right, 0, 0, out),
            WASI_SUCCESS);
    }
}

static void path_open_needs_its_right(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    const uint32_t dir =
        guest_open_without(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN, RIGHT_PATH_OPEN);
    assert_errno(guest_try_open(w, dir, "f", 0, 0, RIGHT_FD_READ), WASI_ENOTCAPABLE);
}

static void path_open_with_unknown_flags_is_inval_and_makes_nothing(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    const struct span path = text(w, "new");
    const uint32_t creat = OFLAG_CREAT;
    assert_errno(wasi_path_open(w, 3, 0, path, creat | 16, RIGHTS_FILE, 0, 0, out), WASI_EINVAL);
    assert_errno(wasi_path_open(w, 3, 0, path, creat | 65536, RIGHTS_FILE, 0, 0, out), WASI_EINVAL);
    assert_errno(wasi_path_open(w, 3, 2, path, creat, RIGHTS_FILE, 0, 0, out), WASI_EINVAL);
    assert_errno(wasi_path_open(w, 3, 0, path, creat, RIGHTS_FILE, 0, 32, out), WASI_EINVAL);
    assert_false(host_exists(w, "box/new"));
}

static void path_open_without_follow_of_a_link_is_loop(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "kept");
    host_mkdir(w, "box/d");
    host_symlink(w, "f", "box/lf");
    host_symlink(w, "d", "box/ld");
    host_symlink(w, "none", "box/dangling");
    assert_errno(try_open(w, "lf", NO_FOLLOW, 0, RIGHTS_FILE), WASI_ELOOP);
    assert_errno(try_open(w, "lf", NO_FOLLOW, OFLAG_TRUNC, RIGHTS_FILE), WASI_ELOOP);
    assert_errno(try_open(w, "lf", NO_FOLLOW, OFLAG_CREAT, RIGHTS_FILE), WASI_ELOOP);
    assert_errno(try_open(w, "dangling", NO_FOLLOW, 0, RIGHTS_FILE), WASI_ELOOP);
    assert_errno(try_open(w, "dangling", NO_FOLLOW, OFLAG_CREAT, RIGHTS_FILE), WASI_ELOOP);
    assert_errno(try_open(w, "ld", NO_FOLLOW, 0, RIGHTS_PREOPEN), WASI_ELOOP);
    assert_errno_either(try_open(w, "ld", NO_FOLLOW, OFLAG_DIRECTORY, RIGHTS_PREOPEN), WASI_ELOOP,
                        WASI_ENOTDIR);
    host_assert_text(w, "box/f", "kept");
    assert_false(host_exists(w, "box/none"));
}

static void path_open_with_follow_of_a_link_opens_its_target(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "text");
    host_mkdir(w, "box/d");
    host_symlink(w, "../f", "box/d/up");
    host_symlink(w, "d/up", "box/l");
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "l", 0, RIGHTS_FILE);
    guest_assert_reads(w, fd, 8, "text");
    assert_int_equal(guest_stat(w, fd).ino, host_stat(w, "box/f").st_ino);
}

static void path_open_with_follow_of_a_dangling_link_makes_the_target_only_with_creat(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/d");
    host_symlink(w, "d/new", "box/l");
    assert_errno(try_open(w, "l", LOOKUP_FOLLOW, 0, RIGHTS_FILE), WASI_ENOENT);
    assert_false(host_exists(w, "box/d/new"));
    assert_errno(try_open(w, "l", LOOKUP_FOLLOW, OFLAG_CREAT, RIGHTS_FILE), WASI_SUCCESS);
    assert_true(host_exists(w, "box/d/new"));
}

static void path_open_nonblocking_of_a_directory_is_fine(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "."), OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                RIGHTS_INHERITING, FDFLAG_NONBLOCK, out),
                 WASI_SUCCESS);
}

static void path_open_with_a_bad_place_for_its_result_opens_and_makes_nothing(void **state)
{
    struct world *const w = *state;
    world_start(w);
    const unsigned before = host_files_open();
    const uint32_t late = guest_end(w, 3);
    assert_fault(
        w,
        wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "new"), OFLAG_CREAT, RIGHTS_FILE, 0, 0, late),
        late, 4);
    assert_false(host_exists(w, "box/new"));
    assert_int_equal(host_files_open(), before);
    host_write(w, "box/f", "");
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "f", 0, 0), FIRST_PREOPEN + 1);
}

static void path_open_gives_descriptors_that_close_on_exec(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/f", "");
    host_mkdir(w, "box/d");
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    assert_true(file != dir);
    for (int fd = 3; fd < 1024; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        struct stat found;
        if (flags >= 0 && fstat(fd, &found) == 0 &&
            (found.st_ino == host_stat(w, "box/f").st_ino ||
             found.st_ino == host_stat(w, "box/d").st_ino)) {
            assert_int_equal(flags & FD_CLOEXEC, FD_CLOEXEC);
        }
    }
}

/* A FIFO that nobody writes to must not hang the guest: it is opened, or refused. */
static void path_open_of_a_fifo_never_hangs(void **state)
{
    struct world *const w = *state;
    host_mkfifo(w, "box/fifo");
    const uint64_t bases[] = { RIGHT_FD_READ, RIGHT_FD_WRITE, RIGHT_FD_READ | RIGHT_FD_WRITE, 0 };
    const uint32_t flags[] = { 0, FDFLAG_NONBLOCK };
    const uint32_t out = guest_alloc(w, 4);
    const struct span path = text(w, "fifo");
    for (size_t i = 0; i < 8; i++) {
        const uint32_t error =
            wasi_path_open(w, FIRST_PREOPEN, 0, path, 0, bases[i / 2], 0, flags[i % 2], out);
        assert_true(error < WASI_EXITED);
        if (error == WASI_SUCCESS) {
            const uint32_t fd = guest_u32(w, out);
            assert_int_equal(guest_fdstat_of(w, fd).filetype, TYPE_SOCKET_STREAM);
            guest_close(w, fd);
        }
    }
    assert_int_equal(guest_stat_at(w, FIRST_PREOPEN, "fifo").filetype, TYPE_SOCKET_STREAM);
}

static void path_open_of_a_fifo_reads_what_the_host_writes(void **state)
{
    struct world *const w = *state;
    host_mkfifo(w, "box/fifo");
    const int host = host_open(w, "box/fifo", O_RDWR);
    struct deadline late;
    deadline_begin(&late, w, 5000);
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t error =
        wasi_path_open(w, FIRST_PREOPEN, 0, text(w, "fifo"), 0, RIGHT_FD_READ, 0, 0, out);
    if (error == WASI_SUCCESS) { /* to refuse a FIFO is allowed as well */
        assert_int_equal(write(host, "through", 7), 7);
        guest_assert_reads(w, guest_u32(w, out), 16, "through");
        assert_int_equal(write(host, "again", 5), 5);
        guest_assert_reads(w, guest_u32(w, out), 16, "again");
    }
    deadline_end(&late, w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_gives_the_lowest_number_that_is_free),
        TEST(path_open_of_a_directory_for_writing_is_isdir),
        TEST(path_open_of_a_directory_leaves_out_the_rights_of_files),
        TEST(path_open_of_a_file_as_a_directory_is_notdir),
        TEST(path_open_with_creat_makes_a_file_of_the_umasks_mode),
        TEST(path_open_with_creat_in_no_directory_is_noent),
        TEST(path_open_with_creat_of_a_directory_is_inval_and_makes_nothing),
        TEST(path_open_with_creat_and_excl_of_anything_there_is_exist),
        TEST(path_open_with_excl_alone_means_nothing),
        TEST(path_open_with_trunc_empties_the_file),
        TEST(path_open_with_trunc_of_a_directory_is_isdir_or_inval),
        TEST(path_open_with_trunc_needs_the_right_to_set_sizes),
        TEST(path_open_with_trunc_works_beneath_a_directory_opened_without_its_right),
        TEST(path_open_with_creat_needs_the_right_to_create_files),
        TEST(path_open_for_synchronised_writes_needs_the_rights_to_synchronise),
        TEST(path_open_needs_its_right),
        TEST(path_open_with_unknown_flags_is_inval_and_makes_nothing),
        TEST(path_open_without_follow_of_a_link_is_loop),
        TEST(path_open_with_follow_of_a_link_opens_its_target),
        TEST(path_open_with_follow_of_a_dangling_link_makes_the_target_only_with_creat),
        TEST(path_open_nonblocking_of_a_directory_is_fine),
        TEST(path_open_with_a_bad_place_for_its_result_opens_and_makes_nothing),
        TEST(path_open_gives_descriptors_that_close_on_exec),
        TEST(path_open_of_a_fifo_never_hangs),
        TEST(path_open_of_a_fifo_reads_what_the_host_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
