/* What a process cannot do behind the walls, whatever code it runs: each attempt in a child.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "child.h"
#include "lockdown.h"
#include "lockdown_walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct attempt {
    const char *name;
    long call;
    long arguments[6];
};

#define AT(...)                                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define CALL(name, ...)                                                                            \
    {                                                                                              \
#name, SYS_##name, AT(__VA_ARGS__)                                                         \
    }

static char path[] = "/etc/passwd";
static char *no_strings[] = { NULL };
static int pair[2];

/* ---- A child behind the walls ---- */

static void lock_down(bool has_threads)
{
    struct lockdown lockdown;
    lockdown_begin(&lockdown, LOCKDOWN_AUTO);
    lockdown.has_threads = has_threads;
    lockdown_finish(&lockdown);
    if (lockdown.walls[WALL_SECCOMP].state != WALL_STANDS) {
        _exit(1); /* nothing would be proved */
    }
}

static long raw(long call, const long *a)
{
    const long result = syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result == -1 ? -errno : result;
}

static void make_call(const void *data)
{
    const struct attempt *attempt = data;
    lock_down(false);
    child_tell(raw(attempt->call, attempt->arguments));
}

static void make_call_with_threads(const void *data)
{
    const struct attempt *attempt = data;
    lock_down(true);
    child_tell(raw(attempt->call, attempt->arguments));
}

/* ---- Calls ---- */

static const struct attempt forbidden[] = {
    /* other programs and processes */
    CALL(execve, (long)path, (long)no_strings, (long)no_strings),
    CALL(execveat, AT_FDCWD, (long)path, (long)no_strings, (long)no_strings),
    CALL(clone, SIGCHLD),
    CALL(clone, CLONE_VM | CLONE_VFORK | SIGCHLD),
    CALL(clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD),
    CALL(clone3, 0, 0),
    CALL(kill, 1, SIGTERM),
    CALL(tgkill, 1, 1, SIGTERM),
    CALL(tkill, 1, SIGTERM),
    CALL(pidfd_open, 1, 0),
    CALL(ptrace, PTRACE_ATTACH, 1, 0, 0),
    CALL(process_vm_readv, 1),
    CALL(process_vm_writev, 1),
    CALL(kcmp, 1, 1),
    CALL(wait4, -1),
    /* the network */
    CALL(socket, AF_INET, SOCK_STREAM),
    CALL(socket, AF_UNIX, SOCK_STREAM),
    CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair),
    CALL(connect, 0),
    CALL(bind, 0),
    CALL(listen, 0),
    CALL(sendto, 0),
    CALL(setsockopt, 0),
    /* code */
    CALL(mmap, 0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    CALL(mmap, 0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    CALL(mprotect, 0, PAGE, PROT_EXEC),
    CALL(pkey_mprotect, 0, PAGE, PROT_READ, -1),
    CALL(remap_file_pages, 0, PAGE),
    CALL(shmat, 0),
    CALL(personality, 0x0400000),
    /* the kernel */
    CALL(io_uring_setup, 1, 0),
    CALL(io_uring_enter, 0),
    CALL(io_uring_register, 0),
    CALL(bpf, 0),
    CALL(userfaultfd, 0),
    CALL(perf_event_open, 0),
    CALL(keyctl, 0),
    CALL(add_key, 0),
    CALL(request_key, 0),
    CALL(init_module, 0),
    CALL(finit_module, 0),
    CALL(kexec_load, 0),
    CALL(syslog, 0),
    CALL(seccomp, 0),
    CALL(landlock_create_ruleset, 0, 0, 1),
    CALL(prctl, PR_SET_DUMPABLE, 1),
    CALL(prctl, PR_SET_SECCOMP, 1),
    CALL(prctl, PR_SET_MM, 1),
    CALL(capset, 0),
    CALL(setuid, 0),
    CALL(setgid, 0),
    CALL(setgroups, 0),
    CALL(prlimit64, 0, RLIMIT_CORE, (long)path),
    CALL(setrlimit, RLIMIT_CORE, (long)path),
    /* the machine */
    CALL(mount, 0),
    CALL(umount2, (long)path),
    CALL(open_tree, AT_FDCWD, (long)"/"),
    CALL(move_mount, AT_FDCWD),
    CALL(fsopen, (long)"tmpfs"),
    CALL(pivot_root, (long)"/", (long)"/"),
    CALL(chroot, (long)"/"),
    CALL(unshare, CLONE_NEWUSER),
    CALL(setns, 0),
    CALL(reboot, 0),
    CALL(swapon, 0),
    CALL(quotactl, 0),
    CALL(acct, 0),
    CALL(sethostname, 0),
    CALL(settimeofday, 0),
    CALL(clock_settime, 0),
    CALL(adjtimex, 0),
    /* files in ways that WASI has not */
    CALL(openat, AT_FDCWD, (long)"made", O_CREAT | O_WRONLY, 04755),
    CALL(openat, AT_FDCWD, (long)"made", O_CREAT | O_WRONLY, 02755),
    CALL(open_by_handle_at, AT_FDCWD),
    CALL(name_to_handle_at, AT_FDCWD),
    CALL(chdir, (long)"/"),
    CALL(fchdir, 0),
    CALL(mknodat, AT_FDCWD, (long)path, S_IFIFO),
    CALL(fchmod, 0),
    CALL(fchmodat, AT_FDCWD),
    CALL(fchown, 0),
    CALL(fchownat, AT_FDCWD),
    CALL(setxattr, 0),
    CALL(fsetxattr, 0),
    CALL(inotify_init1, 0),
    CALL(fanotify_init, 0),
    CALL(flock, 0),
    CALL(splice, 0),
    CALL(sendfile, 0),
    CALL(copy_file_range, 0),
    CALL(ioctl, 0, TIOCSTI, (long)path),
    CALL(ioctl, 0, TIOCSCTTY, 0),
    CALL(fcntl, 0, F_SETOWN, 1),
    CALL(fcntl, 0, F_NOTIFY, 0),
    CALL(shmget, 0),
    CALL(msgget, 0),
    CALL(semget, 0),
    CALL(mq_open, (long)path),
};

static void calls_that_no_guest_needs_end_the_process(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        const long result = child_run(make_call, &forbidden[i]);
        if (result != CHILD_KILLED) {
            print_message("%s: %ld\n", forbidden[i].name, result);
        }
        assert_int_equal(result, CHILD_KILLED);
    }
}

