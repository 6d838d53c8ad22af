/*
 * without-openat2 COMMAND [ARG…]: runs a command that finds no openat2 in the kernel, as on Linux
 * before 5.6.
 *
 * A seccomp filter, which all children inherit, answers ENOSYS. openat2 has one number on every
 * architecture but alpha, so the filter need not ask for the architecture.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CANNOT_DENY = 125, CANNOT_RUN = 127 };

static int deny_openat2(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {
        .len = (unsigned short)(sizeof(filter) / sizeof(filter[0])),
        .filter = filter,
    };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Asked of the kernel, so that the walk is never tested with openat2 there after all. */
static int openat2_is_denied(void)
{
    const struct open_how how = { .flags = O_PATH | O_CLOEXEC };
    return syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how)) < 0 && errno == ENOSYS;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: without-openat2 COMMAND [ARG...]\n");
        return CANNOT_DENY;
    }
    if (deny_openat2() != 0 || !openat2_is_denied()) {
        (void)fprintf(stderr, "without-openat2: the kernel took no filter: %s\n", strerror(errno));
        return CANNOT_DENY;
    }
    (void)execvp(argv[1], argv + 1);
    (void)fprintf(stderr, "without-openat2: %s: %s\n", argv[1], strerror(errno));
    return CANNOT_RUN;
}
