/*
 * What a guest does in a race, as the one who uses paths and as the one who changes where they
 * lead. Compiled for the host, where it calls the library, and for wasm, where it imports WASI:
 * who includes it says how a row is called, and what address a thing has.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_RACE_GUEST_H
#define RINGFORT_TESTS_RACE_GUEST_H

#include "wasi.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RACE_BOX = 3, RACE_PATHS = 6, RACE_OUTSIDE_MAX = 24, RACE_PATH_MAX = 128 };

/** The functions that the guests of a race call. */
#define RACE_ROWS(X)                                                                               \
    X(clock_time_get)                                                                              \
    X(fd_close)                                                                                    \
    X(fd_filestat_get)                                                                             \
    X(fd_write)                                                                                    \
    X(path_create_directory)                                                                       \
    X(path_filestat_get)                                                                           \
    X(path_filestat_set_times)                                                                     \
    X(path_link)                                                                                   \
    X(path_open)                                                                                   \
    X(path_readlink)                                                                               \
    X(path_remove_directory)                                                                       \
    X(path_rename)                                                                                 \
    X(path_symlink)                                                                                \
    X(path_unlink_file)

#define RACE_ROW(name) RACE_##name,
enum race_row { RACE_ROWS(RACE_ROW) RACE_ROW_COUNT };

static uint32_t race_call(enum race_row row, const uint64_t *args);

/** What the calls point to; all that they see of the guest's memory. */
static struct race_memory {
    char path[RACE_PATH_MAX];
    char other[RACE_PATH_MAX];
    char text[RACE_PATH_MAX];
    uint64_t filestat[SIZE_FILESTAT / 8];
    uint64_t time;
    uint32_t iovec[2];
    uint32_t result;
} race_memory;

static uint32_t race_address(const void *of);

#define RACE_CALL(row, ...) race_call(RACE_##row, (const uint64_t[]){ __VA_ARGS__ })
#define RACE_AT(member)     race_address(race_memory.member)
#define RACE_TEXT(member)   race_address(race_memory.member), strlen(race_memory.member)

/* ---- The shapes: which names the attacker changes, and which paths lead through them ---- */

struct race_shape {
    const char *name;
    const char *paths[RACE_PATHS];
};

/** Down and up again: while it is below c, c is moved up, and three `..` more would lead out. */
#define RACE_WAY "a/b/c/e/e/e/../../../../../.."

static const struct race_shape race_shapes[] = {
    { "x", { "dir", "dir/s", "dir/", "dir/s/../s", "dir/../dir", "./dir//s" } },
    { "d",
      { "parent/d", "parent/d/", "parent/d/s", "parent/d/../d/s", "parent/d/s/", "parent/./d" } },
    { "r", { "link", "link/", "link/s", "chain", "chain/", "chain/s" } },
    { "m", { RACE_WAY, RACE_WAY "/s", "way", "way/s", RACE_WAY "/s/", RACE_WAY "/." } },
};

static const struct race_shape *race_shape_of(const char *name)
{
    for (size_t i = 0; i < sizeof race_shapes / sizeof race_shapes[0]; i++) {
        if (strcmp(race_shapes[i].name, name) == 0) {
            return &race_shapes[i];
        }
    }
    return NULL;
}

/* ---- Who uses the paths ---- */

struct race_victim {
    uint64_t outside[RACE_OUTSIDE_MAX]; /* inodes that no call may reach */
    unsigned outside_count;
    uint64_t calls;
    uint64_t succeeded;
    uint64_t escapes;
    uint64_t wrong; /* errnos that the kernel gives where a check was missed */
};

static bool race_count(struct race_victim *v, uint32_t error)
{
    v->calls++;
    v->succeeded += error == WASI_SUCCESS;
    v->wrong += error == WASI_EFAULT || error == WASI_EXDEV || error > WASI_ENOTCAPABLE;
    return error == WASI_SUCCESS;
}

