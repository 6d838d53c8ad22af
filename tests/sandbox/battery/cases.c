/*
 * The battery's table, and what its attempts are called and are to be answered.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cases.h"

#include <string.h>

static const char *const op_names[OP_COUNT] = {
    [OP_READ] = "read",
    [OP_READ_NF] = "read-nf",
    [OP_WRITE] = "write",
    [OP_CREAT] = "creat",
    [OP_CREAT_NF] = "creat-nf",
    [OP_EXCL] = "excl",
    [OP_TRUNC] = "trunc",
    [OP_DIR] = "dir",
    [OP_DIR_NF] = "dir-nf",
    [OP_STAT] = "stat",
    [OP_STAT_NF] = "stat-nf",
    [OP_TIMES] = "times",
    [OP_TIMES_NF] = "times-nf",
    [OP_READLINK] = "readlink",
    [OP_MKDIR] = "mkdir",
    [OP_RMDIR] = "rmdir",
    [OP_UNLINK] = "unlink",
    [OP_SYMLINK] = "symlink",
    [OP_RENAME_FROM] = "rename-from",
    [OP_RENAME_TO] = "rename-to",
    [OP_LINK_FROM] = "link-from",
    [OP_LINK_FROM_F] = "link-from-f",
    [OP_LINK_TO] = "link-to",
};

/* ---- Forms ---- */

#define TIMES_4(text)  text text text text
#define TIMES_16(text) TIMES_4(TIMES_4(text))
#define SELF_20        TIMES_4("s/s/s/s/s/")
#define UP_20          TIMES_4("../../../../../")
#define A_256          TIMES_16("aaaaaaaaaaaaaaaa")

#define FORM(name, rule, maker, steps, base, path)                                                 \
    { name, RULE_##rule, maker, steps, base, path, sizeof(path) - 1, "box", NULL },
#define ROOT_FORM(name, rule, maker, steps, base, path)                                            \
    { name, RULE_##rule, maker, steps, base, path, sizeof(path) - 1, "/", NULL },
#define GIVEN_FORM(name, given) { name, RULE_REFUSED, BY_HOST, "", AT_BOX, ".", 1, "box", given },

static const struct form forms[] = {
#include "forms.def"
};

enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

/* ---- Attempts ---- */

bool attempt_next(struct attempt *attempt)
{
    if (attempt->form == NULL) {
        *attempt = (struct attempt){ .form = forms, .by_guest = forms[0].maker == BY_GUEST };
        return true;
    }
    if (attempt->form->rule != RULE_REFUSED && attempt->op + 1 < OP_COUNT) {
        attempt->op++;
        return true;
    }
    attempt->op = OP_READ;
    if (attempt->form->maker == BY_EITHER && !attempt->by_guest) {
        attempt->by_guest = true;
        return true;
    }
    attempt->form++;
    attempt->by_guest = attempt->form < forms + FORM_COUNT && attempt->form->maker == BY_GUEST;
    return attempt->form < forms + FORM_COUNT;
}

static void append(char out[ID_MAX], const char *text)
{
    const size_t used = strlen(out);
    const size_t length = strlen(text);
    const size_t kept = length < ID_MAX - used ? length : ID_MAX - 1 - used;
    memcpy(out + used, text, kept);
    out[used + kept] = '\0';
}

void attempt_form(const struct attempt *attempt, char out[ID_MAX])
{
    out[0] = '\0';
    append(out, attempt->form->name);
    if (attempt->form->maker == BY_EITHER) {
        append(out, attempt->by_guest ? ".guest" : ".host");
    }
}

void attempt_id(const struct attempt *attempt, char out[ID_MAX])
{
    attempt_form(attempt, out);
    append(out, ".");
    append(out, attempt->form->rule == RULE_REFUSED ? "start" : op_names[attempt->op]);
}

bool attempt_find(const char *id, struct attempt *out)
{
    *out = (struct attempt){ .form = NULL };
    while (attempt_next(out)) {
        char name[ID_MAX];
        attempt_id(out, name);
        if (strcmp(name, id) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Answers, with WASI's numbers ---- */

enum {
    OK = 0,
    ACC = 2,
    BAD = 8,
    BSY = 10,
    EXS = 20,
    SEQ = 25,
    INV = 28,
    ISD = 31,
    LOP = 32,
    LNG = 37,
    NOE = 44,
    NDR = 54,
    NEM = 55,
    NXI = 60,
    PRM = 63,
    ROF = 69,
    CAP = 76,
};

static const uint8_t answers[][OP_COUNT] = {
#define RULE(name, ...) [RULE_##name] = { __VA_ARGS__ },
#include "rules.def"
#undef RULE
};

static enum rule rule_in_node(enum rule rule)
{
#define RULE(name, ...)
#define IN_NODE(name, other)                                                                       \
    if (rule == RULE_##name) {                                                                     \
        return RULE_##other;                                                                       \
    }
#include "rules.def"
#undef IN_NODE
#undef RULE
    return rule;
}

uint32_t attempt_expects(const struct attempt *attempt, enum dialect dialect)
{
    const enum rule rule = attempt->form->rule;
    return answers[dialect == DIALECT_NODE ? rule_in_node(rule) : rule][attempt->op];
}

bool attempt_accepts(const struct attempt *attempt, enum dialect dialect, uint32_t answer)
{
    const enum rule rule = attempt->form->rule;
    return dialect == DIALECT_LOCKDOWN && (rule == RULE_FIFO || rule == RULE_NO_FILE) &&
           (attempt->op == OP_RENAME_FROM || attempt->op == OP_LINK_FROM) && answer == ACC;
}
