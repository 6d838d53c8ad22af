/* The system calls, as the kernel gives them: a result, or a negative errno.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SYS_H
#define RINGFORT_OS_SYS_H

#include "os/kernel.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <termios.h>

/* ---- What a file is. Where libc's structs are the kernel's, libc is not asked. ---- */

#if defined(__x86_64__) || defined(__aarch64__)
_Static_assert(sizeof(struct stat) == (sizeof(nlink_t) == 8 ? 144 : 128) &&
                   offsetof(struct stat, st_mode) == (sizeof(nlink_t) == 8 ? 24 : 16) &&
                   offsetof(struct stat, st_rdev) == (sizeof(nlink_t) == 8 ? 40 : 32) &&
                   offsetof(struct stat, st_size) == 48 && offsetof(struct stat, st_atim) == 72,
               "struct stat is the kernel's");
_Static_assert(sizeof(struct statfs) == 120 && sizeof(((struct statfs *)0)->f_type) == 8,
               "struct statfs is the kernel's");

static inline int sys_fstat(int fd, struct stat *out)
{
    return (int)sys_call(SYS_fstat, fd, (long)out, 0, 0, 0, 0);
}

static inline int sys_fstatat_unchecked(int dir, const char *name, struct stat *out)
{
    return (int)sys_call(SYS_newfstatat, dir, (long)name, (long)out, AT_SYMLINK_NOFOLLOW, 0, 0);
}

static inline int sys_fstatfs(int fd, struct statfs *out)
{
    return (int)sys_retry(SYS_fstatfs, fd, (long)out, 0, 0, 0, 0);
}
#else
static inline int sys_fstat(int fd, struct stat *out)
{
    return fstat(fd, out) == 0 ? 0 : -errno;
}

static inline int sys_fstatat_unchecked(int dir, const char *name, struct stat *out)
{
    return fstatat(dir, name, out, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
}

static inline int sys_fstatfs(int fd, struct statfs *out)
{
    return fstatfs(fd, out) == 0 ? 0 : -errno;
}
#endif

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

/* Whether it is a terminal. */
static inline bool sys_isatty(int fd)
{
    struct termios settings;
    return sys_call(SYS_ioctl, fd, TCGETS, (long)&settings, 0, 0, 0) == 0;
}

/* How many bytes can be read now. */
static inline int sys_available(int fd, int *bytes)
{
    return (int)sys_call(SYS_ioctl, fd, FIONREAD, (long)bytes, 0, 0, 0);
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

/* Of how the bytes from `offset` on will be used: POSIX_FADV_NORMAL and so on. */
static inline int sys_fadvise(int fd, int64_t offset, int64_t len, int advice)
{
    return (int)sys_call(SYS_fadvise64, fd, offset, len, advice, 0, 0);
}

static inline int sys_futimens(int fd, const struct timespec times[2])
{
    return (int)sys_call(SYS_utimensat, fd, 0, (long)times, 0, 0, 0);
}

static inline int sys_accept(int fd, int flags)
{
    return sys_above_stdio((int)sys_retry(SYS_accept4, fd, 0, 0, flags, 0, 0));
}

/* An option of the socket's own, which is a number. */
static inline int sys_socket_option(int fd, int option, int *out)
{
    socklen_t size = sizeof *out;
    return (int)sys_call(SYS_getsockopt, fd, SOL_SOCKET, option, (long)out, (long)&size, 0);
}

/* Whether a socket waits for connections. */
static inline bool sys_listens(int fd)
{
    int listens = 0;
    return sys_socket_option(fd, SO_ACCEPTCONN, &listens) == 0 && listens != 0;
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

/* A counter to wake others by; it never blocks. */
static inline int sys_eventfd(void)
{
    return sys_above_stdio((int)sys_call(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0, 0, 0, 0));
}

/* ---- The process ---- */

/* Pages of zeros; a negative errno where there are none. */
static inline long sys_map(size_t size)
{
    return sys_call(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
}

static inline int sys_unmap(void *at, size_t size)
{
    return (int)sys_call(SYS_munmap, (long)at, (long)size, 0, 0, 0, 0);
}

static inline int sys_madvise(void *at, size_t size, int advice)
{
    return (int)sys_call(SYS_madvise, (long)at, (long)size, advice, 0, 0, 0);
}

static inline long sys_getrandom(void *to, size_t size)
{
    return sys_retry(SYS_getrandom, (long)to, (long)size, 0, 0, 0, 0);
}

/* `resource` is RLIMIT_FSIZE or the like. */
static inline int sys_getrlimit(int resource, struct rlimit *out)
{
    return (int)sys_call(SYS_prlimit64, 0, resource, 0, (long)out, 0, 0);
}

static inline int sys_getpid(void)
{
    return (int)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_gettid(void)
{
    return (int)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline void sys_yield(void)
{
    (void)sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0); /* cannot fail on Linux */
}

/* ---- Signals of this thread. The kernel's sets: a bit for each signal, the lowest for 1. ---- */

typedef uint64_t signal_set;

static inline signal_set signal_set_of(int signal)
{
    return (signal_set)1 << (signal - 1);
}

static inline int sys_sigpending(signal_set *out)
{
    return (int)sys_call(SYS_rt_sigpending, (long)out, sizeof *out, 0, 0, 0, 0);
}

/* `how` is SIG_BLOCK or SIG_SETMASK; `old` may be NULL. */
static inline int sys_sigmask(int how, signal_set set, signal_set *old)
{
    return (int)sys_call(SYS_rt_sigprocmask, how, (long)&set, (long)old, sizeof set, 0, 0);
}

/* Takes away a signal of the set that is pending. */
static inline int sys_sigtake(signal_set set)
{
    const struct timespec at_once = { 0 };
    return (int)sys_call(SYS_rt_sigtimedwait, (long)&set, 0, (long)&at_once, sizeof set, 0, 0);
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