/* The inode of race_memory.filestat must be one of the box's. */
static void race_check_inode(struct race_victim *v)
{
    for (unsigned i = 0; i < v->outside_count; i++) {
        v->escapes += v->outside[i] == race_memory.filestat[1];
    }
}

static void race_look(struct race_victim *v, uint32_t lookup)
{
    if (race_count(v, RACE_CALL(path_filestat_get, RACE_BOX, lookup, RACE_TEXT(path),
                                RACE_AT(filestat)))) {
        race_check_inode(v);
    }
}

static void race_open(struct race_victim *v, uint32_t oflags, uint64_t base)
{
    if (!race_count(v, RACE_CALL(path_open, RACE_BOX, LOOKUP_FOLLOW, RACE_TEXT(path), oflags, base,
                                 RIGHTS_INHERITING, 0, race_address(&race_memory.result)))) {
        return;
    }
    const uint32_t fd = race_memory.result;
    if (RACE_CALL(fd_filestat_get, fd, RACE_AT(filestat)) == WASI_SUCCESS) {
        race_check_inode(v);
    }
    (void)RACE_CALL(fd_close, fd);
}

static void race_path(const char *dir, const char *name)
{
    (void)snprintf(race_memory.path, sizeof race_memory.path, "%s%s", dir, name);
}

/* What was brought into the box must not come from outside. */
static void race_look_at_home(struct race_victim *v)
{
    if (RACE_CALL(path_filestat_get, RACE_BOX, 0, RACE_TEXT(other), RACE_AT(filestat)) ==
        WASI_SUCCESS) {
        race_check_inode(v);
    }
}

/* All of these leave a mark outside where they get there, which the host sees afterwards. */
static void race_change(struct race_victim *v, const char *dir, unsigned turn)
{
    static const char *const made[] = { "/made0", "/made1", "/made2", "/made3" };
    race_path(dir, "/t");
    race_count(v, RACE_CALL(path_filestat_set_times, RACE_BOX, turn & 1, RACE_TEXT(path), 1, 1,
                            FST_ATIM | FST_MTIM));
    race_path(dir, made[turn % 4]);
    strcpy(race_memory.text, "t");
    race_count(v, RACE_CALL(path_create_directory, RACE_BOX, RACE_TEXT(path)));
    race_count(v, RACE_CALL(path_remove_directory, RACE_BOX, RACE_TEXT(path)));
    race_count(v, RACE_CALL(path_symlink, RACE_TEXT(text), RACE_BOX, RACE_TEXT(path)));
    race_count(v, RACE_CALL(path_readlink, RACE_BOX, RACE_TEXT(path), RACE_AT(text), 8,
                            race_address(&race_memory.result)));
    race_count(v, RACE_CALL(path_unlink_file, RACE_BOX, RACE_TEXT(path)));
    race_path(dir, "/u");
    strcpy(race_memory.other, "home");
    race_count(v, RACE_CALL(path_link, RACE_BOX, 0, RACE_TEXT(path), RACE_BOX, RACE_TEXT(other)));
    race_look_at_home(v);
    race_count(v, RACE_CALL(path_unlink_file, RACE_BOX, RACE_TEXT(other)));
    race_count(v, RACE_CALL(path_rename, RACE_BOX, RACE_TEXT(path), RACE_BOX, RACE_TEXT(other)));
    race_look_at_home(v);
    race_count(v, RACE_CALL(path_rename, RACE_BOX, RACE_TEXT(other), RACE_BOX, RACE_TEXT(path)));
    race_open(v, OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE);
}

static void race_use_path(struct race_victim *v, const char *path, unsigned turn)
{
    race_path(path, "");
    race_look(v, turn & 1);
    race_open(v, OFLAG_DIRECTORY, RIGHTS_PREOPEN);
    race_path(path, "/t");
    race_look(v, 0);
    race_open(v, 0, RIGHT_FD_READ | RIGHT_FD_FILESTAT_GET);
    race_change(v, path, turn);
}

