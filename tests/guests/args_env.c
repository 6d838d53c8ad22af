/* Prints its arguments and its environment, each between brackets.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        printf("argument %d [%s]\n", i, argv[i]);
    }
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        printf("environment [%s]\n", *entry);
    }
    return 0;
}
