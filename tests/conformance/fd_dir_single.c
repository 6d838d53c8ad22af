/*
 * The tests of fd_dir.c with a guest that has one thread.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define WORLD_SETUP   world_setup_single_threaded
#define FILES_OF_MANY 2500
#include "fd_dir.c"
