/*
 * Where RINGFORT_DIALECT_NODE answers otherwise than the specification's tests, and that the rest
 * is the same.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

static void begin(struct world *w)
{
    assert_status(ringfort_config_set_dialect(w->config, RINGFORT_DIALECT_NODE), RINGFORT_OK);
    host_write(w, "box/f", "text");
}

static void fd_readdir_lists_no_dots_to_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_write(w, "box/g", "");
    const uint32_t buf = guest_alloc(w, 512);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 512, 0, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 2 * SIZE_DIRENT + 2);
    /* Each entry alone, by its cookie. */
    unsigned seen = 0;
    uint64_t cookie = 0;
    for (int i = 0; i < 2; i++) {
        assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, SIZE_DIRENT + 1, cookie, used),
                     WASI_SUCCESS);
        assert_int_equal(guest_u32(w, used), SIZE_DIRENT + 1);
        seen |= w->memory[buf + SIZE_DIRENT] == 'f' ? 1u : 2u;
        cookie = guest_u64(w, buf);
    }
    assert_int_equal(seen, 3);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 512, cookie, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 0);
    host_mkdir(w, "box/empty");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "empty");
    assert_errno(wasi_fd_readdir(w, dir, buf, 512, 0, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 0);
}

static void path_open_and_all_others_refuse_an_empty_path_to_node_with_inval(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_each_op_gives(w, FIRST_PREOPEN, "", WASI_EINVAL);
    assert_errno(wasi_path_symlink(w, text(w, ""), FIRST_PREOPEN, text(w, "l")), WASI_EINVAL);
    assert_false(host_exists(w, "box/l"));
}

static void path_open_ignores_unknown_flag_bits_for_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const struct span f = text(w, "f");
    assert_errno(wasi_path_open(w, 3, 2, f, 0, RIGHT_FD_READ, 0, 0, out), WASI_SUCCESS);
    assert_errno(wasi_path_open(w, 3, 0, f, 16, RIGHT_FD_READ, 0, 0, out), WASI_SUCCESS);
    assert_errno(wasi_path_open(w, 3, 0, f, 0, RIGHT_FD_READ, 0, 32, out), WASI_SUCCESS);
    const uint32_t fd = guest_u32(w, out);
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, 32), WASI_ENOTCAPABLE);
    const uint32_t full = guest_open(w, 3, "f", 0, RIGHTS_FILE);
    assert_errno(wasi_fd_fdstat_set_flags(w, full, 32), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, full).flags, 0);
    assert_errno(wasi_path_filestat_get(w, 3, 2, f, out), WASI_SUCCESS);
}

static void fd_fdstat_set_flags_ignores_the_synchronising_ones_for_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t flags = FDFLAG_DSYNC | FDFLAG_RSYNC | FDFLAG_SYNC;
    assert_errno(wasi_fd_fdstat_set_flags(w, fd, flags | FDFLAG_APPEND), WASI_SUCCESS);
    assert_int_equal(guest_fdstat_of(w, fd).flags & FDFLAG_APPEND, FDFLAG_APPEND);
}

static void unknown_enum_values_are_inval_to_node_too(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_seek(w, fd, 0, 3, out), WASI_EINVAL);
    assert_errno(wasi_fd_advise(w, fd, 0, 0, 6), WASI_EINVAL);
    assert_errno(wasi_clock_time_get(w, 4, 0, out), WASI_EINVAL);
    assert_errno(wasi_clock_res_get(w, 4, out), WASI_EINVAL);
    assert_errno(wasi_fd_filestat_set_times(w, fd, 0, 0, FST_ATIM | FST_ATIM_NOW), WASI_EINVAL);
}

static void path_open_refuses_rights_to_node_that_the_directory_cannot_give(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t out = guest_alloc(w, 4);
    const struct span f = text(w, "f");
    assert_errno(wasi_path_open(w, 3, 0, f, 0, UINT64_MAX, 0, 0, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_path_open(w, 3, 0, f, 0, RIGHT_FD_READ, UINT64_MAX, 0, out),
                 WASI_ENOTCAPABLE);
    assert_errno(wasi_path_open(w, 3, 0, f, 0, RIGHTS_FILE, 0, 0, out), WASI_SUCCESS);
    assert_errno(wasi_path_open(w, 3, 0, text(w, "."), OFLAG_DIRECTORY, RIGHTS_PREOPEN,
                                RIGHT_FD_READ, 0, out),
                 WASI_SUCCESS);
    const uint32_t dir = guest_u32(w, out);
    assert_errno(guest_try_open(w, dir, "f", 0, 0, RIGHT_FD_WRITE), WASI_ENOTCAPABLE);
}

/* Node itself says NOTCAPABLE of the last, which no program looks for. */
static void fd_read_of_a_directory_is_isdir_to_node_and_all_else_is_about_rights(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t out = guest_alloc(w, 64);
    const uint32_t room = iovec(w, text(w, "room"));
    const uint32_t reader = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHT_FD_READ);
    assert_int_equal(guest_fdstat_of(w, reader).base, RIGHT_FD_READ);
    assert_errno(wasi_fd_write(w, reader, room, 1, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_tell(w, reader, out), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_filestat_set_size(w, reader, 0), WASI_ENOTCAPABLE);
    assert_errno(wasi_fd_readdir(w, reader, out, 8, 0, out + 32), WASI_ENOTCAPABLE);
    assert_each_op_gives(w, reader, "f", WASI_ENOTCAPABLE);
    const uint32_t none = guest_open(w, FIRST_PREOPEN, ".", OFLAG_DIRECTORY, 0);
    assert_errno(wasi_fd_readdir(w, none, out, 8, 0, out + 32), WASI_ENOTCAPABLE);
    assert_each_op_gives(w, none, "f", WASI_ENOTCAPABLE);
    const uint32_t dirs[] = { FIRST_PREOPEN, none, guest_open_dir(w, FIRST_PREOPEN, "."),
                              guest_open(w, FIRST_PREOPEN, ".", 0, RIGHTS_READER) };
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        assert_errno(wasi_fd_write(w, dirs[i], room, 1, out), WASI_ENOTCAPABLE);
        assert_errno(wasi_fd_read(w, dirs[i], room, 1, out), WASI_EISDIR);
    }
}

