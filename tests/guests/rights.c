/* Opens a directory without asking for a right, as Zig's standard library does, and works in it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "check.h"

#include <stdint.h>
#include <wasi/api.h>

enum { PREOPEN = 3 };

static void work_in(__wasi_fd_t dir)
{
    static uint8_t entries[1024];
    const __wasi_ciovec_t text = { (const uint8_t *)"text", 4 };
    __wasi_fd_t file = 0;
    __wasi_size_t n = 0;
    CHECK(__wasi_path_open(dir, 0, "f", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, 0, &file) ==
          __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_fd_write(file, &text, 1, &n) == __WASI_ERRNO_SUCCESS && n == 4);
    CHECK(__wasi_fd_close(file) == __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_fd_readdir(dir, entries, sizeof entries, 0, &n) == __WASI_ERRNO_SUCCESS && n > 0);
    CHECK(__wasi_path_create_directory(dir, "e") == __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_path_rename(dir, "f", dir, "e/g") == __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_path_unlink_file(dir, "e/g") == __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_path_remove_directory(dir, "e") == __WASI_ERRNO_SUCCESS);
}

static __wasi_fd_t open_unasked(__wasi_fd_t dir, const char *path)
{
    __wasi_fd_t fd = 0;
    CHECK(__wasi_path_open(dir, 0, path, __WASI_OFLAGS_DIRECTORY, 0, 0, 0, &fd) ==
          __WASI_ERRNO_SUCCESS);
    return fd;
}

int main(void)
{
    CHECK(__wasi_path_create_directory(PREOPEN, "d") == __WASI_ERRNO_SUCCESS);
    const __wasi_fd_t top = open_unasked(PREOPEN, ".");
    work_in(top);
    const __wasi_fd_t below = open_unasked(top, "d");
    work_in(below);
    /* Only this gives rights up, and what is opened beneath does not get them back. */
    CHECK(__wasi_fd_fdstat_set_rights(below, __WASI_RIGHTS_PATH_OPEN, 0) == __WASI_ERRNO_SUCCESS);
    const __wasi_fd_t again = open_unasked(below, ".");
    CHECK(__wasi_path_create_directory(again, "e") == __WASI_ERRNO_NOTCAPABLE);
    CHECK(__wasi_path_create_directory(below, "e") == __WASI_ERRNO_NOTCAPABLE);
    CHECK(__wasi_path_remove_directory(PREOPEN, "d") == __WASI_ERRNO_SUCCESS);
    puts("rights: all is well");
    return 0;
}
