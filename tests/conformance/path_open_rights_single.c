/*
 * The tests of path_open_rights.c with a guest that has one thread.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define WORLD_SETUP world_setup_single_threaded
#include "path_open_rights.c"
