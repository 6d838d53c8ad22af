/*
 * A guest that uses paths while another process, or another guest, changes what they lead through:
 * directories and links change places, and directories move up while `..` is resolved. A short
 * run; the walk gets one of its own.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_MS = 300, OUTSIDE_MAX = 16 };

/* RENAME_EXCHANGE, which the headers of older systems lack. */
enum { EXCHANGE = 2 };

/* ---- The folder: everything inside the box has a twin outside ---- */

static const char *const outside[] = { "box",     "s",         "s/t",         "s/u",
                                       "t",       "u",         "outside/t",   "outside/u",
                                       "outside", "outside/s", "outside/s/t", "outside/s/u" };
enum { OUTSIDE = sizeof outside / sizeof outside[0] };

static bool is_file(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    return strcmp(name, "t") == 0 || strcmp(name, "u") == 0;
}

/* A directory with the files `t` and `u`, and `s` with the same. */
static void make_twins(struct world *w, const char *dir)
{
    static const char *const names[] = { "", "/t", "/u", "/s", "/s/t", "/s/u" };
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s%s", dir, names[i]);
        if (is_file(path)) {
            host_write(w, path, "twin");
        } else if (!host_exists(w, path)) {
            host_mkdir(w, path);
        }
    }
}

static void make_folder(struct world *w)
{
    static const char *const twins[] = { "outside", "box", "box/dir", "box/d", "box/parent/d" };
    host_mkdir(w, "box/parent");
    host_mkdir(w, "box/parent2");
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        make_twins(w, twins[i]);
    }
    host_mkdir(w, "s");
    host_write(w, "s/t", "twin");
    host_write(w, "s/u", "twin");
    host_write(w, "t", "twin");
    host_write(w, "u", "twin");
    host_mkdir(w, "box/a");
    host_mkdir(w, "box/a/b");
    host_mkdir(w, "box/a/b/c");
    host_symlink(w, "../outside", "box/dir2");
    host_symlink(w, "../../outside", "box/parent2/d");
    host_symlink(w, "d", "box/link");
    host_symlink(w, "link", "box/chain");
    host_symlink(w, "a/b/c/../../..", "box/way");
    for (int i = 0; i < WORLD_CANARIES; i++) { /* teardown compares with the folder as it is now */
        static const char *const canaries[] = { ".", "outside", "outside.txt",
                                                "outside/secret.txt" };
        w->canaries[i] = host_stat(w, canaries[i]);
    }
}

/* ---- The attackers ---- */

struct race {
    const char *name;
    void (*attack)(int box);
    const char *paths[6];
};

/* For up to 60 us: an attacker that never rests keeps both resolvers from ever seeing one tree. */
static void rest(void)
{
    static unsigned seed = 1;
    seed = seed * 1103515245U + 12345U;
    for (volatile unsigned i = (seed >> 16) % 20000U; i > 0; i--) {
    }
}

static void exchange(int box, const char *a, const char *b)
{
    (void)syscall(SYS_renameat2, box, a, box, b, EXCHANGE);
    rest();
}

static void exchange_directory_and_link(int box)
{
    exchange(box, "dir", "dir2");
}

static void exchange_parents(int box)
{
    exchange(box, "parent", "parent2");
}

static void replace(int box, const char *text)
{
    if (symlinkat(text, box, "new-link") == 0) {
        (void)renameat(box, "new-link", box, "link");
    }
    rest();
}

static void replace_link(int box)
{
    replace(box, "../outside");
    replace(box, "d");
}

static void move_up_and_down(int box)
{
    (void)renameat(box, "a/b/c", box, "moved");
    rest();
    (void)renameat(box, "moved", box, "a/b/c");
    rest();
}

static const struct race races[] = {
    { "directory and link",
      exchange_directory_and_link,
      { "dir", "dir/s", "dir/", "dir/s/../s", "dir/../dir", "./dir//s" } },
    { "parents",
      exchange_parents,
      { "parent/d", "parent/d/", "parent/d/s", "parent/d/../d/s", "parent/d/s/", "parent/./d" } },
    { "link", replace_link, { "link", "link/", "link/s", "chain", "chain/", "chain/s" } },
    { "moved",
      move_up_and_down,
      { "a/b/c/../../..", "a/b/c/../../../s", "way", "way/s", "a/b/c/../../../s/",
        "a/b/c/../../../." } },
};
enum { RACES = sizeof races / sizeof races[0] };

static pid_t start_attacker(struct world *w, const struct race *race)
{
    const int box = host_open(w, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const pid_t parent = getppid();
        while (getppid() == parent) {
            race->attack(box);
        }
        _exit(0);
    }
    return pid;
}

