/*
 * Nodes, entries and bytes of the tree in memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

static void *must_have(void *memory)
{
    if (memory == NULL) {
        abort(); /* a fuzzer without memory says nothing */
    }
    return memory;
}

struct node *tree_new_node(struct tree *tree, enum node_type type)
{
    struct node *node = must_have(calloc(1, sizeof *node));
    node->type = type;
    node->all_next = tree->all;
    tree->all = node;
    return node;
}

void tree_free(struct tree *tree)
{
    while (tree->all != NULL) {
        struct node *node = tree->all;
        tree->all = node->all_next;
        for (size_t i = 0; i < node->entry_count; i++) {
            free(node->entries[i].name);
        }
        free(node->entries);
        free(node->bytes);
        free(node);
    }
}

struct entry *node_find(const struct node *directory, const char *name, size_t length)
{
    for (size_t i = 0; i < directory->entry_count; i++) {
        struct entry *entry = &directory->entries[i];
        if (strlen(entry->name) == length && memcmp(entry->name, name, length) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void touched(struct node *node)
{
    node->mtim_is_known = false;
}

void node_add(struct node *directory, const char *name, size_t length, struct node *node)
{
    directory->entries = must_have(
        realloc(directory->entries, (directory->entry_count + 1) * sizeof *directory->entries));
    char *copy = must_have(malloc(length + 1));
    memcpy(copy, name, length);
    copy[length] = '\0';
    directory->changes++;
    directory->entries[directory->entry_count++] = (struct entry){ .name = copy, .node = node };
    if (node->type == NODE_DIRECTORY) {
        node->parent = directory;
    }
    node->names++;
    touched(directory);
}

void node_remove(struct node *directory, struct entry *entry)
{
    entry->node->names--;
    free(entry->name);
    directory->changes++;
    *entry = directory->entries[--directory->entry_count];
    touched(directory);
}

uint64_t node_link_count(const struct node *node)
{
    if (node->type != NODE_DIRECTORY) {
        return node->names;
    }
    uint64_t count = node->is_dead ? 0 : 2;
    for (size_t i = 0; i < node->entry_count; i++) {
        count += node->entries[i].node->type == NODE_DIRECTORY ? 1 : 0;
    }
    return count;
}

bool node_is_above(const struct node *directory, const struct node *inner)
{
    while (inner != NULL && inner != directory) {
        inner = inner->parent;
    }
    return inner == directory;
}

/* ---- Bytes ---- */

static void grow(struct node *file, uint64_t size)
{
    if (size > FILE_BYTES_MAX) {
        abort(); /* the callers skip what the model cannot keep */
    }
    if (size > file->room) {
        const size_t room = (size_t)size < 256 ? 256 : 2 * (size_t)size;
        file->bytes = must_have(realloc(file->bytes, room));
        memset(file->bytes + file->room, 0, room - file->room);
        file->room = room;
    }
}

void node_write(struct node *file, uint64_t offset, const void *from, size_t length)
{
    grow(file, offset + length);
    memcpy(file->bytes + offset, from, length);
    file->size = offset + length > file->size ? offset + length : file->size;
    file->has_block = file->has_block || length > 0;
    touched(file);
}

size_t node_read(const struct node *file, uint64_t offset, void *to, size_t length)
{
    if (offset >= file->size) {
        return 0;
    }
    const uint64_t left = file->size - offset;
    const size_t n = length < left ? length : (size_t)left;
    memset(to, 0, n);
    if (offset < file->room) {
        const size_t kept = file->room - (size_t)offset;
        memcpy(to, file->bytes + offset, n < kept ? n : kept);
    }
    return n;
}

void node_set_size(struct node *file, uint64_t size)
{
    if (size < file->room) {
        memset(file->bytes + size, 0, file->room - (size_t)size);
    }
    file->size = size;
    file->has_block = file->has_block && size > 0;
    touched(file);
}
