/*
 * What the line of `ringfort run` asks for, once it is known to make sense.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "compile_limits.h"
#include "lockdown.h"
#include "text.h"
#include "trees.h"

#include <ringfort.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct directory_grant {
    char *host;
    char *guest;
    bool is_read_only;
    bool is_explicit;   /* the access was said in a third part */
    const char *option; /* "--dir" or "--ro" */
};

struct listener_grant {
    char *address;
    bool is_nonblocking; /* for the guest */
};

enum env_kind {
    ENV_SET,  /* NAME=VALUE, or NAME to pass on */
    ENV_FILE, /* a file of such lines */
};

struct env_grant {
    enum env_kind kind;
    const char *text; /* lent by argv */
};

enum trace_wanted {
    TRACE_NONE,
    TRACE_TEXT,
    TRACE_JSON,
};

struct run_options {
    struct directory_grant *directories;
    size_t directory_count;
    struct tree_set writable; /* filled by grants_find_trees */
    struct env_grant *env;    /* in the order of the line: a later one wins */
    size_t env_count;
    bool inherits_env;
    struct listener_grant *listeners;
    size_t listener_count;
    const char *stdio[3]; /* "inherit", "null" or a file */
    const char *argv0;    /* NULL: from the file */
    const char *invoke;   /* NULL: run _start */
    const char *timeout;  /* as written, for messages; NULL: none */
    uint64_t timeout_ns;
    struct compile_limits compile;
    bool is_metered;
    ringfort_config *config; /* owned; has the limits so far */
    unsigned max_threads;    /* 0: none */
    size_t max_stack;        /* of the guest, in bytes */
    const char *max_stack_text;
    enum trace_wanted trace;
    const char *trace_file; /* NULL: stderr */
    bool allows_precompiled;
    bool allows_system_files;
    bool uses_cache;
    enum lockdown_mode lockdown;
    bool prints_policy;
    const char *file;
    char **arguments; /* what follows FILE */
    size_t argument_count;
};

/* Fills `options`, which run_options_free frees in any case. Returns -1 to go on, or the status
 * to end with. */
int run_options_parse(struct run_options *options, int argc, char **argv);
void run_options_free(struct run_options *options);

#endif
