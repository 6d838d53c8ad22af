/*
 * RINGFORT_LIMIT_ENTRIES_CREATED: the names that a guest makes in its life.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/refusals.h"
#include "../support/steps.h"
#include "../support/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

enum { WAYS = 6, THREADS = 4, MANY = 101 };

/** The ways to make the name `path`; "source" is what a link links. */
static uint32_t make(struct world *w, int way, const char *path)
{
    const uint32_t next = w->next;
    uint32_t error = WASI_SUCCESS;
    switch (way) {
    case 0:
        error = wasi_path_create_directory(w, FIRST_PREOPEN, text(w, path));
        break;
    case 1:
        error = wasi_path_symlink(w, text(w, "anywhere"), FIRST_PREOPEN, text(w, path));
        break;
    case 2:
        error =
            wasi_path_link(w, FIRST_PREOPEN, 0, text(w, "source"), FIRST_PREOPEN, text(w, path));
        break;
    case 3:
        error = guest_try_open(w, FIRST_PREOPEN, path, 0, OFLAG_CREAT | OFLAG_EXCL, RIGHTS_FILE);
        break;
    case 4:
        error = guest_try_open(w, FIRST_PREOPEN, path, 0, OFLAG_CREAT, RIGHT_FD_READ);
        break;
    default:
        error = guest_try_open(w, FIRST_PREOPEN, path, LOOKUP_FOLLOW, OFLAG_CREAT | OFLAG_TRUNC,
                               RIGHTS_FILE);
    }
    w->next = next;
    return error;
}

static void every_way_to_make_a_name_counts_and_then_is_dquot(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    char name[] = "new0";
    host_write(w, "box/source", "");
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, WAYS);
    watch_limits(w, &told);
    for (int way = 0; way < WAYS; way++) {
        name[3] = (char)('0' + way);
        assert_errno(make(w, way, name), WASI_SUCCESS);
    }
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
    for (int way = 0; way < WAYS; way++) {
        assert_errno(make(w, way, "one-more"), WASI_EDQUOT);
        assert_met(w, &told, RINGFORT_LIMIT_ENTRIES_CREATED);
        assert_false(host_exists(w, "box/one-more"));
    }
}

static void one_name_is_enough_for_each_way(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/source", "");
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    for (int way = 0; way < WAYS; way++) {
        world_restart(w);
        char name[] = "new0";
        name[3] = (char)('0' + way);
        assert_errno(make(w, way, name), WASI_SUCCESS);
        assert_errno(make(w, way, "one-more"), WASI_EDQUOT);
    }
}

static void what_fails_gives_its_name_back(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/source", "");
    host_mkdir(w, "box/directory");
    host_symlink(w, "../../outside", "box/out");
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    for (int i = 0; i < 3; i++) {
        for (int way = 0; way < WAYS; way++) {
            assert_errno(make(w, way, "missing/name"), WASI_ENOENT);
            assert_errno(make(w, way, "source/name"), WASI_ENOTDIR);
            assert_errno(make(w, way, "out/name"), WASI_ENOTCAPABLE);
            assert_errno(make(w, way, "directory"), way < 4 ? WASI_EEXIST : WASI_EISDIR);
            if (way >= 3) { /* with a slash the host makes no file, and says so whatever is there */
                assert_errno(make(w, way, "source/"), WASI_EISDIR);
                assert_errno(make(w, way, "none/"), WASI_EISDIR);
            }
        }
        assert_errno(
            wasi_path_link(w, FIRST_PREOPEN, 0, text(w, "none"), FIRST_PREOPEN, text(w, "new")),
            WASI_ENOENT);
        assert_errno(wasi_path_link(w, FIRST_PREOPEN, 0, text(w, "directory"), FIRST_PREOPEN,
                                    text(w, "new")),
                     WASI_EPERM);
    }
    assert_errno(make(w, 0, "new"), WASI_SUCCESS);
    assert_errno(make(w, 0, "one-more"), WASI_EDQUOT);
}

