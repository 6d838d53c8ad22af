/*
 * Finds out whether a directory lies in a tree: by the identities of the directories above it, and
 * by its place in its file system, which tells what `..` cannot: that a bind mount leads there.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "trees.h"

#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct tree_set *set, struct tree tree)
{
    set->trees = must_grow(set->trees, set->count + 1, sizeof(*set->trees));
    set->trees[set->count++] = tree;
}

struct adding {
    struct tree_set *set;
    struct tree tree;
};

static void add_mount(void *data, const struct mount_path *place, const char *mount_point)
{
    const struct adding *adding = data;
    struct stat status;
    struct tree tree = adding->tree;
    tree.place = *place;
    tree.place.path = must_copy(place->path, strlen(place->path));
    tree.device = 0; /* one that cannot be looked at is known by its place alone */
    tree.inode = 0;
    if (lstat(mount_point, &status) == 0) {
        tree.device = status.st_dev;
        tree.inode = status.st_ino;
    }
    add(adding->set, tree);
}

void tree_set_add(struct tree_set *set, int fd, const char *host, bool is_explicit)
{
    struct stat status;
    struct adding adding = { .set = set, .tree = { .host = host, .is_explicit = is_explicit } };
    if (fstat(fd, &status) != 0) {
        return;
    }
    adding.tree.device = status.st_dev;
    adding.tree.inode = status.st_ino;
    mount_path_of(fd, &adding.tree.place);
    add(set, adding.tree);
    mounts_beneath(fd, add_mount, &adding);
}

void tree_set_free(struct tree_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        mount_path_free(&set->trees[i].place);
    }
    free(set->trees);
    *set = (struct tree_set){ .trees = NULL };
}

static const struct tree *rooted_at(const struct tree_set *set, const struct stat *status,
                                    enum tree_choice choice)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct tree *tree = &set->trees[i];
        if (tree->inode == status->st_ino && tree->device == status->st_dev &&
            (choice == ANY_TREE || !tree->is_explicit)) {
            return tree;
        }
    }
    return NULL;
}

const struct tree *tree_set_rooted_at(const struct tree_set *set, const struct stat *status)
{
    return rooted_at(set, status, ANY_TREE);
}

static const struct tree *around_in_file_system(const struct tree_set *set, int fd,
                                                enum tree_choice choice)
{
    const struct tree *found = NULL;
    struct mount_path place;
    mount_path_of(fd, &place);
    for (size_t i = 0; found == NULL && i < set->count; i++) {
        const struct tree *tree = &set->trees[i];
        if ((choice == ANY_TREE || !tree->is_explicit) && mount_path_is_in(&place, &tree->place)) {
            found = tree;
        }
    }
    mount_path_free(&place);
    return found;
}

/* Whether two descriptors are of one directory, through one mount: only / is its own parent. */
static bool is_same(int a, const struct stat *a_status, int b, const struct stat *b_status)
{
    return a_status->st_ino == b_status->st_ino && a_status->st_dev == b_status->st_dev &&
           mount_id_of(a) == mount_id_of(b);
}

static const struct tree *around_by_parents(const struct tree_set *set, int fd,
                                            enum tree_choice choice)
{
    struct stat status;
    const struct tree *found = NULL;
    int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool goes_on = at >= 0 && fstat(at, &status) == 0;
    while (goes_on) {
        struct stat above_status = status;
        found = rooted_at(set, &status, choice);
        const int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        goes_on = found == NULL && above >= 0 && fstat(above, &above_status) == 0 &&
                  !is_same(at, &status, above, &above_status);
        (void)close(at);
        at = above;
        status = above_status;
    }
    if (at >= 0) {
        (void)close(at);
    }
    return found;
}

const struct tree *tree_set_around(const struct tree_set *set, int fd, enum tree_choice choice)
{
    if (set->count == 0) {
        return NULL;
    }
    const struct tree *found = around_by_parents(set, fd, choice);
    return found != NULL ? found : around_in_file_system(set, fd, choice);
}
