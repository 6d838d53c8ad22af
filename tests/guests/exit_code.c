/* Ends in the way that its arguments say: "return N", "exit N", "_Exit N", "abort" or "trap".
 * What was printed before, without a newline, is flushed by all but the last three.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void at_exit(void)
{
    fputs(" and at_exit ran", stdout);
}

int main(int argc, char **argv)
{
    const char *const how = argc > 1 ? argv[1] : "return";
    const int code = argc > 2 ? atoi(argv[2]) : 0;
    atexit(at_exit);
    fputs("unflushed", stdout);
    if (strcmp(how, "exit") == 0) {
        exit(code);
    }
    if (strcmp(how, "_Exit") == 0) {
        _Exit(code);
    }
    if (strcmp(how, "abort") == 0) {
        abort();
    }
    if (strcmp(how, "trap") == 0) {
        __builtin_trap();
    }
    return code;
}