static void with_threads_processes_and_namespaces_are_forbidden_still(void **state)
{
    static const struct attempt attempts[] = {
        CALL(clone, SIGCHLD),
        CALL(clone, CLONE_VM | CLONE_VFORK | SIGCHLD),
        CALL(clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET),
        CALL(execve, (long)path, (long)no_strings, (long)no_strings),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        assert_int_equal(child_run(make_call_with_threads, &attempts[i]), CHILD_KILLED);
    }
    static const struct attempt newest = CALL(clone3, 0, 0);
    assert_int_equal(child_run(make_call_with_threads, &newest), -ENOSYS);
}

static void calls_that_a_guest_needs_are_answered(void **state)
{
    static const struct attempt needed[] = {
        CALL(getpid, 0),
        CALL(mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        CALL(ioctl, 2, TCGETS, 0),
        CALL(openat, AT_FDCWD, (long)path, O_RDONLY),
        CALL(accept4, 0),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        assert_int_not_equal(child_run(make_call, &needed[i]), CHILD_KILLED);
    }
}

#if defined(__x86_64__)
/* The same kernel, asked in the ways of other processors, whose calls have other numbers. */
static void ask_as_i386(const void *data)
{
    (void)data;
    lock_down(false);
    long result = 20; /* getpid there, writev here */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    child_tell(result);
}

static void ask_as_x32(const void *data)
{
    (void)data;
    lock_down(false);
    child_tell(syscall(0x40000000 | SYS_getpid));
}

static void calls_of_other_architectures_end_the_process(void **state)
{
    (void)state;
    assert_int_equal(child_run(ask_as_i386, NULL), CHILD_KILLED);
    assert_int_equal(child_run(ask_as_x32, NULL), CHILD_KILLED);
}
#else
static void calls_of_other_architectures_end_the_process(void **state)
{
    (void)state;
}
#endif

/* ---- Threads ---- */

static void *make_socket(void *data)
{
    (void)data;
    child_tell(socket(AF_INET, SOCK_STREAM, 0));
    return NULL;
}

static void a_later_thread_asks(const void *data)
{
    (void)data;
    pthread_t thread;
    lock_down(true);
    if (pthread_create(&thread, NULL, make_socket, NULL) == 0) {
        (void)pthread_join(thread, NULL);
    }
    child_tell(0);
}

static pthread_barrier_t barrier;

static void *wait_and_make_socket(void *data)
{
    (void)pthread_barrier_wait(&barrier);
    return make_socket(data);
}

static void an_earlier_thread_asks(const void *data)
{
    (void)data;
    pthread_t thread;
    struct wall_report report;
    (void)pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, wait_and_make_socket, NULL) == 0) {
        wall_seccomp(&report, true);
        (void)pthread_barrier_wait(&barrier);
        (void)pthread_join(thread, NULL);
    }
    child_tell(0);
}

