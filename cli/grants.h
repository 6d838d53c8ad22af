/*
 * What the guest is given: from the options of `run` to a ringfort_config, and nothing that was
 * not asked for.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "lockdown.h"
#include "run_options.h"

/* Finds out which directories the guest may write, before any path of an option is opened. */
void grants_find_trees(struct run_options *options);

/*
 * Fills the config of the options, and tells the lockdown which directories stay in reach. `argv0`
 * is the guest's first argument, `abis` the WASI versions to serve. Returns -1, or the status to
 * end with.
 */
int grants_make(const struct run_options *options, const char *argv0, unsigned abis,
                struct lockdown *lockdown);

#endif
