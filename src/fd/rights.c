/* Which rights a descriptor can have, by what it is.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/rights.h"

uint64_t ringfort_rights_all(void)
{
    return (UINT64_C(1) << RIGHT_COUNT) - 1;
}

uint64_t ringfort_rights_inheriting(void)
{
    return ringfort_rights_all();
}

static uint64_t rights_stream(void)
{
    return RIGHT_FD_READ | RIGHT_FD_WRITE | RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC |
           RIGHT_FD_DATASYNC | RIGHT_FD_FILESTAT_GET | RIGHT_FD_FILESTAT_SET_TIMES |
           RIGHT_POLL_FD_READWRITE;
}

static uint64_t rights_file(void)
{
    return rights_stream() | RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHT_FD_ADVISE | RIGHT_FD_ALLOCATE |
           RIGHT_FD_FILESTAT_SET_SIZE;
}

/* None of the rights that would make a guest that reopens `.` with them ask for write access. */
static uint64_t rights_directory(void)
{
    return RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC | RIGHT_FD_ADVISE |
           RIGHT_PATH_CREATE_DIRECTORY | RIGHT_PATH_CREATE_FILE | RIGHT_PATH_LINK_SOURCE |
           RIGHT_PATH_LINK_TARGET | RIGHT_PATH_OPEN | RIGHT_FD_READDIR | RIGHT_PATH_READLINK |
           RIGHT_PATH_RENAME_SOURCE | RIGHT_PATH_RENAME_TARGET | RIGHT_PATH_FILESTAT_GET |
           RIGHT_PATH_FILESTAT_SET_SIZE | RIGHT_PATH_FILESTAT_SET_TIMES | RIGHT_FD_FILESTAT_GET |
           RIGHT_FD_FILESTAT_SET_TIMES | RIGHT_PATH_SYMLINK | RIGHT_PATH_REMOVE_DIRECTORY |
           RIGHT_PATH_UNLINK_FILE | RIGHT_POLL_FD_READWRITE;
}

uint64_t ringfort_rights_possible(wasi_filetype type, bool is_tty)
{
    switch (type) {
    case FILETYPE_DIRECTORY:
        return rights_directory();
    case FILETYPE_REGULAR_FILE:
    case FILETYPE_BLOCK_DEVICE:
        return rights_file();
    case FILETYPE_CHARACTER_DEVICE:
        return is_tty ? rights_stream() : rights_file();
    case FILETYPE_SOCKET_DGRAM:
    case FILETYPE_SOCKET_STREAM:
        return rights_stream() | RIGHT_SOCK_SHUTDOWN | RIGHT_SOCK_ACCEPT;
    case FILETYPE_UNKNOWN:
    case FILETYPE_SYMBOLIC_LINK:
    default:
        return rights_stream();
    }
}

uint64_t ringfort_rights_stdio(bool reads, bool writes)
{
    const uint64_t any = RIGHT_FD_FILESTAT_GET | RIGHT_FD_FDSTAT_SET_FLAGS |
                         RIGHT_POLL_FD_READWRITE | RIGHT_FD_SEEK | RIGHT_FD_TELL;
    const uint64_t writing = RIGHT_FD_WRITE | RIGHT_FD_SYNC | RIGHT_FD_DATASYNC;
    return any | (reads ? RIGHT_FD_READ : 0) | (writes ? writing : 0);
}

uint64_t ringfort_rights_stdio_directory(void)
{
    return RIGHT_FD_FILESTAT_GET;
}
