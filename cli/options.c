/*
 * The option table, its parser on getopt_long, and its help.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "options.h"

#include "say.h"
#include "status.h"
#include "text.h"
#include "version.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ANY_COMMAND        COMMAND_ALL
#define COMPILING_COMMANDS (COMMAND_RUN | COMMAND_COMPILE | COMMAND_INSPECT)

const struct option_row option_rows[] = {
    { OPTION_DIR, "dir", 0, ARGUMENT_REQUIRED, "HOST[::GUEST[::ro|rw]]",
      "give the guest the directory HOST, which it sees as GUEST (default: HOST as written)",
      COMMAND_RUN, COMPLETE_DIRECTORIES, NULL },
    { OPTION_RO, "ro", 0, ARGUMENT_REQUIRED, "HOST[::GUEST]",
      "the same, and nothing beneath it can be changed", COMMAND_RUN, COMPLETE_DIRECTORIES, NULL },
    { OPTION_ENV, "env", 0, ARGUMENT_REQUIRED, "NAME[=VALUE]",
      "set an environment variable; without a value, pass ringfort's own on", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_ENV_FILE, "env-file", 0, ARGUMENT_REQUIRED, "FILE",
      "set the variables that FILE lists, one NAME=VALUE or NAME a line, # for comments",
      COMMAND_RUN, COMPLETE_FILES, NULL },
    { OPTION_INHERIT_ENV, "inherit-env", 0, ARGUMENT_NONE, NULL,
      "pass on the whole environment of ringfort", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_ARGV0, "argv0", 0, ARGUMENT_REQUIRED, "NAME",
      "the guest's argument 0 (default: FILE without its folder)", COMMAND_RUN, COMPLETE_NOTHING,
      NULL },
    { OPTION_INVOKE, "invoke", 0, ARGUMENT_REQUIRED, "NAME",
      "call the exported function NAME with the arguments after FILE and print its results",
      COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_STDIN, "stdin", 0, ARGUMENT_REQUIRED, "inherit|null|FILE",
      "where the guest reads 0 (default: inherit)", COMMAND_RUN, COMPLETE_FILES, NULL },
    { OPTION_STDOUT, "stdout", 0, ARGUMENT_REQUIRED, "inherit|null|FILE",
      "where the guest writes 1 (default: inherit); FILE is created or emptied", COMMAND_RUN,
      COMPLETE_FILES, NULL },
    { OPTION_STDERR, "stderr", 0, ARGUMENT_REQUIRED, "inherit|null|FILE", "the same for 2",
      COMMAND_RUN, COMPLETE_FILES, NULL },
    { OPTION_LISTEN, "listen", 0, ARGUMENT_REQUIRED, "ADDR:PORT[::nonblock]",
      "give the guest a listening TCP socket, numbered after the directories", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_TIMEOUT, "timeout", 0, ARGUMENT_REQUIRED, "TIME",
      "end the run after TIME of wall clock (500ms, 2s, 1.5m, 1h): reading and compiling the "
      "module, the guest, and its blocked calls",
      COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_FUEL, "fuel", 0, ARGUMENT_REQUIRED, "N", "end the guest after about N instructions",
      COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_MEMORY, "max-memory", 0, ARGUMENT_REQUIRED, "SIZE",
      "the most memory that the guest may have, all threads together (256M, 2G; default 1G)",
      COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_OPEN_FILES, "max-open-files", 0, ARGUMENT_REQUIRED, "N",
      "the most descriptors that the guest may have open (default 256)", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_SUBSCRIPTIONS, "max-subscriptions", 0, ARGUMENT_REQUIRED, "N",
      "the most subscriptions of one poll (default 4096)", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_WRITE, "max-write", 0, ARGUMENT_REQUIRED, "SIZE",
      "the most bytes that the guest may write in all", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_FILE_SIZE, "max-file-size", 0, ARGUMENT_REQUIRED, "SIZE",
      "the size that the guest may let a file grow to", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_ENTRIES, "max-entries", 0, ARGUMENT_REQUIRED, "N",
      "the most files, directories and links that the guest may make", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_OUTPUT, "max-output", 0, ARGUMENT_REQUIRED, "SIZE",
      "the most bytes that the guest may write to stdout and stderr together", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_PATH, "max-path", 0, ARGUMENT_REQUIRED, "N",
      "the longest path that the guest may use, in bytes (default 4095)", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_STACK, "max-stack", 0, ARGUMENT_REQUIRED, "SIZE",
      "the stack of the guest, of each of its threads (64K to 1G; default 2M)", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_TABLE_ELEMENTS, "max-table-elements", 0, ARGUMENT_REQUIRED, "N",
      "the most elements that each of the guest's tables may have (default 1048576)", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_INSTANCES, "max-instances", 0, ARGUMENT_REQUIRED, "N",
      "the most instances that the guest may have (default 10000)", COMMAND_RUN, COMPLETE_NOTHING,
      NULL },
    { OPTION_MAX_MODULE_SIZE, "max-module-size", 0, ARGUMENT_REQUIRED, "SIZE",
      "the largest FILE that is read (default 512M)", COMPILING_COMMANDS, COMPLETE_NOTHING, NULL },
    { OPTION_MAX_COMPILE_MEMORY, "max-compile-memory", 0, ARGUMENT_REQUIRED, "SIZE",
      "the most memory that compiling the module may take (default 2G)", COMPILING_COMMANDS,
      COMPLETE_NOTHING, NULL },
    { OPTION_MAX_COMPILE_TIME, "max-compile-time", 0, ARGUMENT_REQUIRED, "TIME",
      "the most processor time that compiling the module may take (default 5m)", COMPILING_COMMANDS,
      COMPLETE_NOTHING, NULL },
    { OPTION_LOCKDOWN, "lockdown", 0, ARGUMENT_REQUIRED, "off|auto|strict",
      "walls around the whole process: those that the system has (auto, the default), or run only "
      "with Landlock and seccomp (strict)",
      COMMAND_RUN, COMPLETE_WORDS, "off auto strict" },
    { OPTION_PRINT_POLICY, "print-policy", 0, ARGUMENT_NONE, NULL,
      "print what the guest would be given, its limits and its walls, and run nothing", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_THREADS, "threads", 0, ARGUMENT_OPTIONAL, "N",
      "let the guest spawn threads, N at once (default 64)", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_TRACE, "trace", 0, ARGUMENT_OPTIONAL, "text|json",
      "write a line for each WASI call; json is the Chrome trace-event format", COMMAND_RUN,
      COMPLETE_WORDS, "text json" },
    { OPTION_TRACE_FILE, "trace-file", 0, ARGUMENT_REQUIRED, "FILE",
      "where the trace goes (default: stderr)", COMMAND_RUN, COMPLETE_FILES, NULL },
    { OPTION_ALLOW_PRECOMPILED, "allow-precompiled", 0, ARGUMENT_NONE, NULL,
      "accept a FILE made by `ringfort compile`; only for files that you trust", COMMAND_RUN,
      COMPLETE_NOTHING, NULL },
    { OPTION_ALLOW_SYSTEM_FILES, "allow-system-files", 0, ARGUMENT_NONE, NULL,
      "let directories lead to procfs, sysfs, devices and the like, which give the host away",
      COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_NO_CACHE, "no-cache", 0, ARGUMENT_NONE, NULL,
      "compile afresh, and keep nothing in the cache folder", COMMAND_RUN, COMPLETE_NOTHING, NULL },
    { OPTION_OUTPUT, "output", 'o', ARGUMENT_REQUIRED, "FILE", "where the compiled code goes",
      COMMAND_COMPILE, COMPLETE_FILES, NULL },
    { OPTION_INTERRUPTIBLE, "interruptible", 0, ARGUMENT_NONE, NULL,
      "make code that `run --timeout` can end (about 10 % slower)", COMMAND_COMPILE,
      COMPLETE_NOTHING, NULL },
    { OPTION_METERED, "metered", 0, ARGUMENT_NONE, NULL, "make code that `run --fuel` can count",
      COMMAND_COMPILE, COMPLETE_NOTHING, NULL },
    { OPTION_QUIET, "quiet", 'q', ARGUMENT_NONE, NULL, "say nothing but failures", ANY_COMMAND,
      COMPLETE_NOTHING, NULL },
    { OPTION_COLOR, "color", 0, ARGUMENT_REQUIRED, "auto|always|never",
      "colour in messages (default: auto)", ANY_COMMAND, COMPLETE_WORDS, "auto always never" },
    { OPTION_HELP, "help", 'h', ARGUMENT_NONE, NULL, "print this help", ANY_COMMAND,
      COMPLETE_NOTHING, NULL },
    { OPTION_VERSION, "version", 'V', ARGUMENT_NONE, NULL,
      "print the versions of ringfort and of its engine", ANY_COMMAND, COMPLETE_NOTHING, NULL },
};

const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

enum {
    ROWS = sizeof(option_rows) / sizeof(option_rows[0]),
    LETTERS_MAX = 2 + 3 * ROWS + 1,
};

static const struct option_row *row_by_id(int id)
{
    for (size_t i = 0; i < option_row_count; i++) {
        if ((int)option_rows[i].id == id ||
            (option_rows[i].letter != 0 && option_rows[i].letter == id)) {
            return &option_rows[i];
        }
    }
    return NULL;
}

const char *option_name(enum option_id id)
{
    return row_by_id((int)id)->name;
}

/* The rows of one command in the form that getopt_long takes. */
static void rows_for_getopt(const struct command *command, struct option *longs, char *letters)
{
    size_t used = 0;
    size_t count = 0;
    letters[used++] = '+'; /* options end at FILE: what follows belongs to the guest */
    letters[used++] = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if ((row->commands & command->bit) == 0) {
            continue;
        }
        longs[count++] = (struct option){ .name = row->name,
                                          .has_arg = (int)row->argument,
                                          .val = (int)row->id };
        if (row->letter != 0) {
            letters[used++] = row->letter;
            if (row->argument == ARGUMENT_REQUIRED) {
                letters[used++] = ':';
            }
        }
    }
    longs[count] = (struct option){ .name = NULL };
    letters[used] = '\0';
}