static void what_stands_there_counts_for_nothing_also_at_the_limit(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    host_write(w, "box/source", "text");
    host_mkdir(w, "box/directory");
    host_symlink(w, "source", "box/link");
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    watch_limits(w, &told);
    for (int i = 0; i < 3; i++) {
        for (int way = 0; way < 4; way++) {
            assert_errno(make(w, way, "source"), WASI_EEXIST);
            assert_met_none(&told);
            assert_errno(make(w, way, "missing/name"), WASI_ENOENT);
            assert_met_none(&told);
        }
        assert_errno(make(w, 4, "source"), WASI_SUCCESS);
        assert_errno(make(w, 5, "link"), WASI_SUCCESS);
        assert_errno(make(w, 4, "directory"), WASI_EISDIR);
        assert_errno(make(w, 4, "source/"), WASI_EISDIR);
        assert_errno(make(w, 4, "none/"), WASI_EISDIR);
        assert_errno(make(w, 4, "link"), WASI_ELOOP);
        assert_errno(make(w, 5, "missing/name"), WASI_ENOENT);
        assert_met_none(&told);
        assert_errno(make(w, 3, "new"), i == 0 ? WASI_SUCCESS : WASI_EEXIST);
    }
    assert_false(ringfort_wasi_refusal(w->wasi, NULL));
    assert_int_equal(host_stat(w, "box/source").st_size, 0); /* way 5 truncates */
}

static void a_link_to_nothing_makes_its_target_and_that_counts(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "target", "box/dangling");
    host_symlink(w, "second", "box/another");
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    assert_errno(make(w, 5, "dangling"), WASI_SUCCESS);
    assert_true(host_exists(w, "box/target"));
    assert_errno(make(w, 5, "another"), WASI_EDQUOT);
    assert_false(host_exists(w, "box/second"));
    assert_errno(make(w, 5, "dangling"), WASI_SUCCESS);
}

static void renaming_makes_no_name_and_removing_gives_none_back(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 2);
    assert_errno(make(w, 4, "a"), WASI_SUCCESS);
    for (int i = 0; i < 4; i++) {
        assert_errno(wasi_path_rename(w, FIRST_PREOPEN, text(w, i % 2 == 0 ? "a" : "b"),
                                      FIRST_PREOPEN, text(w, i % 2 == 0 ? "b" : "a")),
                     WASI_SUCCESS);
    }
    assert_errno(wasi_path_unlink_file(w, FIRST_PREOPEN, text(w, "a")), WASI_SUCCESS);
    assert_errno(make(w, 0, "d"), WASI_SUCCESS);
    assert_errno(wasi_path_remove_directory(w, FIRST_PREOPEN, text(w, "d")), WASI_SUCCESS);
    assert_errno(make(w, 0, "d"), WASI_EDQUOT);
}

static void a_name_too_many_takes_no_descriptor_and_the_other_way_round(void **state)
{
    struct world *const w = *state;
    struct told told = { 0 };
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    limit(w, RINGFORT_LIMIT_OPEN_FILES, 5);
    watch_limits(w, &told);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "a", OFLAG_CREAT, RIGHTS_FILE);
    assert_errno(make(w, 4, "b"), WASI_EMFILE);
    assert_met(w, &told, RINGFORT_LIMIT_OPEN_FILES);
    guest_close(w, fd);
    for (int i = 0; i < 10; i++) {
        assert_errno(make(w, 4, "b"), WASI_EDQUOT);
        assert_met(w, &told, RINGFORT_LIMIT_ENTRIES_CREATED);
    }
    assert_int_equal(guest_open(w, FIRST_PREOPEN, "a", 0, RIGHTS_FILE), fd);
}

