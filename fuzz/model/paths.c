/*
 * What a path means, worked out on strings and nodes: the third resolver, which the two of the
 * library have to agree with. It knows no descriptors; `..` goes to the parent of the node, unless
 * that is where the path began.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "support/wasi.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* What is still to do: text that grows at its front. */
struct todo {
    char *text; /* owned */
    const char *rest;
};

static void push(struct todo *todo, const char *text)
{
    const size_t more = strlen(text);
    const size_t length = strlen(todo->rest);
    char *joined = malloc(more + length + 1);
    if (joined == NULL) {
        abort();
    }
    memcpy(joined, text, more);
    memcpy(joined + more, todo->rest, length + 1);
    free(todo->text);
    todo->text = joined;
    todo->rest = joined;
}

/* One component and what follows it. */
struct component {
    const char *at;
    size_t length;
    bool slash;
    bool is_last;
};

static struct component next_component(struct todo *todo)
{
    struct component c = { .at = todo->rest + strspn(todo->rest, "/") };
    c.length = strcspn(c.at, "/");
    c.slash = c.at[c.length] == '/';
    todo->rest = c.at + c.length;
    c.is_last = todo->rest[strspn(todo->rest, "/")] == '\0';
    return c;
}

static bool is(const struct component *c, const char *text)
{
    return c->length == strlen(text) && memcmp(c->at, text, c->length) == 0;
}

/* A walk: where it stands, and where it may not go above. */
struct way {
    const struct base *base;
    struct node *top;
    struct node *here;
    int links;
    bool creates;
};

static uint32_t go_up(struct way *way)
{
    if (way->here == way->top) {
        return WASI_ENOTCAPABLE;
    }
    way->here = way->here->parent;
    return WASI_SUCCESS;
}

static uint32_t follow_link(struct way *way, const struct node *link, struct todo *todo)
{
    if (++way->links > LINKS_FOLLOWED_MAX) {
        return WASI_ELOOP;
    }
    const char *text = (const char *)link->bytes;
    if (text[0] == '/') {
        if (way->base->link_root == NULL) {
            return WASI_ENOTCAPABLE;
        }
        way->top = way->base->link_root;
        way->here = way->top;
    }
    push(todo, text);
    return WASI_SUCCESS;
}

static struct found stands_at(struct way *way)
{
    return (struct found){ .error = WASI_SUCCESS, .node = way->here, .parent = way->here };
}

/* The last name: what it leads to, unless it is a link to follow (*again). */
static struct found end_at(struct way *way, const struct component *c, bool follow,
                           struct todo *todo, bool *again)
{
    struct found found = { .parent = way->here };
    const struct entry *entry = node_find(way->here, c->at, c->length);
    memcpy(found.name, c->at, c->length);
    if (way->creates && c->slash) {
        found.error = WASI_EISDIR; /* before anything is looked up */
        return found;
    }
    if (entry == NULL) {
        found.error = WASI_ENOENT;
        return found;
    }
    found.node = entry->node;
    if (entry->node->type == NODE_LINK && (follow || c->slash)) {
        /* A slash behind the link stays to do: it asks for a directory. */
        found.error = follow_link(way, entry->node, todo);
        *again = found.error == WASI_SUCCESS;
    } else if (c->slash && entry->node->type != NODE_DIRECTORY) {
        found.error = WASI_ENOTDIR;
    }
    return found;
}

/* A name on the way. */
static uint32_t pass(struct way *way, const struct component *c, struct todo *todo)
{
    const struct entry *entry = node_find(way->here, c->at, c->length);
    if (entry == NULL) {
        return WASI_ENOENT;
    }
    if (entry->node->type == NODE_LINK) {
        return follow_link(way, entry->node, todo);
    }
    if (entry->node->type != NODE_DIRECTORY) {
        return WASI_ENOTDIR;
    }
    way->here = entry->node;
    return WASI_SUCCESS;
}

static struct found find(struct way *way, struct todo *todo, bool follow)
{
    for (;;) {
        const struct component c = next_component(todo);
        if (c.length == 0) {
            return stands_at(way); /* only slashes were left */
        }
        uint32_t error = WASI_SUCCESS;
        if (is(&c, "..")) {
            error = go_up(way);
        } else if (c.length > NAME_MAX_BYTES) {
            error = WASI_ENAMETOOLONG;
        } else if (!is(&c, ".") && c.is_last) {
            bool again = false;
            const struct found found = end_at(way, &c, follow, todo, &again);
            if (!again) {
                return found;
            }
            continue;
        } else if (!is(&c, ".")) {
            error = pass(way, &c, todo);
        }
        if (error != WASI_SUCCESS) {
            return (struct found){ .error = error };
        }
        if (c.is_last && (is(&c, ".") || is(&c, ".."))) {
            return stands_at(way);
        }
    }
}

static struct found find_from(const struct base *base, const char *path, bool follow, bool creates)
{
    struct way way = {
        .base = base, .top = base->directory, .here = base->directory, .creates = creates
    };
    struct todo todo = { .rest = path };
    const struct found found = find(&way, &todo, follow);
    free(todo.text);
    return found;
}

struct found path_find(const struct base *base, const char *path, bool follow)
{
    return find_from(base, path, follow, false);
}

struct found path_find_new(const struct base *base, const char *path, bool follow)
{
    return find_from(base, path, follow, true);
}

struct spot path_spot(const struct base *base, const char *path)
{
    struct spot spot = { .last = LAST_NAME, .directory = base->directory };
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') {
        end--;
        spot.slash = true;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    const size_t length = end - begin;
    spot.error = length > NAME_MAX_BYTES ? WASI_ENAMETOOLONG : WASI_SUCCESS;
    if (length == 2 && memcmp(path + begin, "..", 2) == 0) {
        spot.last = LAST_DOTDOT;
        begin = end;
    } else if (length == 1 && path[begin] == '.') {
        spot.last = LAST_DOT;
    } else if (spot.error == WASI_SUCCESS) {
        memcpy(spot.name, path + begin, length);
    }
    if (begin == 0) {
        return spot;
    }
    char prefix[PATH_MAX_BYTES + 1];
    memcpy(prefix, path, begin);
    prefix[begin] = '\0';
    const struct found found = path_find(base, prefix, true);
    const bool is_directory = found.node != NULL && found.node->type == NODE_DIRECTORY;
    const uint32_t missing =
        found.error == WASI_SUCCESS && !is_directory ? WASI_ENOTDIR : found.error;
    spot.directory = found.node;
    spot.also_missing = spot.error != WASI_SUCCESS && missing != WASI_SUCCESS;
    spot.missing = missing;
    spot.error = spot.error != WASI_SUCCESS ? spot.error : missing;
    return spot;
}
