/* What guest programs check with: what does not hold is named, and the program ends with 1.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_GUESTS_CHECK_H
#define RINGFORT_GUESTS_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold (errno: %s)\n", __FILE__, __LINE__,           \
                    #condition, strerror(errno));                                                  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The call fails, and with this errno. */
#define CHECK_FAILS(call, expected)                                                                \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK((call) == -1);                                                                       \
        CHECK(errno == (expected));                                                                \
    } while (0)

#endif
