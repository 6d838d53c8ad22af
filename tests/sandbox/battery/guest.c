/*
 * The battery's guest: makes the attempts that its arguments name, each from two preopens of its
 * own, and prints what it was answered and all that it could see.
 *
 * It uses no calls of libc's, so that each version of WASI can be its only one: MODULE is the name
 * that it imports. Its lines are "case ID", "step N ERRNO" for a step that did not go as it should,
 * "errno N", "inode DEVICE INODE", and what it read.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "cases.h"
#include "steps.h"

#include <string.h>

#define IMPORT(name)                                                                               \
    __attribute__((import_module(MODULE), import_name(#name), warn_unused_result)) uint32_t name

struct span {
    const void *at;
    uint32_t length;
};

IMPORT(args_sizes_get)(uint32_t *count, uint32_t *size);
IMPORT(args_get)(char **args, char *text);
IMPORT(fd_write)(uint32_t fd, const struct span *spans, uint32_t count, uint32_t *written);
IMPORT(fd_read)(uint32_t fd, const struct span *spans, uint32_t count, uint32_t *read);
IMPORT(fd_readdir)(uint32_t fd, void *out, uint32_t size, uint64_t cookie, uint32_t *used);
IMPORT(fd_close)(uint32_t fd);
IMPORT(fd_renumber)(uint32_t from, uint32_t to);
IMPORT(fd_fdstat_set_rights)(uint32_t fd, uint64_t base, uint64_t inheriting);
IMPORT(fd_filestat_get)(uint32_t fd, void *out);
IMPORT(path_open)
(uint32_t fd, uint32_t lookup, const char *path, uint32_t length, uint32_t oflags, uint64_t base,
 uint64_t inheriting, uint32_t fdflags, uint32_t *out);
IMPORT(path_filestat_get)
(uint32_t fd, uint32_t lookup, const char *path, uint32_t length, void *out);
IMPORT(path_filestat_set_times)
(uint32_t fd, uint32_t lookup, const char *path, uint32_t length, uint64_t atim, uint64_t mtim,
 uint32_t flags);
IMPORT(path_readlink)
(uint32_t fd, const char *path, uint32_t length, char *out, uint32_t size, uint32_t *used);
IMPORT(path_create_directory)(uint32_t fd, const char *path, uint32_t length);
IMPORT(path_remove_directory)(uint32_t fd, const char *path, uint32_t length);
IMPORT(path_unlink_file)(uint32_t fd, const char *path, uint32_t length);
IMPORT(path_symlink)
(const char *text, uint32_t text_length, uint32_t fd, const char *path, uint32_t length);
IMPORT(path_rename)
(uint32_t fd, const char *path, uint32_t length, uint32_t to_fd, const char *to,
 uint32_t to_length);
IMPORT(path_link)
(uint32_t fd, uint32_t lookup, const char *path, uint32_t length, uint32_t to_fd, const char *to,
 uint32_t to_length);

enum { STDOUT = 1, FIRST_PREOPEN = 3, NOTHING = 200, ARGS_MAX = 64 };
enum { FOLLOW = 1, CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };
enum { FST_ATIM = 1, FST_MTIM = 4, TYPE_DIRECTORY = 3, TYPE_REGULAR = 4 };
enum { SUCCESS = 0, ERRNO_NOTCAPABLE = 76, NO_ERRNO = 999 };
enum { READING = 1 << 1 | 1 << 2 | 1 << 14 | 1 << 21, WRITING = 1 << 6 | 1 << 21 };
#define ALL_BUT_SOCKETS UINT64_C(0x0fffffff)
#define OF_DIRECTORIES  UINT64_C(0x0fbffe98)

/* The descriptors of the attempt. */
static uint32_t box = FIRST_PREOPEN;
static uint32_t read_only;
static uint32_t opened;

/* ---- What it says ---- */

static char said[8192];
static uint32_t said_length;

static void say_bytes(const char *bytes, uint32_t length)
{
    const uint32_t room = sizeof said - said_length;
    length = length < room ? length : room;
    memcpy(said + said_length, bytes, length);
    said_length += length;
}

static void say(const char *text)
{
    say_bytes(text, (uint32_t)strlen(text));
}

static void say_number(uint64_t number)
{
    char digits[20];
    uint32_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say_bytes(digits + at, sizeof digits - at);
}

static void flush(void)
{
    const struct span span = { said, said_length };
    uint32_t written;
    said_length = fd_write(STDOUT, &span, 1, &written) == SUCCESS ? 0 : said_length;
}

/* ---- What it sees ---- */

static union {
    char bytes[4096];
    uint64_t aligned;
} seen;

static uint64_t number_at(const char *from)
{
    uint64_t number;
    memcpy(&number, from, sizeof number);
    return number;
}

/* Both layouts of filestat begin alike. */
static void tell_inode(const char *filestat)
{
    say("inode ");
    say_number(number_at(filestat));
    say(" ");
    say_number(number_at(filestat + 8));
    say("\n");
}

