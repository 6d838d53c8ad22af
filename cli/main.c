/*
 * The command `ringfort`: its table of commands, and the way to one of them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "command.h"
#include "options.h"
#include "say.h"
#include "stack.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char about_run[] =
    "FILE is a WebAssembly module, binary or text (.wat), that imports\n"
    "wasi_snapshot_preview1 or wasi_unstable; `-` reads it from stdin. The guest gets\n"
    "stdin, stdout and stderr, and nothing else that is not given here.\n"
    "\n"
    "Exit status: the guest's (its low 8 bits); 134 after a trap, 124 after --timeout\n"
    "or --fuel, 125 where ringfort refuses, 126 if FILE is not WebAssembly, 127 if\n"
    "there is no FILE, 2 if the command line is wrong.\n"
    "\n"
    "  ringfort run --ro . --dir /tmp/out::/out program.wasm --its --arguments\n";

static const char about_compile[] =
    "The result runs on this kind of processor and this version of ringfort, with\n"
    "`ringfort run --allow-precompiled`. `ringfort run` keeps a cache of compiled code\n"
    "by itself; this command is for files that are compiled once and shipped.\n";

static const char about_inspect[] =
    "Prints the WASI version and functions that FILE wants, its memory, its exports,\n"
    "and the command line that runs it. Exit status: 0 if it can run, 125 if not.\n";

static const char about_completion[] =
    "Prints a script for the shell:\n"
    "  bash:  ringfort completion bash > ~/.local/share/bash-completion/completions/ringfort\n"
    "  zsh:   ringfort completion zsh > \"${fpath[1]}/_ringfort\"\n"
    "  fish:  ringfort completion fish > ~/.config/fish/completions/ringfort.fish\n";

const struct command commands[] = {
    { COMMAND_RUN, "run", "FILE|- [arguments...]", "Run a WASI program", about_run, run_main },
    { COMMAND_COMPILE, "compile", "FILE -o FILE", "Compile a module ahead of time", about_compile,
      compile_main },
    { COMMAND_INSPECT, "inspect", "FILE|-", "Say what a module needs, and whether it will run",
      about_inspect, inspect_main },
    { COMMAND_COMPLETION, "completion", "bash|zsh|fish", "Print a completion script for a shell",
      about_completion, completion_main },
    { COMMAND_HELP, "help", "[COMMAND]", "Print help for a command", "", help_main },
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *command_by_bit(enum command_bit bit)
{
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i].bit == bit) {
            return &commands[i];
        }
    }
    return NULL;
}

const struct command *command_by_name(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void print_overview(void)
{
    out("Usage: ringfort COMMAND [options] ...\n"
        "       ringfort [options of run] FILE [arguments...]\n"
        "\n"
        "Runs WASI programs in a sandbox: they see their standard streams, and what the\n"
        "command line gives them.\n"
        "\n"
        "Commands:\n");
    for (size_t i = 0; i < command_count; i++) {
        out("  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    out("\n`ringfort COMMAND --help` lists a command's options; ringfort(1) is the manual.\n");
}

int help_main(int argc, char **argv)
{
    const struct command *self = command_by_bit(COMMAND_HELP);
    const char *value = NULL;
    int rest = 0;
    int id = 0;
    while ((id = option_next(self, argc, argv, &value, &rest)) != OPTION_END) {
        const int status = option_common(self, id, value);
        if (status >= 0) {
            return status;
        }
    }
    if (rest == argc) {
        print_overview();
        return STATUS_OK;
    }
    const struct command *command = command_by_name(argv[rest]);
    if (command == NULL) {
        return fail(STATUS_USAGE, "help: there is no command \"%s\"; see `ringfort --help`",
                    argv[rest]);
    }
    option_print_help(command);
    return STATUS_OK;
}

/* A closed 0, 1 or 2 would be taken by the first file opened, and then shown to the guest as
 * its stdio. */
static bool fill_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", O_RDWR) != fd) { // NOLINT(android-cloexec-open)
            return false;
        }
    }
    return true;
}

static void end_by_signal(int signal)
{
    _exit(STATUS_OF_SIGNAL + signal);
}

/* For the first process of a PID namespace, as in a container, the kernel does nothing on a signal
 * without a handler: not even an end. A shell that starts it in the background has it ignore
 * SIGINT. */
static void end_by_signals_as_first_process(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    const struct sigaction ends = { .sa_handler = end_by_signal };
    if (getpid() != 1) {
        return;
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)sigaction(signals[i], &ends, NULL);
    }
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        return fail(STATUS_USAGE, "a FILE or a command is missing; see `ringfort --help`");
    }
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        print_overview();
        return STATUS_OK;
    }
    const struct command *command = command_by_name(first);
    if (command != NULL) {
        return command->main(argc - 1, argv + 1);
    }
    return run_main(argc, argv); /* `ringfort FILE` is `ringfort run FILE` */
}

struct dispatch {
    int argc;
    char **argv;
    int status;
};

static void dispatch_on_stack(void *data)
{
    struct dispatch *line = data;
    line->status = dispatch(line->argc, line->argv);
}

/* Where there is no memory for a stack of its own, the one that is there has to do. */
static int dispatch_with_room(int argc, char **argv)
{
    struct dispatch line = { .argc = argc, .argv = argv };
    stack_prepare_threads();
    if (stack_run(STACK_HOST, dispatch_on_stack, &line) != 0) {
        dispatch_on_stack(&line);
    }
    return line.status;
}

int main(int argc, char **argv)
{
    if (!fill_standard_streams()) {
        return STATUS_REFUSED; /* and there is no stream to say it on */
    }
    /* The guest learns of a closed pipe by PIPE, as a program that ignores the signal does. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* and of `ulimit -f` by FBIG */
    end_by_signals_as_first_process();
    return say_close_stdout(dispatch_with_room(argc, argv));
}
