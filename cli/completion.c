/*
 * `ringfort completion`: scripts for bash, zsh and fish, made from the tables of commands and
 * options.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "options.h"
#include "say.h"
#include "status.h"

#include <stdbool.h>
#include <string.h>

enum { GO_ON = -1 };

static void print_option_words(const struct command *command)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if ((row->commands & command->bit) != 0) {
            out(" --%s", row->name);
            if (row->letter != 0) {
                out(" -%c", row->letter);
            }
        }
    }
}

/* ---- bash ---- */

static void print_bash_argument(const struct option_row *row)
{
    if (row->argument != ARGUMENT_REQUIRED) {
        return;
    }
    out("        --%s", row->name);
    if (row->letter != 0) {
        out("|-%c", row->letter);
    }
    switch (row->completion) {
    case COMPLETE_FILES:
        out(") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
        break;
    case COMPLETE_DIRECTORIES:
        out(") COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n");
        break;
    case COMPLETE_WORDS:
        out(") COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", row->words);
        break;
    case COMPLETE_NOTHING:
        out(") return ;;\n");
        break;
    }
}

static void print_bash(void)
{
    out("# bash completion for ringfort\n"
        "_ringfort()\n"
        "{\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options\n"
        "    COMPREPLY=()\n"
        "    compopt -o filenames 2>/dev/null\n"
        "    case $previous in\n");
    for (size_t i = 0; i < option_row_count; i++) {
        print_bash_argument(&option_rows[i]);
    }
    out("    esac\n"
        "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < command_count; i++) {
        out("        %s) options='", commands[i].name);
        print_option_words(&commands[i]);
        out("' ;;\n");
    }
    out("        *) options='");
    print_option_words(command_by_bit(COMMAND_RUN));
    out("' ;;\n"
        "    esac\n"
        "    if [[ $word == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "    elif [[ $COMP_CWORD -eq 1 ]]; then\n"
        "        COMPREPLY=($(compgen -W '");
    for (size_t i = 0; i < command_count; i++) {
        out("%s%s", i > 0 ? " " : "", commands[i].name);
    }
    out("' -- \"$word\") $(compgen -f -- \"$word\"))\n"
        "    elif [[ ${COMP_WORDS[1]} == completion ]]; then\n"
        "        COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\"))\n"
        "    else\n"
        "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
        "    fi\n"
        "}\n"
        "complete -F _ringfort ringfort\n");
}

/* ---- zsh ---- */

/* In _arguments, brackets and colons within a text are separators. */
static void print_zsh_text(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '[' || *at == ']' || *at == ':') {
            out("\\%c", *at);
        } else if (*at == '\'') {
            out("'\\''"); /* the text stands in single quotes */
        } else {
            out("%c", *at);
        }
    }
}

static const char *zsh_action(const struct option_row *row)
{
    switch (row->completion) {
    case COMPLETE_FILES:
        return "_files";
    case COMPLETE_DIRECTORIES:
        return "_files -/";
    case COMPLETE_WORDS:
        return row->words;
    case COMPLETE_NOTHING:
        break;
    }
    return " ";
}

static void print_zsh_option(const struct option_row *row)
{
    const bool has_words = row->completion == COMPLETE_WORDS;
    const bool is_joined = row->argument == ARGUMENT_OPTIONAL;
    out("        '*--%s%s[", row->name, is_joined ? "=-" : "");
    print_zsh_text(row->help);
    out("]");
    if (row->argument != ARGUMENT_NONE) {
        out("%s", is_joined ? "::" : ":");
        print_zsh_text(row->argument_name);
        out(":%s%s%s", has_words ? "(" : "", zsh_action(row), has_words ? ")" : "");
    }
    out("' \\\n");
}

static void print_zsh(void)
{
    out("#compdef ringfort\n"
        "_ringfort()\n"
        "{\n"
        "    local -a names\n"
        "    names=(");
    for (size_t i = 0; i < command_count; i++) {
        out("%s'%s:%s'", i > 0 ? " " : "", commands[i].name, commands[i].summary);
    }
    out(")\n"
        "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
        "        _describe command names\n"
        "        _files\n"
        "        return\n"
        "    fi\n"
        "    local command=run\n"
        "    case $words[2] in\n"
        "        run|compile|inspect|completion|help) command=$words[2]; shift words; (( CURRENT-- "
        ")) ;;\n"
        "    esac\n"
        "    case $command in\n");
    for (size_t i = 0; i < command_count; i++) {
        out("    %s) _arguments \\\n", commands[i].name);
        for (size_t j = 0; j < option_row_count; j++) {
            if ((option_rows[j].commands & commands[i].bit) != 0) {
                print_zsh_option(&option_rows[j]);
            }
        }
        if (commands[i].bit == COMMAND_COMPLETION) {
            out("        '1:shell:(bash zsh fish)' ;;\n");
        } else {
            out("        '*:file:_files' ;;\n");
        }
    }
    out("    esac\n"
        "}\n"
        "_ringfort \"$@\"\n");
}

/* ---- fish ---- */

/* In fish's single quotes, a quote and a backslash are escaped by a backslash. */
static void print_fish_text(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        out(*at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
    }
}

static void print_fish_option(const struct command *command, const struct option_row *row)
{
    if (command->bit == COMMAND_RUN) {
        out("complete -c ringfort -n 'not __fish_seen_subcommand_from compile inspect completion "
            "help'");
    } else {
        out("complete -c ringfort -n '__fish_seen_subcommand_from %s'", command->name);
    }
    out(" -l %s", row->name);
    if (row->letter != 0) {
        out(" -s %c", row->letter);
    }
    if (row->argument == ARGUMENT_REQUIRED) {
        out(" -r");
    }
    switch (row->completion) {
    case COMPLETE_FILES:
        out(" -F");
        break;
    case COMPLETE_DIRECTORIES:
        out(" -x -a '(__fish_complete_directories)'");
        break;
    case COMPLETE_WORDS:
        out(" -x -a '%s'", row->words);
        break;
    case COMPLETE_NOTHING:
        out("%s", row->argument == ARGUMENT_REQUIRED ? " -x" : "");
        break;
    }
    out(" -d '");
    print_fish_text(row->help);
    out("'\n");
}

static void print_fish(void)
{
    out("# fish completion for ringfort\n");
    for (size_t i = 0; i < command_count; i++) {
        out("complete -c ringfort -n __fish_use_subcommand -a %s -d '%s'\n", commands[i].name,
            commands[i].summary);
    }
    for (size_t i = 0; i < command_count; i++) {
        for (size_t j = 0; j < option_row_count; j++) {
            if ((option_rows[j].commands & commands[i].bit) != 0) {
                print_fish_option(&commands[i], &option_rows[j]);
            }
        }
    }
    out("complete -c ringfort -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'\n");
}

int completion_main(int argc, char **argv)
{
    const struct command *command = command_by_bit(COMMAND_COMPLETION);
    const char *value = NULL;
    int rest = 0;
    int id = 0;
    while ((id = option_next(command, argc, argv, &value, &rest)) != OPTION_END) {
        const int status = option_common(command, id, value);
        if (status != GO_ON) {
            return status;
        }
    }
    const char *shell = argc - rest == 1 ? argv[rest] : "";
    if (strcmp(shell, "bash") == 0) {
        print_bash();
    } else if (strcmp(shell, "zsh") == 0) {
        print_zsh();
    } else if (strcmp(shell, "fish") == 0) {
        print_fish();
    } else {
        return fail(STATUS_USAGE,
                    "completion: a shell is needed: ringfort completion bash|zsh|fish");
    }
    return STATUS_OK;
}
