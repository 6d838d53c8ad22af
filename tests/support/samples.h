/*
 * One call of each function with arguments that are all in order: which of them are descriptors,
 * and which are guest addresses and of how many bytes. Tests make one argument bad at a time.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_SAMPLES_H
#define RINGFORT_TESTS_SAMPLES_H

#include "steps.h"

enum { SAMPLE_ARGS = 9 };

enum sample_kind { IS_END = 0, IS_NUMBER, IS_DIRECTORY, IS_FILE, IS_POINTER };

struct sample_arg {
    enum sample_kind kind;
    uint32_t value; /**< of a number: the number; of a pointer: how many bytes are there */
};

struct sample {
    const char *name;
    struct sample_arg args[SAMPLE_ARGS];
};

/** Every function that takes an address or a descriptor. Iovecs are one of 0 bytes; paths are
 * "f". */
extern const struct sample samples[];
extern const size_t sample_count;

/** What the arguments of a sample refer to. */
struct sample_world {
    uint32_t directory;
    uint32_t file;
    uint32_t room; /**< 64 zeros, but for the "f" at its beginning */
};

/** Makes the file "f" in the box, opens it, and makes room. */
struct sample_world sample_begin(struct world *w);

/** The arguments of a sample. @return how many */
size_t sample_args(const struct sample *sample, const struct sample_world *here,
                   uint64_t args[SAMPLE_ARGS]);

#endif
