/*
 * The wall of seccomp: the system calls that a guest's calls, the engine and libc make, and no
 * others. Any other ends the process, because nothing that is ours makes it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#define CALL(name) SCMP_SYS(name)

static const int calls[] = {
    /* files that are open */
    CALL(read),
    CALL(write),
    CALL(readv),
    CALL(writev),
    CALL(pread64),
    CALL(pwrite64),
    CALL(preadv),
    CALL(pwritev),
    CALL(preadv2),
    CALL(pwritev2),
    CALL(lseek),
    CALL(close),
    CALL(fstat),
    CALL(fsync),
    CALL(fdatasync),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(fadvise64),
    CALL(getdents64),
    CALL(ppoll),
    CALL(eventfd2),
    CALL(dup),
    CALL(statx),
    CALL(fstatfs),
    /* paths */
    CALL(openat2),
    CALL(newfstatat),
    CALL(readlinkat),
    CALL(mkdirat),
    CALL(unlinkat),
    CALL(renameat),
    CALL(renameat2),
    CALL(linkat),
    CALL(symlinkat),
    CALL(utimensat),
    /* sockets that are there already */
    CALL(accept4),
    CALL(shutdown),
    CALL(sendmsg),
    CALL(recvmsg),
    CALL(getsockopt),
    /* time and chance */
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(time),
    CALL(getrandom),
    CALL(sched_yield),
    CALL(restart_syscall),
    /* memory; what makes it executable is looked at below */
    CALL(brk),
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(memfd_create),
    CALL(membarrier),
    /* threads and signals */
    CALL(futex),
    CALL(futex_time64),
    CALL(set_robust_list),
    CALL(get_robust_list),
    CALL(rseq),
    CALL(set_tid_address),
    CALL(gettid),
    CALL(getpid),
    CALL(sched_getaffinity),
    CALL(getcpu),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(rt_sigpending),
    CALL(rt_sigtimedwait),
    CALL(sigaltstack),
    CALL(exit),
    CALL(exit_group),
    /* what libc asks to size its buffers */
    CALL(sysinfo),
    CALL(geteuid),
};

struct guarded_call {
    int call;
    struct scmp_arg_cmp argument;
};

/* A thread shares all with the process, and gets no namespace of its own. */
static const uint64_t thread_flags_seen = CLONE_THREAD | CLONE_VFORK | CLONE_PTRACE | CLONE_NEWNS |
                                          CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                          CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

static bool allow_all(scmp_filter_ctx filter, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* A call that this architecture does not have is no failure. */
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0) != 0) {
            return false;
        }
    }
    return true;
}

/* What the library's own macros give leaves fields out, which clang warns of. */
static struct scmp_arg_cmp where(unsigned argument, enum scmp_compare how, scmp_datum_t value,
                                 scmp_datum_t masked)
{
    return (struct scmp_arg_cmp){ .arg = argument, .op = how, .datum_a = value, .datum_b = masked };
}

static struct scmp_arg_cmp where_is(unsigned argument, scmp_datum_t value)
{
    return where(argument, SCMP_CMP_EQ, value, 0);
}

static bool allow_guarded(scmp_filter_ctx filter)
{
    const struct guarded_call guarded[] = {
        { CALL(openat), where(3, SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID, 0) },
        { CALL(mmap), where(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        { CALL(mprotect), where(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        { CALL(ioctl), where_is(1, TCGETS) },
        { CALL(ioctl), where_is(1, FIONREAD) },
        { CALL(fcntl), where_is(1, F_GETFD) },
        { CALL(fcntl), where_is(1, F_SETFD) },
        { CALL(fcntl), where_is(1, F_GETFL) },
        { CALL(fcntl), where_is(1, F_SETFL) },
        { CALL(fcntl), where_is(1, F_DUPFD_CLOEXEC) },
        { CALL(fcntl), where_is(1, F_ADD_SEALS) },
        { CALL(prctl), where_is(0, PR_SET_NAME) },
        { CALL(prctl), where_is(0, PR_SET_VMA) },
        { CALL(prlimit64), where_is(2, 0) },                   /* to ask, not to set */
        { CALL(tgkill), where_is(0, (scmp_datum_t)getpid()) }, /* abort */
    };
    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, guarded[i].call, 1,
                                   &guarded[i].argument) != 0) {
            return false;
        }
    }
    return true;
}

static bool allow_threads(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp is_thread =
        where(0, SCMP_CMP_MASKED_EQ, thread_flags_seen, CLONE_THREAD);
    /* clone3 keeps its flags in memory, where no filter can look: without it, libc uses clone. */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, CALL(clone), 1, &is_thread) == 0;
}

static size_t count_of_build(void)
{
    size_t count = 0;
    while (wall_calls_of_build[count] >= 0) {
        count++;
    }
    return count;
}

void wall_seccomp(struct wall_report *report, bool has_threads)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        wall_missing(report, "the kernel takes no filter that ends a process", 0);
        return;
    }
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: 60 us less to install */
    int error = ENOMEM;
    if (allow_all(filter, calls, sizeof(calls) / sizeof(calls[0])) &&
        allow_all(filter, wall_calls_of_build, count_of_build()) && allow_guarded(filter) &&
        (!has_threads || allow_threads(filter))) {
        error = -seccomp_load(filter);
    }
    if (error == 0) {
        wall_stands(report, has_threads ? "with threads" : "");
    } else {
        wall_missing(report, "the kernel takes no filter", error);
    }
    seccomp_release(filter);
}
