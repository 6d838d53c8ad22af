/*
 * The model's beginning and end, its memory, and its descriptors.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

const struct planted model_planted[] = {
    { "box", NODE_DIRECTORY, NULL },
    { "other", NODE_DIRECTORY, NULL },
    { "box/d", NODE_DIRECTORY, NULL },
    { "box/d/e", NODE_DIRECTORY, NULL },
    { "box/empty", NODE_DIRECTORY, NULL },
    { "box/f", NODE_FILE, "inside" },
    { "box/d/f", NODE_FILE, "deeper inside, and a little longer" },
    { "box/ld", NODE_LINK, "d" },
    { "box/ls", NODE_LINK, "." },
    { "box/lf", NODE_LINK, "d/f" },
    { "box/lt", NODE_LINK, "d/" },
    { "box/ln", NODE_LINK, "d/new" },
    { "box/lo", NODE_LINK, "../CANARY" },
    { "box/lu", NODE_LINK, "d/e/../../.." },
    { "box/la", NODE_LINK, "/d/f" },
    { "box/lq", NODE_LINK, "lq" },
    { "box/d/up", NODE_LINK, "../ld/../f" },
    { "other/f", NODE_FILE, "read only" },
    { "other/l", NODE_LINK, "f" },
};
const size_t model_planted_count = sizeof model_planted / sizeof *model_planted;

const char *const model_args[MODEL_ARG_COUNT] = { "fuzz", "an argument", "" };
const char *const model_env[MODEL_ENV_COUNT] = { "NAME=value", "EMPTY=" };

struct model_preopen model_preopen(const struct model_config *config, size_t index)
{
    static const struct model_preopen preopens[MODEL_PREOPENS] = {
        { "box", "box", false },
        { "other", "other", true },
        { "a/name/of/its/own", "box/d", false },
    };
    struct model_preopen preopen = preopens[index];
    if (index == 0 && config->root_is_slash) {
        preopen.guest_name = "/";
    }
    return preopen;
}

/* ---- Memory ---- */

uint32_t model_fits(const struct model *m, uint64_t at, uint64_t length)
{
    /* Node says that not even no bytes lie at the end. */
    const uint64_t least = m->config.node_dialect ? 1 : 0;
    const bool fits = at + least <= m->memory_size && length <= m->memory_size - at;
    return fits ? WASI_SUCCESS : WASI_FAULTED;
}

uint32_t model_get32(const struct model *m, uint64_t at)
{
    return (uint32_t)m->memory[at] | (uint32_t)m->memory[at + 1] << 8 |
           (uint32_t)m->memory[at + 2] << 16 | (uint32_t)m->memory[at + 3] << 24;
}

uint64_t model_get64(const struct model *m, uint64_t at)
{
    return model_get32(m, at) | (uint64_t)model_get32(m, at + 4) << 32;
}

void model_put(struct model *m, uint64_t at, const void *from, size_t length)
{
    if (length > 0) {
        memcpy(m->memory + at, from, length);
    }
}

static void put_little(struct model *m, uint64_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        m->memory[at + i] = (uint8_t)(value >> (8 * i));
    }
}

void model_put8(struct model *m, uint64_t at, uint8_t value)
{
    put_little(m, at, value, 1);
}

void model_put16(struct model *m, uint64_t at, uint16_t value)
{
    put_little(m, at, value, 2);
}

void model_put32(struct model *m, uint64_t at, uint32_t value)
{
    put_little(m, at, value, 4);
}

void model_put64(struct model *m, uint64_t at, uint64_t value)
{
    put_little(m, at, value, 8);
}

void model_clear(struct model *m, uint64_t at, size_t length)
{
    memset(m->memory + at, 0, length);
}

void model_adopt(struct model *m, uint64_t at, size_t length)
{
    model_put(m, at, m->real + at, length);
}

uint32_t model_real32(const struct model *m, uint64_t at)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        value |= (uint32_t)m->real[at + i] << (8 * i);
    }
    return value;
}

uint64_t model_real64(const struct model *m, uint64_t at)
{
    return model_real32(m, at) | (uint64_t)model_real32(m, at + 4) << 32;
}

/* ---- Descriptors ---- */

static uint64_t rights_of_type(enum node_type type)
{
    return type == NODE_DIRECTORY ? RIGHTS_PREOPEN : RIGHTS_FILE;
}

