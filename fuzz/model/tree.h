/*
 * A POSIX tree in memory: what the model of the fuzzers knows of directories, files and links.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_MODEL_TREE_H
#define FUZZ_MODEL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_MAX_BYTES = 255, PATH_MAX_BYTES = 4095, LINKS_FOLLOWED_MAX = 40 };

/* Bytes of a file that are kept; what is beyond must stay a hole, which callers see to. */
enum { FILE_BYTES_MAX = 1 << 20 };

enum node_type { NODE_DIRECTORY, NODE_FILE, NODE_LINK, NODE_DEVICE };

struct node;

struct entry {
    char *name;
    struct node *node;
};

struct node {
    enum node_type type;
    struct node *all_next; /* every node lives as long as its tree */
    uint64_t names;        /* of a file or a link: how many entries lead here */
    /* A directory's. */
    struct node *parent;
    bool is_dead; /* removed: it takes no more entries */
    struct entry *entries;
    size_t entry_count;
    unsigned changes; /* of its entries */
    /* A file's; a link's text ends with NUL. */
    uint8_t *bytes;
    size_t room;
    uint64_t size;
    bool has_block; /* its first block is no hole */
    /* What was learned of the host's file, or set by the guest. */
    uint64_t inode; /* 0 before it was seen */
    uint64_t atim, mtim;
    bool atim_is_known, mtim_is_known;
};

struct tree {
    struct node *all;
};

struct node *tree_new_node(struct tree *tree, enum node_type type);
void tree_free(struct tree *tree);

/* The entry of this name, or NULL. `length` bytes of `name` count. */
struct entry *node_find(const struct node *directory, const char *name, size_t length);

void node_add(struct node *directory, const char *name, size_t length, struct node *node);
void node_remove(struct node *directory, struct entry *entry);

/* How many names lead to it, as stat counts: a directory's own, its `.` and its children's `..`. */
uint64_t node_link_count(const struct node *node);

/* Whether `directory` is `inner` or lies above it. */
bool node_is_above(const struct node *directory, const struct node *inner);

/* A file's bytes: writes grow it, reads beyond the end give nothing. */
void node_write(struct node *file, uint64_t offset, const void *from, size_t length);
size_t node_read(const struct node *file, uint64_t offset, void *to, size_t length);
void node_set_size(struct node *file, uint64_t size);

/* ---- Paths, as strings ---- */

/* Where a path begins, and where its absolute links do (NULL: they lead out). */
struct base {
    struct node *directory;
    struct node *link_root;
};

/* What a path means. Errors are WASI's. */
struct found {
    uint32_t error;
    struct node *node;             /* what it names; NULL with ENOENT of the last name */
    struct node *parent;           /* where the last name stands, if the way there was found */
    char name[NAME_MAX_BYTES + 1]; /* the last name, after links; empty for `.` and `..` */
};

/* Looks a path up; `follow` says whether a link at its end is. */
struct found path_find(const struct base *base, const char *path, bool follow);

/* The same for what may be created: a slash behind the last name, or in the text of a link at the
 * end, is ISDIR. */
struct found path_find_new(const struct base *base, const char *path, bool follow);

/* What the last component of a path is, as written. */
enum last { LAST_NAME, LAST_DOT, LAST_DOTDOT };

struct spot {
    uint32_t error;
    bool also_missing; /* with NAMETOOLONG: the way there fails too, with `missing` */
    uint32_t missing;
    struct node *directory;
    enum last last;
    bool slash;
    char name[NAME_MAX_BYTES + 1];
};

/* Finds the directory of a path's last name, which is not looked at. */
struct spot path_spot(const struct base *base, const char *path);

#endif
