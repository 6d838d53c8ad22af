/*
 * races [--calls N] [--milliseconds N] [--guest-path PATH] [SHAPE...] [-- COMMAND...]: a guest uses
 * paths while another process, or another guest, changes where they lead. No call may get out of
 * the box, and the guest must not be starved either.
 *
 * A shape is who attacks and how: native or guest; x exchanges a directory and a link, d the
 * directory above, r replaces a link in place, m moves a directory up while `..` is resolved.
 * Without shapes all of them run. COMMAND runs one guest in the current directory, with a guest's
 * arguments added (see race_guest.h); without it the guests call the library. PATH is what the
 * box is called; without it the box is "box", and then "/". One line a race.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/race_folder.h"
#include "../support/race_guest.h"

#include <err.h>
#include <getopt.h>
#include <ringfort.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where fewer calls failed, the attacker did not run; and one in ten must succeed. */
enum { FAILED_MIN = 50, SUCCEEDED_MIN_PERCENT = 10, ROUNDS_MAX = 5 };

enum { ARGS_MAX = 64 };

struct options {
    char *calls;
    char *milliseconds;
    const char *guest_path;
    char *const *command; /* ends with NULL */
};

/* ---- A guest that calls the library ---- */

static ringfort_wasi *guest;
static const ringfort_import *rows[RACE_ROW_COUNT];

static uint32_t race_address(const void *of)
{
    return (uint32_t)((const unsigned char *)of - (const unsigned char *)&race_memory);
}

static uint32_t race_call(enum race_row row, const uint64_t *args)
{
    const ringfort_memory memory = { .base = &race_memory, .size = sizeof race_memory };
    ringfort_result result = { 0 };
    return ringfort_import_call(rows[row], guest, memory, args, &result) == RINGFORT_RETURNED
               ? result.value
               : UINT32_MAX;
}

static const ringfort_import *find_row(const char *name)
{
    size_t count = 0;
    const ringfort_import *const table = ringfort_import_table(RINGFORT_PREVIEW1, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    errx(2, "there is no function %s", name);
}

static void find_rows(void)
{
#define FIND(name) rows[RACE_##name] = find_row(#name);
    RACE_ROWS(FIND)
#undef FIND
}

static int play(int argc, char **argv, const char *guest_path)
{
    ringfort_error error = { 0 };
    ringfort_config *const config = ringfort_config_new();
    if (config == NULL || ringfort_config_preopen(config, guest_path, ".", 0) != RINGFORT_OK ||
        ringfort_wasi_new(config, &guest, &error) != RINGFORT_OK) {
        errx(2, "no guest: %s", error.message);
    }
    find_rows();
    const int status = race_guest(argc, argv);
    ringfort_wasi_delete(guest);
    ringfort_config_delete(config);
    return status;
}

/* ---- Processes ---- */

struct child {
    pid_t pid;
    FILE *says;
};

static void become_guest(const struct options *options, int argc, char **argv)
{
    char *all[ARGS_MAX] = { NULL };
    size_t count = 0;
    if (options->command[0] == NULL) {
        exit(play(argc, argv, options->guest_path));
    }
    for (; options->command[count] != NULL && count < ARGS_MAX / 2; count++) {
        all[count] = options->command[count];
    }
    for (int i = 0; i < argc && count < ARGS_MAX - 1; i++) {
        all[count++] = argv[i];
    }
    (void)execvp(all[0], all);
    err(2, "%s", all[0]);
}

static pid_t fork_for_us(void)
{
    const pid_t pid = fork();
    if (pid < 0) {
        err(2, "fork");
    }
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody attacks for ever */
    }
    return pid;
}

static struct child start_guest(const struct options *options, const struct race_folder *folder,
                                int argc, char **argv)
{
    int ends[2];
    if (pipe(ends) != 0) {
        err(2, "pipe");
    }
    (void)fflush(stdout);
    const pid_t pid = fork_for_us();
    if (pid == 0) {
        close(ends[0]);
        if (dup2(ends[1], STDOUT_FILENO) < 0 || fchdir(folder->box) != 0) {
            err(2, "a guest cannot begin");
        }
        close(ends[1]);
        become_guest(options, argc, argv);
    }
    close(ends[1]);
    return (struct child){ .pid = pid, .says = fdopen(ends[0], "r") };
}

/* Comes back when the attack has begun. */
static struct child start_attacker(const struct options *options, const struct race_folder *folder,
                                   bool is_native, char *shape)
{
    if (is_native) {
        (void)fflush(stdout);
        const pid_t pid = fork_for_us();
        while (pid == 0) {
            race_folder_attack(folder, shape[0], race_rest);
        }
        return (struct child){ .pid = pid };
    }
    char *args[] = { "attack", shape };
    const struct child attacker = start_guest(options, folder, 2, args);
    char line[32] = "";
    if (fgets(line, sizeof line, attacker.says) == NULL || strcmp(line, "attacking\n") != 0) {
        errx(2, "the attacking guest did not begin, but said \"%s\"", line);
    }
    return attacker;
}

static void stop_attacker(struct child attacker)
{
    int status = 0;
    if (kill(attacker.pid, SIGKILL) != 0 || waitpid(attacker.pid, &status, 0) != attacker.pid ||
        !WIFSIGNALED(status)) {
        errx(2, "the attacker ended before its victim");
    }
    if (attacker.says != NULL) {
        (void)fclose(attacker.says);
    }
}

