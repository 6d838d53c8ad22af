/*
 * Finds out which limit ended a compiler process.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_end.h"

#include "say.h"
#include "status.h"
#include "text.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { GO_ON = -1 };

static const uint64_t second_ns = 1000000000;

/* ---- Memory ---- */

/* Returns the least of the caller's own limits on memory. */
static uint64_t limit_of_caller(void)
{
    static const __rlimit_resource_t resources[] = { RLIMIT_AS, RLIMIT_DATA };
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        struct rlimit limit;
        if (getrlimit(resources[i], &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
            limit.rlim_cur < least) {
            least = limit.rlim_cur;
        }
    }
    return least;
}

static int say_memory(const struct compile_work *work)
{
    char size[SIZE_TEXT_MAX];
    const uint64_t caller = limit_of_caller();
    if (caller < work->limits->memory) {
        return fail(STATUS_REFUSED,
                    "%s: %s it needs more memory than the %s that this process may have (ulimit -v "
                    "or -d); raise that limit",
                    work->file, work->doing, size_text(caller, size));
    }
    return fail(STATUS_REFUSED,
                "%s: %s it needs more than %s of memory (--max-compile-memory); raise the limit if "
                "you trust the module",
                work->file, work->doing, size_text(work->limits->memory, size));
}

/* What Rust says before it aborts, and what the command says itself. */
static bool is_about_memory(const struct compile_end *end)
{
    static const char own[] = "ringfort: out of memory\n";
    if (end->messages == NULL) {
        return false;
    }
    if (WIFEXITED(end->status)) {
        return strcmp(end->messages, own) == 0;
    }
    return strstr(end->messages, "memory allocation of ") != NULL ||
           strstr(end->messages, "Cannot allocate memory") != NULL ||
           strstr(end->messages, "Resource temporarily unavailable") !=
               NULL; /* no thread's stack */
}

/* ---- Signals ---- */

static int say_time(const struct compile_work *work)
{
    return fail(STATUS_REFUSED,
                "%s: %s it needs more than %s of processor time (--max-compile-time); raise the "
                "limit if you trust the module",
                work->file, work->doing, work->limits->time);
}

/* Returns whether the caller's own limit on processor time was reached. Where its soft and its hard
 * limit are one, the kernel sends SIGKILL. */
static bool is_time_of_caller(const struct compile_end *end)
{
    struct rlimit limit;
    return WTERMSIG(end->status) == SIGXCPU ||
           (WTERMSIG(end->status) == SIGKILL && getrlimit(RLIMIT_CPU, &limit) == 0 &&
            limit.rlim_cur != RLIM_INFINITY &&
            end->time_ns + second_ns / 4 >= limit.rlim_cur * second_ns);
}

static int say_signal(const struct compile_work *work, const struct compile_end *end)
{
    const int number = WTERMSIG(end->status);
    /* SIGPROF is of the timer; the kernel's limit behind it ends the process by another signal. */
    if (number == SIGPROF || end->time_ns >= work->limits->time_ns) {
        return say_time(work);
    }
    if (is_about_memory(end)) {
        return say_memory(work);
    }
    if (is_time_of_caller(end)) {
        return fail(STATUS_REFUSED,
                    "%s: %s it needs more processor time than this process may have (ulimit -t); "
                    "raise that limit",
                    work->file, work->doing);
    }
    if (number == SIGKILL) {
        return fail(STATUS_REFUSED,
                    "%s: %s it was ended from outside (SIGKILL), perhaps because the system has no "
                    "memory left; lower --max-compile-memory, or use a larger machine",
                    work->file, work->doing);
    }
    if (number == SIGSYS) {
        return fail(
            STATUS_REFUSED,
            "%s: %s it was ended (SIGSYS) after a system call that compiling does not need; "
            "do not trust the module, and report it",
            work->file, work->doing);
    }
    return fail(STATUS_REFUSED, "%s: %s it crashed by signal %d (%s); report it with the module",
                work->file, work->doing, number,
                strsignal(number)); // NOLINT(concurrency-mt-unsafe)
}

/* ---- All ends ---- */

static int say_cause(const struct compile_work *work, enum compile_cause cause)
{
    char size[SIZE_TEXT_MAX];
    if (cause == CAUSE_TIMEOUT) {
        return compile_limits_say_timeout(work->limits, work->file, work->doing);
    }
    if (cause == CAUSE_WALL) {
        return fail(STATUS_REFUSED,
                    "%s: %s it did not end within ten times %s, nor within ten seconds "
                    "(--max-compile-time); raise the limit if the machine is busy",
                    work->file, work->doing, work->limits->time);
    }
    return fail(STATUS_REFUSED,
                "%s: %s it makes more than %s %s; raise the limit if you trust the module",
                work->file, work->doing, size_text(work->made_max, size), work->made_limit);
}

/* Says what the process said, without its prefix. */
static int say_again(const struct compile_end *end)
{
    static const char prefix[] = "ringfort: ";
    const size_t prefix_length = sizeof(prefix) - 1;
    const char *text = end->messages != NULL ? end->messages : "the compiler process failed";
    if (strncmp(text, prefix, prefix_length) == 0) {
        text += prefix_length;
    }
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    return fail_lines(WEXITSTATUS(end->status), "%.*s", (int)length, text);
}

int compile_end_say(const struct compile_work *work, const struct compile_end *end)
{
    if (end->cause != CAUSE_NONE) {
        return say_cause(work, end->cause);
    }
    if (WIFSIGNALED(end->status)) {
        return say_signal(work, end);
    }
    if (is_about_memory(end)) {
        return say_memory(work);
    }
    const int status = WEXITSTATUS(end->status);
    if (work->prints) {
        if (end->messages != NULL) {
            (void)say_again(end);
        }
        return status;
    }
    return status == STATUS_OK ? GO_ON : say_again(end);
}
