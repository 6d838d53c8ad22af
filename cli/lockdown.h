/*
 * The walls around the whole process: what a guest could not do even if the sandbox of the WASI
 * calls had a hole.
 *
 * They are put up in two steps. lockdown_begin comes before the guest's directories are opened,
 * because those have to be opened from within the mount namespace. lockdown_finish comes when all
 * else is open and the code is there: from then on nothing can be opened outside the directories,
 * and no code can be made. Both are called by a process of one thread, because a namespace, a
 * Landlock domain and capabilities are a thread's, which only new threads inherit.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_LOCKDOWN_H
#define CLI_LOCKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lockdown_mode {
    LOCKDOWN_OFF,
    LOCKDOWN_AUTO,   /* the walls that the system has */
    LOCKDOWN_STRICT, /* the same, and Landlock and seccomp must be among them */
};

enum wall {
    WALL_PRIVILEGES,  /* no new ones, and of the old only those over files */
    WALL_NAMESPACES,  /* an empty root, and no network */
    WALL_DESCRIPTORS, /* nothing that the caller left open */
    WALL_RESOURCES,   /* no core file, no new process */
    WALL_LANDLOCK,    /* the directories, each with its rights */
    WALL_SECCOMP,     /* the system calls that WASI needs */
};

enum { WALL_COUNT = WALL_SECCOMP + 1, WALL_DETAIL_MAX = 160 };

enum wall_state {
    WALL_OFF,
    WALL_STANDS,
    WALL_MISSING,
};

struct wall_report {
    enum wall_state state;
    char detail[WALL_DETAIL_MAX]; /* why it is missing, or more of what stands; may be "" */
};

struct lockdown_directory {
    int fd; /* owned: the root of a mount of its own, where there are namespaces */
    bool is_read_only;
};

struct lockdown {
    enum lockdown_mode mode;
    bool has_threads; /* whether some must still begin */
    struct wall_report walls[WALL_COUNT];
    struct lockdown_directory *directories;
    size_t directory_count;
    uint64_t old_capabilities;
    bool is_in_namespaces;
    bool is_nobody; /* in a user namespace that knows no user: owners cannot be told apart */
};

/* What `ringfort run` does where it is not told. */
enum lockdown_mode lockdown_default(void);

/* The name of a wall, "landlock"; lent for ever. */
const char *lockdown_wall_name(enum wall wall);

void lockdown_begin(struct lockdown *lockdown, enum lockdown_mode mode);

/* Makes a directory one of those that stay in reach. `fd` is given; returned is the descriptor by
 * which it is to be used from now on, lent. */
int lockdown_add_directory(struct lockdown *lockdown, int fd, bool is_read_only);

void lockdown_finish(struct lockdown *lockdown);

/* Frees what it remembers; the walls stay. */
void lockdown_free(struct lockdown *lockdown);

/* The first wall without which `strict` does not run, and which is missing; else NULL. */
const struct wall_report *lockdown_strict_lacks(const struct lockdown *lockdown, enum wall *which);

#endif
