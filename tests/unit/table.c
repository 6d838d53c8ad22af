/* The table of descriptors on a kernel and a heap of the test's own: numbers, holds, limits, kinds,
 * and what is left when there is no memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call and the heap are those below */
#include "counted_locks.h"

#include "fd/table.c"

#include <string.h>
#include <sys/sysmacros.h>

enum { LIMIT = 4, HOST = 100, CLOSED_MAX = 8 };

/* The kernel: what the file is, and what it did. */
static struct {
    struct stat st;
    int fstat_result;
    bool is_tty;
    int socket_type;
    int closed[CLOSED_MAX];
    int closes;
    int64_t position;
    int seek_result;
    int seeks;
} kernel;

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)c;
    (void)e;
    (void)f;
    assert_int_equal(locks_held, 0); /* no lock is held in a system call */
    switch (number) {
    case SYS_fstat:
        *(struct stat *)b = kernel.st;
        return kernel.fstat_result;
    case SYS_ioctl:
        return kernel.is_tty ? 0 : -ENOTTY;
    case SYS_getsockopt:
        *(int *)d = kernel.socket_type;
        return 0;
    case SYS_close:
        assert_true(kernel.closes < CLOSED_MAX);
        kernel.closed[kernel.closes++] = (int)a;
        return 0;
    default:
        assert_int_equal(number, SYS_lseek);
        assert_int_equal(c, SEEK_SET);
        kernel.seeks++;
        kernel.position = b;
        return kernel.seek_result;
    }
}

/* The heap: how many blocks are out, and how many more it gives. */
static int blocks;
static int blocks_left;

static void *given(void *block)
{
    blocks += block != NULL ? 1 : 0;
    return block;
}

void *heap_alloc(size_t size)
{
    return blocks_left-- > 0 ? given(malloc(size)) : NULL;
}

void *heap_zeroed(size_t count, size_t size)
{
    return blocks_left-- > 0 ? given(calloc(count, size)) : NULL;
}

void *heap_resized(void *old, size_t size)
{
    (void)old;
    (void)size;
    return NULL; /* the table asks for none */
}

void heap_free(void *block)
{
    blocks -= block != NULL ? 1 : 0;
    free(block);
}

static struct fd_table table;

static int make(bool single_threaded)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.st.st_mode = S_IFREG | 0644;
    blocks = 0;
    blocks_left = 1000;
    locks_made = 0;
    locks_taken = 0;
    return ringfort_table_init(&table, LIMIT, single_threaded);
}

static int make_table(void **state)
{
    (void)state;
    return make(true);
}

static int make_shared_table(void **state)
{
    (void)state;
    return make(false);
}

static int clear_table(void **state)
{
    (void)state;
    const bool single_threaded = table.single_threaded;
    ringfort_table_clear(&table);
    assert_int_equal(blocks, 0);
    assert_int_equal(locks_held, 0);
    assert_int_equal(locks_made, 0);
    assert_true(single_threaded ? locks_taken == 0 : locks_taken > 0);
    return 0;
}

/* A new file with host descriptor HOST + n and a number, which is given. */
static uint32_t add(int n, uint64_t rights)
{
    struct open_file *file = NULL;
    assert_int_equal(ringfort_file_new(&table, &file), WASI_SUCCESS);
    file->host_fd = HOST + n;
    file->rights_base = rights;
    const uint32_t fd = ringfort_table_insert(&table, &file);
    assert_null(file);
    return fd;
}

/* The host descriptor of a number, or -1. */
static int host_of(uint32_t fd)
{
    TAKEN *file = NULL;
    return ringfort_fd_take(&table, fd, 0, &file) == WASI_SUCCESS ? file->host_fd : -1;
}

static void numbers_are_given_from_the_lowest_and_no_more_than_the_limit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LIMIT; i++) {
        assert_int_equal(add((int)i, 0), i);
    }
    struct open_file *more = NULL;
    assert_int_equal(ringfort_file_new(&table, &more), WASI_EMFILE);
    assert_int_equal(ringfort_table_close(&table, 2), WASI_SUCCESS);
    assert_int_equal(ringfort_table_close(&table, 1), WASI_SUCCESS);
    assert_int_equal(add(5, 0), 1);
    assert_int_equal(add(6, 0), 2);
    assert_int_equal(ringfort_file_new(&table, &more), WASI_EMFILE);
    assert_int_equal(host_of(0), HOST);
    assert_int_equal(host_of(1), HOST + 5);
    assert_int_equal(host_of(2), HOST + 6);
    assert_int_equal(host_of(3), HOST + 3);
}

