/*
 * Sets of directory trees, told apart by what they are and not by how they are spelled: through
 * links, `..`, other names of the working directory and bind mounts.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_TREES_H
#define CLI_TREES_H

#include "mount_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct tree {
    dev_t device;
    ino_t inode;
    struct mount_path place; /* where it lies in its file system; unknown without /proc */
    const char *host;        /* as the option spells it; lent */
    bool is_explicit;        /* the option says the access in its third part */
};

struct tree_set {
    struct tree *trees;
    size_t count;
};

/* Adds the directory `fd` and all that is mounted beneath it; `fd` is lent. */
void tree_set_add(struct tree_set *set, int fd, const char *host, bool is_explicit);
void tree_set_free(struct tree_set *set);

/* Returns the tree whose root has this status; else NULL. */
const struct tree *tree_set_rooted_at(const struct tree_set *set, const struct stat *status);

enum tree_choice {
    ANY_TREE,
    IMPLICIT_TREE, /* only trees whose option does not say its access */
};

/* Returns a tree that the directory `fd` is the root of or lies in; else NULL. */
const struct tree *tree_set_around(const struct tree_set *set, int fd, enum tree_choice choice);

#endif
