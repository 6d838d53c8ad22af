/*
 * The versions that the command names, and that its cache of compiled code is keyed by.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/* Prints "ringfort 0.1.0 (Wasmtime 48.0.0)". */
void print_version(void);

/* "ringfort 0.1.0, Wasmtime 48.0.0": equal only where compiled code may be shared. */
const char *version_key(void);

#endif