static void the_filter_is_for_all_threads(void **state)
{
    (void)state;
    assert_int_equal(child_run(a_later_thread_asks, NULL), CHILD_KILLED);
    assert_int_equal(child_run(an_earlier_thread_asks, NULL), CHILD_KILLED);
}

/* ---- The process ---- */

static void ask_for_capabilities(const void *data)
{
    struct wall_report report;
    (void)data;
    wall_drop_privileges(&report, wall_capabilities());
    child_tell((long)wall_capabilities());
}

static void capabilities_are_given_up_but_those_over_files(void **state)
{
    const uint64_t over_files = 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_DAC_READ_SEARCH |
                                1ULL << CAP_FOWNER | 1ULL << CAP_SYS_RESOURCE;
    (void)state;
    const uint64_t had = wall_capabilities();
    const long left = child_run(ask_for_capabilities, NULL);
    assert_int_equal(left, geteuid() == 0 ? had & over_files : 0);
}

static void look_at_descriptors(const void *data)
{
    (void)data;
    const int inherited = dup(0); // NOLINT(android-cloexec-dup)
    const int own = fcntl(0, F_DUPFD_CLOEXEC, 3);
    lock_down(false);
    child_tell((fcntl(inherited, F_GETFD) == -1) + 2 * (fcntl(own, F_GETFD) == FD_CLOEXEC) +
               4 * (fcntl(0, F_GETFD) >= 0));
}

static void only_what_was_inherited_is_closed(void **state)
{
    (void)state;
    assert_int_equal(child_run(look_at_descriptors, NULL), 1 + 2 + 4);
}

static void look_at_resources(const void *data)
{
    struct rlimit core;
    struct rlimit processes;
    (void)data;
    lock_down(false);
    (void)getrlimit(RLIMIT_CORE, &core);
    (void)getrlimit(RLIMIT_NPROC, &processes);
    child_tell((long)(core.rlim_cur + core.rlim_max + processes.rlim_cur + processes.rlim_max));
}

static void no_core_file_and_no_process_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(child_run(look_at_resources, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_no_guest_needs_end_the_process),
        cmocka_unit_test(with_threads_processes_and_namespaces_are_forbidden_still),
        cmocka_unit_test(calls_that_a_guest_needs_are_answered),
        cmocka_unit_test(calls_of_other_architectures_end_the_process),
        cmocka_unit_test(the_filter_is_for_all_threads),
        cmocka_unit_test(capabilities_are_given_up_but_those_over_files),
        cmocka_unit_test(only_what_was_inherited_is_closed),
        cmocka_unit_test(no_core_file_and_no_process_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
