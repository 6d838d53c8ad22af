/*
 * The tests of limit_time.c with a guest that has one thread.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define WORLD_SETUP world_setup_single_threaded
#include "limit_time.c"
