/* The words of WASI: errnos, rights, flags and the layouts of its structs, for preview1 and for
 * unstable.
 * Spec: typenames.witx of both.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_ABI_TYPES_H
#define RINGFORT_ABI_TYPES_H

#include <stdint.h>

#define CHECKED __attribute__((warn_unused_result))

typedef enum wasi_errno {
#define ONLY(NAME, name) WASI_##NAME,
#define HOST(NAME, name) WASI_##NAME,
#include "abi/errno.def"
#undef ONLY
#undef HOST
    WASI_ERRNO_COUNT,
    /* Not for the guest: facts that leave a call by the same way and that the face decides
     * about. */
    FACT_FAULT = 0x10000, /* a pointer leaves the guest's memory */
    FACT_EXIT,            /* proc_exit */
    FACT_INTERRUPT,       /* the embedder wants the guest to end */
    FACT_LATE,            /* the guest's time is over */
} wasi_errno;

/* Leaves the function with an error or a fact, whatever `expr` gives. The only macro that hides
 * control flow. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        const wasi_errno try_ = (expr);                                                            \
        if (__builtin_expect(try_ != WASI_SUCCESS, 0)) {                                           \
            return try_;                                                                           \
        }                                                                                          \
    } while (0)

enum {
#define RIGHT(NAME) RIGHT_BIT_##NAME,
#include "abi/rights.def"
#undef RIGHT
    RIGHT_COUNT,
};

#define RIGHT(NAME) static const uint64_t RIGHT_##NAME = UINT64_C(1) << RIGHT_BIT_##NAME;
#include "abi/rights.def"
#undef RIGHT

typedef enum wasi_filetype {
    FILETYPE_UNKNOWN = 0,
    FILETYPE_BLOCK_DEVICE = 1,
    FILETYPE_CHARACTER_DEVICE = 2,
    FILETYPE_DIRECTORY = 3,
    FILETYPE_REGULAR_FILE = 4,
    FILETYPE_SOCKET_DGRAM = 5,
    FILETYPE_SOCKET_STREAM = 6,
    FILETYPE_SYMBOLIC_LINK = 7,
} wasi_filetype;

enum {
    FDFLAGS_APPEND = 1,
    FDFLAGS_DSYNC = 2,
    FDFLAGS_NONBLOCK = 4,
    FDFLAGS_RSYNC = 8,
    FDFLAGS_SYNC = 16,
    FDFLAGS_ALL = 31,
    FDFLAGS_ALL_SYNC = FDFLAGS_DSYNC | FDFLAGS_RSYNC | FDFLAGS_SYNC,
};
enum { OFLAGS_CREAT = 1, OFLAGS_DIRECTORY = 2, OFLAGS_EXCL = 4, OFLAGS_TRUNC = 8, OFLAGS_ALL = 15 };
enum { LOOKUPFLAGS_SYMLINK_FOLLOW = 1, LOOKUPFLAGS_ALL = 1 };
enum {
    FSTFLAGS_ATIM = 1,
    FSTFLAGS_ATIM_NOW = 2,
    FSTFLAGS_MTIM = 4,
    FSTFLAGS_MTIM_NOW = 8,
    FSTFLAGS_ALL = 15,
};
enum { CLOCKID_REALTIME, CLOCKID_MONOTONIC, CLOCKID_PROCESS_CPUTIME, CLOCKID_THREAD_CPUTIME };
enum { EVENTTYPE_CLOCK, EVENTTYPE_FD_READ, EVENTTYPE_FD_WRITE };
enum { EVENTRWFLAGS_HANGUP = 1 };
enum { SUBCLOCKFLAGS_ABSTIME = 1, SUBCLOCKFLAGS_ALL = 1 };
enum { RIFLAGS_PEEK = 1, RIFLAGS_WAITALL = 2, RIFLAGS_ALL = 3 };
enum { ROFLAGS_DATA_TRUNCATED = 1 };
enum { SDFLAGS_RD = 1, SDFLAGS_WR = 2 };
enum { ADVICE_COUNT = 6 };
enum { PREOPENTYPE_DIR = 0 };

/* Layouts that both versions share: sizes and offsets in bytes. */
enum { IOVEC_BUF = 0, IOVEC_LEN = 4, IOVEC_SIZE = 8 };
enum { DIRENT_NEXT = 0, DIRENT_INO = 8, DIRENT_NAMLEN = 16, DIRENT_TYPE = 20, DIRENT_SIZE = 24 };
enum {
    FDSTAT_FILETYPE = 0,
    FDSTAT_FLAGS = 2,
    FDSTAT_BASE = 8,
    FDSTAT_INHERITING = 16,
    FDSTAT_SIZE = 24
};
enum { PRESTAT_TAG = 0, PRESTAT_NAME_LEN = 4, PRESTAT_SIZE = 8 };
enum {
    EVENT_USERDATA = 0,
    EVENT_ERROR = 8,
    EVENT_TYPE = 10,
    EVENT_NBYTES = 16,
    EVENT_FLAGS = 24,
    EVENT_SIZE = 32,
};
/* What a subscription begins with in both versions. */
enum { SUBSCRIPTION_USERDATA = 0, SUBSCRIPTION_TAG = 8, SUBSCRIPTION_FD = 16 };

enum { WHENCE_COUNT = 3 };

/* What the two versions do not share. */
struct wasi_layouts {
    uint32_t filestat_size;
    uint32_t filestat_nlink;
    uint32_t filestat_nlink_width; /* 4 or 8 bytes */
    uint32_t filestat_file_size;
    uint32_t filestat_times; /* atim, mtim and ctim, 8 bytes each */
    uint32_t subscription_size;
    uint32_t subscription_clock_id;
    uint32_t subscription_timeout;
    uint32_t subscription_flags;
    int host_whence[WHENCE_COUNT]; /* SEEK_SET and so on by the guest's number */
};

enum { FILESTAT_DEV = 0, FILESTAT_INO = 8, FILESTAT_FILETYPE = 16 };

#endif
