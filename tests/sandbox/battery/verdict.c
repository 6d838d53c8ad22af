/*
 * Judges an attempt by its canaries and by what the guest says.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "verdict.h"

#include <fcntl.h>
#include <inttypes.h>
#include <ringfort.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 20 };

/* What the guests of a form wrote. */
struct saying {
    char form[ID_MAX];
    size_t length;
    char bytes[SAID_MAX];
};

/* Read once a form, whose attempts follow each other. */
static const struct saying *hear_form(const struct attempt *attempt)
{
    static struct saying heard;
    char form[ID_MAX];
    attempt_form(attempt, form);
    if (strcmp(form, heard.form) != 0) {
        char path[ID_MAX + 16];
        memcpy(heard.form, form, sizeof form);
        (void)snprintf(path, sizeof path, "out/%s", form);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        const ssize_t length = fd >= 0 ? read(fd, heard.bytes, sizeof heard.bytes) : 0;
        if (fd >= 0) {
            (void)close(fd);
        }
        heard.length = length > 0 ? (size_t)length : 0;
    }
    return &heard;
}

/* What an attempt's guest wrote, from the line "case ID" to the next. */
struct said {
    const char *bytes;
    size_t length;
};

static struct said hear(const struct attempt *attempt, const char *id)
{
    static const char next[] = "\ncase ";
    char line[ID_MAX + 16];
    const struct saying *const all = hear_form(attempt);
    if (attempt->form->rule == RULE_REFUSED) {
        return (struct said){ all->bytes, all->length };
    }
    const int size = snprintf(line, sizeof line, "%s%s\n", next, id);
    const char *const begin = memmem(all->bytes, all->length, line, (size_t)size);
    if (begin == NULL) {
        return (struct said){ "", 0 };
    }
    const char *const from = begin + size - 1;
    const size_t rest = all->length - (size_t)(from - all->bytes);
    const char *const end = memmem(from, rest, next, sizeof next - 1);
    return (struct said){ from, end != NULL ? (size_t)(end - from) : rest };
}

static const char *find(struct said said, const char *text)
{
    return memmem(said.bytes, said.length, text, strlen(text));
}

/* ---- Canaries ---- */

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The read-only preopen may be read. */
static const char *difference(const struct canary *before, const struct canary *now, bool is_unseen)
{
    if (now->inode == 0 && before->inode != 0) {
        return "is gone";
    }
    if (now->inode != before->inode || now->device != before->device ||
        now->links != before->links || now->size != before->size || now->mode != before->mode ||
        now->owner != before->owner || !is_same_time(now->modified, before->modified) ||
        !is_same_time(now->changed, before->changed)) {
        return "was changed";
    }
    return is_unseen && !is_same_time(now->read, before->read) ? "was read" : NULL;
}

/* The inode of a canary among the lines "inode DEVICE INODE". */
static const char *seen_inode(struct said said, const struct canaries *before)
{
    for (size_t i = 0; i < CANARIES_UNSEEN; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "inode %" PRIu64 " %" PRIu64 "\n", before->at[i].device,
                       before->at[i].inode);
        if (find(said, line) != NULL) {
            return canary_paths[i];
        }
    }
    return NULL;
}

static bool has_escaped(const char *id, const struct canaries *before, struct said said,
                        char line[VERDICT_MAX])
{
    struct canaries now;
    tree_look(id, &now);
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        const char *what = difference(&before->at[i], &now.at[i], i < CANARIES_UNSEEN);
        if (what != NULL) {
            (void)snprintf(line, VERDICT_MAX, "ESCAPED %s %s %s", id, canary_paths[i], what);
            return true;
        }
    }
    if (!tree_contents_are_kept(id)) {
        (void)snprintf(line, VERDICT_MAX, "ESCAPED %s a canary has other content", id);
        return true;
    }
    if (find(said, KEPT_SECRET) != NULL) {
        (void)snprintf(line, VERDICT_MAX, "ESCAPED %s a canary's content was read", id);
        return true;
    }
    if (find(said, UNLISTED) != NULL) {
        (void)snprintf(line, VERDICT_MAX, "ESCAPED %s a canary's name was listed", id);
        return true;
    }
    const char *const inode = seen_inode(said, before);
    if (inode != NULL) {
        (void)snprintf(line, VERDICT_MAX, "ESCAPED %s %s was seen", id, inode);
    }
    return inode != NULL;
}

/* ---- The answer ---- */

/* The first line that says what became of it, as text. */
static void outcome(struct said said, char out[ID_MAX])
{
    static const char *const words[] = { "\nerrno ", "\nstep ", "refused\n", "died " };
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof words / sizeof words[0]; i++) {
        found = find(said, words[i]);
    }
    if (found == NULL) {
        (void)snprintf(out, ID_MAX, "nothing");
        return;
    }
    found += *found == '\n';
    size_t length = 0;
    while (found + length < said.bytes + said.length && found[length] != '\n' &&
           length < ID_MAX - 1) {
        out[length] = found[length];
        length++;
    }
    out[length] = '\0';
}

static enum verdict wrong(const char *id, const char *wanted, const char *got,
                          char line[VERDICT_MAX])
{
    (void)snprintf(line, VERDICT_MAX, "WRONG %s expected %s, got %s", id, wanted, got);
    return VERDICT_WRONG;
}

static enum verdict judge_answer(const struct attempt *attempt, const char *id,
                                 enum dialect dialect, struct said said, char line[VERDICT_MAX])
{
    char got[ID_MAX];
    outcome(said, got);
    if (attempt->form->rule == RULE_REFUSED) {
        if (strcmp(got, "refused") != 0) {
            return wrong(id, "refused", got, line);
        }
        (void)snprintf(line, VERDICT_MAX, "held %s refused", id);
        return VERDICT_HELD;
    }
    const uint32_t expected = attempt_expects(attempt, dialect);
    const char *const wanted = ringfort_errno_name(expected);
    if (strncmp(got, "errno ", strlen("errno ")) != 0) {
        return wrong(id, wanted, got, line);
    }
    const unsigned long number = strtoul(got + strlen("errno "), NULL, 10);
    const char *const name = number < UINT32_MAX ? ringfort_errno_name((uint32_t)number) : NULL;
    if (number != expected && !attempt_accepts(attempt, dialect, (uint32_t)number)) {
        return wrong(id, wanted, name != NULL ? name : got, line);
    }
    (void)snprintf(line, VERDICT_MAX, "held %s %s", id, name);
    return VERDICT_HELD;
}

enum verdict verdict_of(const struct attempt *attempt, const struct canaries *before,
                        enum dialect dialect, char line[VERDICT_MAX])
{
    char id[ID_MAX];
    attempt_id(attempt, id);
    const struct said said = hear(attempt, id);
    if (has_escaped(id, before, said, line)) {
        return VERDICT_ESCAPED;
    }
    return judge_answer(attempt, id, dialect, said, line);
}
