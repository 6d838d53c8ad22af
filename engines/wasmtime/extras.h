/*
 * What the pinned engine adds to Wasmtime's C API, for backtraces: engine/src/lib.rs. Where
 * ringfort is built on another libwasmtime, without/extras.c stands for it and finds nothing.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_ENGINES_WASMTIME_EXTRAS_H
#define RINGFORT_ENGINES_WASMTIME_EXTRAS_H

#include <stddef.h>
#include <stdint.h>

/* Writes what the mangled name of a function stands for, in UTF-8 and cut to `room` bytes. Returns
 * the number of bytes; 0 where the name is not mangled. */
size_t ringfort_engine_demangle(const char *name, size_t length, char *out, size_t room);

/* One place in a source: a function's, or that of a call which the compiler inlined. */
struct engine_place {
    const char *function; /* demangled; NULL where the debug information has no name */
    size_t function_length;
    const char *file;
    size_t file_length;
    uint32_t line; /* 0: unknown */
    uint32_t column;
};

/* Tells `found` of each of the offsets into a module the places that its debug information gives,
 * the innermost first. Ends after about so many milliseconds, with what was found until then. */
void ringfort_engine_places(const uint8_t *module, size_t length, const size_t *offsets,
                            size_t count, uint64_t milliseconds,
                            void (*found)(void *data, size_t index,
                                          const struct engine_place *place),
                            void *data);

#endif
