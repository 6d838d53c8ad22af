/* Two functions of the C++ library that Bun for musl asks for, missing in the one at hand: both
 * end it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>

/* std::__throw_bad_array_new_length() */
_Noreturn void _ZSt28__throw_bad_array_new_lengthv(void)
{
    abort();
}

/* std::__glibcxx_assert_fail(char const *, int, char const *, char const *) */
_Noreturn void _ZSt21__glibcxx_assert_failPKciS0_S0_(void)
{
    abort();
}