static void a_number_that_is_not_open_is_badf(void **state)
{
    (void)state;
    static const uint32_t numbers[] = { 1, LIMIT - 1, LIMIT, LIMIT + 1, UINT32_MAX };
    assert_int_equal(add(0, 0), 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        TAKEN *file = NULL;
        assert_int_equal(ringfort_fd_take(&table, numbers[i], 0, &file), WASI_EBADF);
        assert_null(file);
        assert_int_equal(ringfort_table_close(&table, numbers[i]), WASI_EBADF);
        assert_int_equal(ringfort_table_renumber(&table, numbers[i], 0), WASI_EBADF);
        assert_int_equal(ringfort_table_renumber(&table, 0, numbers[i]), WASI_EBADF);
    }
    assert_int_equal(host_of(0), HOST);
    assert_int_equal(kernel.closes, 0);
}

static void closing_closes_once_and_when_the_last_call_has_let_go(void **state)
{
    (void)state;
    const uint32_t fd = add(0, 0);
    struct open_file *file = NULL;
    assert_int_equal(ringfort_fd_take(&table, fd, 0, &file), WASI_SUCCESS);
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 0);
    assert_int_equal(table.live, 1);
    assert_int_equal(ringfort_table_close(&table, fd), WASI_EBADF);
    ringfort_file_drop(&file);
    assert_null(file);
    assert_int_equal(kernel.closes, 1);
    assert_int_equal(kernel.closed[0], HOST);
    assert_int_equal(table.live, 0);
    ringfort_file_drop(&file);
    assert_int_equal(kernel.closes, 1);
}

static void host_descriptor_0_is_closed_and_none_is_not(void **state)
{
    (void)state;
    assert_int_equal(ringfort_table_close(&table, add(-HOST, 0)), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 1);
    assert_int_equal(ringfort_table_close(&table, add(-HOST - 1, 0)), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 1);
}

static void renumbering_closes_what_was_there_and_frees_the_old_number(void **state)
{
    (void)state;
    const uint32_t a = add(0, 0);
    const uint32_t b = add(1, 0);
    assert_int_equal(ringfort_table_renumber(&table, a, a), WASI_SUCCESS);
    assert_int_equal(host_of(a), HOST);
    assert_int_equal(kernel.closes, 0);
    assert_int_equal(ringfort_table_renumber(&table, a, b), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 1);
    assert_int_equal(kernel.closed[0], HOST + 1);
    assert_int_equal(host_of(b), HOST);
    assert_int_equal(host_of(a), -1);
    assert_int_equal(add(2, 0), a);
}

static void a_file_needs_each_right_that_is_asked_for(void **state)
{
    (void)state;
    const uint32_t fd = add(0, RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_PATH_OPEN);
    static const struct {
        uint64_t rights;
        wasi_errno result;
    } asked[] = {
        { 0, WASI_SUCCESS },
        { RIGHT_FD_READ, WASI_SUCCESS },
        { RIGHT_FD_READ | RIGHT_FD_SEEK, WASI_SUCCESS },
        { RIGHT_FD_SYNC, WASI_ENOTCAPABLE },
        { RIGHT_FD_READ | RIGHT_FD_SYNC, WASI_ENOTCAPABLE },
        { RIGHT_FD_WRITE, WASI_EBADF }, /* it is not open for that */
        { RIGHT_FD_WRITE | RIGHT_FD_SYNC, WASI_EBADF },
        { RIGHT_FD_FILESTAT_SET_SIZE, WASI_EINVAL },
        { RIGHT_PATH_OPEN, WASI_ENOTDIR }, /* no file can have these */
        { RIGHT_FD_READDIR, WASI_ENOTDIR },
        { RIGHT_SOCK_ACCEPT, WASI_EBADF },
    };
    table.slots[fd]->not_opened_for = RIGHT_FD_WRITE | RIGHT_FD_FILESTAT_SET_SIZE;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        TAKEN *file = NULL;
        assert_int_equal(ringfort_fd_take(&table, fd, asked[i].rights, &file), asked[i].result);
        table.rights_first = true;
        TAKEN *same = NULL;
        assert_int_equal(ringfort_fd_take(&table, fd, asked[i].rights, &same),
                         asked[i].result == WASI_SUCCESS ? WASI_SUCCESS : WASI_ENOTCAPABLE);
        table.rights_first = false;
    }
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 1); /* a refusal holds nothing */
}

