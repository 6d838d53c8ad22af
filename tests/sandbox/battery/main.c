/*
 * battery [--as-nobody] prepare ROOT         makes the folder of every attempt in ROOT
 * battery [--as-nobody] list ROOT            a line for each: form, id, guest name and host path of
 *                                            the box, host path of the read-only preopen
 * battery [--as-nobody] check ROOT [DIALECT] a line for what became of each, and a sum; 1 where one
 *                                            did not hold
 *
 * What runs the guest in between is a face: api.c, command.c, tests/node/battery.test.mjs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "tree.h"
#include "user.h"
#include "verdict.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { USAGE = 2, CANNOT = 125 };

static const char state_file[] = "state";

/* ---- Prepare ---- */

static int prepare(void)
{
    (void)umask(022);
    if (mkdir("out", 0777) != 0) {
        err(CANNOT, "out");
    }
    FILE *const state = fopen(state_file, "wbx");
    if (state == NULL) {
        err(CANNOT, "%s", state_file);
    }
    struct attempt attempt = { .form = NULL };
    while (attempt_next(&attempt)) {
        char id[ID_MAX];
        struct canaries canaries;
        attempt_id(&attempt, id);
        tree_make(&attempt);
        tree_look(id, &canaries);
        if (fwrite(&canaries, sizeof canaries, 1, state) != 1) {
            err(CANNOT, "%s", state_file);
        }
    }
    if (fclose(state) != 0) {
        err(CANNOT, "%s", state_file);
    }
    return 0;
}

/* ---- List ---- */

static int list(void)
{
    struct attempt attempt = { .form = NULL };
    while (attempt_next(&attempt)) {
        char form[ID_MAX];
        char id[ID_MAX];
        attempt_form(&attempt, form);
        attempt_id(&attempt, id);
        const char *const given = attempt.form->given;
        printf("%s\t%s\t%s\t", form, id, attempt.form->guest_name);
        if (given != NULL) {
            printf("%s", given);
        } else {
            printf("%s/site/box", id);
        }
        printf("\t%s/site/second\n", id);
    }
    return 0;
}

/* ---- Check ---- */

static int check(enum dialect dialect)
{
    unsigned counts[VERDICT_COUNT] = { 0 };
    FILE *const state = fopen(state_file, "rb");
    if (state == NULL) {
        err(CANNOT, "%s", state_file);
    }
    struct attempt attempt = { .form = NULL };
    while (attempt_next(&attempt)) {
        struct canaries before;
        char line[VERDICT_MAX];
        if (fread(&before, sizeof before, 1, state) != 1) {
            errx(CANNOT, "%s is too short", state_file);
        }
        const enum verdict verdict = verdict_of(&attempt, &before, dialect, line);
        counts[verdict]++;
        printf("%s\n", line);
    }
    (void)fclose(state);
    const unsigned failed = counts[VERDICT_ESCAPED] + counts[VERDICT_WRONG];
    printf("%u held, %u escaped, %u wrong\n", counts[VERDICT_HELD], counts[VERDICT_ESCAPED],
           counts[VERDICT_WRONG]);
    return failed > 0 || counts[VERDICT_HELD] == 0;
}

static enum dialect dialect_of(const char *name)
{
    static const char *const names[] = {
        [DIALECT_STANDARD] = "standard", [DIALECT_NODE] = "node", [DIALECT_LOCKDOWN] = "lockdown"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum dialect)i;
        }
    }
    errx(USAGE, "%s: is no dialect", name);
}

int main(int argc, char **argv)
{
    const bool as_nobody = user_is_nobody(&argc, &argv);
    if (argc != 3 && argc != 4) {
        errx(USAGE,
             "usage: battery [--as-nobody] prepare|list|check ROOT [standard|node|lockdown]");
    }
    user_enter(argv[2], as_nobody);
    if (strcmp(argv[1], "prepare") == 0) {
        return prepare();
    }
    if (strcmp(argv[1], "list") == 0) {
        return list();
    }
    if (strcmp(argv[1], "check") == 0) {
        return check(dialect_of(argc == 4 ? argv[3] : "standard"));
    }
    errx(USAGE, "%s: is prepare, list or check", argv[1]);
}
