/*
 * Forks, compiles in the child, and takes the code through a pipe.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "compile_child.h"

#include "engine.h"
#include "engine_error.h"
#include "input.h"
#include "module.h"
#include "output_file.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GO_ON = -1, ROOM = 1 << 16 };

/* ---- The child ---- */

static int compile(const struct source *source, const struct cache *cache,
                   const struct artifact *artifact, int to)
{
    wasm_byte_vec_t code;
    wasmtime_module_t *module = NULL;
    const int result =
        module_compile(source, engine_new_for_compiling(artifact->settings), &module);
    if (result != GO_ON) {
        return result;
    }
    wasmtime_error_t *error = wasmtime_module_serialize(module, &code);
    if (error != NULL) {
        FREED_TEXT char *reason = engine_error_take(error);
        return fail(STATUS_REFUSED, "%s: its code cannot be passed on: %s", source->name, reason);
    }
    const struct output_part part = { .at = code.data, .length = code.size };
    const bool is_sent = output_write(to, &part, 1);
    cache_store(cache, &code, artifact);
    return is_sent ? STATUS_OK : fail(STATUS_REFUSED, "%s: its code was not taken", source->name);
}

/* Whether the parent is gone, and with it the other end of the pipe. getppid tells less: to the
 * first process of a PID namespace it says 0. */
static bool is_alone(int to)
{
    struct pollfd end = { .fd = to };
    return poll(&end, 1, 0) == 1;
}

/* ---- The parent ---- */

static int fork_failed(const struct source *source)
{
    return fail(STATUS_REFUSED, "%s: no process can be had to compile it in: %s", source->name,
                strerror(errno));
}

static int wait_for(pid_t child, const struct source *source)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return fork_failed(source);
        }
    }
    if (WIFSIGNALED(status)) {
        return fail(STATUS_REFUSED, "%s: compiling it was ended by signal %d (%s)", source->name,
                    WTERMSIG(status),
                    strsignal(WTERMSIG(status))); // NOLINT(concurrency-mt-unsafe)
    }
    return WEXITSTATUS(status) == STATUS_OK ? GO_ON : WEXITSTATUS(status);
}

int compile_in_child(const struct source *source, const struct cache *cache,
                     const struct artifact *artifact, struct code *code)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fork_failed(source);
    }
    (void)signal(SIGCHLD, SIG_DFL); /* a caller may have it ignored; then there is no status */
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would have its code */
        _exit(is_alone(ends[1]) ? STATUS_REFUSED : compile(source, cache, artifact, ends[1]));
    }
    (void)close(ends[1]);
    const int error = child > 0 ? input_read_all(ends[0], ROOM, &code->bytes, &code->length) : 0;
    (void)close(ends[0]);
    if (child < 0) {
        return fork_failed(source);
    }
    const int result = wait_for(child, source);
    if (result == GO_ON && error != 0) {
        return fail(STATUS_REFUSED, "%s: its code cannot be read: %s", source->name,
                    strerror(error));
    }
    return result;
}