static void a_directory_has_no_more_rights_than_the_one_it_was_opened_in(void **state)
{
    (void)state;
    const uint32_t fd = add(0, ringfort_rights_all());
    struct open_file *dir = table.slots[fd];
    dir->kind = KIND_DIRECTORY;
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READDIR | RIGHT_PATH_OPEN), WASI_SUCCESS);
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READ), WASI_EBADF);
    dir->directory_rights = RIGHT_PATH_OPEN | RIGHT_FD_READ;
    assert_int_equal(ringfort_file_rights(dir), RIGHT_PATH_OPEN);
    assert_int_equal(ringfort_file_need(dir, RIGHT_PATH_OPEN), WASI_SUCCESS);
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READDIR), WASI_ENOTCAPABLE);
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READ), WASI_EBADF);
    table.rights_first = true;
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READ), WASI_EISDIR);
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_WRITE), WASI_ENOTCAPABLE);
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READ | RIGHT_FD_SEEK), WASI_ENOTCAPABLE);
    dir->kind = KIND_REGULAR;
    assert_int_equal(ringfort_file_need(dir, RIGHT_FD_READ | RIGHT_FD_SYNC), WASI_SUCCESS);
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
}

static void what_lies_beneath_a_preopen_holds_it(void **state)
{
    (void)state;
    const uint32_t fd = add(0, 0);
    struct open_file *root = NULL;
    struct open_file *file = NULL;
    assert_int_equal(ringfort_fd_take(&table, fd, 0, &root), WASI_SUCCESS);
    assert_int_equal(ringfort_file_new(&table, &file), WASI_SUCCESS);
    file->host_fd = HOST + 1;
    file->root = root;
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 0);
    ringfort_file_drop(&file);
    assert_int_equal(kernel.closes, 2);
    assert_int_equal(kernel.closed[0], HOST + 1);
    assert_int_equal(kernel.closed[1], HOST);
    assert_int_equal(table.live, 0);
}

static enum file_kind kind_with(mode_t mode, dev_t device)
{
    kernel.st.st_mode = mode;
    kernel.st.st_rdev = device;
    const uint32_t fd = add(0, 0);
    struct open_file *file = NULL;
    assert_int_equal(ringfort_fd_take(&table, fd, 0, &file), WASI_SUCCESS);
    const enum file_kind kind = ringfort_file_kind(file);
    ringfort_file_drop(&file);
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
    kernel.closes = 0;
    return kind;
}

static void a_file_is_what_the_host_says(void **state)
{
    (void)state;
    assert_int_equal(kind_with(S_IFREG, 0), KIND_REGULAR);
    assert_int_equal(kind_with(S_IFDIR, 0), KIND_DIRECTORY);
    assert_int_equal(kind_with(S_IFBLK, makedev(8, 0)), KIND_BLOCK_DEVICE);
    assert_int_equal(kind_with(S_IFIFO, 0), KIND_FIFO);
    assert_int_equal(kind_with(S_IFCHR, makedev(1, 3)), KIND_MEMORY_DEVICE);
    assert_int_equal(kind_with(S_IFCHR, makedev(10, 229)), KIND_CHARACTER_DEVICE);
    kernel.is_tty = true;
    assert_int_equal(kind_with(S_IFCHR, makedev(136, 0)), KIND_TTY);
    kernel.socket_type = SOCK_STREAM;
    assert_int_equal(kind_with(S_IFSOCK, 0), KIND_SOCKET_STREAM);
    kernel.socket_type = SOCK_DGRAM;
    assert_int_equal(kind_with(S_IFSOCK, 0), KIND_SOCKET_DGRAM);
    assert_int_equal(kind_with(S_IFLNK, 0), KIND_OTHER);
}

static void without_memory_there_is_no_table_and_no_file_and_nothing_is_lost(void **state)
{
    (void)state;
    struct fd_table none;
    struct open_file *file = NULL;
    blocks_left = 0;
    assert_int_equal(ringfort_table_init(&none, LIMIT, true), -ENOMEM);
    ringfort_table_clear(&none);
    for (int i = 0; i < 2 * LIMIT; i++) {
        blocks_left = 0;
        assert_int_equal(ringfort_file_new(&table, &file), WASI_ENOMEM);
    }
    blocks_left = 1000;
    assert_int_equal(table.live, 0);
    assert_int_equal(add(0, 0), 0);
    assert_int_equal(ringfort_table_close(&table, 0), WASI_SUCCESS);
    blocks_left = 0; /* what was closed is used again */
    assert_int_equal(add(1, 0), 0);
    assert_int_equal(blocks, 2);
}