static void tell_content(uint32_t fd)
{
    const struct span span = { seen.bytes, sizeof seen };
    uint32_t count;
    if (fd_read(fd, &span, 1, &count) == SUCCESS) {
        say_bytes(seen.bytes, count);
    }
}

static void tell_list(uint32_t fd)
{
    uint32_t used;
    if (fd_readdir(fd, seen.bytes, sizeof seen, 0, &used) == SUCCESS) {
        say_bytes(seen.bytes, used);
    }
}

static void tell_opened(uint32_t fd, bool is_written)
{
    static const char stain[] = "stain";
    const struct span span = { stain, sizeof stain - 1 };
    uint32_t written;
    if (fd_filestat_get(fd, seen.bytes) != SUCCESS) {
        return;
    }
    tell_inode(seen.bytes);
    const char type = seen.bytes[16];
    if (is_written) {
        say(fd_write(fd, &span, 1, &written) == SUCCESS ? "wrote\n" : "");
    } else if (type == TYPE_REGULAR) {
        tell_content(fd);
    } else if (type == TYPE_DIRECTORY) {
        tell_list(fd);
    }
}

/* ---- Operations ---- */

struct place {
    uint32_t fd;
    const char *path;
    uint32_t length;
};

static uint32_t try_open(struct place at, uint32_t lookup, uint32_t oflags, uint64_t rights)
{
    uint32_t fd;
    const uint32_t error = path_open(at.fd, lookup, at.path, at.length, oflags, rights, 0, 0, &fd);
    if (error == SUCCESS) {
        tell_opened(fd, rights == WRITING);
        return fd_close(fd);
    }
    return error;
}

static uint32_t try_stat(struct place at, uint32_t lookup)
{
    const uint32_t error = path_filestat_get(at.fd, lookup, at.path, at.length, seen.bytes);
    if (error == SUCCESS) {
        tell_inode(seen.bytes);
    }
    return error;
}

static uint32_t try_times(struct place at, uint32_t lookup)
{
    return path_filestat_set_times(at.fd, lookup, at.path, at.length, 1, 1, FST_ATIM | FST_MTIM);
}

static uint32_t try_readlink(struct place at)
{
    uint32_t used = 0;
    const uint32_t error = path_readlink(at.fd, at.path, at.length, seen.bytes, sizeof seen, &used);
    say_bytes(seen.bytes, used);
    return error;
}

#define SOURCE "source", 6
#define TARGET "target", 6

static uint32_t try_names(enum op op, struct place at)
{
    switch (op) {
    case OP_MKDIR:
        return path_create_directory(at.fd, at.path, at.length);
    case OP_RMDIR:
        return path_remove_directory(at.fd, at.path, at.length);
    case OP_UNLINK:
        return path_unlink_file(at.fd, at.path, at.length);
    case OP_SYMLINK:
        return path_symlink(SOURCE, at.fd, at.path, at.length);
    case OP_RENAME_FROM:
        return path_rename(at.fd, at.path, at.length, box, TARGET);
    case OP_RENAME_TO:
        return path_rename(box, SOURCE, at.fd, at.path, at.length);
    case OP_LINK_FROM:
        return path_link(at.fd, 0, at.path, at.length, box, TARGET);
    case OP_LINK_FROM_F:
        return path_link(at.fd, FOLLOW, at.path, at.length, box, TARGET);
    case OP_LINK_TO:
        return path_link(box, 0, SOURCE, at.fd, at.path, at.length);
    default:
        return NO_ERRNO;
    }
}

static uint32_t try_op(enum op op, struct place at)
{
    switch (op) {
    case OP_READ:
        return try_open(at, FOLLOW, 0, READING);
    case OP_READ_NF:
        return try_open(at, 0, 0, READING);
    case OP_WRITE:
        return try_open(at, FOLLOW, 0, WRITING);
    case OP_CREAT:
        return try_open(at, FOLLOW, CREAT, WRITING);
    case OP_CREAT_NF:
        return try_open(at, 0, CREAT, WRITING);
    case OP_EXCL:
        return try_open(at, FOLLOW, CREAT | EXCL, WRITING);
    case OP_TRUNC:
        return try_open(at, FOLLOW, TRUNC, READING);
    case OP_DIR:
        return try_open(at, FOLLOW, DIRECTORY, READING);
    case OP_DIR_NF:
        return try_open(at, 0, DIRECTORY, READING);
    case OP_STAT:
        return try_stat(at, FOLLOW);
    case OP_STAT_NF:
        return try_stat(at, 0);
    case OP_TIMES:
        return try_times(at, FOLLOW);
    case OP_TIMES_NF:
        return try_times(at, 0);
    case OP_READLINK:
        return try_readlink(at);
    default:
        return try_names(op, at);
    }
}

/* ---- Steps ---- */

/* Asks for all that a directory can have, or for nothing. */
static uint32_t open_dir(uint32_t fd, const char *name, bool has_rights)
{
    return path_open(fd, FOLLOW, name, (uint32_t)strlen(name), DIRECTORY,
                     has_rights ? OF_DIRECTORIES : 0, has_rights ? ALL_BUT_SOCKETS : 0, 0, &opened);
}

