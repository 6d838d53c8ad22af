/*
 * Walks a path of the host one name at a time, so that its caller sees each directory and each
 * link before it is used.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_PATH_WALK_H
#define CLI_PATH_WALK_H

#include <linux/limits.h>
#include <stdbool.h>

struct path_walk {
    int at;                  /* owned: the directory that was reached */
    char *rest;              /* owned: what is left of the path */
    char name[NAME_MAX + 1]; /* the name that path_walk_take split off; may be `.` or `..` */
    bool is_last;
    bool wants_directory; /* a slash follows the last name */
    unsigned links;
};

/* Starts at / or at the working directory. Returns false with errno; end it in both cases. */
bool path_walk_begin(struct path_walk *walk, const char *path);
void path_walk_end(struct path_walk *walk);

/* Splits the next name off. Returns false at the end of the path, or with errno set where the name
 * is too long; errno is 0 at the end. */
bool path_walk_take(struct path_walk *walk);

/* Makes `given` the directory that was reached. */
void path_walk_enter(struct path_walk *walk, int given);

/* Puts the target of a link, lent as a descriptor of the link itself, in front of what is left.
 * Returns false with errno. */
bool path_walk_follow(struct path_walk *walk, int link);

#endif