/* A regular file whose offset is counted here. */
static uint32_t add_with_offset(int n, uint64_t offset)
{
    const uint32_t fd = add(n, 0);
    TAKEN *file = NULL;
    assert_int_equal(ringfort_fd_take(&table, fd, 0, &file), WASI_SUCCESS);
    assert_int_equal(ringfort_file_kind(file), KIND_REGULAR);
    file->position = POSITION_OWN;
    file->offset = offset;
    return fd;
}

static void a_table_that_is_shared_gives_its_offsets_to_the_host_once(void **state)
{
    (void)state;
    const uint32_t fd = add_with_offset(0, 12345);
    assert_int_equal(ringfort_table_share(&table), WASI_SUCCESS);
    assert_false(table.single_threaded);
    assert_int_equal(kernel.seeks, 1);
    assert_int_equal(kernel.position, 12345);
    assert_int_equal(ringfort_table_share(&table), WASI_SUCCESS);
    assert_int_equal(kernel.seeks, 1);
    assert_int_equal(host_of(fd), HOST);
    assert_int_equal(ringfort_table_close(&table, fd), WASI_SUCCESS);
    assert_int_equal(kernel.closes, 1);
}

static void a_table_whose_offsets_the_host_refuses_is_not_shared(void **state)
{
    (void)state;
    add_with_offset(0, 12345);
    kernel.seek_result = -EINVAL;
    assert_int_equal(ringfort_table_share(&table), WASI_EINVAL);
    assert_true(table.single_threaded);
}

static void a_table_that_is_cleared_closes_everything_once(void **state)
{
    (void)state;
    struct fd_table other;
    assert_int_equal(ringfort_table_init(&other, LIMIT, false), 0);
    for (int i = 0; i < LIMIT; i++) {
        struct open_file *file = NULL;
        assert_int_equal(ringfort_file_new(&other, &file), WASI_SUCCESS);
        file->host_fd = HOST + i;
        assert_int_equal(ringfort_table_insert(&other, &file), i);
    }
    const int others = blocks;
    ringfort_table_clear(&other);
    assert_int_equal(kernel.closes, LIMIT);
    for (int i = 0; i < LIMIT; i++) {
        assert_int_equal(kernel.closed[i], HOST + i);
    }
    assert_int_equal(blocks, others - LIMIT - 1);
    locks_taken = 0; /* this table's own */
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, make_table, clear_table)
#define WITH_LOCKS(test) cmocka_unit_test_setup_teardown(test, make_shared_table, clear_table)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TABLE(numbers_are_given_from_the_lowest_and_no_more_than_the_limit),
        WITH_TABLE(a_number_that_is_not_open_is_badf),
        WITH_TABLE(closing_closes_once_and_when_the_last_call_has_let_go),
        WITH_TABLE(host_descriptor_0_is_closed_and_none_is_not),
        WITH_TABLE(renumbering_closes_what_was_there_and_frees_the_old_number),
        WITH_TABLE(a_file_needs_each_right_that_is_asked_for),
        WITH_TABLE(a_directory_has_no_more_rights_than_the_one_it_was_opened_in),
        WITH_TABLE(what_lies_beneath_a_preopen_holds_it),
        WITH_TABLE(a_file_is_what_the_host_says),
        WITH_TABLE(without_memory_there_is_no_table_and_no_file_and_nothing_is_lost),
        WITH_TABLE(a_table_that_is_shared_gives_its_offsets_to_the_host_once),
        WITH_TABLE(a_table_whose_offsets_the_host_refuses_is_not_shared),
        WITH_LOCKS(numbers_are_given_from_the_lowest_and_no_more_than_the_limit),
        WITH_LOCKS(a_number_that_is_not_open_is_badf),
        WITH_LOCKS(closing_closes_once_and_when_the_last_call_has_let_go),
        WITH_LOCKS(renumbering_closes_what_was_there_and_frees_the_old_number),
        WITH_LOCKS(a_file_needs_each_right_that_is_asked_for),
        WITH_LOCKS(what_lies_beneath_a_preopen_holds_it),
        WITH_LOCKS(without_memory_there_is_no_table_and_no_file_and_nothing_is_lost),
        WITH_TABLE(a_table_that_is_cleared_closes_everything_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