static uint32_t open_file(const char *name)
{
    return path_open(box, FOLLOW, name, (uint32_t)strlen(name), 0, READING, ALL_BUT_SOCKETS, 0,
                     &opened);
}

static uint32_t give_up(bool keeps_its_own)
{
    return fd_fdstat_set_rights(opened, keeps_its_own ? OF_DIRECTORIES : 0, 0);
}

static uint32_t ask_for_all_rights(void)
{
    const uint32_t error = fd_fdstat_set_rights(opened, ALL_BUT_SOCKETS, ALL_BUT_SOCKETS);
    return error == ERRNO_NOTCAPABLE ? SUCCESS : NO_ERRNO;
}

static uint32_t renumber(const char *number)
{
    const uint32_t to = number[0] == '3' ? box : read_only;
    const uint32_t error = fd_renumber(opened, to);
    opened = to;
    return error;
}

static uint32_t take_descriptor_step(const struct step *step)
{
    switch (step->verb) {
    case 'o':
        return open_dir(box, step->name, true);
    case 'O':
        return open_dir(opened, step->name, true);
    case 'q':
        return open_dir(read_only, step->name, true);
    case 'w':
        return open_dir(box, step->name, false);
    case 'W':
        return open_dir(opened, step->name, false);
    case 'u':
        return give_up(false);
    case 'i':
        return give_up(true);
    case 'a':
        return open_file(step->name);
    case 'g':
        return ask_for_all_rights();
    case 'n':
        return renumber(step->name);
    case 'z':
        return fd_close(opened);
    default:
        return NO_ERRNO;
    }
}

static uint32_t take_step(const struct step *step)
{
    const struct place name = { box, step->name, (uint32_t)strlen(step->name) };
    const char *const text = step->text;
    const uint32_t length = (uint32_t)strlen(text);
    switch (step->verb) {
    case 'l':
        return path_symlink(text, length, box, name.path, name.length);
    case 'h':
        return path_link(box, 0, name.path, name.length, box, text, length);
    case 'r':
        return path_rename(box, name.path, name.length, box, text, length);
    case 'm':
        return path_create_directory(box, name.path, name.length);
    case 'x':
        return path_remove_directory(box, name.path, name.length);
    default:
        return take_descriptor_step(step);
    }
}

static bool take_steps(const char *steps)
{
    struct step step;
    for (uint64_t i = 1; step_next(&steps, &step); i++) {
        const uint32_t error = take_step(&step);
        if (error != SUCCESS) {
            say("step ");
            say_number(i);
            say(" ");
            say_number(error);
            say("\n");
            return false;
        }
    }
    return true;
}

/* ---- The attempt ---- */

static char path[8192];

/* Writes the path as it is meant for this attempt. */
static uint32_t write_path(const struct form *form, const char *root, const char *id)
{
    char *end = path;
    for (size_t i = 0; i < form->path_length; i++) {
        if (form->path[i] == '~') {
            for (int j = 0; j < 2048; j++) {
                end = stpcpy(end, "./");
            }
        } else if (form->path[i] == '@') {
            end = stpcpy(stpcpy(stpcpy(stpcpy(end, root), "/"), id), "/site");
        } else {
            *end++ = form->path[i];
        }
    }
    return (uint32_t)(end - path);
}

static void make_attempt(const char *root, const char *id)
{
    struct attempt attempt;
    say("\ncase ");
    say(id);
    say("\n");
    if (!attempt_find(id, &attempt)) {
        return;
    }
    const char *const steps = attempt.form->steps;
    opened = NOTHING;
    if ((attempt.by_guest && !take_steps(steps)) || !take_steps(steps_behind_bar(steps))) {
        return;
    }
    const uint32_t fds[] = {
        [AT_BOX] = box,       [AT_READ_ONLY] = read_only, [AT_OPENED] = opened,
        [AT_STDOUT] = STDOUT, [AT_NOTHING] = NOTHING,     [AT_HUGE] = 0x80000003
    };
    const struct place at = { fds[attempt.form->base], path, write_path(attempt.form, root, id) };
    const uint32_t error = try_op(attempt.op, at);
    say("\nerrno ");
    say_number(error);
    say("\n");
}

/* What is left of an attempt would be in the way of the next. */
static void forget_descriptors(void)
{
    const uint32_t fds[] = { opened, box, read_only };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        (void)(fd_close(fds[i]) == SUCCESS);
    }
}

__attribute__((export_name("_start"))) void start(void)
{
    static char *args[ARGS_MAX];
    static char text[8192];
    uint32_t count;
    uint32_t size;
    if (args_sizes_get(&count, &size) != SUCCESS || count > ARGS_MAX || size > sizeof text ||
        args_get(args, text) != SUCCESS) {
        count = 0;
    }
    say("begin\n");
    flush(); /* on its own, so that what the host does before can be told from what follows */
    for (uint32_t i = 2; i < count; i++) {
        box = FIRST_PREOPEN + 2 * (i - 2);
        read_only = box + 1;
        make_attempt(args[1], args[i]);
        forget_descriptors();
        flush();
    }
}
