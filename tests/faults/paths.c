/*
 * The functions on paths, with every system call and allocation failing in turn.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/scenes.h"

#include <string.h>

enum { BOX = FIRST_PREOPEN, SLASH = BOX + 1 };

static uint32_t opened_at(struct stage *s, uint32_t dir, const char *path, uint32_t lookup,
                          uint32_t oflags, uint64_t base, uint32_t *fd)
{
    const uint32_t out = guest_alloc(s->w, 4);
    const uint32_t error = wasi_path_open(s->w, dir, lookup, text(s->w, path), oflags, base,
                                          RIGHTS_INHERITING, 0, out);
    *fd = error == WASI_SUCCESS ? guest_u32(s->w, out) : UINT32_MAX;
    return error;
}

/* Whether what was opened is the file whose text is this. */
static uint32_t shows(struct stage *s, uint32_t fd, const char *expected)
{
    struct world *const w = s->w;
    const struct span room = { guest_alloc(w, 16), 16 };
    const uint32_t n = guest_alloc(w, 4);
    const uint32_t error = wasi_fd_read(w, fd, iovec(w, room), 1, n);
    if (error == WASI_SUCCESS) {
        assert_count(s, guest_u32(w, n), (uint32_t)strlen(expected));
        assert_memory_equal(w->memory + room.at, expected, guest_u32(w, n));
    }
    return error;
}

/* ---- path_open ---- */

static void open_through_links(struct stage *s)
{
    uint32_t fd;
    STEP(s, opened_at(s, BOX, SCENE_LINK, LOOKUP_FOLLOW, 0, RIGHT_FD_READ, &fd));
    STEP(s, shows(s, fd, "inner"));
    STEP(s, wasi_fd_close(s->w, fd));
}

static void open_up_and_down(struct stage *s)
{
    uint32_t dir;
    uint32_t fd;
    STEP(s, opened_at(s, BOX, "dir/sub/../", 0, OFLAG_DIRECTORY, RIGHTS_PREOPEN, &dir));
    STEP(s, opened_at(s, dir, "./sub/./inner", 0, 0, RIGHT_FD_READ, &fd));
    STEP(s, shows(s, fd, "inner"));
    STEP(s, wasi_fd_close(s->w, dir));
    STEP(s, wasi_fd_close(s->w, fd));
}

static void open_what_is_new(struct stage *s)
{
    struct world *const w = s->w;
    uint32_t fd;
    STEP(s, opened_at(s, BOX, "dir/new", 0, OFLAG_CREAT | OFLAG_EXCL, RIGHTS_FILE, &fd));
    assert_int_equal(host_stat(w, "box/dir/new").st_size, 0);
    STEP(s, wasi_fd_close(w, fd));
    STEP(s,
         opened_at(s, BOX, SCENE_FILE, LOOKUP_FOLLOW, OFLAG_CREAT | OFLAG_TRUNC, RIGHTS_FILE, &fd));
    assert_int_equal(host_stat(w, "box/" SCENE_FILE).st_size, 0);
    STEP(s, wasi_fd_close(w, fd));
}

/* As Go does for each file that it reads. */
static void open_to_set_the_size(struct stage *s)
{
    uint32_t fd;
    STEP(s, opened_at(s, BOX, SCENE_FILE, LOOKUP_FOLLOW, 0,
                      RIGHT_FD_READ | RIGHT_FD_FILESTAT_SET_SIZE, &fd));
    STEP(s, shows(s, fd, SCENE_FILE_TEXT));
}

static void give_slash(struct world *w)
{
    if (!host_exists(w, "other/absolute")) {
        host_mkdir(w, "other/d");
        host_write(w, "other/d/f", "below");
        host_symlink(w, "/d/f", "other/absolute");
        host_symlink(w, "../absolute", "other/d/up");
    }
    world_preopen(w, "/", "other", 0);
}

static void open_absolute_links(struct stage *s)
{
    uint32_t dir;
    uint32_t fd;
    STEP(s, opened_at(s, SLASH, "absolute", LOOKUP_FOLLOW, 0, RIGHT_FD_READ, &fd));
    STEP(s, shows(s, fd, "below"));
    STEP(s, opened_at(s, SLASH, "d", 0, OFLAG_DIRECTORY, RIGHTS_PREOPEN, &dir));
    assert_int_not_equal(opened_at(s, dir, "../d/f", 0, 0, RIGHT_FD_READ, &fd), WASI_SUCCESS);
    STEP(s, wasi_fd_close(s->w, dir));
}

/* ---- Looking ---- */

static void look(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t out = guest_alloc(w, SIZE_FILESTAT);
    static const struct {
        const char *path;
        uint32_t lookup;
        uint8_t type;
    } looks[] = {
        { SCENE_FILE, 0, TYPE_REGULAR_FILE },
        { SCENE_INNER, LOOKUP_FOLLOW, TYPE_REGULAR_FILE },
        { SCENE_LINK, 0, TYPE_SYMBOLIC_LINK },
        { SCENE_LINK, LOOKUP_FOLLOW, TYPE_REGULAR_FILE },
        { "dir/", LOOKUP_FOLLOW, TYPE_DIRECTORY },
    };
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        STEP(s, wasi_path_filestat_get(w, BOX, looks[i].lookup, text(w, looks[i].path), out));
        assert_int_equal(guest_filestat(w, out).filetype, looks[i].type);
    }
}

