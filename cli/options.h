/*
 * The options of all commands, in one table: parsing, --help and shell completion are derived
 * from it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

#include <stddef.h>

enum option_id {
    OPTION_END = -1,
    OPTION_BAD = 0,   /* a message was said already */
    OPTION_DIR = 256, /* above every character, so that ids and letters cannot meet */
    OPTION_RO,
    OPTION_ENV,
    OPTION_ENV_FILE,
    OPTION_INHERIT_ENV,
    OPTION_ARGV0,
    OPTION_INVOKE,
    OPTION_STDIN,
    OPTION_STDOUT,
    OPTION_STDERR,
    OPTION_LISTEN,
    OPTION_TIMEOUT,
    OPTION_FUEL,
    OPTION_MAX_MEMORY,
    OPTION_MAX_TABLE_ELEMENTS,
    OPTION_MAX_INSTANCES,
    OPTION_MAX_OPEN_FILES,
    OPTION_MAX_SUBSCRIPTIONS,
    OPTION_MAX_WRITE,
    OPTION_MAX_FILE_SIZE,
    OPTION_MAX_ENTRIES,
    OPTION_MAX_OUTPUT,
    OPTION_MAX_PATH,
    OPTION_MAX_STACK,
    OPTION_MAX_MODULE_SIZE,
    OPTION_MAX_COMPILE_MEMORY,
    OPTION_MAX_COMPILE_TIME,
    OPTION_TRACE,
    OPTION_TRACE_FILE,
    OPTION_THREADS,
    OPTION_LOCKDOWN,
    OPTION_PRINT_POLICY,
    OPTION_ALLOW_PRECOMPILED,
    OPTION_ALLOW_SYSTEM_FILES,
    OPTION_NO_CACHE,
    OPTION_OUTPUT,
    OPTION_INTERRUPTIBLE,
    OPTION_METERED,
    OPTION_QUIET,
    OPTION_COLOR,
    OPTION_HELP,
    OPTION_VERSION,
};

enum option_argument {
    ARGUMENT_NONE,
    ARGUMENT_REQUIRED,
    ARGUMENT_OPTIONAL, /* --name=VALUE only */
};

/* What a shell may offer for an option's argument. */
enum option_completion {
    COMPLETE_NOTHING,
    COMPLETE_FILES,
    COMPLETE_DIRECTORIES,
    COMPLETE_WORDS, /* the row's `words` */
};

struct option_row {
    enum option_id id;
    const char *name;
    char letter; /* 0 for none */
    enum option_argument argument;
    const char *argument_name;
    const char *help;
    unsigned commands;
    enum option_completion completion;
    const char *words; /* separated by blanks */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* The name of an option, without its dashes; lent for ever. */
const char *option_name(enum option_id id);

/*
 * Takes the next option of a command's line. Options end at the first word that is none, or after
 * `--`. Returns its id with *value set to its argument or NULL; OPTION_END with *rest set to the
 * index of the first word that is left; OPTION_BAD after saying what is wrong.
 */
int option_next(const struct command *command, int argc, char **argv, const char **value,
                int *rest);

/* Steps over the word that option_next stopped at, for commands whose options may follow their
 * FILE. */
void option_skip_word(void);

/* Deals with the options that every command has. Returns -1 to go on, or the status to end with. */
int option_common(const struct command *command, int id, const char *value);

/* Prints what `ringfort COMMAND --help` says. */
void option_print_help(const struct command *command);

#endif
