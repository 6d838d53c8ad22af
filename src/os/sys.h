/* The system calls, as the kernel gives them: a result, or a negative errno. All of ringfort's go
 * through here.
 *
 * They are made without libc's wrappers where we know how, because those are cancellation points,
 * which costs 25 ns and more in a process with threads.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SYS_H
#define RINGFORT_OS_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
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

/* ---- Bytes. An offset of -1 means the descriptor's own. ---- */

static inline ssize_t sys_read(int fd, const struct iovec *iov, int count, int64_t offset)
{
    if (count == 1) {
        return offset < 0
                   ? sys_retry(SYS_read, fd, (long)iov->iov_base, (long)iov->iov_len, 0, 0, 0)
                   : sys_retry(SYS_pread64, fd, (long)iov->iov_base, (long)iov->iov_len, offset, 0,
                               0);
    }
    return offset < 0 ? sys_retry(SYS_readv, fd, (long)iov, count, 0, 0, 0)
                      : sys_retry(SYS_preadv, fd, (long)iov, count, offset, 0, 0);
}

static inline ssize_t sys_write(int fd, const struct iovec *iov, int count, int64_t offset)
{
    if (count == 1) {
        return offset < 0
                   ? sys_retry(SYS_write, fd, (long)iov->iov_base, (long)iov->iov_len, 0, 0, 0)
                   : sys_retry(SYS_pwrite64, fd, (long)iov->iov_base, (long)iov->iov_len, offset, 0,
                               0);
    }
    return offset < 0 ? sys_retry(SYS_writev, fd, (long)iov, count, 0, 0, 0)
                      : sys_retry(SYS_pwritev, fd, (long)iov, count, offset, 0, 0);
}

/* musl before 1.2.5 lacks the flags of the kernel's calls. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x8
#define RWF_APPEND 0x10
#endif

/* preadv2 and pwritev2: with RWF_NOWAIT (do not block), RWF_APPEND (write at the end). A system
 * that lacks the calls, as emulators do, lacks the flags: EOPNOTSUPP. */
static inline ssize_t sys_read_flags(int fd, const struct iovec *iov, int count, int64_t offset,
                                     int flags)
{
    const ssize_t n = sys_retry(SYS_preadv2, fd, (long)iov, count, offset, 0, flags);
    return n == -ENOSYS ? -EOPNOTSUPP : n;
}

static inline ssize_t sys_write_flags(int fd, const struct iovec *iov, int count, int64_t offset,
                                      int flags)
{
    const ssize_t n = sys_retry(SYS_pwritev2, fd, (long)iov, count, offset, 0, flags);
    return n == -ENOSYS ? -EOPNOTSUPP : n;
}

