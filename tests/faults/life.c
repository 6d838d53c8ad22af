/*
 * The life of a config and a wasi, with every system call and allocation failing in turn.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/scenes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND_PREOPEN = FIRST_PREOPEN + 1, LISTENER, ROOM = 512 };

/* What the embedder is told, as a guest's errno. */
static uint32_t told(ringfort_status status, const ringfort_error *error)
{
    if (status == RINGFORT_OK) {
        return WASI_SUCCESS;
    }
    if (error != NULL) {
        assert_int_equal(error->status, status);
        assert_int_not_equal(error->os_errno, 0);
        assert_true(strlen(error->message) > 0);
        return ringfort_errno_from_host(error->os_errno);
    }
    if (status == RINGFORT_ERR_NO_MEMORY) {
        return ringfort_errno_from_host(ENOMEM);
    }
    assert_true(status == RINGFORT_ERR_OPEN || status == RINGFORT_ERR_UNSUPPORTED);
    return STAGE_UNNAMED;
}

/* Whatever was before is gone. */
static uint32_t begin_config(struct world *w)
{
    world_restart(w);
    ringfort_config_delete(w->config);
    w->config = ringfort_config_new();
    return w->config != NULL ? WASI_SUCCESS : ringfort_errno_from_host(ENOMEM);
}

static uint32_t begin_wasi(struct world *w)
{
    ringfort_error error = { 0 };
    return told(ringfort_wasi_new(w->config, &w->wasi, &error), &error);
}

static void add_words(struct stage *s)
{
    static const char *const words[] = { "one", "two=2" };
    STEP(s, told(ringfort_config_set_args(s->w->config, 2, words), NULL));
    STEP(s, told(ringfort_config_set_args(s->w->config, 1, words), NULL));
    STEP(s, told(ringfort_config_set_env(s->w->config, 1, words + 1), NULL));
}

static void add_files(struct stage *s)
{
    struct world *const w = s->w;
    int ends[2];
    uint16_t port;
    char box[ROOM];
    host_pipe(w, ends);
    const int dir = host_open(w, "box/dir", O_RDONLY | O_DIRECTORY);
    const int listener = host_listen(w, &port);
    assert_status(ringfort_config_set_stdin(w->config, ends[0]), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, ends[1]), RINGFORT_OK);
    assert_status(ringfort_config_set_stderr(w->config, w->null_fd), RINGFORT_OK);
    STEP(s, told(ringfort_config_preopen(w->config, "box", host_path(w, "box", box), 0), NULL));
    STEP(s, told(ringfort_config_preopen_fd(w->config, "dir", dir, 0), NULL));
    STEP(s, told(ringfort_config_preopen_socket(w->config, listener), NULL));
}

/* What the guest finds of all that. */
static void look_around(struct stage *s)
{
    static const struct {
        uint32_t fd;
        uint8_t type;
        uint64_t has;
        uint64_t lacks;
    } all[] = {
        { 0, TYPE_SOCKET_STREAM, RIGHT_FD_READ, RIGHT_FD_WRITE },
        { 1, TYPE_SOCKET_STREAM, RIGHT_FD_WRITE, RIGHT_FD_READ },
        { 2, TYPE_CHARACTER_DEVICE, RIGHT_FD_WRITE | RIGHT_FD_READ, 0 },
        { FIRST_PREOPEN, TYPE_DIRECTORY, RIGHTS_PREOPEN, RIGHT_FD_READ },
        { SECOND_PREOPEN, TYPE_DIRECTORY, RIGHTS_PREOPEN, RIGHT_FD_READ },
        { LISTENER, TYPE_SOCKET_STREAM, RIGHT_SOCK_ACCEPT, 0 },
    };
    struct world *const w = s->w;
    const uint32_t out = guest_alloc(w, SIZE_FDSTAT);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        STEP(s, wasi_fd_fdstat_get(w, all[i].fd, out));
        const struct fdstat found = guest_fdstat(w, out);
        assert_int_equal(found.filetype, all[i].type);
        assert_int_equal(found.base & all[i].has, all[i].has);
        assert_int_equal(found.base & all[i].lacks, 0);
    }
    STEP(s, wasi_args_sizes_get(w, out, out + 4));
    assert_int_equal(guest_u32(w, out), 1);
    const struct span room = { guest_alloc(w, ROOM), ROOM };
    const uint32_t used = guest_alloc(w, 4);
    STEP(s, wasi_random_get(w, room.at, ROOM));
    STEP(s, stage_readdir(s, SECOND_PREOPEN, room, 0, used));
    assert_true(guest_u32(w, used) > 0);
}

static void live(struct stage *s)
{
    STEP(s, begin_config(s->w));
    add_words(s);
    STEP(s, s->error);
    add_files(s);
    STEP(s, s->error);
    STEP(s, begin_wasi(s->w));
    look_around(s);
}

/* A file goes on where it was, and so does a list, whether there are more threads now or not. */
static void share(struct stage *s)
{
    struct world *const w = s->w;
    char box[ROOM];
    STEP(s, begin_config(w));
    ringfort_config_set_single_threaded(w->config, true);
    STEP(s, told(ringfort_config_preopen(w->config, "box", host_path(w, "box", box), 0), NULL));
    STEP(s, begin_wasi(w));
    const uint32_t out = guest_alloc(w, 4);
    const struct span room = { guest_alloc(w, 3), 3 };
    STEP(s, wasi_path_open(w, FIRST_PREOPEN, 0, text(w, SCENE_FILE), 0, RIGHTS_FILE, 0, 0, out));
    const uint32_t fd = guest_u32(w, out);
    STEP(s, wasi_fd_read(w, fd, iovec(w, room), 1, out));
    const uint32_t first = guest_u32(w, out);
    const uint32_t shared = told(ringfort_wasi_share(w->wasi), NULL);
    STEP(s, wasi_fd_read(w, fd, iovec(w, room), 1, out));
    assert_memory_equal(w->memory + room.at, &SCENE_FILE_TEXT[first], guest_u32(w, out));
    STEP(s, shared);
}

int main(void)
{
    static const struct scene scenes[] = {
        { "ringfort_config_new to ringfort_wasi_delete", .play = live, .makes_its_own = true },
        { "ringfort_wasi_share", .play = share, .makes_its_own = true },
    };
    return SCENES("life", scenes);
}