uint64_t model_rights(const struct description *d)
{
    const uint64_t ceiling = d->node->type == NODE_DIRECTORY ? d->ceiling : UINT64_MAX;
    return d->base & rights_of_type(d->node->type) & ceiling;
}

struct description *model_description(const struct model *m, uint64_t number)
{
    return number < m->config.open_files && number < MODEL_DESCRIPTORS ? m->numbers[number] : NULL;
}

/* NOTCAPABLE is for what was given up; else the file says what it is. Node knows one reason. */
uint32_t model_need(const struct model *m, const struct description *d, uint64_t rights)
{
    const bool is_directory = d->node->type == NODE_DIRECTORY;
    const uint64_t missing = rights & ~model_rights(d);
    if (missing == 0) {
        return WASI_SUCCESS;
    }
    if (m->config.node_dialect) {
        return is_directory && missing == RIGHT_FD_READ ? WASI_EISDIR : WASI_ENOTCAPABLE;
    }
    if (is_directory) {
        return (missing & ~RIGHTS_PREOPEN) != 0 ? WASI_EBADF : WASI_ENOTCAPABLE;
    }
    if ((missing & RIGHTS_DIRECTORY) != 0) {
        return WASI_ENOTDIR;
    }
    if ((missing & d->closed_to) != 0) {
        return missing == RIGHT_FD_FILESTAT_SET_SIZE ? WASI_EINVAL : WASI_EBADF;
    }
    return WASI_ENOTCAPABLE;
}

uint32_t model_take(const struct model *m, uint64_t number, uint64_t rights,
                    struct description **out)
{
    *out = model_description(m, number);
    if (*out == NULL) {
        return WASI_EBADF;
    }
    return model_need(m, *out, rights);
}

struct description *model_describe(struct model *m, struct node *node)
{
    struct description *d = calloc(1, sizeof *d);
    if (d == NULL) {
        abort();
    }
    d->node = node;
    d->ceiling = UINT64_MAX;
    m->live++;
    return d;
}

uint32_t model_number(struct model *m, struct description *d)
{
    uint32_t number = 0;
    while (m->numbers[number] != NULL) {
        number++;
    }
    m->numbers[number] = d;
    d->holders++;
    return number;
}

void model_drop(struct model *m, struct description *d)
{
    while (d != NULL && --d->holders == 0) {
        struct description *root = d->link_root;
        free(d);
        m->live--;
        d = root;
    }
}

/* ---- Beginning and end ---- */

struct node *model_node(const struct model *m, const char *path)
{
    const struct node *world = m->tree.all;
    while (world->all_next != NULL) {
        world = world->all_next; /* the first that was made */
    }
    struct node *node = NULL;
    for (const char *at = path; *at != '\0'; at += *at == '/') {
        const size_t length = strcspn(at, "/");
        const struct entry *entry = node_find(node != NULL ? node : world, at, length);
        if (entry == NULL) {
            abort(); /* only what was planted is asked for */
        }
        node = entry->node;
        at += length;
    }
    return node;
}

static void plant(struct model *m, struct node *world, const struct planted *planted)
{
    const char *slash = strrchr(planted->path, '/');
    const char *name = slash != NULL ? slash + 1 : planted->path;
    struct node *directory = world;
    if (slash != NULL) {
        char parent[64] = "";
        memcpy(parent, planted->path, (size_t)(slash - planted->path));
        directory = model_node(m, parent);
    }
    struct node *node = tree_new_node(&m->tree, planted->type);
    if (planted->type == NODE_FILE) {
        node_write(node, 0, planted->text, strlen(planted->text));
    } else if (planted->type == NODE_LINK) {
        node_write(node, 0, planted->text, strlen(planted->text) + 1);
        node->size--;
    }
    node_add(directory, name, strlen(name), node);
}

/* Stdio is others' too: the guest does not change it but by writing. */
#define RIGHTS_STDIO                                                                               \
    (RIGHTS_FILE & ~(RIGHT_FD_ADVISE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE |            \
                     RIGHT_FD_FILESTAT_SET_TIMES))

static void open_stdio(struct model *m)
{
    for (int i = 0; i < 3; i++) {
        struct description *d = model_describe(m, tree_new_node(&m->tree, NODE_DEVICE));
        d->base = RIGHTS_STDIO;
        d->is_stdio = true;
        (void)model_number(m, d);
    }
}

