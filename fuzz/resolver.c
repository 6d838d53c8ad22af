/*
 * Fuzzes the path resolvers alone: on a tree drawn from the input, ringfort_openat2_open and
 * ringfort_walk_open must find the same file or the same error for each path, and the same as the
 * model's resolver, which works on strings.
 *
 * It reaches src/path/openat2.c and src/path/walk.c.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "draw.h"
#include "finding.h"
#include "harness.h"
#include "host_tree.h"
#include "resolve_both.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THINGS_MAX = 24, PATHS_MAX = 48 };

/* The tree of an input, on the host and in memory. */
struct world {
    struct tree tree;
    struct node *top; /* holds `box` */
    struct node *box;
    int run;
    int box_fd;
};

static struct node *add(struct world *w, struct node *parent, const char *name, size_t length,
                        enum node_type type)
{
    struct node *node = tree_new_node(&w->tree, type);
    node_add(parent, name, length, node);
    return node;
}

/* A path that may be given to the host: not empty, without NUL, and short enough. */
static bool draw_text(struct input *input, char *text)
{
    const size_t length = draw_path(input, text);
    if (length == 0 || length > PATH_MAX_BYTES || memchr(text, '\0', length) != NULL) {
        return false;
    }
    text[length] = '\0';
    return true;
}

/* Plants one directory, file or link, at a path that the model finds; the parent's descriptor is
 * reached by name from the top, through directories only. */
static void plant_one(struct world *w, struct input *input)
{
    char path[PATH_MAX_BYTES + 3];
    char text[PATH_MAX_BYTES + 3];
    const struct base base = { .directory = w->box };
    const uint8_t kind = draw_byte(input);
    if (!draw_text(input, path)) {
        return;
    }
    const struct spot spot = path_spot(&base, path);
    if (path[0] == '/' || spot.error != WASI_SUCCESS || spot.last != LAST_NAME ||
        node_find(spot.directory, spot.name, strlen(spot.name)) != NULL) {
        return;
    }
    /* What the host makes of the same path is known to be the same: links only lead inside. */
    char host[PATH_MAX_BYTES + 3];
    memcpy(host, path, sizeof host);
    for (size_t n = strlen(host); n > 1 && host[n - 1] == '/'; n--) {
        host[n - 1] = '\0';
    }
    int result = 0;
    if (kind < 96) {
        result = mkdirat(w->box_fd, host, 0777);
        (void)add(w, spot.directory, spot.name, strlen(spot.name), NODE_DIRECTORY);
    } else if (kind < 128) {
        const int fd = openat(w->box_fd, host, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        result = fd < 0 ? fd : close(fd);
        (void)add(w, spot.directory, spot.name, strlen(spot.name), NODE_FILE);
    } else if (draw_text(input, text)) {
        result = symlinkat(text, w->box_fd, host);
        struct node *link = add(w, spot.directory, spot.name, strlen(spot.name), NODE_LINK);
        node_write(link, 0, text, strlen(text) + 1);
        link->size--;
    }
    if (result < 0) {
        finding("\"%s\": the host cannot make what the model can", host);
    }
}

/* A file is known by its inode, which the model learns from the host's tree. */
static void learn_inodes(int directory, struct node *node)
{
    for (size_t i = 0; i < node->entry_count; i++) {
        struct entry *entry = &node->entries[i];
        struct stat st;
        if (fstatat(directory, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
            finding("%s: the model has it and the host has not", entry->name);
        }
        entry->node->inode = st.st_ino;
        if (entry->node->type == NODE_DIRECTORY) {
            const int inner =
                openat(directory, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            learn_inodes(inner, entry->node);
            (void)close(inner);
        }
    }
}

/* ---- What each resolver says ---- */

struct question {
    int flags;
    bool follow;
    bool directory;
    bool path_only;
};

static struct question draw_question(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    const struct question q = { .follow = (byte & 1) == 0,
                                .directory = (byte & 2) != 0,
                                .path_only = (byte & 4) == 0 };
    struct question drawn = q;
    drawn.flags = (q.follow ? 0 : O_NOFOLLOW) | (q.directory ? O_DIRECTORY : 0) |
                  (q.path_only ? O_PATH : O_RDONLY | O_NONBLOCK) | O_CLOEXEC;
    return drawn;
}

/* As WASI says it, NOTCAPABLE for a way out. */
static uint32_t by_model(const struct base *base, const char *path, const struct question *q,
                         uint64_t *inode)
{
    const struct found found = path_find(base, path, q->follow);
    if (found.error != WASI_SUCCESS) {
        return found.error;
    }
    if (q->directory && found.node->type != NODE_DIRECTORY) {
        return WASI_ENOTDIR;
    }
    if (!q->path_only && found.node->type == NODE_LINK) {
        return WASI_ELOOP;
    }
    *inode = found.node->inode;
    return WASI_SUCCESS;
}

static void ask(struct world *w, struct input *input, struct node *from, int from_fd, bool has_root,
                bool system_files)
{
    char path[PATH_MAX_BYTES + 3];
    const struct question q = draw_question(input);
    if (!draw_text(input, path) || path[0] == '/') {
        return;
    }
    const struct base base = { .directory = from, .link_root = has_root ? w->box : NULL };
    struct resolved kernel;
    struct resolved walk;
    const struct from start = { .directory = from_fd,
                                .root = has_root ? w->box_fd : -1,
                                .system_files = system_files };
    resolve_both(&start, path, q.flags, &kernel, &walk);
    uint64_t inode = 0;
    const uint32_t expected = by_model(&base, path, &q, &inode);
    if (walk.error != expected || (expected == WASI_SUCCESS && walk.inode != inode)) {
        finding("\"%s\" with %#x: the walk says %u, and the model %u", path, (unsigned)q.flags,
                walk.error, expected);
    }
    /* With a root, and where mounts matter, openat2 leaves what leads out to the walk. */
    if (!kernel.is_elsewhere &&
        (kernel.error != expected || (expected == WASI_SUCCESS && kernel.inode != inode))) {
        finding("\"%s\" with %#x: openat2 says %u, and the model %u", path, (unsigned)q.flags,
                kernel.error, expected);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = { .at = bytes, .left = size };
    struct world w = { .run = host_plant_empty() };
    if (mkdirat(w.run, "box", 0777) < 0) {
        finding("no folder can be made");
    }
    w.box_fd = openat(w.run, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    w.top = tree_new_node(&w.tree, NODE_DIRECTORY);
    w.box = add(&w, w.top, "box", 3, NODE_DIRECTORY);
    const uint8_t things = draw_below(&input, THINGS_MAX);
    for (uint8_t i = 0; i < things; i++) {
        plant_one(&w, &input);
    }
    learn_inodes(w.run, w.top);
    const int inner_fd = openat(w.box_fd, "d", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct entry *inner = node_find(w.box, "d", 1);
    for (int i = 0; i < PATHS_MAX && input.left > 0; i++) {
        const uint8_t byte = draw_byte(&input);
        const bool inside = inner_fd >= 0 && (byte & 1) != 0;
        ask(&w, &input, inside ? inner->node : w.box, inside ? inner_fd : w.box_fd, (byte & 2) != 0,
            (byte & 4) != 0);
    }
    if (inner_fd >= 0) {
        (void)close(inner_fd);
    }
    (void)close(w.box_fd);
    tree_free(&w.tree);
    host_clear(w.run);
    return 0;
}
