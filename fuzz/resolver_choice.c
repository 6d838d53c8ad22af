/*
 * Which of the two resolvers an object uses: the one thing that the fuzzers reach into it for.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "resolver_choice.h"

#include "wasi.h"

void without_openat2(ringfort_wasi *wasi)
{
    wasi->openat2 = false;
}

uint32_t live_files(const ringfort_wasi *wasi)
{
    return wasi->fds.live;
}
