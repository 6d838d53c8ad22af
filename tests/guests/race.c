/* A guest in a race, see tests/support/race_guest.h; its only preopen is the box.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "rows.h"

#include "../support/race_guest.h"

static uint32_t race_address(const void *of)
{
    return (uint32_t)of;
}

static uint32_t race_call(enum race_row row, const uint64_t *args)
{
#define CALL(name) call_##name,
    static uint32_t (*const calls[])(const uint64_t *args) = { RACE_ROWS(CALL) };
#undef CALL
    return calls[row](args);
}

int main(int argc, char **argv)
{
    return argc < 2 ? 2 : race_guest(argc - 1, argv + 1);
}