static void stop_attacker(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- The victim ---- */

struct victim {
    struct world *w;
    uint64_t outside_inodes[OUTSIDE_MAX];
    unsigned calls;
    unsigned succeeded;
};

static void check_inode(const struct victim *v, uint64_t inode, const char *what, const char *path)
{
    for (size_t i = 0; i < OUTSIDE; i++) {
        /* the box itself is what some of the paths lead to */
        if (i > 0 && v->outside_inodes[i] == inode) {
            fail_msg("%s of %s reached %s", what, path, outside[i]);
        }
    }
}

static void count(struct victim *v, uint32_t error)
{
    v->calls++;
    v->succeeded += error == WASI_SUCCESS;
    assert_int_not_equal(error, WASI_EFAULT);
    assert_int_not_equal(error, WASI_EXDEV);
}

static void look(struct victim *v, const char *path, uint32_t lookup)
{
    struct world *const w = v->w;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    const uint32_t error = wasi_path_filestat_get(w, FIRST_PREOPEN, lookup, text(w, path), out);
    count(v, error);
    if (error == WASI_SUCCESS) {
        check_inode(v, guest_filestat(w, out).ino, "path_filestat_get", path);
    }
}

static void open_it(struct victim *v, const char *path, uint32_t oflags, uint64_t base)
{
    struct world *const w = v->w;
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t error = wasi_path_open(w, FIRST_PREOPEN, LOOKUP_FOLLOW, text(w, path), oflags,
                                          base, RIGHTS_INHERITING, 0, out);
    count(v, error);
    if (error == WASI_SUCCESS) {
        check_inode(v, guest_stat(w, guest_u32(w, out)).ino, "path_open", path);
        guest_close(w, guest_u32(w, out));
    }
}

/* All of these leave a mark outside where they get there; teardown and assert_nothing_new see
 * it. */
static void change(struct victim *v, const char *dir, unsigned turn)
{
    struct world *const w = v->w;
    const uint32_t box = FIRST_PREOPEN;
    char path[128];
    snprintf(path, sizeof path, "%s/t", dir);
    count(v,
          wasi_path_filestat_set_times(w, box, turn & 1, text(w, path), 1, 1, FST_ATIM | FST_MTIM));
    snprintf(path, sizeof path, "%s/made%u", dir, turn % 4);
    const struct span made = text(w, path);
    count(v, wasi_path_create_directory(w, box, made));
    count(v, wasi_path_remove_directory(w, box, made));
    count(v, wasi_path_symlink(w, text(w, "t"), box, made));
    count(v, wasi_path_unlink_file(w, box, made));
    snprintf(path, sizeof path, "%s/u", dir);
    const struct span file = text(w, path);
    const struct span home = text(w, "home");
    count(v, wasi_path_link(w, box, 0, file, box, home));
    look(v, "home", 0);
    count(v, wasi_path_unlink_file(w, box, home));
    count(v, wasi_path_rename(w, box, file, box, home));
    look(v, "home", 0);
    count(v, wasi_path_rename(w, box, home, box, file));
    open_it(v, path, OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE);
}

static void assert_nothing_new(struct world *w)
{
    static const char *const dirs[] = { "", "outside/", "s/", "outside/s/" };
    static const char *const names[] = { "made0", "made1", "made2", "made3", "home" };
    char path[64];
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
            snprintf(path, sizeof path, "%s%s", dirs[i], names[j]);
            assert_false(host_exists(w, path));
        }
    }
    for (size_t i = 0; i < OUTSIDE; i++) {
        if (is_file(outside[i])) {
            host_assert_text(w, outside[i], "twin");
            assert_int_not_equal(host_stat(w, outside[i]).st_mtim.tv_sec, 0);
            assert_int_equal(host_stat(w, outside[i]).st_nlink, 1);
        }
    }
}

static void use_paths(struct victim *v, const struct race *race, uint64_t until)
{
    struct world *const w = v->w;
    for (unsigned turn = 0; host_clock_ns(CLOCK_MONOTONIC) < until; turn++) {
        const uint32_t mark = w->next;
        const char *const path = race->paths[turn % 6];
        char file[128];
        snprintf(file, sizeof file, "%s/t", path);
        look(v, path, turn & 1);
        look(v, file, 0);
        open_it(v, path, OFLAG_DIRECTORY, RIGHTS_PREOPEN);
        open_it(v, file, 0, RIGHT_FD_READ | RIGHT_FD_FILESTAT_GET);
        change(v, path, turn);
        w->next = mark;
    }
}

/* Where every call succeeded, or none, nothing was shown. What succeeds takes longer than what is
 * refused. */