static const char *nearest_option(const struct command *command, const char *wanted)
{
    const char *nearest = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < option_row_count; i++) {
        const size_t d = edit_distance(wanted, option_rows[i].name);
        if ((option_rows[i].commands & command->bit) != 0 && d < distance) {
            distance = d;
            nearest = option_rows[i].name;
        }
    }
    return nearest != NULL && is_near(wanted, distance) ? nearest : NULL;
}

/* How other programs call what ours call otherwise. */
static const struct {
    const char *name;
    const char *meant;
} foreign_options[] = {
    { "mapdir", "--dir HOST::GUEST" },
    { "map-dir", "--dir HOST::GUEST" },
    { "volume", "--dir HOST::GUEST" },
    { "mount", "--dir HOST::GUEST" },
    { "bind", "--dir HOST::GUEST" },
    { "preopen", "--dir HOST::GUEST" },
    { "directory", "--dir HOST::GUEST" },
    { "read-only", "--ro HOST::GUEST" },
    { "readonly", "--ro HOST::GUEST" },
    { "ro-bind", "--ro HOST::GUEST" },
    { "environ", "--env NAME=VALUE" },
    { "setenv", "--env NAME=VALUE" },
    { "tcplisten", "--listen ADDR:PORT" },
    { "tcp-listen", "--listen ADDR:PORT" },
    { "addr", "--listen ADDR:PORT" },
    { "wasm-timeout", "--timeout TIME" },
    { "time-limit", "--timeout TIME" },
    { "max-memory-size", "--max-memory SIZE" },
    { "memory", "--max-memory SIZE" },
    { "memory-limit", "--max-memory SIZE" },
    { "entrypoint", "--invoke NAME" },
    { "disable-cache", "--no-cache" },
    { "wasi-threads", "--threads" },
    { "v", "--dir HOST::GUEST" },
    { "d", "--dir HOST::GUEST" },
    { "e", "--env NAME=VALUE" },
    { "m", "--max-memory SIZE" },
    { "t", "--timeout TIME" },
    { "i", "--invoke NAME" },
    { "S", "--inherit-env, --listen ADDR:PORT or --threads" },
    { "W", "--max-memory SIZE, --timeout TIME or --fuel N" },
    { "C", "--no-cache" },
};

