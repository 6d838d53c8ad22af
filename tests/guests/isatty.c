/* Says of each of its three streams whether it is a terminal.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        printf("%d is %s\n", fd, isatty(fd) ? "a terminal" : "no terminal");
    }
    return 0;
}
