/*
 * The environment of the guest, from --env, --env-file and --inherit-env.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include "run_options.h"

/* Collects "NAME=VALUE" strings, each name once. Returns -1, or the status to end with; `env`
 * is yours in any case. */
int environment_collect(const struct run_options *options, struct strings *env);

#endif
