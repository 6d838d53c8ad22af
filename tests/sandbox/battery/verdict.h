/*
 * What became of an attempt.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_BATTERY_VERDICT_H
#define RINGFORT_TESTS_BATTERY_VERDICT_H

#include "tree.h"

enum verdict {
    VERDICT_HELD,
    VERDICT_ESCAPED, /**< a canary was seen, read or changed */
    VERDICT_WRONG,   /**< none was, but the answer is not the documented one */
    VERDICT_COUNT,
};

enum { VERDICT_MAX = 256 };

/** Says it in a line too, without a newline. */
enum verdict verdict_of(const struct attempt *attempt, const struct canaries *before,
                        enum dialect dialect, char line[VERDICT_MAX]);

#endif
