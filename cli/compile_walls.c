/*
 * Limits the compiler process and takes everything from it that compiling does not need.
 *
 * The walls of lockdown.h do for a process that runs a guest; this one needs less: it has no
 * descriptor but the pipes to its parent, and makes no call on files at all.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_walls.h"

#include "lockdown_walls.h"
#include "say.h"
#include "status.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Linux 5.9; the number is the same on all architectures. */
enum { CALL_CLOSE_RANGE = 436 };

enum {
    GO_ON = -1,
    FIRST_CLOSED = STDERR_FILENO + 1,
    HARD_AFTER_SECONDS = 1,
};

static const uint64_t second_ns = 1000000000;
static const uint64_t microsecond_ns = 1000;

#define CALL(name) SCMP_SYS(name)

/* ---- Descriptors ---- */

void compile_close_files(void)
{
    (void)close(STDIN_FILENO);
    if (syscall(CALL_CLOSE_RANGE, FIRST_CLOSED, ~0U, 0) == 0) {
        return;
    }
    const long count = sysconf(_SC_OPEN_MAX);
    for (int fd = FIRST_CLOSED; fd < count; fd++) {
        (void)close(fd);
    }
}

/* ---- Limits ---- */

static int limit_failed(const char *what, int error)
{
    return fail(STATUS_REFUSED, "cannot limit the %s of the compiler process: %s", what,
                strerror(error));
}

/* Limits `resource`, and never more loosely than the caller did. */
static int limit_resource(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) {
        return errno;
    }
    limit.rlim_max = limit.rlim_max < hard ? limit.rlim_max : hard;
    limit.rlim_cur = limit.rlim_cur < soft ? limit.rlim_cur : soft;
    limit.rlim_cur = limit.rlim_cur < limit.rlim_max ? limit.rlim_cur : limit.rlim_max;
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

/* A timer of processor time is exact, and the kernel's limit counts seconds: the second stands
 * behind the first. */
static int limit_time(uint64_t time_ns)
{
    const uint64_t microseconds = (time_ns + microsecond_ns - 1) / microsecond_ns;
    const struct itimerval timer = {
        .it_value = { .tv_sec = (time_t)(time_ns / second_ns),
                      .tv_usec = (suseconds_t)(microseconds % 1000000) },
    };
    sigset_t ending;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGPROF);
    (void)sigaddset(&ending, SIGXCPU);
    (void)signal(SIGPROF, SIG_DFL); /* a caller may have them ignored or blocked */
    (void)signal(SIGXCPU, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, &ending, NULL);
    if (setitimer(ITIMER_PROF, &timer, NULL) != 0) {
        return errno;
    }
    const rlim_t seconds = time_ns / second_ns + 1;
    return limit_resource(RLIMIT_CPU, seconds, seconds + HARD_AFTER_SECONDS);
}

int compile_limit_process(const struct compile_limits *limits)
{
    int error = limit_resource(RLIMIT_CORE, 0, 0);
    if (error == 0) {
        error = limit_resource(RLIMIT_NOFILE, FIRST_CLOSED, FIRST_CLOSED);
    }
    if (error != 0) {
        return limit_failed("files", error);
    }
    error = limit_time(limits->time_ns);
    if (error != 0) {
        return limit_failed("time", error);
    }
    error = wall_limit_memory(limits->memory);
    return error == 0 ? GO_ON : limit_failed("memory", error);
}

/* ---- The filter ---- */

static const int calls[] = {
    /* the pipes to the parent */
    CALL(read),
    CALL(write),
    CALL(writev),
    CALL(close),
    /* memory; what makes it executable is looked at below */
    CALL(brk),
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(membarrier),
    /* threads and signals */
    CALL(futex),
    CALL(futex_time64),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(gettid),
    CALL(getpid),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(getcpu),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL(restart_syscall),
    CALL(exit),
    CALL(exit_group),
    /* time and chance */
    CALL(clock_gettime),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(time),
    CALL(getrandom),
    /* what libc asks to size its buffers */
    CALL(sysinfo),
};

