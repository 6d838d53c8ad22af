/* A child that does what could end it, and tells how far it came.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TESTS_LOCKDOWN_CHILD_H
#define TESTS_LOCKDOWN_CHILD_H

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What child_run gives where SIGSYS ended the child; no errno. */
enum { CHILD_KILLED = -1000 };

static int child_pipe[2];

/* Tells a result as more than an exit status can. */
static inline void child_tell(long result)
{
    (void)!write(child_pipe[1], &result, sizeof(result));
}

/* Runs `act` in a child; what it told, or CHILD_KILLED. */
static inline long child_run(void (*act)(const void *), const void *data)
{
    long result = 0;
    int status = 0;
    assert_int_equal(pipe2(child_pipe, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
        act(data);
        _exit(0);
    }
    (void)close(child_pipe[1]);
    const ssize_t n = read(child_pipe[0], &result, sizeof(result));
    (void)close(child_pipe[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
        return CHILD_KILLED;
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(n, sizeof(result));
    return result;
}

#endif