static void assert_was_a_race(const struct victim *v, const char *name)
{
    enum { ENOUGH = 50 };
    if (v->succeeded < ENOUGH || v->calls - v->succeeded < ENOUGH) {
        fail_msg("%s: %u of %u calls succeeded", name, v->succeeded, v->calls);
    }
}

static void run_race(struct world *w, const struct race *race)
{
    struct victim v = { .w = w };
    for (size_t i = 0; i < OUTSIDE; i++) {
        v.outside_inodes[i] = host_stat(w, outside[i]).st_ino;
    }
    w->unwatched = true; /* a hundred times as many calls, and their memory is watched elsewhere */
    const pid_t attacker = start_attacker(w, race);
    use_paths(&v, race, host_clock_ns(CLOCK_MONOTONIC) + RUN_MS * UINT64_C(1000000));
    stop_attacker(attacker);
    assert_nothing_new(w);
    assert_was_a_race(&v, race->name);
}

static void path_functions_stay_inside_while_another_process_changes_the_way(void **state)
{
    struct world *const w = *state;
    make_folder(w);
    for (size_t i = 0; i < RACES; i++) {
        run_race(w, &races[i]);
    }
}

static void path_functions_stay_inside_a_preopen_called_root_meanwhile(void **state)
{
    struct world *const w = *state;
    make_folder(w);
    world_without_preopens(w);
    world_preopen(w, "/", "box", 0);
    for (size_t i = 0; i < RACES; i++) {
        run_race(w, &races[i]);
    }
}

/* ---- Another guest attacks, with nothing but WASI ---- */

struct guest_attacker {
    ringfort_wasi *wasi;
    unsigned char memory[1024];
    atomic_bool stop;
};

static void attack_call(struct guest_attacker *a, const char *name, const char *from,
                        const char *to)
{
    size_t rows = 0;
    const ringfort_import *row = ringfort_wasi_import(a->wasi, &rows);
    while (strcmp(row->name, name) != 0) {
        row++;
    }
    const uint32_t to_at = 512;
    memcpy(a->memory, from, strlen(from));
    memcpy(a->memory + to_at, to, strlen(to));
    const bool is_symlink = strcmp(name, "path_symlink") == 0;
    const uint64_t rename_args[] = { FIRST_PREOPEN, 0,     strlen(from),
                                     FIRST_PREOPEN, to_at, strlen(to) };
    const uint64_t symlink_args[] = { 0, strlen(from), FIRST_PREOPEN, to_at, strlen(to) };
    const ringfort_memory memory = { .base = a->memory, .size = sizeof a->memory };
    ringfort_result result;
    (void)ringfort_import_call(row, a->wasi, memory, is_symlink ? symlink_args : rename_args,
                               &result);
    rest();
}

static void *attack_as_a_guest(void *data)
{
    struct guest_attacker *const a = data;
    while (!atomic_load(&a->stop)) {
        attack_call(a, "path_rename", "dir", "held");
        attack_call(a, "path_rename", "dir2", "dir");
        attack_call(a, "path_rename", "dir", "dir2");
        attack_call(a, "path_rename", "held", "dir");
        attack_call(a, "path_symlink", "../outside", "new-link");
        attack_call(a, "path_rename", "new-link", "link");
        attack_call(a, "path_symlink", "d", "new-link");
        attack_call(a, "path_rename", "new-link", "link");
        attack_call(a, "path_rename", "a/b/c", "moved");
        attack_call(a, "path_rename", "moved", "a/b/c");
    }
    return NULL;
}

static void path_functions_stay_inside_while_another_guest_changes_the_way(void **state)
{
    struct world *const w = *state;
    make_folder(w);
    struct guest_attacker attacker = { 0 };
    ringfort_error error;
    assert_status(ringfort_wasi_new(w->config, &attacker.wasi, &error), RINGFORT_OK);
    struct victim v = { .w = w };
    for (size_t i = 0; i < OUTSIDE; i++) {
        v.outside_inodes[i] = host_stat(w, outside[i]).st_ino;
    }
    w->unwatched = true;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, attack_as_a_guest, &attacker), 0);
    for (size_t i = 0; i < RACES; i++) {
        use_paths(&v, &races[i], host_clock_ns(CLOCK_MONOTONIC) + RUN_MS * UINT64_C(1000000));
    }
    atomic_store(&attacker.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ringfort_wasi_delete(attacker.wasi);
    assert_nothing_new(w);
    assert_was_a_race(&v, "another guest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_functions_stay_inside_while_another_process_changes_the_way),
        TEST(path_functions_stay_inside_a_preopen_called_root_meanwhile),
        TEST(path_functions_stay_inside_while_another_guest_changes_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
