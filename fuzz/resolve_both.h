/*
 * The two resolvers of src/path, for the harness that does not see src/.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_RESOLVE_BOTH_H
#define FUZZ_RESOLVE_BOTH_H

#include <stdbool.h>
#include <stdint.h>

struct resolved {
    bool is_elsewhere; /* openat2 leaves the answer to the walk */
    uint32_t error;    /* WASI's */
    uint64_t inode;    /* where there is no error */
};

struct from {
    int directory;
    int root;          /* where absolute links begin, or -1 */
    bool system_files; /* whether it may lead behind mounts, whatever is there */
};

void resolve_both(const struct from *from, const char *path, int flags, struct resolved *kernel,
                  struct resolved *walk);

#endif