static uint64_t race_now(void)
{
    (void)RACE_CALL(clock_time_get, CLOCK_ID_MONOTONIC, 0, race_address(&race_memory.time));
    return race_memory.time;
}

static void race_say(void)
{
    race_memory.iovec[0] = RACE_AT(text);
    race_memory.iovec[1] = (uint32_t)strlen(race_memory.text);
    (void)RACE_CALL(fd_write, 1, RACE_AT(iovec), 1, race_address(&race_memory.result));
}

/** Goes on until that many calls were made and that much time has passed; says what came of it. */
static void race_run_victim(struct race_victim *v, const struct race_shape *shape, uint64_t ms,
                            uint64_t calls)
{
    const uint64_t until = race_now() + ms * UINT64_C(1000000);
    for (unsigned turn = 0; v->calls < calls || race_now() < until; turn++) {
        race_use_path(v, shape->paths[turn % RACE_PATHS], turn);
    }
    (void)snprintf(race_memory.text, sizeof race_memory.text, "%llu %llu %llu %llu\n",
                   (unsigned long long)v->calls, (unsigned long long)v->succeeded,
                   (unsigned long long)v->escapes, (unsigned long long)v->wrong);
    race_say();
}

/* ---- Who changes where they lead ---- */

/** For up to 60 us: an attacker that never rests keeps both resolvers from ever seeing one tree. */
static void race_rest(void)
{
    static unsigned seed = 1;
    seed = seed * 1103515245U + 12345U;
    for (volatile unsigned i = (seed >> 16) % 20000U; i > 0; i--) {
    }
}

static void race_rename(const char *from, const char *to)
{
    strcpy(race_memory.path, from);
    strcpy(race_memory.other, to);
    (void)RACE_CALL(path_rename, RACE_BOX, RACE_TEXT(path), RACE_BOX, RACE_TEXT(other));
    race_rest();
}

static void race_replace(const char *text)
{
    strcpy(race_memory.text, text);
    strcpy(race_memory.path, "new-link");
    (void)RACE_CALL(path_symlink, RACE_TEXT(text), RACE_BOX, RACE_TEXT(path));
    race_rename("new-link", "link");
}

static void race_swap(const char *a, const char *b)
{
    race_rename(a, "held");
    race_rename(b, a);
    race_rename(a, b);
    race_rename("held", a);
}

/* All is as it was made for longer than it is not, so that calls succeed too. */
static void race_rest_long(void)
{
    for (int i = 0; i < 6; i++) {
        race_rest();
    }
}

static void race_attack_as_guest(char shape)
{
    switch (shape) {
    case 'x':
        race_swap("dir", "dir2");
        break;
    case 'd':
        race_swap("parent", "parent2");
        break;
    case 'r':
        race_replace("../outside");
        race_replace("d");
        break;
    default:
        race_rename("a/b/c", "moved");
        race_rename("moved", "a/b/c");
        break;
    }
}

/* ---- The guest ---- */

/** `attack SHAPE`, which does not end; or `use SHAPE MILLISECONDS CALLS INODE…`, which writes
 * "calls succeeded escapes wrong". */
static int race_guest(int argc, char **argv)
{
    const struct race_shape *const shape = argc > 1 ? race_shape_of(argv[1]) : NULL;
    if (shape == NULL) {
        return 2;
    }
    if (strcmp(argv[0], "attack") == 0) {
        strcpy(race_memory.text, "attacking\n");
        race_say();
        for (;;) {
            race_attack_as_guest(shape->name[0]);
            race_rest_long();
        }
    }
    struct race_victim victim = { 0 };
    for (int i = 4; i < argc && victim.outside_count < RACE_OUTSIDE_MAX; i++) {
        victim.outside[victim.outside_count++] = strtoull(argv[i], NULL, 10);
    }
    if (victim.outside_count == 0) {
        return 2;
    }
    race_run_victim(&victim, shape, strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    return 0;
}

#endif
