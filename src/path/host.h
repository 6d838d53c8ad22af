/* What the embedder gives, opened: no guest has a word in it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_PATH_HOST_H
#define RINGFORT_PATH_HOST_H

#include <stdbool.h>

/* All give a descriptor of the caller's, never 0, 1 or 2, or a negative errno. */

/* `*only_searched`: the directory cannot be listed, and the descriptor is one of O_PATH. */
int ringfort_open_host_directory(const char *host_path, bool *only_searched);

/* The same directory once more, with a reading position of its own. */
int ringfort_reopen_directory(int dir, bool *only_searched);

/* A descriptor for stdio. A terminal or pipe is opened anew where the host lets us: its calls then
 * never block in the kernel, where nobody could end them, and what makes that so is not shared
 * with the host. Else it is a duplicate. */
int ringfort_reopen_stdio(int fd);

#endif
