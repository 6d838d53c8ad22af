/*
 * Whether a module will run, and the command line for it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "outline.h"
#include "source.h"

struct verdict {
    bool will_run;
    char *text; /* the command line, or why it will not run */
};

/* Asks Wasmtime whether the module is valid. Returns -1, or the status to end with. */
int verdict_validate(const struct source *source);

/* Whether the imports can be had, which is known without compiling. Returns -1, also where the
 * module is not valid, or the status to end with. */
int verdict_check_imports(const struct source *source);

/* Judges a valid module; free it with verdict_free. */
void verdict_reach(struct verdict *verdict, const struct source *source,
                   const struct outline *outline);
void verdict_free(struct verdict *verdict);

#endif
