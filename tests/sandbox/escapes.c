/*
 * Every path operation on every combination of a way in, a trap and an end, from four kinds of
 * directories. What the errnos are is tested elsewhere; here nothing outside may be seen or
 * changed, and nothing of a read-only directory changed.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How a path begins; all of them stay where they are. */
static const char *const ways_in[] = { "", "dot/", "d/e/../../", "down/../../" };

/* What then may lead out. */
static const char *const traps[] = {
    "..",    "out",       "out-slash", "up",           "absolute",  "absolute-slash", "lexical",
    "far",   "chain",     "chain-end", "root",         "magic",     "out-file",       "dangling",
    "d/out", "dot/../..", "d/../..",   "absolute-new", "down/up-2", "dot-lexical",
};

/* How it ends. */
static const char *const ends[] = {
    "", "/", "/.", "/secret.txt", "/new", "/../outside/new", "/../outside.txt"
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void make_traps(struct world *w, const char *box)
{
    static const char *const links[][2] = {
        { ".", "dot" },
        { "d/e", "down" },
        { "../outside", "out" },
        { "../outside/", "out-slash" },
        { "..", "up" },
        { "d/../../outside", "lexical" },
        { "dot/../outside", "dot-lexical" },
        { "../../../../../../../../../../tmp", "far" },
        { "out", "chain" },
        { "chain/", "chain-end" },
        { "/", "root" },
        { "/proc/self/root", "magic" },
        { "../outside.txt", "out-file" },
        { "../created", "dangling" },
        { "../../outside", "d/out" },
        { "../../..", "d/e/up-2" },
    };
    char path[256];
    char target[512];
    snprintf(path, sizeof path, "%s/d", box);
    host_mkdir(w, path);
    snprintf(path, sizeof path, "%s/d/e", box);
    host_mkdir(w, path);
    snprintf(path, sizeof path, "%s/f", box);
    host_write(w, path, "inside");
    for (size_t i = 0; i < LENGTH(links); i++) {
        snprintf(path, sizeof path, "%s/%s", box, links[i][1]);
        host_symlink(w, links[i][0], path);
    }
    static const char *const absolute[][2] = { { "outside", "absolute" },
                                               { "outside/", "absolute-slash" },
                                               { "created", "absolute-new" } };
    for (size_t i = 0; i < LENGTH(absolute); i++) {
        snprintf(path, sizeof path, "%s/%s", box, absolute[i][1]);
        host_symlink(w, host_path(w, absolute[i][0], target), path);
    }
}

/* ---- Making a box as it was before ---- */

static void remove_contents(int dir)
{
    DIR *const stream = fdopendir(dir);
    assert_non_null(stream);
    const struct dirent *entry = NULL;
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (unlinkat(dir, entry->d_name, 0) != 0) {
            const int child = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            assert_true(child >= 0);
            remove_contents(child);
            assert_int_equal(unlinkat(dir, entry->d_name, AT_REMOVEDIR), 0);
        }
    }
    closedir(stream);
}

/* When names last came or went, in each directory of the box. */
struct names_changed {
    struct timespec at[3];
};

static struct names_changed look_at_names(struct world *w, const char *box)
{
    static const char *const dirs[] = { "", "/d", "/d/e" };
    struct names_changed found = { 0 };
    for (size_t i = 0; i < LENGTH(dirs); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s%s", box, dirs[i]);
        if (host_exists(w, path)) {
            found.at[i] = host_stat(w, path).st_ctim;
        }
    }
    return found;
}

