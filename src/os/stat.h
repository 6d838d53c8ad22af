/* What kind of file it is, and when it was touched, in WASI's terms.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_STAT_H
#define RINGFORT_OS_STAT_H

#include "abi/types.h"

#include <sys/stat.h>
#include <time.h>

/* WASI has no type for a FIFO; it gets the one that wasi-libc's S_ISFIFO expects. */
static inline wasi_filetype filetype_of_mode(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return FILETYPE_REGULAR_FILE;
    case S_IFDIR:
        return FILETYPE_DIRECTORY;
    case S_IFCHR:
        return FILETYPE_CHARACTER_DEVICE;
    case S_IFBLK:
        return FILETYPE_BLOCK_DEVICE;
    case S_IFLNK:
        return FILETYPE_SYMBOLIC_LINK;
    case S_IFIFO:
    case S_IFSOCK:
        return FILETYPE_SOCKET_STREAM;
    default:
        return FILETYPE_UNKNOWN;
    }
}

/* Nanoseconds since 1970; what is before is 0, what is after the year 2554 is the last nanosecond
 * that fits. */
static inline uint64_t timestamp_of(struct timespec t)
{
    if (t.tv_sec < 0) {
        return 0;
    }
    uint64_t ns;
    if (__builtin_mul_overflow((uint64_t)t.tv_sec, UINT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, (uint64_t)t.tv_nsec, &ns)) {
        return UINT64_MAX;
    }
    return ns;
}

static inline struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000U),
                              .tv_nsec = (long)(ns % 1000000000U) };
}

#endif
