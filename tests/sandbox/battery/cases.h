/*
 * The battery: what a guest tries on paths, as a table that the guest and the host's tools share.
 *
 * An attempt is one operation (ops) on one form of path (forms.def), in a folder of its own:
 *
 *     ROOT/ID/above.txt, unlisted            canaries
 *     ROOT/ID/site/outside.txt, unlisted     canaries
 *     ROOT/ID/site/outside/                  secret.txt, unlisted: canaries
 *     ROOT/ID/site/box/                      f, source, d/f, d/e/: a preopen, descriptor 3
 *     ROOT/ID/site/second/                   the same, read-only: descriptor 4
 *     ROOT/out/FORM                          what the guests of a form wrote to stdout
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_BATTERY_CASES_H
#define RINGFORT_TESTS_BATTERY_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Operations, in the order of the columns of rules.def. `-nf` does not follow links. */
enum op {
    OP_READ,
    OP_READ_NF,
    OP_WRITE,
    OP_CREAT,
    OP_CREAT_NF,
    OP_EXCL,
    OP_TRUNC, /**< with the right to read alone */
    OP_DIR,
    OP_DIR_NF,
    OP_STAT,
    OP_STAT_NF,
    OP_TIMES,
    OP_TIMES_NF,
    OP_READLINK,
    OP_MKDIR,
    OP_RMDIR,
    OP_UNLINK,
    OP_SYMLINK,
    OP_RENAME_FROM, /**< to `target` in the box */
    OP_RENAME_TO,   /**< of `source` in the box */
    OP_LINK_FROM,
    OP_LINK_FROM_F, /**< asks for links to be followed */
    OP_LINK_TO,
    OP_COUNT,
};

/** What a form is, as far as the answers go: a row of rules.def. */
enum rule {
#define RULE(name, ...) RULE_##name,
#include "rules.def"
#undef RULE
    RULE_REFUSED, /**< the object is not made */
    RULE_COUNT,
};

enum maker { BY_HOST, BY_GUEST, BY_EITHER };

/** The descriptor that a path begins at. */
enum base { AT_BOX, AT_READ_ONLY, AT_OPENED, AT_STDOUT, AT_NOTHING, AT_HUGE };

struct form {
    const char *name;
    enum rule rule;
    enum maker maker;  /**< whose the first part of the steps is; BY_EITHER: once each */
    const char *steps; /**< see steps.h */
    enum base base;
    const char *path; /**< see forms.def for `@` and `~` */
    size_t path_length;
    const char *guest_name; /**< of the box */
    const char *given;      /**< what the guest is given instead of the box, or NULL */
};

struct attempt {
    const struct form *form;
    enum op op;
    bool by_guest;
};

enum { ID_MAX = 64 };

/** The first attempt has `form` NULL before; @return whether there is one more. */
bool attempt_next(struct attempt *attempt);
void attempt_id(const struct attempt *attempt, char out[ID_MAX]);
/** The id without the operation. */
void attempt_form(const struct attempt *attempt, char out[ID_MAX]);
bool attempt_find(const char *id, struct attempt *out);

enum dialect {
    DIALECT_STANDARD,
    DIALECT_NODE,
    /** The standard, behind the walls of --lockdown=auto, whichever there are: Landlock refuses a
     * new name (ACCES) for what is no file, directory or link. */
    DIALECT_LOCKDOWN,
};

/** The errno that the documents say, as a number of WASI's. */
uint32_t attempt_expects(const struct attempt *attempt, enum dialect dialect);

/** Whether this answer may be given in its place. */
bool attempt_accepts(const struct attempt *attempt, enum dialect dialect, uint32_t answer);

#endif
