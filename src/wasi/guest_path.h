/* A guest path with the directory it begins in, as every path function takes them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_WASI_GUEST_PATH_H
#define RINGFORT_WASI_GUEST_PATH_H

#include "wasi.h"

#include <limits.h>

struct guest_path {
    struct open_file *dir; /* held */
    char text[PATH_MAX];   /* relative, not empty, without NUL inside */
};

static inline void guest_path_drop(struct guest_path *path)
{
    ringfort_file_drop(&path->dir);
}

#define GUEST_PATH __attribute__((cleanup(guest_path_drop))) struct guest_path

/* Copies a path once and takes its directory: a fault, BADF, NOTCAPABLE (rights, or an absolute
 * path), NOTDIR, NOENT (empty; Node:
 * INVAL), NAMETOOLONG (more than the limit), ILSEQ (not UTF-8, which is nothing to Node), INVAL (a
 * NUL inside), in this order. */
CHECKED wasi_errno ringfort_guest_path(struct call *c, uint32_t fd, uint64_t rights, gptr path,
                                       uint32_t len, struct guest_path *out);

/* Copies text, such as a path or a link's: the last four of these. */
CHECKED wasi_errno ringfort_guest_text(struct call *c, struct guest_span from, uint32_t len,
                                       char out[PATH_MAX]);

#endif
