/*
 * Draws calls from the bytes of a fuzzer's input: functions, and arguments from pools of what is
 * likely to matter.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_DRAW_H
#define FUZZ_DRAW_H

#include "model/model.h"

#include <ringfort.h>

/* The input, read from the front; what is past its end reads 0. */
struct input {
    const uint8_t *at;
    size_t left;
};

uint8_t draw_byte(struct input *input);
uint8_t draw_below(struct input *input, uint8_t bound);

/* The guest's memory, which the model's copy follows. */
struct guest {
    uint8_t *memory;
    size_t size;
    uint8_t *copy;                   /* the model's */
    uint8_t open[MODEL_DESCRIPTORS]; /* the numbers that are open */
    uint8_t open_count;
};

/* One call; the text and arrays it points to are in the guest's memory. */
struct drawn_call {
    const ringfort_import *row;
    uint64_t args[MODEL_ARGS_MAX];
};
void draw_call(struct input *input, struct guest *guest, ringfort_abi abi, struct drawn_call *call);

/* A path of the grammar, NUL not included; at most PATH_MAX_BYTES + 2 bytes. */
size_t draw_path(struct input *input, char *path);

#endif
