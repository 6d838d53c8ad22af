/*
 * Opens what an option names. Beneath a directory that the guest may write, a guest of an earlier
 * run, or of one that runs now, may have put links, pipes and hard links in the way: there no link
 * is followed, and a file has to be a regular one that has no other name.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_OPTION_PATH_H
#define CLI_OPTION_PATH_H

#include "trees.h"

enum {
    OPTION_PATH_FAILED = -1,  /* errno says why; nothing was printed */
    OPTION_PATH_REFUSED = -2, /* a message was printed */
};

struct option_path {
    const char *option; /* as messages name it: "--stdout", "FILE" */
    const char *path;
    int flags; /* of open(2); O_CLOEXEC and O_NOCTTY are added */
};

/*
 * Opens a path; a file that is created has mode 0666. Returns a descriptor or one of the above.
 * Where `writer` is not NULL, *writer becomes the tree that the path lies in, or NULL.
 */
int option_path_open(const struct tree_set *writable, const struct option_path *request,
                     const struct tree **writer);

#endif
