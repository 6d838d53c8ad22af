/*
 * The model of calls that only look: filestat and times by path, readlink, readdir, the guest's
 * words, clocks, chance.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <string.h>

static uint32_t find_node(struct model *m, const struct guest_place *at, bool follow,
                          struct node **out)
{
    const struct found found = path_find(&at->base, at->text, follow);
    MODEL_TRY(model_found_error(m, found.error));
    *out = found.node;
    return WASI_SUCCESS;
}

static uint32_t predict_filestat_get(struct model *m, const uint64_t *args)
{
    struct guest_place at;
    struct node *node = NULL;
    MODEL_TRY(model_fits(m, args[4], model_filestat_size(m)));
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_FILESTAT_GET, args[2], args[3], &at));
    MODEL_TRY(model_flags(m, args[1], LOOKUP_FOLLOW));
    MODEL_TRY(find_node(m, &at, (args[1] & LOOKUP_FOLLOW) != 0, &node));
    model_put_filestat(m, args[4], node);
    return WASI_SUCCESS;
}

static uint32_t predict_set_times(struct model *m, const uint64_t *args)
{
    struct guest_place at;
    struct node *node = NULL;
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_FILESTAT_SET_TIMES, args[2], args[3], &at));
    MODEL_TRY(model_flags(m, args[1], LOOKUP_FOLLOW));
    MODEL_TRY(model_fst_flags(args[6]));
    if (at.dir->read_only) {
        return WASI_EROFS;
    }
    MODEL_TRY(find_node(m, &at, (args[1] & LOOKUP_FOLLOW) != 0, &node));
    model_set_times(node, args[4], args[5], args[6]);
    return WASI_SUCCESS;
}

static uint32_t predict_readlink(struct model *m, const uint64_t *args)
{
    struct guest_place at;
    struct node *node = NULL;
    MODEL_TRY(model_fits(m, args[5], 4));
    MODEL_TRY(model_fits(m, args[3], args[4]));
    MODEL_TRY(model_path(m, args[0], RIGHT_PATH_READLINK, args[1], args[2], &at));
    MODEL_TRY(find_node(m, &at, false, &node));
    if (node->type != NODE_LINK) {
        return WASI_EINVAL;
    }
    node->atim_is_known = false;
    if (!m->config.node_dialect && !model_is_utf8((const char *)node->bytes, (size_t)node->size)) {
        return WASI_EILSEQ;
    }
    const size_t used = node->size < args[4] ? (size_t)node->size : (size_t)args[4];
    model_put(m, args[3], node->bytes, used);
    model_put32(m, args[5], (uint32_t)used);
    return WASI_SUCCESS;
}

/* ---- Entries: their order and their cookies are the host's; all else is checked, and that a
 * cookie leads where it led ---- */

struct listing {
    size_t told; /* whole entries, `.` and `..` included */
    size_t dots;
};

static bool is_dots(const uint8_t *name, size_t length)
{
    return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}

/* One whole entry as the call left it; `fresh`: the list begins at the start, so that every entry
 * must be there now. */
static void check_entry(struct model *m, struct node *directory, const uint8_t *entry,
                        size_t length, bool fresh, struct listing *listing)
{
    const char *name = (const char *)entry + SIZE_DIRENT;
    uint64_t inode = 0;
    for (unsigned i = 0; i < 8; i++) {
        inode |= (uint64_t)entry[8 + i] << (8 * i);
    }
    uint64_t next = 0;
    for (unsigned i = 0; i < 8; i++) {
        next |= (uint64_t)entry[i] << (8 * i);
    }
    listing->told++;
    if (next == 0 || next > INT32_MAX) {
        model_wrong(m, "a cookie does not fit into a long of 32 bits, or is that of the start");
    }
    if (entry[21] != 0 || entry[22] != 0 || entry[23] != 0) {
        model_wrong(m, "an entry's padding is not zero");
    }
    if (is_dots(entry + SIZE_DIRENT, length)) {
        listing->dots++;
        if (m->config.node_dialect || entry[20] != TYPE_DIRECTORY) {
            model_wrong(m, "`.` or `..` is listed, or is no directory");
        }
        const bool is_parent = length == 2;
        if (fresh && is_parent && model_inode(m, directory, inode) != inode) {
            model_wrong(m, "`..` tells an inode that is not the directory's own");
        }
        return;
    }
    const struct entry *known = node_find(directory, name, length);
    if (known == NULL && fresh) {
        model_wrong(m, "an entry is listed that is not there");
    } else if (known != NULL && fresh) {
        if (entry[20] != model_filetype(known->node)) {
            model_wrong(m, "an entry is listed with another type");
        }
        if (model_inode(m, known->node, inode) != inode) {
            model_wrong(m, "an entry is listed with another inode");
        }
    }
    if (length >= 6 && memcmp(name, "CANARY", 6) == 0) {
        model_wrong(m, "a canary is listed");
    }
}

