/*
 * Names ringfort's version and its engine's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "version.h"

#include "say.h"

#include <ringfort.h>
#include <wasmtime.h>

void print_version(void)
{
    out("ringfort %s (Wasmtime %s)\n", ringfort_version(), WASMTIME_VERSION);
}

const char *version_key(void)
{
    return "ringfort " RINGFORT_VERSION ", Wasmtime " WASMTIME_VERSION;
}
