/* Repeats a macro over the parameters of a row of functions.def.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_CALL_EACH_H
#define RINGFORT_CALL_EACH_H

/* EACH(M, a, b, c) is M(a) M(b) M(c), for one to nine arguments. */
#define EACH_1(M, a)                                             M(a)
#define EACH_2(M, a, ...)                                        M(a) EACH_1(M, __VA_ARGS__)
#define EACH_3(M, a, ...)                                        M(a) EACH_2(M, __VA_ARGS__)
#define EACH_4(M, a, ...)                                        M(a) EACH_3(M, __VA_ARGS__)
#define EACH_5(M, a, ...)                                        M(a) EACH_4(M, __VA_ARGS__)
#define EACH_6(M, a, ...)                                        M(a) EACH_5(M, __VA_ARGS__)
#define EACH_7(M, a, ...)                                        M(a) EACH_6(M, __VA_ARGS__)
#define EACH_8(M, a, ...)                                        M(a) EACH_7(M, __VA_ARGS__)
#define EACH_9(M, a, ...)                                        M(a) EACH_8(M, __VA_ARGS__)
#define EACH_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, name, ...) name
#define EACH(M, ...)                                                                               \
    EACH_PICK(__VA_ARGS__, EACH_9, EACH_8, EACH_7, EACH_6, EACH_5, EACH_4, EACH_3, EACH_2, EACH_1, \
              ~)                                                                                   \
    (M, __VA_ARGS__)

#endif
