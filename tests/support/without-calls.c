/*
 * without-calls NAME[,NAME…] COMMAND [ARG…]: runs a command to which the kernel denies the named
 * system calls with EPERM, as a container might.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CANNOT_DENY = 125, CANNOT_RUN = 127 };

static int deny(char *names)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return -1;
    }
    for (char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
        const int call = seccomp_syscall_resolve_name(name);
        if (call == __NR_SCMP_ERROR ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) != 0) {
            return -1;
        }
    }
    return seccomp_load(filter);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: without-calls NAME[,NAME...] COMMAND [ARG...]\n");
        return CANNOT_DENY;
    }
    if (deny(argv[1]) != 0) {
        (void)fprintf(stderr, "without-calls: the kernel took no filter\n");
        return CANNOT_DENY;
    }
    (void)execvp(argv[2], argv + 2);
    (void)fprintf(stderr, "without-calls: %s: %s\n", argv[2], strerror(errno));
    return CANNOT_RUN;
}
