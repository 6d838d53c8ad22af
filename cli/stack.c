/*
 * Changes from one stack to another and back, on one thread: the walls of the lockdown are put up
 * for a thread, and a user namespace is entered by processes that have only one.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "stack.h"

#include "sanitized.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static const size_t thread_stack = 1U << 20;

#ifdef IS_SANITIZED
/* It warns of every change of stacks, on stderr: so a sanitized command keeps the one it has. */
int stack_run(size_t size, void (*function)(void *data), void *data)
{
    (void)size;
    function(data);
    return 0;
}
#else
struct call {
    void (*function)(void *data);
    void *data;
};

/* For begin alone, to which makecontext can hand no pointer. */
static struct call to_begin;

static void begin(void)
{
    const struct call call = to_begin;
    call.function(call.data);
}

int stack_run(size_t size, void (*function)(void *data), void *data)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t length = size + page;
    char *stack = mmap(NULL, length, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        return errno;
    }
    ucontext_t here;
    ucontext_t there;
    int error = mprotect(stack, page, PROT_NONE) == 0 && getcontext(&there) == 0 ? 0 : errno;
    if (error == 0) {
        there.uc_stack.ss_sp = stack;
        there.uc_stack.ss_size = length;
        there.uc_link = &here;
        makecontext(&there, begin, 0);
        to_begin = (struct call){ .function = function, .data = data };
        error = swapcontext(&here, &there) == 0 ? 0 : errno;
    }
    (void)munmap(stack, length);
    return error;
}
#endif

void stack_prepare_threads(void)
{
    pthread_attr_t attributes;
    size_t size = 0;
    if (pthread_getattr_default_np(&attributes) != 0) {
        return;
    }
    if (pthread_attr_getstacksize(&attributes, &size) == 0 && size < thread_stack &&
        pthread_attr_setstacksize(&attributes, thread_stack) == 0) {
        (void)pthread_setattr_default_np(&attributes);
    }
    (void)pthread_attr_destroy(&attributes);
}
