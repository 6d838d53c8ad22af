/*
 * What can befall each system call that the core makes, after the manual pages of section 2.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

/* clang-format off */
#define INTERRUPTED EINTR, TIMES(EINTR, 5)
#define BUSY        EAGAIN, TIMES(EAGAIN, 3)
#define BROKEN      FOR_GOOD(EIO), FOR_GOOD(ENOMEM)
#define SHORT       SHORT_TO_ONE, SHORT_TO_HALF, ONE_BEFORE(EIO)
#define OPENING     EACCES, EBUSY, EDQUOT, EEXIST, EIO, EISDIR, ELOOP, EMFILE, ENAMETOOLONG,      \
                    ENFILE, ENODEV, ENOENT, ENOMEM, ENOSPC, ENOTDIR, ENXIO, EOVERFLOW, EPERM,     \
                    EROFS, ETXTBSY, INTERRUPTED, FOR_GOOD(EMFILE), BROKEN
#define LOOKING_UP  EACCES, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR
#define CHANGING    LOOKING_UP, EDQUOT, ENOSPC, EPERM, EROFS
#define READING     EIO, ENOMEM, INTERRUPTED, BROKEN, SHORT
#define WRITING     EDQUOT, EFBIG, EIO, ENOMEM, ENOSPC, EPERM, INTERRUPTED, BROKEN, SHORT
#define ROW(call, ...)                                                                            \
    { SYS_##call, #call, (const int[]){ __VA_ARGS__, 0 } },
#define SURE(call) { SYS_##call, #call, NULL },

static const struct {
    long number;
    const char *name;
    const int *choices;
} rows[] = {
    ROW(openat2, OPENING, ENOSYS, EXDEV, EAGAIN, TIMES(EAGAIN, 2), TIMES(EAGAIN, 127),
        TIMES(EAGAIN, 128), TIMES(EAGAIN, 999))
    ROW(openat, OPENING)
    ROW(close, EDQUOT, EINTR, EIO, ENOSPC)
    ROW(fcntl, EMFILE, EPERM, BROKEN)
    ROW(newfstatat, LOOKING_UP, BROKEN)
    ROW(fstat, EIO, ENOMEM, EOVERFLOW, ESTALE, BROKEN)
    ROW(fstatfs, EIO, ENOMEM, ENOSYS, INTERRUPTED, BROKEN)
    ROW(read, READING, EAGAIN, EISDIR)
    ROW(readv, READING)
    ROW(pread64, READING, EOVERFLOW)
    ROW(preadv, READING, EOVERFLOW)
    ROW(preadv2, READING, BUSY, EOPNOTSUPP, ENOSYS)
    ROW(write, WRITING, BUSY)
    ROW(writev, WRITING)
    ROW(pwrite64, WRITING)
    ROW(pwritev, WRITING)
    ROW(pwritev2, WRITING, BUSY, EOPNOTSUPP, ENOSYS, EPIPE)
    ROW(sendmsg, BUSY, ECONNRESET, EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, EPIPE, INTERRUPTED,
        BROKEN, SHORT)
    ROW(recvmsg, BUSY, ECONNREFUSED, ECONNRESET, ENOMEM, ENOTCONN, INTERRUPTED, BROKEN, SHORT)
    ROW(accept4, BUSY, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO, INTERRUPTED,
        BROKEN)
    ROW(getsockopt, ENOBUFS, ENOMEM, EPERM)
    ROW(shutdown, ENOBUFS, ENOTCONN)
    ROW(lseek, EINVAL, EIO, ENXIO, EOVERFLOW)
    ROW(fsync, EDQUOT, EIO, ENOSPC, EROFS, INTERRUPTED)
    ROW(fdatasync, EDQUOT, EIO, ENOSPC, EROFS, INTERRUPTED)
    ROW(ftruncate, EFBIG, EINVAL, EIO, EPERM, ETXTBSY, INTERRUPTED)
    ROW(fallocate, EDQUOT, EFBIG, EIO, ENODEV, ENOSPC, ENOSYS, EOPNOTSUPP, EPERM, ETXTBSY,
        INTERRUPTED)
    ROW(fadvise64, EINVAL, ENOSYS, ESPIPE)
    ROW(utimensat, EACCES, EIO, ENOENT, EPERM, EROFS)
    ROW(getdents64, EINVAL, EIO, ENOMEM, SHORT_TO_HALF)
    ROW(readlinkat, LOOKING_UP, EINVAL)
    ROW(mkdirat, CHANGING, EEXIST, EMLINK)
    ROW(unlinkat, CHANGING, EBUSY, EISDIR, ENOTEMPTY)
    ROW(renameat2, CHANGING, EBUSY, EEXIST, EINVAL, EISDIR, EMLINK, ENOTEMPTY, EXDEV)
    ROW(linkat, CHANGING, EEXIST, EMLINK, EXDEV)
    ROW(symlinkat, CHANGING, EEXIST)
    ROW(ioctl, EIO, ENOTTY)
    ROW(ppoll, ENOMEM, INTERRUPTED)
    ROW(eventfd2, EMFILE, ENFILE, ENODEV, ENOMEM, BROKEN)
    ROW(mmap, EAGAIN, ENOMEM)
    ROW(madvise, EAGAIN, EINVAL, ENOMEM)
    ROW(getrandom, ENOSYS, INTERRUPTED, SHORT)
    ROW(prlimit64, EPERM)
    ROW(clock_gettime, EINVAL, ENOSYS, EPERM)
    ROW(clock_getres, EINVAL, ENOSYS, EPERM)
    SURE(munmap)
    SURE(sched_yield)
    SURE(rt_sigpending)
    SURE(rt_sigprocmask)
    SURE(rt_sigtimedwait)
};
/* clang-format on */

static size_t row_of_call(long number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number) {
            return i;
        }
    }
    (void)fprintf(stderr, "fault_table.c does not know the system call %ld\n", number);
    abort();
}

const int *faults_of_call(long number)
{
    return rows[row_of_call(number)].choices;
}

const char *faults_call_name(long number)
{
    return number < 0 ? "the heap" : rows[row_of_call(number)].name;
}
