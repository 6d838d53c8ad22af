/* Prints a line to each of stdout and stderr.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

int main(void)
{
    puts("hello, world");
    fputs("hello, errors\n", stderr);
    return 0;
}
