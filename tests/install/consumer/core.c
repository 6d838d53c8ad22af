/*
 * Prints how many WASI functions the installed core serves, without any engine.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <ringfort.h>
#include <stdio.h>

int main(void)
{
    size_t preview1 = 0;
    size_t unstable = 0;
    (void)ringfort_import_table(RINGFORT_PREVIEW1, &preview1);
    (void)ringfort_import_table(RINGFORT_UNSTABLE, &unstable);
    (void)printf("%s %zu %zu\n", ringfort_version(), preview1, unstable);
    return 0;
}