/* What the call wrote: whole entries, and perhaps one that is cut at the buffer's end. */
static struct listing check_entries(struct model *m, struct node *directory, const uint8_t *at,
                                    size_t used, bool fresh)
{
    struct listing listing = { 0 };
    while (used >= SIZE_DIRENT) {
        const size_t length = (size_t)at[16] | (size_t)at[17] << 8 | (size_t)at[18] << 16;
        if (length == 0 || length > NAME_MAX_BYTES) {
            model_wrong(m, "an entry's name has an impossible length");
            return listing;
        }
        if (length > used - SIZE_DIRENT) {
            return listing;
        }
        check_entry(m, directory, at, length, fresh, &listing);
        at += SIZE_DIRENT + length;
        used -= SIZE_DIRENT + length;
    }
    return listing;
}

/* The bytes of the entry at `at`, its name included; 0 where it is cut. */
static size_t whole_entry(const uint8_t *at, size_t used)
{
    if (used < SIZE_DIRENT) {
        return 0;
    }
    const size_t size = SIZE_DIRENT + ((size_t)at[16] | (size_t)at[17] << 8 | (size_t)at[18] << 16);
    return size <= used && size <= SIZE_DIRENT + NAME_MAX_BYTES ? size : 0;
}

static bool is_second_cookie(const struct description *d, uint64_t cookie)
{
    return cookie != 0 && cookie == d->second_cookie && d->second_changes == d->node->changes &&
           !d->node->is_dead;
}

static void check_second(struct model *m, const struct description *d, const uint8_t *at,
                         size_t used, uint64_t room)
{
    const size_t size = whole_entry(at, used);
    const size_t length = strlen(d->second);
    if (size == 0 && used < room) {
        model_wrong(m, "a list ends before the entry that its cookie leads to");
    }
    if (size > 0 &&
        (size != SIZE_DIRENT + length || memcmp(at + SIZE_DIRENT, d->second, length) != 0)) {
        model_wrong(m, "a cookie leads to another entry than the one that followed it");
    }
}

static void keep_second(struct model *m, struct description *d, uint64_t list, size_t used)
{
    const uint8_t *at = m->memory + list;
    const size_t first = whole_entry(at, used);
    const size_t second = first > 0 ? whole_entry(at + first, used - first) : 0;
    if (second > 0) {
        d->second_cookie = model_get64(m, list);
        d->second_changes = d->node->changes;
        memcpy(d->second, at + first + SIZE_DIRENT, second - SIZE_DIRENT);
        d->second[second - SIZE_DIRENT] = '\0';
    }
}

static uint32_t predict_readdir(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[4], 4));
    MODEL_TRY(model_fits(m, args[1], args[2]));
    struct description *d = NULL;
    MODEL_TRY(model_take(m, args[0], RIGHT_FD_READDIR, &d));
    const bool continues = is_second_cookie(d, args[3]);
    const uint32_t used = model_real32(m, args[4]);
    if (used > args[2]) {
        model_wrong(m, "more is used than there is room");
        return WASI_SUCCESS;
    }
    const bool fresh = args[3] == 0;
    const bool overlaps = args[4] + 4 > args[1] && args[4] < args[1] + used;
    model_adopt(m, args[1], used);
    model_put32(m, args[4], used);
    d->node->atim_is_known = false;
    if (overlaps) {
        return WASI_SUCCESS; /* the length lies over the entries */
    }
    if (continues) {
        check_second(m, d, m->memory + args[1], used, args[2]);
    }
    keep_second(m, d, args[1], used);
    const struct listing listing = check_entries(m, d->node, m->memory + args[1], used, fresh);
    const size_t dots = m->config.node_dialect || d->node->is_dead ? 0 : 2;
    if (fresh && used < args[2] &&
        (listing.told != d->node->entry_count + dots || listing.dots != dots)) {
        model_wrong(m, "a list ends before all entries are told");
    }
    return WASI_SUCCESS;
}

