/*
 * In the place of what the pinned engine adds to Wasmtime's C API, for a libwasmtime that is not
 * the pinned one: names stay as they are, and no lines are found.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../extras.h"

__attribute__((weak)) size_t ringfort_engine_demangle(const char *name, size_t length, char *out,
                                                      size_t room)
{
    (void)name, (void)length;
    if (room > 0) {
        out[0] = '\0';
    }
    return 0;
}

__attribute__((weak)) void
ringfort_engine_places(const uint8_t *module, size_t length, const size_t *offsets, size_t count,
                       uint64_t milliseconds,
                       void (*found)(void *data, size_t index, const struct engine_place *place),
                       void *data)
{
    (void)module, (void)length, (void)offsets, (void)count, (void)milliseconds, (void)found,
        (void)data;
}
