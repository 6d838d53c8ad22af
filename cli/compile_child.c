/*
 * Forks, works in the child, and takes what it makes through a pipe.
 *
 * The child writes the length of what it made, then the bytes. A second pipe is its stderr: the
 * parent says again what came there, so that only the parent decides what reaches a terminal.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_child.h"

#include "compile_walls.h"
#include "compile_watch.h"
#include "output_file.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GO_ON = -1 };

/* The compiler needs more than some callers' `ulimit -s`, and is not to have what others give. */
static const size_t stack_size = 8U << 20;

/* ---- The child ---- */

struct task {
    const struct compile_work *work;
    int status;
};

static int hand_over(const struct code *made)
{
    const uint64_t length = made->length;
    const struct output_part parts[] = {
        { .at = &length, .length = sizeof(length) },
        { .at = made->bytes, .length = made->length },
    };
    /* The parent has said why it takes no more. */
    return output_write(STDOUT_FILENO, parts, 2) ? STATUS_OK : STATUS_REFUSED;
}

static void *do_task(void *data)
{
    struct task *task = data;
    struct code made = { .bytes = NULL };
    task->status = task->work->run(task->work->data, &made);
    if (task->work->prints) {
        task->status = say_close_stdout(task->status);
    } else if (task->status == GO_ON) {
        task->status = hand_over(&made);
    }
    return NULL;
}

static int do_task_on_large_stack(struct task *task)
{
    pthread_t thread;
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, stack_size);
    if (pthread_create(&thread, &attributes, do_task, task) != 0) {
        return say_out_of_memory();
    }
    (void)pthread_join(thread, NULL);
    return task->status;
}

/* Returns whether the parent is gone, and with it the other end of the pipe. getppid tells less: to
 * the first process of a PID namespace it says 0. */
static bool is_alone(int pipe)
{
    struct pollfd end = { .fd = pipe };
    return poll(&end, 1, 0) == 1;
}

static _Noreturn void be_child(const struct compile_work *work, int made, int messages)
{
    struct task task = { .work = work };
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would have what it makes */
    if (is_alone(messages) || dup2(messages, STDERR_FILENO) < 0 ||
        (!work->prints && dup2(made, STDOUT_FILENO) < 0)) {
        _exit(STATUS_REFUSED);
    }
    say_set_color(SAY_COLOR_NEVER);
    compile_close_files();
    int status = compile_limit_process(work->limits);
    if (status == GO_ON) {
        status = compile_raise_walls(work->limits);
    }
    _exit(status == GO_ON ? do_task_on_large_stack(&task) : status);
}

/* ---- The parent ---- */

static int start_failed(const struct compile_work *work)
{
    return fail(STATUS_REFUSED, "%s: cannot start the compiler process: %s", work->file,
                strerror(errno));
}

static void close_both(const int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Returns whether children will be in another PID namespace, as after `unshare --pid`. One that has
 * no process yet is not shown. */
static bool children_live_elsewhere(void)
{
    struct stat own;
    struct stat of_children;
    return stat("/proc/self/ns/pid", &own) == 0 &&
           (stat("/proc/self/ns/pid_for_children", &of_children) != 0 ||
            own.st_ino != of_children.st_ino);
}

/* Stays until the other end of the pipe is closed, be it by the end of the parent. A signal for
 * that (PR_SET_PDEATHSIG) would not come: behind Landlock the parent sends none to processes
 * outside. */
static _Noreturn void hold(const int ends[2])
{
    char byte = 0;
    (void)close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
    }
    _exit(STATUS_OK);
}

void compile_hold_namespace(void)
{
    static bool is_held = false;
    int ends[2];
    if (is_held || !children_live_elsewhere() || pipe2(ends, O_CLOEXEC) != 0) {
        return; /* starting the next process says what is wrong */
    }
    if (fork() == 0) {
        hold(ends);
    }
    (void)close(ends[0]);
    is_held = true; /* and the other end stays open */
}

int compile_in_child(const struct compile_work *work, struct code *made)
{
    int result[2];
    int messages[2];
    if (pipe2(result, O_CLOEXEC) != 0) {
        return start_failed(work);
    }
    if (pipe2(messages, O_CLOEXEC) != 0) {
        const int status = start_failed(work);
        close_both(result);
        return status;
    }
    (void)signal(SIGCHLD, SIG_DFL); /* a caller may have it ignored; then there is no status */
    const pid_t child = fork();
    if (child == 0) {
        (void)close(messages[0]);
        be_child(work, result[1], messages[1]);
    }
    const int status = child < 0 ? start_failed(work) : GO_ON;
    (void)close(result[1]);
    (void)close(messages[1]);
    if (status != GO_ON) {
        (void)close(result[0]);
        (void)close(messages[0]);
        return status;
    }
    return compile_watch(work, child, result[0], messages[0], made);
}