static void the_limit_is_the_same_in_nodes_dialect_and_for_a_descriptors_rights(void **state)
{
    struct world *const w = *state;
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    assert_status(ringfort_config_set_dialect(w->config, RINGFORT_DIALECT_NODE), RINGFORT_OK);
    host_write(w, "box/source", "");
    assert_errno(make(w, 4, "source"), WASI_SUCCESS);
    const uint64_t sizes = RIGHT_FD_READ | RIGHT_FD_FILESTAT_SET_SIZE;
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "new", 0, OFLAG_CREAT, sizes), WASI_SUCCESS);
    assert_errno(guest_try_open(w, FIRST_PREOPEN, "new", 0, OFLAG_CREAT, sizes), WASI_SUCCESS);
    for (int way = 0; way < WAYS; way++) {
        assert_errno(make(w, way, "one-more"), WASI_EDQUOT);
    }
}

/** As without the limit, the descriptor has no right to write then. */
static void a_file_that_is_not_writable_is_opened_to_be_read(void **state)
{
    struct world *const w = *state;
    host_write(w, "box/source", "text");
    assert_int_equal(fchmodat(w->root_fd, "box/source", 0444, 0), 0);
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, 1);
    world_start(w);
    const uid_t me = geteuid();
    (void)setfsuid(me == 0 ? 65534 : me); /* root may write to all */
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "source", OFLAG_CREAT,
                                   RIGHT_FD_READ | RIGHT_FD_FILESTAT_SET_SIZE);
    (void)setfsuid(me);
    assert_int_equal(guest_fdstat_of(w, fd).base & RIGHTS_WRITING, RIGHT_FD_DATASYNC);
    guest_assert_reads(w, fd, 8, "text");
}

static void *make_many(void *data)
{
    struct guest_thread *const me = data;
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        const int length = snprintf(name, sizeof name, "%u-%u", me->number, i);
        memcpy(me->w->memory + me->room, name, sizeof name);
        const uint32_t error =
            i % 2 == 0
                ? CALL(me, "path_create_directory", FIRST_PREOPEN, me->room, (uint64_t)length)
                : CALL(me, "path_open", FIRST_PREOPEN, 0, me->room, (uint64_t)length, OFLAG_CREAT,
                       RIGHT_FD_READ, 0, 0, me->room + 16);
        thread_expect(me, error == WASI_SUCCESS || error == WASI_EDQUOT);
        if (error == WASI_SUCCESS && i % 2 != 0) {
            thread_expect(me, CALL(me, "fd_close", thread_load(me, me->room + 16)) == 0);
        }
    }
    return NULL;
}

static unsigned entries_of(struct world *w)
{
    unsigned count = 0;
    DIR *const box = fdopendir(openat(w->root_fd, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_non_null(box);
    for (const struct dirent *e = readdir(box); e != NULL; e = readdir(box)) {
        count += e->d_name[0] != '.';
    }
    closedir(box);
    return count;
}

static void threads_together_make_as_many_names_as_the_limit_says(void **state)
{
    struct world *const w = *state;
    struct guest_thread threads[THREADS];
    limit(w, RINGFORT_LIMIT_ENTRIES_CREATED, MANY);
    world_start(w);
    assert_status(ringfort_wasi_share(w->wasi), RINGFORT_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (struct guest_thread){ .number = i };
        thread_begin(&threads[i], w, 64, make_many);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(entries_of(w), MANY);
    assert_true(ringfort_wasi_refusal(w->wasi, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_way_to_make_a_name_counts_and_then_is_dquot),
        TEST(one_name_is_enough_for_each_way),
        TEST(what_fails_gives_its_name_back),
        TEST(what_stands_there_counts_for_nothing_also_at_the_limit),
        TEST(a_link_to_nothing_makes_its_target_and_that_counts),
        TEST(renaming_makes_no_name_and_removing_gives_none_back),
        TEST(a_name_too_many_takes_no_descriptor_and_the_other_way_round),
        TEST(the_limit_is_the_same_in_nodes_dialect_and_for_a_descriptors_rights),
        TEST(a_file_that_is_not_writable_is_opened_to_be_read),
        TEST(threads_together_make_as_many_names_as_the_limit_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
