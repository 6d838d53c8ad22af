/*
 * The model of names that change: create_directory, remove_directory, unlink_file, symlink, rename,
 * link.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <string.h>

/* ---- Path arguments ---- */

/* Takes one character, by the number that its bytes spell; none that is spelt too long, is half of
 * a pair, or is above the last one. */
static size_t character(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t more = 0;
    uint32_t number = 0;
    while (more < 4 && (at[0] & (0x80 >> more)) != 0) {
        more++; /* the ones that lead: no byte, or 2 to 4 in all */
    }
    if (more == 0) {
        return 1;
    }
    if (more == 1 || (more == 4 && (at[0] & 8) != 0)) {
        return 0;
    }
    number = at[0] & (0x7fU >> more);
    for (size_t i = 1; i < more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0; /* also at the end */
        }
        number = number * 64 + (at[i] & 63);
    }
    const uint32_t least = more == 2 ? 0x80 : more == 3 ? 0x800 : 0x10000;
    return number < least || number > 0x10ffff || number / 0x800 == 0x1b ? 0 : more;
}

bool model_is_utf8(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        const size_t taken = character(text + at);
        if (taken == 0) {
            return false;
        }
        at += taken;
    }
    return true;
}

uint32_t model_text(struct model *m, uint64_t at, uint64_t length, char *out)
{
    if (length == 0) {
        return m->config.node_dialect ? WASI_EINVAL : WASI_ENOENT;
    }
    if (length > m->config.path_length) {
        return model_refuse(m, MODEL_LIMIT_PATH_LENGTH, WASI_ENAMETOOLONG);
    }
    memcpy(out, m->memory + at, (size_t)length);
    out[length] = '\0';
    if (!m->config.node_dialect && !model_is_utf8(out, (size_t)length)) {
        return WASI_EILSEQ;
    }
    return strlen(out) == length ? WASI_SUCCESS : WASI_EINVAL;
}

uint32_t model_path(struct model *m, uint64_t number, uint64_t rights, uint64_t at, uint64_t length,
                    struct guest_place *out)
{
    MODEL_TRY(model_fits(m, at, length));
    MODEL_TRY(model_take(m, number, rights, &out->dir));
    if (out->dir->node->type != NODE_DIRECTORY) {
        return WASI_ENOTDIR;
    }
    MODEL_TRY(model_text(m, at, length, out->text));
    const struct description *root = out->dir->is_link_root ? out->dir : out->dir->link_root;
    out->base =
        (struct base){ .directory = out->dir->node, .link_root = root != NULL ? root->node : NULL };
    return out->text[0] != '/' ? WASI_SUCCESS : WASI_ENOTCAPABLE;
}

uint32_t model_found_error(struct model *m, uint32_t error)
{
    return error == WASI_ENAMETOOLONG ? model_one_of(m, error, WASI_ENOENT) : error;
}

/* Where a name is to change. */
static uint32_t find_spot(struct model *m, const struct guest_place *place, struct spot *spot)
{
    if (place->dir->read_only) {
        return WASI_EROFS;
    }
    *spot = path_spot(&place->base, place->text);
    if (spot->also_missing) {
        return model_one_of(m, spot->error, spot->missing);
    }
    return model_found_error(m, spot->error);
}

static struct entry *entry_at(const struct spot *spot)
{
    return node_find(spot->directory, spot->name, strlen(spot->name));
}

static bool is_directory(const struct entry *entry)
{
    return entry != NULL && entry->node->type == NODE_DIRECTORY;
}

/* A name with a slash behind it has to be there, and a directory. */
static uint32_t check_slash(const struct spot *spot)
{
    const struct entry *entry = entry_at(spot);
    if (!spot->slash || is_directory(entry)) {
        return WASI_SUCCESS;
    }
    return entry == NULL ? WASI_ENOENT : WASI_ENOTDIR;
}

static uint32_t add_moved(const struct spot *spot, struct node *node)
{
    node_add(spot->directory, spot->name, strlen(spot->name), node);
    return WASI_SUCCESS;
}

/* The same for a name that counts, and takes `space` on the disk. */
static uint32_t add_new(struct model *m, const struct spot *spot, struct node *node, uint64_t space)
{
    MODEL_TRY(model_take_name(m, space));
    return add_moved(spot, node);
}

/* Where no name is left to make, that may be said before other things, but not before that the name
 * is taken. */
static uint32_t or_no_name_left(struct model *m, const struct spot *spot, uint64_t space,
                                uint32_t error)
{
    const uint32_t refusal = model_name_error(m, space);
    if (refusal == WASI_SUCCESS || error == WASI_SUCCESS || error == refusal ||
        entry_at(spot) != NULL || m->heard != refusal) {
        return error;
    }
    m->is_vague = true;
    return model_refuse_name(m, refusal);
}

