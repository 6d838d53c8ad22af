/*
 * Makes the folder of an attempt, with its canaries, and looks at them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "tree.h"

#include "steps.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

enum { CANNOT = 125 };

const char *const canary_paths[CANARY_COUNT] = {
    ".",
    "above.txt",
    UNLISTED,
    "site",
    "site/outside.txt",
    "site/" UNLISTED,
    "site/outside",
    "site/outside/secret.txt",
    "site/outside/" UNLISTED,
    "site/second",
    "site/second/f",
    "site/second/source",
    "site/second/d",
    "site/second/d/f",
    "site/second/d/e",
};

static void must(int result, const char *what, const char *path)
{
    if (result < 0) {
        err(CANNOT, "%s %s", what, path);
    }
}

/* ---- Files ---- */

static void write_file(int dir, const char *path, const char *content)
{
    const int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    must(fd, "create", path);
    must((int)write(fd, content, strlen(content)), "write", path);
    must(close(fd), "close", path);
}

static void make_dir(int dir, const char *path)
{
    must(mkdirat(dir, path, 0777), "mkdir", path);
}

static int open_dir(int dir, const char *path)
{
    const int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd, "open", path);
    return fd;
}

/* ---- The common part ---- */

static void make_box(int site, const char *name)
{
    make_dir(site, name);
    const int box = open_dir(site, name);
    write_file(box, "f", "inside\n");
    write_file(box, "source", "source\n");
    make_dir(box, "d");
    write_file(box, "d/f", "inside d\n");
    make_dir(box, "d/e");
    must(close(box), "close", name);
}

/* Filling it for those alone that look there saves a third of all files. */
static bool looks_at_second(const struct form *form)
{
    return form->base == AT_READ_ONLY || strstr(form->steps, "second") != NULL ||
           strstr(form->steps, "|q") != NULL;
}

static void make_common(int top, const struct form *form)
{
    write_file(top, "above.txt", KEPT_SECRET " above\n");
    write_file(top, UNLISTED, "");
    make_dir(top, "site");
    const int site = open_dir(top, "site");
    write_file(site, "outside.txt", KEPT_SECRET " beside\n");
    write_file(site, UNLISTED, "");
    make_dir(site, "outside");
    write_file(site, "outside/secret.txt", KEPT_SECRET " in a folder beside\n");
    write_file(site, "outside/" UNLISTED, "");
    make_box(site, "box");
    if (looks_at_second(form)) {
        make_box(site, "second");
    } else {
        make_dir(site, "second");
    }
    must(close(site), "close", "site");
}

/* ---- The steps of an attempt, in the box as the working directory ---- */

static void make_link(const struct step *step, const char *site)
{
    char text[PATH_MAX + ID_MAX + 16 + WORD_MAX];
    const bool is_site = step->text[0] == '@';
    (void)snprintf(text, sizeof text, "%s%s", is_site ? site : "", step->text + (is_site ? 1 : 0));
    must(symlink(text, step->name), "symlink", step->name);
}

static void make_socket(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd, "socket", name);
    must(bind(fd, (const struct sockaddr *)&address, sizeof address), "bind", name);
    must(close(fd), "close", name);
}

static void take_step(const struct step *step, const char *site)
{
    switch (step->verb) {
    case 'l':
        make_link(step, site);
        break;
    case 'h':
        must(linkat(AT_FDCWD, step->name, AT_FDCWD, step->text, 0), "link", step->name);
        break;
    case 'r':
        must(rename(step->name, step->text), "rename", step->name);
        break;
    case 'm':
        make_dir(AT_FDCWD, step->name);
        break;
    case 'x':
        must(rmdir(step->name), "rmdir", step->name);
        break;
    case 'p':
        must(mkfifo(step->name, 0666), "mkfifo", step->name);
        break;
    case 'k':
        make_socket(step->name);
        break;
    case 'c': /* that everybody may make, as overlayfs does: no driver has this number */
        must(mknod(step->name, S_IFCHR | 0666, makedev(0, 0)), "mknod", step->name);
        break;
    default:
        errx(CANNOT, "no step of the host's: %c", step->verb);
    }
}

static void take_steps(const char *id, const char *steps)
{
    char root[PATH_MAX];
    char site[PATH_MAX + ID_MAX + 16];
    char box[ID_MAX + 16];
    const int back = open_dir(AT_FDCWD, ".");
    must(getcwd(root, sizeof root) == NULL ? -1 : 0, "getcwd", id);
    (void)snprintf(site, sizeof site, "%s/%s/site", root, id);
    (void)snprintf(box, sizeof box, "%s/site/box", id);
    must(chdir(box), "chdir", box);
    struct step step;
    while (step_next(&steps, &step)) {
        take_step(&step, site);
    }
    must(fchdir(back), "fchdir", root);
    must(close(back), "close", root);
}

void tree_make(const struct attempt *attempt)
{
    char id[ID_MAX];
    attempt_id(attempt, id);
    make_dir(AT_FDCWD, id);
    const int top = open_dir(AT_FDCWD, id);
    make_common(top, attempt->form);
    must(close(top), "close", id);
    if (!attempt->by_guest) {
        take_steps(id, attempt->form->steps);
    }
}

/* ---- Looking ---- */

void tree_look(const char *id, struct canaries *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        char path[ID_MAX + 64];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", id, canary_paths[i]);
        if (lstat(path, &st) == 0) {
            out->at[i] = (struct canary){ .device = st.st_dev,
                                          .inode = st.st_ino,
                                          .links = st.st_nlink,
                                          .size = (uint64_t)st.st_size,
                                          .mode = st.st_mode,
                                          .owner = st.st_uid,
                                          .read = st.st_atim,
                                          .modified = st.st_mtim,
                                          .changed = st.st_ctim };
        }
    }
}

bool tree_contents_are_kept(const char *id)
{
    bool all = true;
    for (size_t i = 0; i < CANARIES_UNSEEN; i++) {
        char path[ID_MAX + 64];
        char content[sizeof KEPT_SECRET] = "";
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", id, canary_paths[i]);
        if (lstat(path, &st) != 0) {
            return false;
        }
        if (S_ISREG(st.st_mode) && st.st_size > 0) {
            const int fd = open(path, O_RDONLY | O_CLOEXEC);
            must(fd, "open", path);
            const ssize_t length = read(fd, content, sizeof content - 1);
            must(close(fd), "close", path);
            all = all && length == sizeof content - 1 && strcmp(content, KEPT_SECRET) == 0;
        }
    }
    return all;
}