static const char *foreign_option(const struct command *command, const char *wanted)
{
    for (size_t i = 0; i < sizeof(foreign_options) / sizeof(foreign_options[0]); i++) {
        if (command->bit == COMMAND_RUN && strcmp(foreign_options[i].name, wanted) == 0) {
            return foreign_options[i].meant;
        }
    }
    return NULL;
}

/* `given` is the option as the user wrote it, `name` the same without dashes. */
static int say_unknown(const struct command *command, const char *given, const char *name)
{
    const char *kind = given[1] == '-' ? "unknown or ambiguous" : "unknown";
    const char *foreign = foreign_option(command, name);
    const char *nearest =
        foreign == NULL && strlen(name) > 1 ? nearest_option(command, name) : NULL;
    if (foreign != NULL) {
        return fail(OPTION_BAD, "%s option %s; use %s", kind, given, foreign);
    }
    if (nearest != NULL) {
        return fail(OPTION_BAD, "%s option %s; did you mean --%s?", kind, given, nearest);
    }
    return fail(OPTION_BAD, "%s option %s; see `ringfort %s --help`", kind, given, command->name);
}

/* A word behind one dash, which getopt reads letter by letter. Who writes "-dir" wants "--dir". */
static int say_unknown_letter(const struct command *command, const char *word)
{
    FREED_TEXT char *name = must_copy(word + 1, strcspn(word + 1, "="));
    FREED_TEXT char *given = must_format("-%s", name);
    FREED_TEXT char *letter = must_format("-%c", optopt);
    FREED_TEXT char *letter_name = must_format("%c", optopt);
    const bool is_word = foreign_option(command, name) != NULL ||
                         (strlen(name) > 2 && nearest_option(command, name) != NULL);
    return is_word ? say_unknown(command, given, name) : say_unknown(command, letter, letter_name);
}

