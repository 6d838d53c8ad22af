/*
 * The commands of ringfort: one row a command, from which dispatch, help and completion are
 * derived.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

/* Each command is a bit, so that a row of the option table can name all that take the option. */
enum command_bit {
    COMMAND_RUN = 1,
    COMMAND_COMPILE = 2,
    COMMAND_INSPECT = 4,
    COMMAND_COMPLETION = 8,
    COMMAND_HELP = 16,
    COMMAND_ALL =
        COMMAND_RUN | COMMAND_COMPILE | COMMAND_INSPECT | COMMAND_COMPLETION | COMMAND_HELP,
};

struct command {
    enum command_bit bit;
    const char *name;
    const char *arguments; /* what follows the options in its usage line */
    const char *summary;   /* half a line */
    const char *about;     /* what --help says after the options; may be "" */
    int (*main)(int argc, char **argv);
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *command_by_bit(enum command_bit bit);
const struct command *command_by_name(const char *name);

int run_main(int argc, char **argv);
int compile_main(int argc, char **argv);
int inspect_main(int argc, char **argv);
int completion_main(int argc, char **argv);
int help_main(int argc, char **argv);

#endif
