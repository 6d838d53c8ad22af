/*
 * The words of preview1 as the specification prints them, written down a second time so that tests
 * do not trust src/abi. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_WASI_H
#define RINGFORT_TESTS_WASI_H

#include <stdint.h>

enum {
    WASI_SUCCESS = 0,
    WASI_E2BIG = 1,
    WASI_EACCES = 2,
    WASI_EAGAIN = 6,
    WASI_EBADF = 8,
    WASI_EBUSY = 10,
    WASI_EDQUOT = 19,
    WASI_EEXIST = 20,
    WASI_EFAULT = 21,
    WASI_EFBIG = 22,
    WASI_EILSEQ = 25,
    WASI_EINVAL = 28,
    WASI_EIO = 29,
    WASI_EISDIR = 31,
    WASI_ELOOP = 32,
    WASI_EMFILE = 33,
    WASI_ENAMETOOLONG = 37,
    WASI_ENOBUFS = 42,
    WASI_ENOENT = 44,
    WASI_ENOSPC = 51,
    WASI_ENOSYS = 52,
    WASI_ENOTCONN = 53,
    WASI_ENOTDIR = 54,
    WASI_ENOTEMPTY = 55,
    WASI_ENOTSOCK = 57,
    WASI_ENOTSUP = 58,
    WASI_EOVERFLOW = 61,
    WASI_EPERM = 63,
    WASI_EPIPE = 64,
    WASI_EROFS = 69,
    WASI_ESPIPE = 70,
    WASI_EXDEV = 75,
    WASI_ENOTCAPABLE = 76,

    /* What a call gives that is no errno: see ringfort_outcome. */
    WASI_EXITED = 0x10000,
    WASI_FAULTED = 0x20000,
    WASI_INTERRUPTED = 0x30000,
};

#define RIGHT(bit)                    (UINT64_C(1) << (bit))
#define RIGHT_FD_DATASYNC             RIGHT(0)
#define RIGHT_FD_READ                 RIGHT(1)
#define RIGHT_FD_SEEK                 RIGHT(2)
#define RIGHT_FD_FDSTAT_SET_FLAGS     RIGHT(3)
#define RIGHT_FD_SYNC                 RIGHT(4)
#define RIGHT_FD_TELL                 RIGHT(5)
#define RIGHT_FD_WRITE                RIGHT(6)
#define RIGHT_FD_ADVISE               RIGHT(7)
#define RIGHT_FD_ALLOCATE             RIGHT(8)
#define RIGHT_PATH_CREATE_DIRECTORY   RIGHT(9)
#define RIGHT_PATH_CREATE_FILE        RIGHT(10)
#define RIGHT_PATH_LINK_SOURCE        RIGHT(11)
#define RIGHT_PATH_LINK_TARGET        RIGHT(12)
#define RIGHT_PATH_OPEN               RIGHT(13)
#define RIGHT_FD_READDIR              RIGHT(14)
#define RIGHT_PATH_READLINK           RIGHT(15)
#define RIGHT_PATH_RENAME_SOURCE      RIGHT(16)
#define RIGHT_PATH_RENAME_TARGET      RIGHT(17)
#define RIGHT_PATH_FILESTAT_GET       RIGHT(18)
#define RIGHT_PATH_FILESTAT_SET_SIZE  RIGHT(19)
#define RIGHT_PATH_FILESTAT_SET_TIMES RIGHT(20)
#define RIGHT_FD_FILESTAT_GET         RIGHT(21)
#define RIGHT_FD_FILESTAT_SET_SIZE    RIGHT(22)
#define RIGHT_FD_FILESTAT_SET_TIMES   RIGHT(23)
#define RIGHT_PATH_SYMLINK            RIGHT(24)
#define RIGHT_PATH_REMOVE_DIRECTORY   RIGHT(25)
#define RIGHT_PATH_UNLINK_FILE        RIGHT(26)
#define RIGHT_POLL_FD_READWRITE       RIGHT(27)
#define RIGHT_SOCK_SHUTDOWN           RIGHT(28)
#define RIGHT_SOCK_ACCEPT             RIGHT(29)

/** What a preopen reports as its base, what it gives on, and what a regular file can have at most.
 */
#define RIGHTS_PREOPEN     UINT64_C(0x0fbffe98)
#define RIGHTS_INHERITING  UINT64_C(0x0fffffff)
#define RIGHTS_FILE        UINT64_C(0x08e001ff)
#define RIGHTS_DIRECTORY   (RIGHTS_PREOPEN & ~RIGHTS_FILE)
#define RIGHTS_SOCKET_BITS (RIGHT_SOCK_SHUTDOWN | RIGHT_SOCK_ACCEPT)
#define RIGHTS_WRITING                                                                             \
    (RIGHT_FD_WRITE | RIGHT_FD_DATASYNC | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE)
#define RIGHTS_READER (RIGHTS_FILE & ~RIGHTS_WRITING)

enum { LOOKUP_FOLLOW = 1 };
enum { OFLAG_CREAT = 1, OFLAG_DIRECTORY = 2, OFLAG_EXCL = 4, OFLAG_TRUNC = 8 };
enum {
    FDFLAG_APPEND = 1,
    FDFLAG_DSYNC = 2,
    FDFLAG_NONBLOCK = 4,
    FDFLAG_RSYNC = 8,
    FDFLAG_SYNC = 16
};
enum { FST_ATIM = 1, FST_ATIM_NOW = 2, FST_MTIM = 4, FST_MTIM_NOW = 8 };
enum { SEEK_FROM_START = 0, SEEK_FROM_HERE = 1, SEEK_FROM_END = 2 };
enum { CLOCK_ID_REALTIME = 0, CLOCK_ID_MONOTONIC = 1, CLOCK_ID_PROCESS = 2, CLOCK_ID_THREAD = 3 };
enum { EVENT_CLOCK = 0, EVENT_FD_READ = 1, EVENT_FD_WRITE = 2 };
enum { EVENT_HANGUP = 1 };
enum { SUBCLOCK_ABSTIME = 1 };
enum { RECV_PEEK = 1, RECV_WAITALL = 2 };
enum { SHUT_READ = 1, SHUT_WRITE = 2 };

enum {
    TYPE_UNKNOWN = 0,
    TYPE_BLOCK_DEVICE = 1,
    TYPE_CHARACTER_DEVICE = 2,
    TYPE_DIRECTORY = 3,
    TYPE_REGULAR_FILE = 4,
    TYPE_SOCKET_DGRAM = 5,
    TYPE_SOCKET_STREAM = 6,
    TYPE_SYMBOLIC_LINK = 7,
};

enum {
    SIZE_IOVEC = 8,
    SIZE_DIRENT = 24,
    SIZE_FDSTAT = 24,
    SIZE_FILESTAT = 64,
    SIZE_FILESTAT_UNSTABLE = 56,
    SIZE_PRESTAT = 8,
    SIZE_SUBSCRIPTION = 48,
    SIZE_SUBSCRIPTION_UNSTABLE = 56,
    SIZE_EVENT = 32,
};

#endif