static void read_links(struct stage *s)
{
    struct world *const w = s->w;
    const uint32_t room = guest_alloc(w, 32);
    const uint32_t used = guest_alloc(w, 4);
    uint32_t dir;
    STEP(s, wasi_path_readlink(w, BOX, text(w, SCENE_LINK), room, 32, used));
    assert_int_equal(guest_u32(w, used), 16);
    guest_assert_text(w, room, "sub/../sub/inner");
    STEP(s, opened_at(s, BOX, "dir", 0, OFLAG_DIRECTORY, RIGHTS_PREOPEN, &dir));
    STEP(s, wasi_path_readlink(w, dir, text(w, "link"), room, 3, used));
    assert_int_equal(guest_u32(w, used), 3);
}

static void set_times(struct stage *s)
{
    struct world *const w = s->w;
    STEP(s, wasi_path_filestat_set_times(w, BOX, 0, text(w, SCENE_FILE), 0, 5000000000, FST_MTIM));
    assert_int_equal(host_stat(w, "box/" SCENE_FILE).st_mtim.tv_sec, 5);
    STEP(s, wasi_path_filestat_set_times(w, BOX, LOOKUP_FOLLOW, text(w, SCENE_LINK), 0, 6000000000,
                                         FST_MTIM));
    assert_int_equal(host_stat(w, "box/" SCENE_INNER).st_mtim.tv_sec, 6);
}

/* ---- Changing ---- */

static void make_and_remove_directories(struct stage *s)
{
    struct world *const w = s->w;
    STEP(s, wasi_path_create_directory(w, BOX, text(w, "new")));
    STEP(s, wasi_path_create_directory(w, BOX, text(w, "dir/sub/new/")));
    assert_true(S_ISDIR(host_stat(w, "box/dir/sub/new").st_mode));
    STEP(s, wasi_path_remove_directory(w, BOX, text(w, "dir/sub/../sub/new/")));
    assert_false(host_exists(w, "box/dir/sub/new"));
    STEP(s, wasi_path_remove_directory(w, BOX, text(w, "new")));
    assert_false(host_exists(w, "box/new"));
}

static void link_and_unlink(struct stage *s)
{
    struct world *const w = s->w;
    STEP(s, wasi_path_link(w, BOX, 0, text(w, SCENE_FILE), BOX, text(w, "dir/new")));
    assert_int_equal(host_stat(w, "box/dir/new").st_ino, host_stat(w, "box/" SCENE_FILE).st_ino);
    STEP(s, wasi_path_unlink_file(w, BOX, text(w, "dir/new")));
    assert_false(host_exists(w, "box/dir/new"));
    STEP(s, wasi_path_symlink(w, text(w, "dir"), BOX, text(w, "new")));
    host_assert_link(w, "box/new", "dir");
    STEP(s, wasi_path_unlink_file(w, BOX, text(w, "new")));
    assert_false(host_exists(w, "box/new"));
}

static void rename_here_and_there(struct stage *s)
{
    struct world *const w = s->w;
    STEP(s, wasi_path_rename(w, BOX, text(w, SCENE_FILE), BOX, text(w, "dir/sub/new")));
    host_assert_text(w, "box/dir/sub/new", SCENE_FILE_TEXT);
    STEP(s, wasi_path_rename(w, BOX, text(w, "dir/sub/new"), BOX, text(w, "new")));
    STEP(s, wasi_path_unlink_file(w, BOX, text(w, "new")));
    STEP(s, wasi_path_create_directory(w, BOX, text(w, "new")));
    STEP(s, wasi_path_rename(w, BOX, text(w, "new/"), BOX, text(w, "dir/new/")));
    assert_true(host_exists(w, "box/dir/new"));
    assert_false(host_exists(w, "box/new"));
}

int main(void)
{
    static const struct scene scenes[] = {
        { .name = "path_open through links", .play = open_through_links },
        { .name = "path_open up and down", .play = open_up_and_down },
        { .name = "path_open of what is new, and cut", .play = open_what_is_new },
        { .name = "path_open to set the size", .play = open_to_set_the_size },
        { .name = "path_open through absolute links",
          .begin = give_slash,
          .play = open_absolute_links },
        { .name = "path_filestat_get", .play = look },
        { .name = "path_readlink", .play = read_links },
        { .name = "path_filestat_set_times", .play = set_times },
        { .name = "path_create_directory and path_remove_directory",
          .play = make_and_remove_directories },
        { .name = "path_link, path_symlink and path_unlink_file", .play = link_and_unlink },
        { .name = "path_rename", .play = rename_here_and_there },
    };
    return SCENES("paths", scenes);
}
