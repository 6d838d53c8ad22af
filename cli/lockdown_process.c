/*
 * The walls that a process puts around itself: capabilities, descriptors, resources.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SETS = _LINUX_CAPABILITY_U32S_3, SET_BITS = 32 };

/* ---- Capabilities ---- */

/* What decides which files a guest can use, and how: so root's guests find what they found.
 * CAP_FSETID is none of them: without it a write takes the set-user-ID bit away, so a file that is
 * created with that bit stays empty or loses it. No filter sees the mode that openat2 creates
 * with. */
static const uint64_t over_files = 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_DAC_READ_SEARCH |
                                   1ULL << CAP_FOWNER | 1ULL << CAP_SYS_RESOURCE;

uint64_t wall_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[SETS] = { 0 };
    if (syscall(SYS_capget, &header, sets) != 0) {
        return 0;
    }
    return sets[0].effective | (uint64_t)sets[1].effective << SET_BITS;
}

uint64_t wall_over_files(uint64_t capabilities)
{
    return capabilities & over_files;
}

static int set_capabilities(uint64_t kept)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    const struct __user_cap_data_struct sets[SETS] = {
        { .effective = (uint32_t)kept, .permitted = (uint32_t)kept },
        { .effective = (uint32_t)(kept >> SET_BITS), .permitted = (uint32_t)(kept >> SET_BITS) },
    };
    return (int)syscall(SYS_capset, &header, sets);
}

void wall_keep_mounting_only(void)
{
    (void)set_capabilities(1ULL << CAP_SYS_ADMIN); /* fewer are always granted */
}

void wall_drop_privileges(struct wall_report *report, uint64_t old_capabilities)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        wall_missing(report, "privileges cannot be ruled out", errno);
    } else if (set_capabilities(wall_over_files(old_capabilities)) != 0) {
        wall_missing(report, "capabilities cannot be given up", errno);
    } else {
        wall_stands(report, "");
    }
}

/* ---- Descriptors ---- */

/* What a program inherited has no FD_CLOEXEC, or it would not have inherited it; all that is
 * opened here has it. */
static bool is_inherited(int fd)
{
    const int flags = fcntl(fd, F_GETFD);
    return fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

void wall_close_inherited(struct wall_report *report)
{
    DIR *stream = opendir("/proc/self/fd");
    if (stream == NULL) {
        wall_missing(report, "/proc/self/fd", errno);
        return;
    }
    for (const struct dirent *item = readdir(stream); item != NULL;
         item = readdir(stream)) {                          // NOLINT(concurrency-mt-unsafe)
        const int fd = (int)strtol(item->d_name, NULL, 10); /* `.` and `..` give 0, which stays */
        if (is_inherited(fd)) {
            (void)close(fd);
        }
    }
    (void)closedir(stream);
    wall_stands(report, "");
}

/* ---- Resources ---- */

void wall_limit_resources(struct wall_report *report, bool has_threads)
{
    const struct rlimit none = { 0, 0 };
    /* The kernel counts all processes of the user, so there is no number that fits threads;
     * seccomp tells them from processes. */
    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        (!has_threads && setrlimit(RLIMIT_NPROC, &none) != 0)) {
        wall_missing(report, "resources cannot be limited", errno);
        return;
    }
    wall_stands(report, "");
}
