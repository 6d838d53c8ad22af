/*
 * Takes the steps of an attempt apart.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "steps.h"

#include <string.h>

static const char ends[] = " ;|";

static const char *take_word(const char *at, char out[WORD_MAX])
{
    at += *at == ' ';
    const size_t length = strcspn(at, ends);
    const size_t kept = length < WORD_MAX ? length : WORD_MAX - 1;
    memcpy(out, at, kept);
    out[kept] = '\0';
    return at + length;
}

bool step_next(const char **at, struct step *out)
{
    const char *from = *at + (**at == ';');
    if (*from == '\0' || *from == '|') {
        return false;
    }
    out->verb = *from;
    from = take_word(from + 1, out->name);
    *at = take_word(from, out->text);
    return true;
}

const char *steps_behind_bar(const char *steps)
{
    const char *bar = strchr(steps, '|');
    return bar != NULL ? bar + 1 : "";
}
