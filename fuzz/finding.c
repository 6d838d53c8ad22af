/*
 * How a fuzz target says that something is wrong.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

noreturn void finding(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fputs("finding: ", stderr);
    (void)vfprintf(stderr, format, list);
    (void)fputs("\n", stderr);
    va_end(list);
    abort();
}