/* getopt leaves in optopt the letter, the id of a known long option that was misused, or 0. `word`
 * is the one that it was in. */
static int say_bad_option(const struct command *command, const char *word, bool lacks_argument)
{
    const struct option_row *row = row_by_id(optopt);
    if (row != NULL && lacks_argument) {
        return fail(OPTION_BAD, "--%s needs an argument: --%s %s", row->name, row->name,
                    row->argument_name);
    }
    if (row != NULL && optopt >= (int)OPTION_DIR) {
        return fail(OPTION_BAD, "--%s takes no argument", row->name);
    }
    if (optopt != 0 && optopt < (int)OPTION_DIR) {
        return say_unknown_letter(command, word);
    }
    FREED_TEXT char *name = must_copy(word + 2, strcspn(word + 2, "="));
    FREED_TEXT char *given = must_format("--%s", name);
    return say_unknown(command, given, name);
}

int option_next(const struct command *command, int argc, char **argv, const char **value, int *rest)
{
    struct option longs[ROWS + 1];
    char letters[LETTERS_MAX];
    rows_for_getopt(command, longs, letters);
    opterr = 0;
    const int at = optind > 0 ? optind : 1; /* getopt is begun anew with 0 */
    const int id = getopt_long(argc, argv, letters, longs, NULL);
    *value = optarg;
    *rest = optind;
    if (id == -1) {
        return OPTION_END;
    }
    if (id == '?' || id == ':') {
        return say_bad_option(command, argv[at], id == ':');
    }
    return (int)row_by_id(id)->id;
}

void option_skip_word(void)
{
    optind++;
}

static int set_color(const char *value)
{
    if (strcmp(value, "auto") == 0) {
        say_set_color(SAY_COLOR_AUTO);
    } else if (strcmp(value, "always") == 0) {
        say_set_color(SAY_COLOR_ALWAYS);
    } else if (strcmp(value, "never") == 0) {
        say_set_color(SAY_COLOR_NEVER);
    } else {
        return fail(STATUS_USAGE, "--color: \"%s\" is none of auto, always and never", value);
    }
    return -1;
}

int option_common(const struct command *command, int id, const char *value)
{
    switch (id) {
    case OPTION_BAD:
        return STATUS_USAGE;
    case OPTION_QUIET:
        say_set_quiet(true);
        return -1;
    case OPTION_COLOR:
        return set_color(value);
    case OPTION_VERSION:
        print_version();
        return STATUS_OK;
    case OPTION_HELP:
        option_print_help(command);
        return STATUS_OK;
    default:
        return fail(STATUS_USAGE, "`ringfort %s` does not take this option", command->name);
    }
}

enum {
    HELP_COLUMN = 32, /* where the help texts begin */
    HELP_WIDTH = 80,
};

/* Breaks a help text at blanks, so that it stays in its column. */
static void print_help_text(const char *text)
{
    const char *at = text;
    while (*at != '\0') {
        size_t length = strlen(at);
        if (length > HELP_WIDTH - HELP_COLUMN) {
            length = HELP_WIDTH - HELP_COLUMN;
            while (length > 0 && at[length] != ' ') {
                length--;
            }
            if (length == 0) {
                length = strcspn(at, " ");
            }
        }
        out("%.*s\n", (int)length, at);
        at += length;
        at += strspn(at, " ");
        if (*at != '\0') {
            out("%*s", HELP_COLUMN, "");
        }
    }
}

static void print_help_row(const struct option_row *row)
{
    FREED_TEXT char *argument = NULL;
    if (row->argument == ARGUMENT_REQUIRED) {
        argument = must_format(" %s", row->argument_name);
    } else if (row->argument == ARGUMENT_OPTIONAL) {
        argument = must_format("[=%s]", row->argument_name);
    } else {
        argument = must_copy("", 0);
    }
    char letter[] = { '-', row->letter, ',', ' ', '\0' };
    FREED_TEXT char *left =
        must_format("  %s--%s%s", row->letter != 0 ? letter : "    ", row->name, argument);
    if (strlen(left) + 2 <= HELP_COLUMN) {
        out("%-*s", HELP_COLUMN, left);
    } else {
        out("%s\n%*s", left, HELP_COLUMN, "");
    }
    print_help_text(row->help);
}

void option_print_help(const struct command *command)
{
    out("Usage: ringfort %s [options] %s\n\n%s.\n\nOptions:\n", command->name, command->arguments,
        command->summary);
    for (size_t i = 0; i < option_row_count; i++) {
        if ((option_rows[i].commands & command->bit) != 0) {
            print_help_row(&option_rows[i]);
        }
    }
    if (command->about[0] != '\0') {
        out("\n%s", command->about);
    }
}
