/* The functions of both versions, by the numbers that the trampolines use: preview1's rows.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_ROWS_H
#define RINGFORT_NODE_ROWS_H

#include <node_api.h>
#include <ringfort.h>

/* The table of RINGFORT_PREVIEW1 or RINGFORT_UNSTABLE. Snapshot 0 has no sock_accept; its row is
 * preview1's, so that a wasiImport has the same functions for both versions, as Node's has. */
const ringfort_import *const *ringfort_rows(unsigned abi);

/* functions(): their names, in the order of the numbers. */
napi_value ringfort_node_functions(napi_env env, napi_callback_info info);

/* Makes the tables, the first time; before any other function here. Threads: any. */
void ringfort_rows_init(void);

#endif