static inline ssize_t sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return sys_retry(SYS_sendmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline ssize_t sys_recvmsg(int fd, struct msghdr *message, int flags)
{
    return sys_retry(SYS_recvmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline int64_t sys_lseek(int fd, int64_t offset, int whence)
{
    return sys_call(SYS_lseek, fd, offset, whence, 0, 0, 0);
}

/* ---- Descriptors ---- */

static inline int sys_close(int fd)
{
    return (int)sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

enum { FIRST_OWN_FD = 3 };

/* A duplicate that a child process does not inherit. Never 0, 1 or 2, also where the host closed
 * those: what it prints would go to a guest's file. */
static inline int sys_dup(int fd)
{
    return (int)sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD, 0, 0, 0);
}

/* The same for what a call gave, an error included. */
static inline int sys_above_stdio(int fd)
{
    if (__builtin_expect(fd < 0 || fd >= FIRST_OWN_FD, 1)) {
        return fd;
    }
    const int moved = sys_dup(fd);
    sys_close(fd);
    return moved;
}

static inline int sys_get_flags(int fd)
{
    return (int)sys_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0);
}

/* For a socket of the host's whose waiting could not be ended. */
static inline int sys_set_nonblocking(int fd)
{
    const int flags = sys_get_flags(fd);
    return flags < 0 ? flags : (int)sys_call(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK, 0, 0, 0);
}

static inline int sys_fstat(int fd, struct stat *out)
{
    return fstat(fd, out) == 0 ? 0 : -errno;
}

static inline int sys_fsync(int fd)
{
    return (int)sys_retry(SYS_fsync, fd, 0, 0, 0, 0, 0);
}

static inline int sys_fdatasync(int fd)
{
    return (int)sys_retry(SYS_fdatasync, fd, 0, 0, 0, 0, 0);
}

static inline int sys_ftruncate(int fd, int64_t size)
{
    return (int)sys_retry(SYS_ftruncate, fd, size, 0, 0, 0, 0);
}

/* Unlike posix_fallocate, which writes a byte into each block where the file system can't. */
static inline int sys_fallocate(int fd, int64_t offset, int64_t len)
{
    return (int)sys_retry(SYS_fallocate, fd, 0, offset, len, 0, 0);
}

static inline int sys_accept(int fd, int flags)
{
    return sys_above_stdio((int)sys_retry(SYS_accept4, fd, 0, 0, flags, 0, 0));
}

/* Whether a socket waits for connections. */
static inline bool sys_listens(int fd)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

static inline int sys_shutdown(int fd, int how)
{
    return (int)sys_call(SYS_shutdown, fd, how, 0, 0, 0, 0);
}

/* Waits until one is ready. Not retried on a signal, which is for the caller: the time goes on. */
static inline int sys_poll(struct pollfd *fds, unsigned count, struct timespec *timeout)
{
    return (int)sys_call(SYS_ppoll, (long)fds, count, (long)timeout, 0, 0, 0);
}

static inline long sys_getdents(int fd, void *buffer, size_t size)
{
    return sys_call(SYS_getdents64, fd, (long)buffer, (long)size, 0, 0, 0);
}

/* ---- Paths. The only call here that may see a `/` of the guest's is openat2; every other gets
 * one bare name, which src/path/ alone may hand out. `_unchecked` says that nothing here keeps a
 * name inside anything. ---- */

static inline int sys_openat2_unchecked(int dir, const char *path, int flags, unsigned mode,
                                        uint64_t resolve)
{
    const struct open_how how = { .flags = (uint64_t)(unsigned)flags,
                                  .mode = mode,
                                  .resolve = resolve };
    return (int)sys_retry(SYS_openat2, dir, (long)path, (long)&how, sizeof how, 0, 0);
}

static inline int sys_openat_unchecked(int dir, const char *name, int flags, unsigned mode)
{
    return (int)sys_retry(SYS_openat, dir, (long)name, flags, mode, 0, 0);
}

static inline ssize_t sys_readlinkat_unchecked(int dir, const char *name, char *out, size_t size)
{
    return sys_call(SYS_readlinkat, dir, (long)name, (long)out, (long)size, 0, 0);
}

static inline int sys_fstatat_unchecked(int dir, const char *name, struct stat *out)
{
    return fstatat(dir, name, out, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
}

static inline int sys_mkdirat_unchecked(int dir, const char *name, unsigned mode)
{
    return (int)sys_call(SYS_mkdirat, dir, (long)name, mode, 0, 0, 0);
}

static inline int sys_unlinkat_unchecked(int dir, const char *name, int flags)
{
    return (int)sys_call(SYS_unlinkat, dir, (long)name, flags, 0, 0, 0);
}

static inline int sys_renameat_unchecked(int from_dir, const char *from, int to_dir, const char *to)
{
    return (int)sys_call(SYS_renameat2, from_dir, (long)from, to_dir, (long)to, 0, 0);
}

static inline int sys_linkat_unchecked(int from_dir, const char *from, int to_dir, const char *to)
{
    return (int)sys_call(SYS_linkat, from_dir, (long)from, to_dir, (long)to, 0, 0);
}

static inline int sys_symlinkat_unchecked(const char *text, int dir, const char *name)
{
    return (int)sys_call(SYS_symlinkat, (long)text, dir, (long)name, 0, 0, 0);
}

static inline int sys_utimensat_unchecked(int dir, const char *name, const struct timespec times[2],
                                          int flags)
{
    return (int)sys_call(SYS_utimensat, dir, (long)name, (long)times, flags, 0, 0);
}

#endif