/* What the victim says of itself. */
static bool use_paths(const struct options *options, const struct race_folder *folder, char *shape,
                      struct race_victim *result)
{
    char inodes[RACE_FOLDER_OUTSIDE][24];
    char *args[4 + RACE_FOLDER_OUTSIDE] = { "use", shape, options->milliseconds, options->calls };
    for (int i = 0; i < RACE_FOLDER_OUTSIDE; i++) {
        (void)snprintf(inodes[i], sizeof inodes[i], "%llu",
                       (unsigned long long)folder->was[i].st_ino);
        args[4 + i] = inodes[i];
    }
    const struct child victim = start_guest(options, folder, 4 + RACE_FOLDER_OUTSIDE, args);
    unsigned long long said[4] = { 0 };
    const int read =
        fscanf(victim.says, "%llu %llu %llu %llu", &said[0], &said[1], &said[2], &said[3]);
    int status = 0;
    (void)fclose(victim.says);
    *result = (struct race_victim){
        .calls = said[0], .succeeded = said[1], .escapes = said[2], .wrong = said[3]
    };
    return waitpid(victim.pid, &status, 0) == victim.pid && status == 0 && read == 4;
}

/* ---- A race ---- */

static bool is_safe(const struct race_victim *v)
{
    return v->escapes == 0 && v->wrong == 0;
}

/* Where nearly every call succeeded, or nearly none, nothing was shown. */
static bool is_shown(const struct race_victim *v)
{
    return v->calls - v->succeeded >= FAILED_MIN &&
           v->succeeded * 100 > v->calls * SUCCEEDED_MIN_PERCENT;
}

/* One round, whose numbers are added to what earlier rounds gave. */
static bool run_round(const struct options *options, const char *name, struct race_victim *sum)
{
    char shape[] = { name[strlen(name) - 1], '\0' };
    struct race_folder folder;
    struct race_victim v;
    race_folder_make(&folder);
    const struct child attacker =
        start_attacker(options, &folder, strncmp(name, "native-", 7) == 0, shape);
    const bool ended = use_paths(options, &folder, shape, &v);
    stop_attacker(attacker);
    sum->calls += v.calls;
    sum->succeeded += v.succeeded;
    sum->wrong += v.wrong;
    sum->escapes += v.escapes + race_folder_changes(&folder);
    race_folder_remove(&folder);
    return ended;
}

/* On a busy machine the attacker may sleep through a short round; then there is another. */
static bool run_race(const struct options *options, const char *name)
{
    struct race_victim v = { 0 };
    bool ended = true;
    for (int round = 0; round < ROUNDS_MAX && ended && is_safe(&v) && !is_shown(&v); round++) {
        ended = run_round(options, name, &v);
    }
    const bool held = ended && is_safe(&v) && is_shown(&v);
    printf("%s %s in %s: %llu calls, %.1f %% succeeded, %llu escapes%s\n", held ? "held" : "FAILED",
           name, options->guest_path, (unsigned long long)v.calls,
           100 * (double)v.succeeded / (double)(v.calls + (v.calls == 0)),
           (unsigned long long)v.escapes, ended ? "" : "; the victim came to no end");
    if (v.wrong > 0) {
        printf("    %llu calls gave fault, xdev or no errno\n", (unsigned long long)v.wrong);
    }
    (void)fflush(stdout);
    return held;
}

static const char *const all_shapes[] = { "native-x", "native-d", "native-r", "native-m",
                                          "guest-x",  "guest-d",  "guest-r",  "guest-m" };
enum { SHAPES = sizeof all_shapes / sizeof all_shapes[0] };

/* The name as it stands in the list. */
static const char *known_shape(const char *name)
{
    for (size_t i = 0; i < SHAPES; i++) {
        if (strcmp(all_shapes[i], name) == 0) {
            return all_shapes[i];
        }
    }
    errx(2, "%s is no shape of a race", name);
}

/* Each shape once. A preopen called `/` is resolved otherwise, so without a choice both run. */
static bool run_races(struct options *options, const char *const *shapes)
{
    static const char *const both[] = { "box", "/", NULL };
    const char *const one[] = { options->guest_path, NULL };
    bool held = true;
    for (const char *const *path = options->guest_path != NULL ? one : both; *path != NULL;
         path++) {
        options->guest_path = *path;
        for (const char *const *shape = shapes; *shape != NULL; shape++) {
            held = run_race(options, *shape) && held;
        }
    }
    return held;
}

static int take_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        { "calls", required_argument, NULL, 'c' },
        { "milliseconds", required_argument, NULL, 'm' },
        { "guest-path", required_argument, NULL, 'g' },
        { NULL, 0, NULL, 0 },
    };
    int option = 0;
    while ((option = getopt_long(argc, argv, "+", known, NULL)) >= 0) {
        switch (option) {
        case 'c':
            options->calls = optarg;
            break;
        case 'm':
            options->milliseconds = optarg;
            break;
        case 'g':
            options->guest_path = optarg;
            break;
        default:
            exit(2);
        }
    }
    /* getopt has passed over a "--" that comes before any shape */
    return strcmp(argv[optind - 1], "--") == 0 ? optind - 1 : optind;
}

int main(int argc, char **argv)
{
    static char calls[] = "0";
    static char milliseconds[] = "200";
    struct options options = { calls, milliseconds, NULL, NULL };
    int at = take_options(argc, argv, &options);
    const int first = at;
    while (at < argc && strcmp(argv[at], "--") != 0) {
        at++;
    }
    options.command = at < argc ? argv + at + 1 : argv + argc;
    const char *shapes[SHAPES + 1] = { NULL };
    for (int i = first; i < at && i - first < SHAPES; i++) {
        shapes[i - first] = known_shape(argv[i]);
    }
    if (first == at) {
        memcpy(shapes, all_shapes, sizeof all_shapes);
    }
    return run_races(&options, shapes) ? 0 : 1;
}