static struct names_changed renew(struct world *w, const char *box)
{
    const int dir = openat(w->root_fd, box, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    remove_contents(dir);
    make_traps(w, box);
    return look_at_names(w, box);
}

/* ---- The oracle ---- */

static const char *const outside[] = { ".", "outside", "outside/secret.txt", "outside.txt",
                                       "other" };

static void assert_not_outside(struct world *w, uint64_t inode, uint64_t device, const char *path)
{
    for (size_t i = 0; i < LENGTH(outside); i++) {
        const struct stat st = host_stat(w, outside[i]);
        if (st.st_ino == inode && st.st_dev == device) {
            fail_msg("\"%s\" reached %s", path, outside[i]);
        }
    }
}

static void assert_sees_nothing_outside(struct world *w, uint32_t fd, const char *path)
{
    const uint32_t mark = w->next;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const uint32_t opened = guest_alloc(w, 4);
    const struct span at = text(w, path);
    for (uint32_t lookup = 0; lookup <= LOOKUP_FOLLOW; lookup++) {
        if (wasi_path_filestat_get(w, fd, lookup, at, out) == WASI_SUCCESS) {
            const struct filestat st = guest_filestat(w, out);
            assert_not_outside(w, st.ino, st.dev, path);
        }
        if (wasi_path_open(w, fd, lookup, at, 0, RIGHT_FD_FILESTAT_GET, 0, 0, opened) ==
            WASI_SUCCESS) {
            const struct filestat st = guest_stat(w, guest_u32(w, opened));
            assert_not_outside(w, st.ino, st.dev, path);
            guest_close(w, guest_u32(w, opened));
        }
    }
    w->next = mark;
}

/* ---- The matrix ---- */

/* The box is renewed after each operation that changed it, so that the traps are there for the
 * next. */
static void try_each_op(struct world *w, uint32_t fd, const char *box, const char *path)
{
    assert_sees_nothing_outside(w, fd, path);
    struct names_changed was = look_at_names(w, box);
    for (size_t i = 0; i < path_op_count; i++) {
        const uint32_t mark = w->next;
        const uint32_t error = path_ops[i].run(w, fd, text(w, path));
        w->next = mark;
        assert_int_not_equal(error, WASI_EFAULT);
        if (error == WASI_SUCCESS) {
            const struct names_changed now = look_at_names(w, box);
            was = memcmp(&now, &was, sizeof now) != 0 ? renew(w, box) : was;
        }
    }
}

static void try_everything(struct world *w, uint32_t fd, const char *box)
{
    char path[128];
    w->unwatched = true; /* what calls write to memory is watched elsewhere */
    for (size_t i = 0; i < LENGTH(ways_in); i++) {
        for (size_t j = 0; j < LENGTH(traps); j++) {
            for (size_t k = 0; k < LENGTH(ends); k++) {
                snprintf(path, sizeof path, "%s%s%s", ways_in[i], traps[j], ends[k]);
                try_each_op(w, fd, box, path);
            }
        }
    }
    world_check_canaries(w);
    assert_false(host_exists(w, "created"));
    assert_false(host_exists(w, "new"));
    assert_false(host_exists(w, "outside/new"));
}

static void path_operations_see_and_change_nothing_outside_a_preopen(void **state)
{
    struct world *const w = *state;
    make_traps(w, "box");
    try_everything(w, FIRST_PREOPEN, "box");
}

static void path_operations_see_and_change_nothing_outside_a_preopen_called_root(void **state)
{
    struct world *const w = *state;
    world_without_preopens(w);
    world_preopen(w, "/", "box", 0);
    make_traps(w, "box");
    try_everything(w, FIRST_PREOPEN, "box");
}

/* The parent is the guest's own, and still not to be had through the child. */
static void path_operations_see_and_change_nothing_outside_a_directory_of_the_guests(void **state)
{
    struct world *const w = *state;
    host_mkdir(w, "box/child");
    host_mkdir(w, "box/outside");
    make_traps(w, "box/child");
    const uint32_t child = guest_open_dir(w, FIRST_PREOPEN, "child");
    const struct stat parent = host_stat(w, "box/outside");
    try_everything(w, child, "box/child");
    const struct stat after = host_stat(w, "box/outside");
    assert_int_equal(after.st_mtim.tv_nsec, parent.st_mtim.tv_nsec);
    assert_int_equal(after.st_ctim.tv_nsec, parent.st_ctim.tv_nsec);
}

static void assert_same(struct world *w, const struct stat *was, const char *path)
{
    const struct stat now = host_stat(w, path);
    assert_int_equal(now.st_ino, was->st_ino);
    assert_int_equal(now.st_nlink, was->st_nlink);
    assert_int_equal(now.st_size, was->st_size);
    assert_int_equal(now.st_ctim.tv_sec, was->st_ctim.tv_sec);
    assert_int_equal(now.st_ctim.tv_nsec, was->st_ctim.tv_nsec);
}

static void path_operations_change_nothing_in_a_read_only_preopen(void **state)
{
    struct world *const w = *state;
    static const char *const kept[] = { "box", "box/f", "box/d", "box/d/e", "box/out", "box/dot" };
    struct stat was[LENGTH(kept)];
    world_without_preopens(w);
    world_preopen(w, "other", "other", 0); /* where the second path of a rename or link is */
    world_preopen(w, "box", "box", RINGFORT_READ_ONLY);
    make_traps(w, "box");
    for (size_t i = 0; i < LENGTH(kept); i++) {
        was[i] = host_stat(w, kept[i]);
    }
    static const char *const names[] = { "f",   "d",     "d/e",   "out",    "dot",
                                         "new", "d/new", "dot/f", "d/../f", "down/../e",
                                         ".",   "d/.",   "f/",    "d/",     "dot/" };
    w->unwatched = true;
    for (size_t i = 0; i < LENGTH(names); i++) {
        for (size_t j = 0; j < path_op_count; j++) {
            const uint32_t mark = w->next;
            (void)path_ops[j].run(w, FIRST_PREOPEN + 1, text(w, names[i]));
            w->next = mark;
            if (host_exists(w, "box/" PATH_OP_SOURCE)) { /* the operation's own, made by the host */
                host_unlink(w, "box/" PATH_OP_SOURCE);
                was[0] = host_stat(w, "box");
            }
            for (size_t k = 0; k < LENGTH(kept); k++) {
                assert_same(w, &was[k], kept[k]);
            }
        }
    }
    assert_false(host_exists(w, "other/" PATH_OP_TARGET));
    assert_false(host_exists(w, "box/new"));
    assert_false(host_exists(w, "box/d/new"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_operations_see_and_change_nothing_outside_a_preopen),
        TEST(path_operations_see_and_change_nothing_outside_a_preopen_called_root),
        TEST(path_operations_see_and_change_nothing_outside_a_directory_of_the_guests),
        TEST(path_operations_change_nothing_in_a_read_only_preopen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
