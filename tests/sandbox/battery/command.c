/*
 * battery-command [--as-nobody] COMMAND WASM ROOT [OPTION...]: tries the battery through the
 * command: a process for each form, whose guest makes one attempt after the other. The options go
 * to each `COMMAND run`.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cases.h"
#include "user.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USAGE = 2, CANNOT = 125, REFUSED = 125 };
enum { OPTIONS_MAX = 8, LINE_MAX_WORDS = OPTIONS_MAX + 3 * OP_COUNT + 8 };

struct face {
    char command[32]; /* through /proc, for nobody may not be able to reach its folder */
    char wasm[32];
    char root[PATH_MAX];
    char **options;
    int option_count;
};

/* The command's line. */
struct line {
    char *words[LINE_MAX_WORDS];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    if (line->count + 1 == LINE_MAX_WORDS ||
        vasprintf(&line->words[line->count++], format, words) < 0) {
        errx(CANNOT, "too long a line");
    }
    va_end(words);
}

/* An open file's name for a child process. */
static void name_for_child(const char *path, char out[32])
{
    const int fd = open(path, O_RDONLY); // NOLINT(android-cloexec-open): the child opens it again
    if (fd < 0) {
        err(CANNOT, "%s", path);
    }
    (void)snprintf(out, 32, "/proc/self/fd/%d", fd);
}

/* ---- A form ---- */

static void add_preopens(struct line *line, const struct attempt *attempt)
{
    char id[ID_MAX];
    attempt_id(attempt, id);
    if (attempt->form->given != NULL) {
        add(line, "--dir=%s::%s", attempt->form->given, attempt->form->guest_name);
    } else {
        add(line, "--dir=%s/site/box::%s", id, attempt->form->guest_name);
    }
    add(line, "--ro=%s/site/second::second", id);
}

static void write_line(struct line *line, const struct face *face, const struct attempt *attempts,
                       size_t count)
{
    add(line, "%s", face->command);
    add(line, "run");
    for (int i = 0; i < face->option_count; i++) {
        add(line, "%s", face->options[i]);
    }
    for (size_t i = 0; i < count; i++) {
        add_preopens(line, &attempts[i]);
    }
    add(line, "%s", face->wasm);
    add(line, "%s", face->root);
    for (size_t i = 0; i < count; i++) {
        char id[ID_MAX];
        attempt_id(&attempts[i], id);
        add(line, "%s", id);
    }
}

static int run(struct line *line, int output)
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(output, STDOUT_FILENO);
        (void)execv(line->words[0], line->words);
        err(CANNOT, "%s", line->words[0]);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        err(CANNOT, "a child");
    }
    return status;
}

/* Where the guest could not say what became of it, its status does. */
static void tell_status(int output, int status)
{
    char word[32] = "";
    if (WIFSIGNALED(status)) {
        (void)snprintf(word, sizeof word, "died of signal %d\n", WTERMSIG(status));
    } else if (WEXITSTATUS(status) == REFUSED) {
        (void)snprintf(word, sizeof word, "refused\n");
    } else if (WEXITSTATUS(status) != 0) {
        (void)snprintf(word, sizeof word, "died with %d\n", WEXITSTATUS(status));
    }
    if (write(output, word, strlen(word)) < 0) {
        err(CANNOT, "write");
    }
}

static void try_form(const struct face *face, const struct attempt *attempts, size_t count)
{
    char form[ID_MAX];
    char path[ID_MAX + 16];
    struct line line = { .count = 0 };
    attempt_form(attempts, form);
    (void)snprintf(path, sizeof path, "out/%s", form);
    const int output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (output < 0) {
        err(CANNOT, "%s", path);
    }
    write_line(&line, face, attempts, count);
    tell_status(output, run(&line, output));
    for (size_t i = 0; i < line.count; i++) {
        free(line.words[i]);
    }
    (void)close(output);
}

/* ---- All of them ---- */

static bool is_same_form(const struct attempt *a, const struct attempt *b)
{
    return a->form == b->form && a->by_guest == b->by_guest;
}

static void try_all(const struct face *face)
{
    struct attempt attempts[OP_COUNT];
    struct attempt next = { .form = NULL };
    size_t count = 0;
    while (attempt_next(&next)) {
        if (count > 0 && !is_same_form(&attempts[0], &next)) {
            try_form(face, attempts, count);
            count = 0;
        }
        attempts[count++] = next;
    }
    try_form(face, attempts, count);
}

int main(int argc, char **argv)
{
    const bool as_nobody = user_is_nobody(&argc, &argv);
    static struct face face;
    if (argc < 4 || argc > 4 + OPTIONS_MAX) {
        errx(USAGE, "usage: battery-command [--as-nobody] COMMAND WASM ROOT [OPTION...]");
    }
    face.options = argv + 4;
    face.option_count = argc - 4;
    name_for_child(argv[1], face.command);
    name_for_child(argv[2], face.wasm);
    (void)umask(022);
    user_enter(argv[3], as_nobody);
    char cache[PATH_MAX + 8];
    if (getcwd(face.root, sizeof face.root) == NULL) {
        err(CANNOT, "getcwd");
    }
    (void)snprintf(cache, sizeof cache, "%s/cache", face.root);
    if (setenv("XDG_CACHE_HOME", cache, 1) != 0) {
        err(CANNOT, "XDG_CACHE_HOME");
    }
    try_all(&face);
    return 0;
}
