/*
 * Everything that a guest can do with a path, as a list, so that a test can try all of it on each
 * hostile path.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_PATH_OPS_H
#define RINGFORT_TESTS_PATH_OPS_H

#include "steps.h"

struct path_op {
    const char *name;
    bool follows; /**< a last component that is a link is followed */
    bool opens;   /**< path_open */
    bool makes;   /**< succeeds where the path names nothing yet */
    uint32_t (*run)(struct world *w, uint32_t fd, struct span path);
};

/** The second path of a rename or link is in the box: one of these two, which are made and removed
 * as needed. */
#define PATH_OP_SOURCE "op-source"
#define PATH_OP_TARGET "op-target"

extern const struct path_op path_ops[];
extern const size_t path_op_count;

/** Runs each operation on a path, which must give the same errno each time. */
void assert_each_op_gives(struct world *w, uint32_t fd, const char *path, uint32_t expected);

/** The same for bytes that are no C string. */
void assert_each_op_on_span_gives(struct world *w, uint32_t fd, struct span path,
                                  uint32_t expected);

#endif
