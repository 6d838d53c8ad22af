/*
 * The tests of quota_space.c with a guest that has one thread.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define WORLD_SETUP world_setup_single_threaded
#include "quota_space.c"
