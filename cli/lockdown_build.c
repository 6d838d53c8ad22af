/*
 * What the sanitizers need of the lockdown: a few calls more, and not to look for leaks behind it.
 *
 * The search for leaks at the end stops the process from another one, which the walls forbid. So a
 * sanitized command stays out of them unless it is told, and then it searches for no leaks.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include "sanitized.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifdef IS_SANITIZED
static bool is_locked_down;

const int wall_calls_of_build[] = { SYS_readlink, SYS_getcwd, SYS_getuid, -1 };

enum lockdown_mode lockdown_default(void)
{
    return LOCKDOWN_OFF;
}

void wall_tell_build(void)
{
    is_locked_down = true;
}

/* The sanitizer maps terabytes for notes of its own. */
int wall_limit_memory(uint64_t bytes)
{
    (void)bytes;
    return 0;
}

/* Asked by the sanitizer before it looks for leaks. */
int __lsan_is_turned_off(void); // NOLINT(bugprone-reserved-identifier)
int __lsan_is_turned_off(void)  // NOLINT(bugprone-reserved-identifier)
{
    return is_locked_down;
}
#else
const int wall_calls_of_build[] = { -1 };

enum lockdown_mode lockdown_default(void)
{
    return LOCKDOWN_AUTO;
}

void wall_tell_build(void)
{
}

/* What is reserved but cannot be written does not count, so that the many processors of a machine,
 * each with a heap of its own, make no difference. */
int wall_limit_memory(uint64_t bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) {
        return errno;
    }
    limit.rlim_cur = limit.rlim_cur < bytes ? limit.rlim_cur : bytes;
    limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
}
#endif