static void remove_entry(const struct spot *spot, struct entry *entry)
{
    if (is_directory(entry)) {
        entry->node->is_dead = true;
        entry->node->mtim_is_known = false;
    }
    node_remove(spot->directory, entry);
}

/* ---- One name ---- */

static uint32_t predict_create_directory(struct model *m, const uint64_t *args)
{
    struct guest_place place;
    struct spot spot;
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_CREATE_DIRECTORY, args[1], args[2], &place));
    MODEL_TRY(find_spot(m, &place, &spot));
    if (spot.last != LAST_NAME || entry_at(&spot) != NULL) {
        return WASI_EEXIST;
    }
    const uint64_t space = MODEL_NAME + MODEL_BLOCK;
    if (spot.directory->is_dead) {
        return or_no_name_left(m, &spot, space, WASI_ENOENT);
    }
    return add_new(m, &spot, tree_new_node(&m->tree, NODE_DIRECTORY), space);
}

static uint32_t predict_remove_directory(struct model *m, const uint64_t *args)
{
    struct guest_place place;
    struct spot spot;
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_REMOVE_DIRECTORY, args[1], args[2], &place));
    MODEL_TRY(find_spot(m, &place, &spot));
    if (spot.last != LAST_NAME) {
        return spot.last == LAST_DOT ? WASI_EINVAL : WASI_ENOTEMPTY;
    }
    struct entry *entry = entry_at(&spot);
    if (entry == NULL) {
        return WASI_ENOENT;
    }
    if (!is_directory(entry)) {
        return WASI_ENOTDIR;
    }
    if (entry->node->entry_count > 0) {
        return WASI_ENOTEMPTY;
    }
    remove_entry(&spot, entry);
    return WASI_SUCCESS;
}

static uint32_t predict_unlink_file(struct model *m, const uint64_t *args)
{
    struct guest_place place;
    struct spot spot;
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_UNLINK_FILE, args[1], args[2], &place));
    MODEL_TRY(find_spot(m, &place, &spot));
    if (spot.last != LAST_NAME) {
        return WASI_EISDIR;
    }
    MODEL_TRY(check_slash(&spot));
    struct entry *entry = entry_at(&spot);
    if (entry == NULL) {
        return WASI_ENOENT;
    }
    if (is_directory(entry)) {
        return WASI_EISDIR;
    }
    remove_entry(&spot, entry);
    return WASI_SUCCESS;
}

/* A short text lies in the inode. */
static uint64_t space_of_link(const char *text)
{
    return strlen(text) < MODEL_SHORT_TEXT ? MODEL_NAME : MODEL_NAME + MODEL_BLOCK;
}

static uint32_t symlink_it(struct model *m, const char *text, const struct spot *spot)
{
    MODEL_TRY(check_slash(spot));
    if (entry_at(spot) != NULL) {
        return WASI_EEXIST;
    }
    if (spot->directory->is_dead) {
        return WASI_ENOENT;
    }
    struct node *link = tree_new_node(&m->tree, NODE_LINK);
    node_write(link, 0, text, strlen(text) + 1);
    link->size--;
    return add_new(m, spot, link, space_of_link(text));
}

static uint32_t predict_symlink(struct model *m, const uint64_t *args)
{
    struct guest_place place;
    struct spot spot;
    char text[PATH_MAX_BYTES + 1];
    MODEL_TRY(model_fits(m, args[0], args[1]));
    MODEL_TRY(model_path(m, args[2], RIGHT_PATH_SYMLINK, args[3], args[4], &place));
    MODEL_TRY(model_text(m, args[0], args[1], text));
    if (text[0] == '/') {
        return WASI_EPERM;
    }
    MODEL_TRY(find_spot(m, &place, &spot));
    if (spot.last != LAST_NAME) {
        return WASI_EEXIST;
    }
    return or_no_name_left(m, &spot, space_of_link(text), symlink_it(m, text, &spot));
}

/* ---- Two names ---- */