static void open_preopens(struct model *m)
{
    for (size_t i = 0; i < MODEL_PREOPENS; i++) {
        const struct model_preopen preopen = model_preopen(&m->config, i);
        struct description *d = model_describe(m, model_node(m, preopen.path));
        d->base = RIGHTS_INHERITING | RIGHTS_SOCKET_BITS;
        d->inheriting = m->config.node_dialect ? RIGHTS_INHERITING : d->base;
        d->read_only = preopen.read_only;
        d->preopen_name = preopen.guest_name;
        d->is_link_root = strcmp(preopen.guest_name, "/") == 0;
        (void)model_number(m, d);
    }
}

/* Half as much again as the bytes, and at least a few blocks. */
static uint64_t space_for(uint64_t bytes)
{
    if (bytes == UINT64_MAX) {
        return UINT64_MAX;
    }
    const uint64_t space = bytes + bytes / 2;
    return space > MODEL_SPACE_LEAST ? space : MODEL_SPACE_LEAST;
}

void model_init(struct model *m, const struct model_config *config, const uint8_t *memory,
                size_t memory_size)
{
    *m = (struct model){ .config = *config,
                         .bytes_left = config->bytes_written,
                         .space_left = space_for(config->bytes_written),
                         .output_left = config->output,
                         .entries_left = config->entries_created,
                         .memory_size = memory_size };
    m->memory = malloc(memory_size);
    if (m->memory == NULL) {
        abort();
    }
    memcpy(m->memory, memory, memory_size);
    struct node *world = tree_new_node(&m->tree, NODE_DIRECTORY);
    for (size_t i = 0; i < model_planted_count; i++) {
        plant(m, world, &model_planted[i]);
    }
    open_stdio(m);
    open_preopens(m);
}

void model_free(struct model *m)
{
    for (size_t i = 0; i < MODEL_DESCRIPTORS; i++) {
        model_drop(m, m->numbers[i]);
    }
    tree_free(&m->tree);
    free(m->memory);
}

/* ---- Answers ---- */

uint32_t model_one_of(struct model *m, uint32_t usual, uint32_t other)
{
    m->is_vague = true;
    return m->heard == other ? other : usual;
}

uint32_t model_refuse(struct model *m, const char *limit, uint32_t error)
{
    m->met = limit;
    return error;
}

bool model_take_space(struct model *m, uint64_t space)
{
    if (m->space_left < space) {
        return false;
    }
    m->space_left -= m->config.bytes_written != UINT64_MAX ? space : 0;
    return true;
}

uint32_t model_name_error(const struct model *m, uint64_t space)
{
    if (m->entries_left == 0) {
        return WASI_EDQUOT;
    }
    return m->space_left < space ? WASI_ENOSPC : WASI_SUCCESS;
}

uint32_t model_take_name(struct model *m, uint64_t space)
{
    const uint32_t error = model_name_error(m, space);
    if (error != WASI_SUCCESS) {
        return model_refuse_name(m, error);
    }
    m->entries_left -= m->config.entries_created != UINT64_MAX ? 1 : 0;
    (void)model_take_space(m, space);
    return WASI_SUCCESS;
}

uint32_t model_refuse_name(struct model *m, uint32_t error)
{
    return model_refuse(
        m, error == WASI_EDQUOT ? MODEL_LIMIT_ENTRIES_CREATED : MODEL_LIMIT_BYTES_WRITTEN, error);
}

void model_wrong(struct model *m, const char *what)
{
    m->wrong = m->wrong != NULL ? m->wrong : what;
}

uint32_t model_call(struct model *m, const char *name, const uint64_t *args, const uint8_t *real,
                    uint32_t heard)
{
    static const struct model_row *const tables[] = {
        model_rows_number, model_rows_bytes, model_rows_path,
        model_rows_open,   model_rows_look,  model_rows_poll,
    };
    m->real = real;
    m->heard = heard;
    m->is_vague = false;
    m->wrong = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const struct model_row *row = tables[i]; row->name != NULL; row++) {
            if (strcmp(row->name, name) == 0) {
                return row->predict(m, args);
            }
        }
    }
    model_wrong(m, "the model does not know this function");
    return WASI_ENOSYS;
}
