/*
 * What `ringfort inspect` prints.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "outline.h"
#include "source.h"
#include "verdict.h"

void report_print(const struct source *source, const struct outline *outline,
                  const struct verdict *verdict);

#endif
