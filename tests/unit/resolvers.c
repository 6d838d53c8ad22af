/* The two resolvers against each other, over every path of up to four components that a small
 * alphabet of traps gives.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "path/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COMPONENTS_MAX = 4, INSIDE_MAX = 64 };

static const char *const alphabet[] = {
    "d",      "f",      "e",       "missing", ".",      "..",    "",
    "l-d",    "l-f",    "l-slash", "l-self",  "l-up",   "l-out", "l-abs",
    "l-dang", "l-loop", "l-dot",   "l-deep",  "l-back", "fifo",  "x",
};

struct tree {
    char at[64];
    int root; /* the preopen */
    ino_t inside[INSIDE_MAX];
    size_t inside_count;
    dev_t device;
};

static void remember(struct tree *t, const char *path)
{
    struct stat st;
    assert_int_equal(fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(t->inside_count < INSIDE_MAX);
    t->inside[t->inside_count++] = st.st_ino;
    t->device = st.st_dev;
}

static void make_dir(struct tree *t, const char *path)
{
    assert_int_equal(mkdirat(t->root, path, 0777), 0);
    remember(t, path);
}

static void make_file(struct tree *t, const char *path)
{
    const int fd = openat(t->root, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    close(fd);
    remember(t, path);
}

static void make_link(struct tree *t, const char *text, const char *path)
{
    assert_int_equal(symlinkat(text, t->root, path), 0);
    remember(t, path);
}

static int make_tree(void **state)
{
    struct tree *t = calloc(1, sizeof *t);
    strcpy(t->at, "/tmp/ringfort-resolvers-XXXXXX");
    assert_non_null(mkdtemp(t->at));
    const int outer = open(t->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(outer, "box", 0777), 0);
    close(openat(outer, "canary", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    t->root = openat(outer, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(outer);
    remember(t, ".");
    make_dir(t, "d");
    make_dir(t, "d/e");
    make_file(t, "f");
    make_file(t, "d/f");
    make_file(t, "d/e/f");
    assert_int_equal(mkfifoat(t->root, "fifo", 0666), 0);
    remember(t, "fifo");
    static const char *const links[][2] = {
        { "d", "l-d" },
        { "f", "l-f" },
        { "d/", "l-slash" },
        { "l-self", "l-self" },
        { "..", "l-up" },
        { "../canary", "l-out" },
        { "/etc", "l-abs" },
        { "missing", "l-dang" },
        { "l-loop/x", "l-loop" },
        { ".", "l-dot" },
        { "l-d/e/../e/", "l-deep" },
        { "../box/f", "l-back" },
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        make_link(t, links[i][0], links[i][1]);
    }
    make_link(t, "../f", "d/l-f");
    make_link(t, "../../canary", "d/l-out");
    make_link(t, "..", "d/l-up");
    make_link(t, "../..", "d/e/l-up");
    make_link(t, "../../l-d/e/", "d/e/l-d");
    *state = t;
    return 0;
}

static int remove_tree(void **state)
{
    struct tree *t = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", t->at);
    close(t->root);
    free(t);
    return system(command);
}

static bool is_inside(const struct tree *t, const struct stat *st)
{
    for (size_t i = 0; i < t->inside_count; i++) {
        if (t->inside[i] == st->st_ino && t->device == st->st_dev) {
            return true;
        }
    }
    return false;
}

/* What a resolver gives: an errno, or the file. */
struct found {
    int result;
    struct stat st;
};

static struct found resolve(const struct tree *t,
                            int (*resolver)(const struct start *, const char *, int),
                            const char *path, int flags)
{
    const struct start start = {
        .dir = t->root, .root = -1, .openat2 = true, .system_files = true
    };
    struct found found = { .result = resolver(&start, path, flags | O_CLOEXEC) };
    if (found.result >= 0) {
        assert_int_equal(fstat(found.result, &found.st), 0);
        close(found.result);
        found.result = 0;
    }
    return found;
}

static unsigned compared;

static void compare(const struct tree *t, const char *path, int flags)
{
    const struct found a = resolve(t, ringfort_openat2_open, path, flags);
    const struct found b = resolve(t, ringfort_walk_open, path, flags);
    const bool same = a.result == b.result &&
                      (a.result != 0 || (a.st.st_ino == b.st.st_ino && a.st.st_dev == b.st.st_dev));
    if (!same || (b.result == 0 && !is_inside(t, &b.st))) {
        fail_msg("\"%s\" with flags %#x: openat2 %d, walk %d", path, (unsigned)flags, a.result,
                 b.result);
    }
    compared++;
}

static void compare_all(const struct tree *t, char *path, size_t len, int components,
                        const int *flags, size_t flag_count)
{
    for (size_t i = 0; i < sizeof alphabet / sizeof *alphabet; i++) {
        const size_t more = strlen(alphabet[i]);
        memcpy(path + len, alphabet[i], more + 1);
        if (len + more > 0 && path[0] != '/') {
            for (size_t j = 0; j < flag_count; j++) {
                compare(t, path, flags[j]);
            }
        }
        if (components > 1) {
            path[len + more] = '/';
            path[len + more + 1] = '\0';
            compare_all(t, path, len + more + 1, components - 1, flags, flag_count);
        }
    }
}

static void both_resolvers_find_the_same_and_nothing_outside(void **state)
{
    static const int flags[] = { O_PATH, O_PATH | O_NOFOLLOW };
    const struct tree *t = *state;
    char path[256] = "";
    if (!ringfort_openat2_works()) {
        assert_int_equal(resolve(t, ringfort_openat2_open, "f", O_PATH).result,
                         RESOLVE_ELSEWHERE); /* nothing to compare with */
        return;
    }
    compare_all(t, path, 0, COMPONENTS_MAX, flags, sizeof flags / sizeof *flags);
    assert_true(compared > 300000);
}

static void both_resolvers_open_the_same_with_every_kind_of_flag(void **state)
{
    static const int flags[] = {
        O_RDONLY | O_NONBLOCK,
        O_RDWR | O_NONBLOCK,
        O_RDONLY | O_DIRECTORY,
        O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
        O_PATH | O_DIRECTORY | O_NOFOLLOW,
        O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
        O_CREAT | O_EXCL | O_RDWR,
    };
    const struct tree *t = *state;
    char path[256] = "";
    if (!ringfort_openat2_works()) {
        assert_int_equal(resolve(t, ringfort_openat2_open, "f", O_PATH).result, RESOLVE_ELSEWHERE);
        return;
    }
    /* Creation is only compared where it cannot succeed: names that exist. */
    compare_all(t, path, 0, 3, flags, sizeof flags / sizeof *flags - 1);
    for (size_t i = 0; i < sizeof alphabet / sizeof *alphabet; i++) {
        if (alphabet[i][0] != '\0' && strcmp(alphabet[i], "missing") != 0 &&
            strcmp(alphabet[i], "x") != 0 && strcmp(alphabet[i], "e") != 0) {
            compare(t, alphabet[i], flags[sizeof flags / sizeof *flags - 1]);
        }
    }
}

static void the_walk_never_leaves_and_says_exdev(void **state)
{
    static const char *const escapes[] = {
        "..",          "../canary", "d/../..",      "l-up",          "l-up/canary",
        "l-out",       "l-abs",     "l-abs/passwd", "d/l-up/l-up",   "l-dot/../canary",
        "d/e/l-up/..", "l-back",    "d/l-out",      "l-dot/l-dot/.."
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        const struct found found = resolve(*state, ringfort_walk_open, escapes[i], O_PATH);
        if (found.result != -EXDEV) {
            fail_msg("\"%s\": %d", escapes[i], found.result);
        }
    }
}

static void the_walk_creates_through_a_dangling_link_only_inside(void **state)
{
    struct tree *t = *state;
    const struct start start = {
        .dir = t->root, .root = -1, .openat2 = false, .system_files = true
    };
    assert_int_equal(symlinkat("../made", t->root, "l-made"), 0);
    assert_int_equal(ringfort_walk_open(&start, "l-made", O_CREAT | O_WRONLY | O_CLOEXEC), -EXDEV);
    assert_int_equal(symlinkat("d/made", t->root, "l-made-in"), 0);
    const int fd = ringfort_walk_open(&start, "l-made-in", O_CREAT | O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(faccessat(t->root, "d/made", F_OK, 0), 0);
}

static void an_absolute_link_begins_at_the_root_where_there_is_one(void **state)
{
    struct tree *t = *state;
    assert_int_equal(symlinkat("/d/e", t->root, "d/l-root"), 0);
    const int sub = openat(t->root, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct start start = {
        .dir = sub, .root = t->root, .openat2 = true, .system_files = true
    };
    assert_int_equal(ringfort_openat2_open(&start, "l-root/f", O_PATH | O_CLOEXEC),
                     RESOLVE_ELSEWHERE);
    const int fd = ringfort_walk_open(&start, "l-root/f", O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(ringfort_walk_open(&start, "l-root/../../../f", O_PATH | O_CLOEXEC), -EXDEV);
    close(sub);
}

static void the_walk_gives_up_on_loops_and_on_too_many_levels(void **state)
{
    const struct tree *t = *state;
    const struct start start = {
        .dir = t->root, .root = -1, .openat2 = false, .system_files = true
    };
    char deep[1024] = "";
    for (int i = 0; i < 200; i++) {
        strcat(deep, "d/..");
        strcat(deep, i < 199 ? "/" : "/d");
    }
    assert_int_equal(ringfort_walk_open(&start, "l-self", O_PATH | O_CLOEXEC), -ELOOP);
    assert_int_equal(ringfort_walk_open(&start, "l-loop", O_PATH | O_CLOEXEC), -ELOOP);
    const int fd = ringfort_walk_open(&start, deep, O_PATH | O_CLOEXEC);
    assert_true(fd >= 0); /* down and up again is no depth */
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_resolvers_find_the_same_and_nothing_outside, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(both_resolvers_open_the_same_with_every_kind_of_flag,
                                        make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(the_walk_never_leaves_and_says_exdev, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(the_walk_creates_through_a_dangling_link_only_inside,
                                        make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(an_absolute_link_begins_at_the_root_where_there_is_one,
                                        make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(the_walk_gives_up_on_loops_and_on_too_many_levels,
                                        make_tree, remove_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
