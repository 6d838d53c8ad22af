/* The one way into the kernel: every system call of ringfort is a sys_call.
 *
 * It is made without libc's wrappers where we know how, because those are cancellation points,
 * which costs 25 ns and more in a process with threads.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_KERNEL_H
#define RINGFORT_OS_KERNEL_H

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The result, or a negative errno. */
#if defined(RINGFORT_FAULTS) || defined(__clang_analyzer__)
/* The tests of faults bring one that can fail. The analyzer takes what the kernel writes to an
 * address in an instruction for never written, and a function's for anything. */
long sys_call(long number, long a, long b, long c, long d, long e, long f);
#elif defined(__x86_64__)
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}
#else
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    const long result = syscall(number, a, b, c, d, e, f);
    return result == -1 ? -errno : result;
}
#endif

/* The same, again for as long as a signal interrupts it. */
static inline long sys_retry(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    do {
        result = sys_call(number, a, b, c, d, e, f);
    } while (result == -EINTR);
    return result;
}

/* The clocks, which libc reads without the kernel. */
#if defined(RINGFORT_FAULTS)
static inline int sys_clock_gettime(clockid_t clock, struct timespec *out)
{
    return (int)sys_call(SYS_clock_gettime, clock, (long)out, 0, 0, 0, 0);
}
#else
static inline int sys_clock_gettime(clockid_t clock, struct timespec *out)
{
    return clock_gettime(clock, out) == 0 ? 0 : -errno;
}
#endif

#endif
