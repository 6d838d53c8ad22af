/*
 * The model of path_open.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <string.h>

static const uint64_t rights_of_writing =
    RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;

/* What is asked for, beside the path. */
struct wish {
    bool follow;
    uint32_t oflags;
    uint32_t fdflags;
    uint64_t base;
    uint64_t inheriting;
    uint64_t closed_to;
};

static uint64_t rights_needed(uint32_t oflags)
{
    return RIGHT_PATH_OPEN | ((oflags & OFLAG_CREAT) != 0 ? RIGHT_PATH_CREATE_FILE : 0) |
           ((oflags & OFLAG_TRUNC) != 0 ? RIGHT_PATH_FILESTAT_SET_SIZE : 0);
}

static uint32_t limit_rights(const struct model *m, const struct description *dir,
                             struct wish *wish)
{
    const uint64_t for_flags =
        ((wish->fdflags & FDFLAG_DSYNC) != 0 ? RIGHT_FD_DATASYNC : 0) |
        ((wish->fdflags & (FDFLAG_SYNC | FDFLAG_RSYNC)) != 0 ? RIGHT_FD_SYNC : 0);
    const uint64_t asked = wish->base | wish->inheriting;
    if ((for_flags & ~dir->inheriting) != 0 ||
        (m->config.node_dialect && (asked & ~dir->inheriting) != 0)) {
        return WASI_ENOTCAPABLE;
    }
    if (m->config.node_dialect) {
        return WASI_SUCCESS;
    }
    /* What is asked for only says how a file is opened. */
    if ((wish->base & rights_of_writing) == 0) {
        wish->closed_to = rights_of_writing;
    } else if ((wish->base & RIGHT_FD_WRITE) == 0) {
        wish->closed_to = RIGHT_FD_WRITE;
    } else if ((wish->base & (RIGHT_FD_READ | RIGHT_FD_READDIR)) == 0) {
        wish->closed_to = RIGHT_FD_READ;
    }
    wish->base = dir->inheriting & ~wish->closed_to;
    wish->inheriting = dir->inheriting;
    return WASI_SUCCESS;
}

static void do_not_write(struct wish *wish)
{
    wish->base &= ~rights_of_writing;
    wish->closed_to |= rights_of_writing;
}

/* Nothing beneath a read-only preopen is opened so that it could change. */
static uint32_t check_read_only(const struct description *dir, struct wish *wish)
{
    if (!dir->read_only) {
        return WASI_SUCCESS;
    }
    if ((wish->oflags & (OFLAG_CREAT | OFLAG_TRUNC)) != 0 || (wish->base & RIGHT_FD_WRITE) != 0) {
        return WASI_EROFS;
    }
    do_not_write(wish);
    return WASI_SUCCESS;
}

/* Makes the file that is not there. */
static uint32_t create(struct model *m, const struct found *found, struct node **out)
{
    if (found->parent->is_dead) {
        return WASI_ENOENT;
    }
    MODEL_TRY(model_take_name(m, MODEL_NAME));
    *out = tree_new_node(&m->tree, NODE_FILE);
    node_add(found->parent, found->name, strlen(found->name), *out);
    return WASI_SUCCESS;
}

static uint32_t open_creating(struct model *m, const struct base *base, const char *path,
                              const struct wish *wish, struct node **out)
{
    const bool exclusive = (wish->oflags & OFLAG_EXCL) != 0;
    const struct found found = path_find_new(base, path, wish->follow && !exclusive);
    if (found.error == WASI_ENOENT && found.parent != NULL) {
        return create(m, &found, out);
    }
    MODEL_TRY(model_found_error(m, found.error));
    if (exclusive) {
        return WASI_EEXIST;
    }
    if (found.node->type == NODE_DIRECTORY) {
        return WASI_EISDIR;
    }
    *out = found.node;
    return found.node->type == NODE_LINK ? WASI_ELOOP : WASI_SUCCESS;
}