/* ---- Words ---- */

static uint32_t put_words(struct model *m, const char *const *words, size_t count,
                          const uint64_t *args)
{
    uint32_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += (uint32_t)strlen(words[i]) + 1;
    }
    MODEL_TRY(model_fits(m, args[0], 4 * count));
    MODEL_TRY(model_fits(m, args[1], size));
    uint32_t at = (uint32_t)args[1];
    for (size_t i = 0; i < count; i++) {
        model_put(m, at, words[i], strlen(words[i]) + 1);
        at += (uint32_t)strlen(words[i]) + 1;
    }
    at = (uint32_t)args[1];
    for (size_t i = 0; i < count; i++) {
        model_put32(m, args[0] + 4 * i, at);
        at += (uint32_t)strlen(words[i]) + 1;
    }
    return WASI_SUCCESS;
}

static uint32_t put_sizes(struct model *m, const char *const *words, size_t count,
                          const uint64_t *args)
{
    uint32_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += (uint32_t)strlen(words[i]) + 1;
    }
    MODEL_TRY(model_fits(m, args[0], 4));
    MODEL_TRY(model_fits(m, args[1], 4));
    model_put32(m, args[0], (uint32_t)count);
    model_put32(m, args[1], size);
    return WASI_SUCCESS;
}

static uint32_t predict_args_get(struct model *m, const uint64_t *args)
{
    return put_words(m, model_args, MODEL_ARG_COUNT, args);
}

static uint32_t predict_args_sizes_get(struct model *m, const uint64_t *args)
{
    return put_sizes(m, model_args, MODEL_ARG_COUNT, args);
}

static uint32_t predict_environ_get(struct model *m, const uint64_t *args)
{
    return put_words(m, model_env, MODEL_ENV_COUNT, args);
}

static uint32_t predict_environ_sizes_get(struct model *m, const uint64_t *args)
{
    return put_sizes(m, model_env, MODEL_ENV_COUNT, args);
}

/* ---- Clocks and chance ---- */

static uint32_t some_time(struct model *m, uint64_t clock, uint64_t at)
{
    MODEL_TRY(model_fits(m, at, 8));
    if ((uint32_t)clock > CLOCK_ID_THREAD) {
        return WASI_EINVAL;
    }
    if (model_real64(m, at) == 0) {
        model_wrong(m, "a clock stands at 0, or has no resolution");
    }
    model_adopt(m, at, 8);
    return WASI_SUCCESS;
}

static uint32_t predict_clock_res_get(struct model *m, const uint64_t *args)
{
    return some_time(m, args[0], args[1]);
}

static uint32_t predict_clock_time_get(struct model *m, const uint64_t *args)
{
    return some_time(m, args[0], args[2]);
}

static uint32_t predict_random_get(struct model *m, const uint64_t *args)
{
    MODEL_TRY(model_fits(m, args[0], args[1]));
    model_adopt(m, args[0], (size_t)args[1]);
    return WASI_SUCCESS;
}

const struct model_row model_rows_look[] = {
    { "path_filestat_get", predict_filestat_get },
    { "path_filestat_set_times", predict_set_times },
    { "path_readlink", predict_readlink },
    { "fd_readdir", predict_readdir },
    { "args_get", predict_args_get },
    { "args_sizes_get", predict_args_sizes_get },
    { "environ_get", predict_environ_get },
    { "environ_sizes_get", predict_environ_sizes_get },
    { "clock_res_get", predict_clock_res_get },
    { "clock_time_get", predict_clock_time_get },
    { "random_get", predict_random_get },
    { NULL, NULL },
};
