/*
 * `run --print-policy`: what a guest would be given, as lines of a name and a value.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "lockdown.h"
#include "run_options.h"
#include "source.h"

struct policy {
    const struct run_options *options;
    const struct source *source;
    const char *argv0;
    const struct strings *env;       /* "NAME=VALUE" */
    const struct lockdown *lockdown; /* the walls stand already */
};

void policy_print(const struct policy *policy);

#endif
