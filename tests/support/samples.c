/*
 * The table of calls that are in order.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "samples.h"

#include <string.h>

/* clang-format off */
#define N(value) { IS_NUMBER, (value) }
#define DIR { IS_DIRECTORY, 0 }
#define FILE_ { IS_FILE, 0 }
#define P(length) { IS_POINTER, (length) }
#define PATH P(1), N(1)
#define IOVECS P(SIZE_IOVEC), N(1)

const struct sample samples[] = {
    { "args_get", { P(4), P(2) } },                 /* one argument, "f": see sample_begin */
    { "args_sizes_get", { P(4), P(4) } },
    { "environ_get", { P(4), P(4) } },              /* one variable, "f=1" */
    { "environ_sizes_get", { P(4), P(4) } },
    { "clock_res_get", { N(0), P(8) } },
    { "clock_time_get", { N(0), N(0), P(8) } },
    { "fd_advise", { FILE_, N(0), N(1), N(0) } },
    { "fd_allocate", { FILE_, N(0), N(1) } },
    { "fd_close", { FILE_ } },
    { "fd_datasync", { FILE_ } },
    { "fd_fdstat_get", { FILE_, P(SIZE_FDSTAT) } },
    { "fd_fdstat_set_flags", { FILE_, N(0) } },
    { "fd_fdstat_set_rights", { FILE_, N(0), N(0) } },
    { "fd_filestat_get", { FILE_, P(SIZE_FILESTAT) } },
    { "fd_filestat_set_size", { FILE_, N(3) } },
    { "fd_filestat_set_times", { FILE_, N(0), N(0), N(0) } },
    { "fd_pread", { FILE_, IOVECS, N(0), P(4) } },
    { "fd_prestat_get", { DIR, P(SIZE_PRESTAT) } },
    { "fd_prestat_dir_name", { DIR, P(3), N(3) } },
    { "fd_pwrite", { FILE_, IOVECS, N(0), P(4) } },
    { "fd_read", { FILE_, IOVECS, P(4) } },
    { "fd_readdir", { DIR, P(32), N(32), N(0), P(4) } },
    { "fd_renumber", { FILE_, FILE_ } },
    { "fd_seek", { FILE_, N(0), N(0), P(8) } },
    { "fd_sync", { FILE_ } },
    { "fd_tell", { FILE_, P(8) } },
    { "fd_write", { FILE_, IOVECS, P(4) } },
    { "path_create_directory", { DIR, PATH } },
    { "path_filestat_get", { DIR, N(0), PATH, P(SIZE_FILESTAT) } },
    { "path_filestat_set_times", { DIR, N(0), PATH, N(0), N(0), N(0) } },
    { "path_link", { DIR, N(0), PATH, DIR, PATH } },
    { "path_open", { DIR, N(0), PATH, N(0), N(0), N(0), N(0), P(4) } },
    { "path_readlink", { DIR, PATH, P(16), N(16), P(4) } },
    { "path_remove_directory", { DIR, PATH } },
    { "path_rename", { DIR, PATH, DIR, PATH } },
    { "path_symlink", { PATH, DIR, PATH } },
    { "path_unlink_file", { DIR, PATH } },
    { "poll_oneoff", { P(SIZE_SUBSCRIPTION), P(SIZE_EVENT), N(1), P(4) } },
    { "random_get", { P(16), N(16) } },
    { "sock_accept", { FILE_, N(0), P(4) } },
    { "sock_recv", { FILE_, IOVECS, N(0), P(4), P(2) } },
    { "sock_send", { FILE_, IOVECS, N(0), P(4) } },
    { "sock_shutdown", { FILE_, N(1) } },
};
/* clang-format on */

const size_t sample_count = sizeof samples / sizeof samples[0];

struct sample_world sample_begin(struct world *w)
{
    const char *const args[] = { "f" };
    const char *const env[] = { "f=1" };
    assert_status(ringfort_config_set_args(w->config, 1, args), RINGFORT_OK);
    assert_status(ringfort_config_set_env(w->config, 1, env), RINGFORT_OK);
    host_write(w, "box/f", "kept");
    struct sample_world here = {
        .directory = FIRST_PREOPEN,
        .file = guest_open(w, FIRST_PREOPEN, "f", 0, RIGHTS_FILE),
        .room = guest_alloc(w, 64),
    };
    memset(w->memory + here.room, 0, 64);
    return here;
}

size_t sample_args(const struct sample *sample, const struct sample_world *here,
                   uint64_t args[SAMPLE_ARGS])
{
    size_t count = 0;
    for (; count < SAMPLE_ARGS; count++) {
        switch (sample->args[count].kind) {
        case IS_NUMBER:
            args[count] = sample->args[count].value;
            break;
        case IS_DIRECTORY:
            args[count] = here->directory;
            break;
        case IS_FILE:
            args[count] = here->file;
            break;
        case IS_POINTER:
            args[count] = here->room;
            break;
        case IS_END:
        default:
            return count;
        }
    }
    return count;
}