/* What a rename refuses of two names that are both where they may be. */
static uint32_t check_rename(const struct spot *from, const struct entry *moved,
                             const struct spot *to, const struct entry *replaced)
{
    if (moved == NULL) {
        return WASI_ENOENT;
    }
    if (from->directory != to->directory && node_is_above(moved->node, to->directory)) {
        return WASI_EINVAL;
    }
    if (from->directory == to->directory && moved->node == to->directory) {
        return WASI_EINVAL;
    }
    if (replaced == NULL) {
        return to->directory->is_dead ? WASI_ENOENT : WASI_SUCCESS;
    }
    if (from->directory != to->directory && node_is_above(replaced->node, from->directory)) {
        return WASI_ENOTEMPTY;
    }
    if (replaced->node == moved->node) {
        return WASI_SUCCESS;
    }
    if (is_directory(moved) != is_directory(replaced)) {
        return is_directory(moved) ? WASI_ENOTDIR : WASI_EISDIR;
    }
    return replaced->node->entry_count > 0 ? WASI_ENOTEMPTY : WASI_SUCCESS;
}

static uint32_t rename_it(const struct spot *from, const struct spot *to)
{
    MODEL_TRY(check_slash(from));
    if (to->slash && entry_at(from) == NULL) {
        return WASI_ENOENT;
    }
    if (to->slash && !is_directory(entry_at(from))) {
        return WASI_ENOTDIR;
    }
    struct entry *replaced = entry_at(to);
    MODEL_TRY(check_rename(from, entry_at(from), to, replaced));
    struct node *node = entry_at(from)->node;
    if (replaced != NULL && replaced->node == node) {
        return WASI_SUCCESS; /* two names of one file: nothing happens */
    }
    if (replaced != NULL) {
        remove_entry(to, replaced);
    }
    node_remove(from->directory, entry_at(from)); /* looked up again: entries have moved */
    return add_moved(to, node);
}

static uint32_t predict_rename(struct model *m, const uint64_t *args)
{
    struct guest_place from;
    struct guest_place to;
    struct spot from_spot;
    struct spot to_spot;
    MODEL_TRY(model_fits(m, args[4], args[5]));
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_RENAME_SOURCE, args[1], args[2], &from));
    MODEL_TRY(model_path(m, args[3], RIGHT_PATH_RENAME_TARGET, args[4], args[5], &to));
    MODEL_TRY(find_spot(m, &from, &from_spot));
    MODEL_TRY(find_spot(m, &to, &to_spot));
    if (from_spot.last != LAST_NAME || to_spot.last != LAST_NAME) {
        return WASI_EBUSY;
    }
    if (m->space_left < MODEL_NAME) { /* the new directory may grow by the name */
        return model_refuse(m, MODEL_LIMIT_BYTES_WRITTEN, WASI_ENOSPC);
    }
    MODEL_TRY(rename_it(&from_spot, &to_spot));
    (void)model_take_space(m, MODEL_NAME);
    return WASI_SUCCESS;
}

static uint32_t link_it(struct model *m, const struct spot *from, const struct spot *to)
{
    MODEL_TRY(check_slash(from));
    if (to->slash) {
        return entry_at(to) == NULL ? WASI_ENOENT : WASI_EEXIST;
    }
    const struct entry *linked = entry_at(from);
    if (linked == NULL) {
        return WASI_ENOENT;
    }
    if (entry_at(to) != NULL) {
        return WASI_EEXIST;
    }
    if (to->directory->is_dead) {
        return WASI_ENOENT;
    }
    return is_directory(linked) ? WASI_EPERM : add_new(m, to, linked->node, MODEL_NAME);
}

static uint32_t predict_link(struct model *m, const uint64_t *args)
{
    struct guest_place from;
    struct guest_place to;
    struct spot from_spot;
    struct spot to_spot;
    MODEL_TRY(model_fits(m, args[5], args[6]));
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_LINK_SOURCE, args[2], args[3], &from));
    MODEL_TRY(model_path(m, args[4], RIGHT_PATH_LINK_TARGET, args[5], args[6], &to));
    MODEL_TRY(model_flags(m, args[1], LOOKUP_FOLLOW));
    if ((args[1] & LOOKUP_FOLLOW) != 0) {
        return WASI_EINVAL;
    }
    MODEL_TRY(find_spot(m, &from, &from_spot));
    MODEL_TRY(find_spot(m, &to, &to_spot));
    if (to_spot.last != LAST_NAME) {
        return WASI_EEXIST;
    }
    if (from_spot.last != LAST_NAME) {
        return WASI_EPERM;
    }
    return or_no_name_left(m, &to_spot, MODEL_NAME, link_it(m, &from_spot, &to_spot));
}

const struct model_row model_rows_path[] = {
    { "path_create_directory", predict_create_directory },
    { "path_remove_directory", predict_remove_directory },
    { "path_unlink_file", predict_unlink_file },
    { "path_symlink", predict_symlink },
    { "path_rename", predict_rename },
    { "path_link", predict_link },
    { NULL, NULL },
};
