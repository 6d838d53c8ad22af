/*
 * The operations on a path.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "path_ops.h"

#include <fcntl.h>
#include <unistd.h>

static uint32_t open_it(struct world *w, uint32_t fd, struct span path, uint32_t lookup,
                        uint32_t oflags, uint64_t base)
{
    const uint32_t out = guest_alloc(w, 4);
    const uint32_t error =
        wasi_path_open(w, fd, lookup, path, oflags, base, RIGHTS_INHERITING, 0, out);
    if (error == WASI_SUCCESS) {
        guest_close(w, guest_u32(w, out));
    }
    return error;
}

static uint32_t open_to_read(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, LOOKUP_FOLLOW, 0, RIGHT_FD_READ);
}

static uint32_t open_to_write(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, LOOKUP_FOLLOW, 0, RIGHT_FD_WRITE);
}

static uint32_t open_to_create(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, LOOKUP_FOLLOW, OFLAG_CREAT, RIGHT_FD_WRITE);
}

static uint32_t open_to_truncate(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, LOOKUP_FOLLOW, OFLAG_CREAT | OFLAG_TRUNC, RIGHT_FD_READ);
}

static uint32_t open_as_directory(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, LOOKUP_FOLLOW, OFLAG_DIRECTORY, RIGHT_FD_READDIR);
}

static uint32_t open_to_read_itself(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, 0, 0, RIGHT_FD_READ);
}

static uint32_t open_to_create_itself(struct world *w, uint32_t fd, struct span path)
{
    return open_it(w, fd, path, 0, OFLAG_CREAT | OFLAG_TRUNC, RIGHT_FD_WRITE);
}

static uint32_t stat_target(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_filestat_get(w, fd, LOOKUP_FOLLOW, path, guest_alloc(w, SIZE_FILESTAT));
}

static uint32_t stat_itself(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_filestat_get(w, fd, 0, path, guest_alloc(w, SIZE_FILESTAT));
}

static uint32_t touch_target(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_filestat_set_times(w, fd, LOOKUP_FOLLOW, path, 1, 1, FST_ATIM | FST_MTIM);
}

static uint32_t touch_itself(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_filestat_set_times(w, fd, 0, path, 1, 1, FST_ATIM | FST_MTIM);
}

static uint32_t read_link(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_readlink(w, fd, path, guest_alloc(w, 64), 64, guest_alloc(w, 4));
}

static uint32_t make_directory(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_create_directory(w, fd, path);
}

static uint32_t remove_directory(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_remove_directory(w, fd, path);
}

static uint32_t unlink_file(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_unlink_file(w, fd, path);
}

static uint32_t make_symlink(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_symlink(w, text(w, "f"), fd, path);
}

static void make_source(struct world *w)
{
    host_write(w, "box/" PATH_OP_SOURCE, "source");
}

/** `into` is not open where the box is not descriptor 3; then the call's own descriptor serves for
 * both. */
static uint32_t other_side(struct world *w, uint32_t fd)
{
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    return wasi_fd_fdstat_get(w, FIRST_PREOPEN, out) == WASI_SUCCESS ? FIRST_PREOPEN : fd;
}

static uint32_t rename_from(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_rename(w, fd, path, other_side(w, fd), text(w, PATH_OP_TARGET));
}

static uint32_t rename_to(struct world *w, uint32_t fd, struct span path)
{
    make_source(w);
    return wasi_path_rename(w, other_side(w, fd), text(w, PATH_OP_SOURCE), fd, path);
}

static uint32_t link_from(struct world *w, uint32_t fd, struct span path)
{
    return wasi_path_link(w, fd, 0, path, other_side(w, fd), text(w, PATH_OP_TARGET));
}

static uint32_t link_to(struct world *w, uint32_t fd, struct span path)
{
    make_source(w);
    return wasi_path_link(w, other_side(w, fd), 0, text(w, PATH_OP_SOURCE), fd, path);
}

const struct path_op path_ops[] = {
    { "open to read", true, true, false, open_to_read },
    { "open to write", true, true, false, open_to_write },
    { "open to create", true, true, true, open_to_create },
    { "open to truncate", true, true, true, open_to_truncate },
    { "open as a directory", true, true, false, open_as_directory },
    { "open to read, no follow", false, true, false, open_to_read_itself },
    { "open to create, no follow", false, true, true, open_to_create_itself },
    { "stat", true, false, false, stat_target },
    { "stat, no follow", false, false, false, stat_itself },
    { "set times", true, false, false, touch_target },
    { "set times, no follow", false, false, false, touch_itself },
    { "readlink", false, false, false, read_link },
    { "create directory", false, false, true, make_directory },
    { "remove directory", false, false, false, remove_directory },
    { "unlink file", false, false, false, unlink_file },
    { "symlink", false, false, true, make_symlink },
    { "rename from", false, false, false, rename_from },
    { "rename to", false, false, true, rename_to },
    { "link from", false, false, false, link_from },
    { "link to", false, false, true, link_to },
};

const size_t path_op_count = sizeof path_ops / sizeof path_ops[0];

void assert_each_op_on_span_gives(struct world *w, uint32_t fd, struct span path, uint32_t expected)
{
    for (size_t i = 0; i < path_op_count; i++) {
        const uint32_t mark = w->next;
        const uint32_t error = path_ops[i].run(w, fd, path);
        w->next = mark;
        if (error != expected) {
            print_error("%s of \"%.*s\"\n", path_ops[i].name,
                        path.length < 80 ? (int)path.length : 80, w->memory + path.at);
        }
        assert_errno(error, expected);
    }
    unlinkat(w->root_fd, "box/" PATH_OP_SOURCE, 0);
}

void assert_each_op_gives(struct world *w, uint32_t fd, const char *path, uint32_t expected)
{
    const uint32_t mark = w->next;
    assert_each_op_on_span_gives(w, fd, text(w, path), expected);
    w->next = mark;
}
