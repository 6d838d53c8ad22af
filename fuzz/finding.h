/*
 * How a fuzz target says that something is wrong.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_FINDING_H
#define FUZZ_FINDING_H

#include <stdnoreturn.h>

/* Says what is wrong and ends the program, which fuzzers and tests take for a finding. */
noreturn void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