static uint32_t open_existing(struct model *m, const struct base *base, const char *path,
                              const struct wish *wish, bool writes, struct node **out)
{
    const struct found found = path_find(base, path, wish->follow);
    MODEL_TRY(model_found_error(m, found.error));
    *out = found.node;
    if ((wish->oflags & OFLAG_DIRECTORY) != 0 && found.node->type != NODE_DIRECTORY) {
        return WASI_ENOTDIR;
    }
    if (found.node->type == NODE_LINK) {
        return WASI_ELOOP;
    }
    const bool changes = writes || (wish->oflags & OFLAG_TRUNC) != 0;
    return found.node->type == NODE_DIRECTORY && changes ? WASI_EISDIR : WASI_SUCCESS;
}

/* Where names are counted, what is there may be looked for first, and that none is left may be said
 * before other things. */
static uint32_t open_counted(struct model *m, const struct base *base, const char *path,
                             struct wish *wish, struct node **out)
{
    const uint32_t error = open_creating(m, base, path, wish, out);
    const bool exclusive = (wish->oflags & OFLAG_EXCL) != 0;
    if (error == WASI_SUCCESS || error == m->heard) {
        return error;
    }
    m->is_vague = true;
    const uint32_t refusal = model_name_error(m, MODEL_NAME);
    if (refusal != WASI_SUCCESS && m->heard == refusal && error != WASI_EEXIST) {
        return model_refuse_name(m, refusal);
    }
    const struct found found = path_find(base, path, wish->follow);
    return !exclusive && error == WASI_EISDIR && found.error == m->heard ? m->heard : error;
}

static uint32_t open_node(struct model *m, const struct guest_place *at, struct wish *wish,
                          struct node **out)
{
    const bool writes = (wish->base & rights_of_writing) != 0;
    if ((wish->oflags & OFLAG_CREAT) != 0) {
        const bool counted =
            m->config.entries_created != UINT64_MAX || m->config.bytes_written != UINT64_MAX;
        return counted ? open_counted(m, &at->base, at->text, wish, out)
                       : open_creating(m, &at->base, at->text, wish, out);
    }
    uint32_t error = open_existing(m, &at->base, at->text, wish, writes, out);
    if (error == WASI_EISDIR && (wish->base & RIGHT_FD_WRITE) == 0) {
        /* Who does not insist on writing gets what can be had. */
        do_not_write(wish);
        error = open_existing(m, &at->base, at->text, wish, false, out);
    }
    return error;
}

static uint32_t predict_open(struct model *m, const uint64_t *args)
{
    struct wish wish = { .follow = (args[1] & LOOKUP_FOLLOW) != 0,
                         .oflags = (uint32_t)args[4],
                         .base = args[5],
                         .inheriting = args[6],
                         .fdflags = (uint32_t)args[7] };
    struct guest_place at;
    MODEL_TRY(model_fits(m, args[8], 4));
    MODEL_TRY(model_path(m, args[0], rights_needed(wish.oflags), args[2], args[3], &at));
    MODEL_TRY(model_flags(m, args[1], LOOKUP_FOLLOW));
    MODEL_TRY(model_flags(m, wish.oflags, 15));
    MODEL_TRY(model_flags(m, wish.fdflags, 31));
    if ((wish.oflags & OFLAG_CREAT) != 0 && (wish.oflags & OFLAG_DIRECTORY) != 0) {
        return WASI_EINVAL;
    }
    MODEL_TRY(limit_rights(m, at.dir, &wish));
    MODEL_TRY(check_read_only(at.dir, &wish));
    if (m->live >= m->config.open_files) {
        return model_refuse(m, MODEL_LIMIT_OPEN_FILES, WASI_EMFILE);
    }
    struct node *node = NULL;
    MODEL_TRY(open_node(m, &at, &wish, &node));
    if ((wish.oflags & OFLAG_TRUNC) != 0) {
        node_set_size(node, 0);
    }
    struct description *d = model_describe(m, node);
    d->base = wish.base;
    d->inheriting = wish.inheriting;
    d->closed_to = wish.closed_to;
    d->ceiling = m->config.node_dialect ? UINT64_MAX : model_rights(at.dir);
    d->fdflags = wish.fdflags & 31;
    d->read_only = at.dir->read_only;
    d->link_root = at.dir->is_link_root ? at.dir : at.dir->link_root;
    if (d->link_root != NULL) {
        d->link_root->holders++;
    }
    model_put32(m, args[8], model_number(m, d));
    return WASI_SUCCESS;
}

const struct model_row model_rows_open[] = {
    { "path_open", predict_open },
    { NULL, NULL },
};