/* What libraries try on files and do without: the processors of a container, the names of frames in
 * a crash, the kind of stdout. */
static const int refused_calls[] = {
    CALL(open),  CALL(openat), CALL(stat),     CALL(lstat),      CALL(fstat),  CALL(newfstatat),
    CALL(statx), CALL(access), CALL(readlink), CALL(readlinkat), CALL(getcwd),
};

struct guarded_call {
    int call;
    uint32_t action;
    struct scmp_arg_cmp argument;
};

static bool add_all(scmp_filter_ctx filter, uint32_t action, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* A call that this architecture does not have is no failure. */
        if (seccomp_rule_add(filter, action, list[i], 0) != 0) {
            return false;
        }
    }
    return true;
}

static struct scmp_arg_cmp where(unsigned argument, enum scmp_compare how, scmp_datum_t value,
                                 scmp_datum_t masked)
{
    return (struct scmp_arg_cmp){ .arg = argument, .op = how, .datum_a = value, .datum_b = masked };
}

static bool add_guarded(scmp_filter_ctx filter)
{
    static const uint64_t thread_flags_seen =
        CLONE_THREAD | CLONE_VFORK | CLONE_PTRACE | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
        CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    const uint32_t allow = SCMP_ACT_ALLOW;
    const struct guarded_call guarded[] = {
        { CALL(mmap), allow, where(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        { CALL(mprotect), allow, where(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        /* The engine makes its code executable, and nothing in this process runs it. So the
         * call returns success and does nothing. */
        { CALL(mprotect), SCMP_ACT_ERRNO(0), where(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC) },
        { CALL(ioctl), allow, where(1, SCMP_CMP_EQ, TCGETS, 0) },
        { CALL(prctl), allow, where(0, SCMP_CMP_EQ, PR_SET_NAME, 0) },
        { CALL(prctl), allow, where(0, SCMP_CMP_EQ, PR_SET_VMA, 0) },
        { CALL(prlimit64), allow, where(2, SCMP_CMP_EQ, 0, 0) }, /* to ask, not to set */
        { CALL(tgkill), allow, where(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0) }, /* abort */
        { CALL(clone), allow, where(0, SCMP_CMP_MASKED_EQ, thread_flags_seen, CLONE_THREAD) },
    };
    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
        if (seccomp_rule_add_array(filter, guarded[i].action, guarded[i].call, 1,
                                   &guarded[i].argument) != 0) {
            return false;
        }
    }
    /* clone3 keeps its flags in memory, where no filter can look: without it, libc uses clone. */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0) == 0;
}

/* Returns 0 or an errno. */
static int load_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return ENOSYS;
    }
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: faster to install */
    int error = ENOMEM;
    if (add_all(filter, SCMP_ACT_ALLOW, calls, sizeof(calls) / sizeof(calls[0])) &&
        add_all(filter, SCMP_ACT_ERRNO(EACCES), refused_calls,
                sizeof(refused_calls) / sizeof(refused_calls[0])) &&
        add_guarded(filter)) {
        error = -seccomp_load(filter);
    }
    seccomp_release(filter);
    return error;
}

int compile_raise_walls(const struct compile_limits *limits)
{
    struct wall_report privileges = { .state = WALL_OFF };
    struct wall_report landlock = { .state = WALL_OFF };
    if (limits->walls == LOCKDOWN_OFF) {
        return GO_ON;
    }
    wall_drop_privileges(&privileges, 0);
    wall_landlock(&landlock, NULL, 0);
    const int error = load_filter();
    if (error != 0 && limits->walls == LOCKDOWN_STRICT) {
        return fail(
            STATUS_REFUSED,
            "--lockdown strict: there is no seccomp (the kernel takes no filter: %s) for the "
            "compiler process; --lockdown auto runs without",
            strerror(error));
    }
    return GO_ON;
}
