/*
 * The model's tree on the host: planted, compared at the end, removed.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_HOST_TREE_H
#define FUZZ_HOST_TREE_H

#include "model/tree.h"

/* An open folder of its own on a file system in memory, where there is one; the same for the whole
 * process. It holds canaries beside the folder of each run. */
int host_base(void);

/* Makes the folder of a run, empty or with the planted tree, and opens it. */
int host_plant_empty(void);
int host_plant(void);

/* Whether the host's `name` in `directory` is what the node says, with all that is below. */
void host_compare(int directory, const char *name, const struct node *node);

/* Whether the canaries are as they were. */
void host_check_canaries(void);

/* Removes the folder of a run and closes it. */
void host_clear(int run);

/* How many descriptors the process has open. */
unsigned host_descriptors(void);

#endif