static void fd_prestat_get_of_what_is_no_preopen_is_inval_to_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE);
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_fd_prestat_get(w, fd, out), WASI_EINVAL);
    assert_errno(wasi_fd_prestat_get(w, 0, out), WASI_EINVAL);
    assert_errno(wasi_fd_prestat_get(w, 99, out), WASI_EBADF);
    assert_errno(wasi_fd_prestat_get(w, FIRST_PREOPEN, out), WASI_SUCCESS);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, out, 2), WASI_ENOBUFS);
    assert_errno(wasi_fd_prestat_dir_name(w, FIRST_PREOPEN, out, 8), WASI_SUCCESS);
}

static void proc_raise_is_nosys_to_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    assert_errno(wasi_proc_raise(w, 0), WASI_ENOSYS);
    assert_errno(wasi_proc_raise(w, 6), WASI_ENOSYS);
}

static void names_may_be_any_bytes_to_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t buf = guest_alloc(w, 512);
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "\xff\xfe\x80", OFLAG_CREAT, RIGHTS_FILE);
    guest_close(w, fd);
    assert_true(host_exists(w, "box/\xff\xfe\x80"));
    assert_errno(guest_try_stat(w, FIRST_PREOPEN, "\xff\xfe\x80", 0), WASI_SUCCESS);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, buf, 512, 0, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 2 * SIZE_DIRENT + 1 + 3);
    assert_errno(wasi_path_symlink(w, text(w, "\xff"), FIRST_PREOPEN, text(w, "l")), WASI_SUCCESS);
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "l"), buf, 8, used), WASI_SUCCESS);
    guest_assert_text(w, buf, "\xff");
    assert_errno(wasi_path_unlink_file(w, FIRST_PREOPEN, text(w, "\xff\xfe\x80")), WASI_SUCCESS);
}

static void the_sandbox_is_the_same_for_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "../outside", "box/out");
    assert_each_op_gives(w, FIRST_PREOPEN, "../outside.txt", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "/f", WASI_ENOTCAPABLE);
    assert_each_op_gives(w, FIRST_PREOPEN, "out/secret.txt", WASI_ENOTCAPABLE);
    assert_each_op_on_span_gives(w, FIRST_PREOPEN, bytes(w, "f\0", 2), WASI_EINVAL);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "out", 0, 0, RIGHT_FD_READ), WASI_ELOOP);
}

static void args_get_of_nothing_succeeds_for_node_too(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t last = guest_end(w, 1);
    assert_errno(wasi_args_get(w, last, last), WASI_SUCCESS);
    assert_errno(wasi_environ_get(w, last, last), WASI_SUCCESS);
}

static void the_end_of_the_memory_is_a_fault_for_no_bytes_too_for_node(void **state)
{
    struct world *const w = *state;
    begin(w);
    const uint32_t end = guest_end(w, 0);
    assert_fault(w, wasi_random_get(w, end, 0), end, 0);
    assert_errno(wasi_random_get(w, end - 1, 0), WASI_SUCCESS);
}

static void path_readlink_cuts_for_node_too(void **state)
{
    struct world *const w = *state;
    begin(w);
    host_symlink(w, "target", "box/l");
    const uint32_t buf = guest_alloc(w, 8);
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "l"), buf, 3, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), 3);
    guest_assert_untouched(w, buf + 3, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fd_readdir_lists_no_dots_to_node),
        TEST(path_open_and_all_others_refuse_an_empty_path_to_node_with_inval),
        TEST(path_open_ignores_unknown_flag_bits_for_node),
        TEST(fd_fdstat_set_flags_ignores_the_synchronising_ones_for_node),
        TEST(unknown_enum_values_are_inval_to_node_too),
        TEST(path_open_refuses_rights_to_node_that_the_directory_cannot_give),
        TEST(fd_read_of_a_directory_is_isdir_to_node_and_all_else_is_about_rights),
        TEST(fd_prestat_get_of_what_is_no_preopen_is_inval_to_node),
        TEST(proc_raise_is_nosys_to_node),
        TEST(names_may_be_any_bytes_to_node),
        TEST(the_sandbox_is_the_same_for_node),
        TEST(args_get_of_nothing_succeeds_for_node_too),
        TEST(the_end_of_the_memory_is_a_fault_for_no_bytes_too_for_node),
        TEST(path_readlink_cuts_for_node_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
