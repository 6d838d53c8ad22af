/* Paths component by component, for hosts without openat2, and for links that begin at a preopen
 * called `/`.
 *
 * Every directory on the way is opened with O_PATH | O_NOFOLLOW and kept on a stack, so that `..`
 * pops the stack: the kernel is never asked for a `..`, and a directory that is moved meanwhile
 * stays the one that was entered. No system call ever gets a `/`, also not a trailing one, which
 * would make the kernel follow a link out of our sight.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "os/system_file.h"
#include "path/resolve.h"

#include <string.h>

enum {
    DEPTH_MAX = 128,
    LINKS_MAX = 40, /* as Linux */
    TEXT_MAX = 8 * PATH_MAX,
};

struct walk {
    const struct start *start;
    int base;             /* borrowed: the start's directory, or its root after an absolute link */
    dev_t device;         /* of the base: what has another lies behind a mount */
    int stack[DEPTH_MAX]; /* owned: the directories below the base that lead to the current one */
    int depth;
    int links;
    const char *rest; /* what is still to do; lies at the end of `text` */
    char text[TEXT_MAX];
};

/* One step: a component, and what follows it. */
struct step {
    char name[NAME_LENGTH_MAX + 1];
    bool is_last;
    bool slash; /* a slash follows: it has to be a directory */
};

static int top(const struct walk *w)
{
    return w->depth > 0 ? w->stack[w->depth - 1] : w->base;
}

static void pop_all(struct walk *w)
{
    while (w->depth > 0) {
        sys_close(w->stack[--w->depth]);
    }
}

/* Begins at a borrowed directory. */
static int stand_at(struct walk *w, int base)
{
    struct stat st = { 0 };
    const int result = sys_fstat(base, &st);
    w->base = base;
    w->device = st.st_dev;
    return result;
}

/* Whether something on this device lies behind a mount of the preopen's. */
static bool is_behind_mount(const struct walk *w, dev_t device)
{
    return w->start->behind_mount || device != w->device;
}

/* Whether it is something that no guest may have. */
static bool is_refused(const struct walk *w, int fd, const struct stat *st)
{
    return !w->start->system_files && is_behind_mount(w, st->st_dev) &&
           ringfort_is_system_file(fd, st);
}

/* Puts text in front of what is still to do. */
static int push_text(struct walk *w, const char *text, size_t len)
{
    if (len > (size_t)(w->rest - w->text)) {
        return -ENAMETOOLONG;
    }
    w->rest -= len;
    memcpy(w->text + (w->rest - w->text), text, len);
    return 0;
}

/* Takes the next component; its name is empty where none is left. */
static int next_step(struct walk *w, struct step *step)
{
    const char *from = w->rest + strspn(w->rest, "/");
    const size_t len = strcspn(from, "/");
    if (len > NAME_LENGTH_MAX) {
        return -ENAMETOOLONG;
    }
    memcpy(step->name, from, len);
    step->name[len] = '\0';
    step->slash = from[len] == '/';
    w->rest = from + len;
    step->is_last = w->rest[strspn(w->rest, "/")] == '\0';
    return 0;
}

/* Replaces the component just taken with the text of the link `dir`/`name`; an empty name means
 * the link `dir` itself. */
static int expand_link(struct walk *w, int dir, const char *name)
{
    char text[PATH_MAX];
    text[0] = '\0'; /* no link's text; tools do not see the system call fill it */
    if (++w->links > LINKS_MAX) {
        return -ELOOP;
    }
    const ssize_t len = sys_readlinkat_unchecked(dir, name, text, sizeof text);
    if (len <= 0) {
        return len < 0 ? (int)len : -ENOENT;
    }
    if ((size_t)len == sizeof text) {
        return -ENAMETOOLONG;
    }
    if (text[0] == '/') {
        if (w->start->root < 0) {
            return -EXDEV;
        }
        pop_all(w);
        const int result = stand_at(w, w->start->root);
        if (result < 0) {
            return result;
        }
    }
    return push_text(w, text, (size_t)len);
}

/* Goes into a directory, or follows a link on the way. */
static int enter(struct walk *w, const char *name)
{
    /* Only where a directory is asked for does the kernel mount what is mounted on demand. */
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int fd = sys_openat_unchecked(top(w), name, flags | O_DIRECTORY, 0);
    if (fd == -ENOTDIR) {
        fd = sys_openat_unchecked(top(w), name, flags, 0);
    }
    if (fd < 0) {
        return fd;
    }
    struct stat st;
    int result = sys_fstat(fd, &st);
    if (result == 0 && is_refused(w, fd, &st)) {
        result = -EXDEV;
    } else if (result == 0 && S_ISLNK(st.st_mode)) {
        result = expand_link(w, fd, "");
    } else if (result == 0 && !S_ISDIR(st.st_mode)) {
        result = -ENOTDIR;
    } else if (result == 0 && w->depth == DEPTH_MAX) {
        result = -ENAMETOOLONG;
    } else if (result == 0) {
        w->stack[w->depth++] = fd;
        return 0;
    }
    sys_close(fd);
    return result;
}

static int leave(struct walk *w)
{
    if (w->depth == 0) {
        return -EXDEV;
    }
    sys_close(w->stack[--w->depth]);
    return 0;
}

/* Whether a failed open of a name with O_NOFOLLOW may mean that it is a link. */
static bool may_be_link(int result, int flags)
{
    return result == -ELOOP || (result == -ENOTDIR && (flags & O_DIRECTORY) != 0);
}

/* Closes what is refused, and tells what it is where it is not. */
static int check_opened(const struct walk *w, int fd, struct stat *st)
{
    int result = sys_fstat(fd, st);
    if (result == 0 && is_refused(w, fd, st)) {
        result = -EXDEV;
    }
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    if (w->start->crossed != NULL && is_behind_mount(w, st->st_dev)) {
        *w->start->crossed = true;
    }
    return fd;
}

/* Opens a name where the walk stands, without following. Behind a mount it is looked at first,
 * because opening a device may do something. */
static int open_name(const struct walk *w, const char *name, int flags, struct stat *st)
{
    int look = w->start->system_files ? -ENOENT : sys_fstatat_unchecked(top(w), name, st);
    if (look == 0 && is_behind_mount(w, st->st_dev)) {
        look = sys_openat_unchecked(top(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
        look = look >= 0 ? check_opened(w, look, st) : look;
        if (look >= 0) {
            sys_close(look);
        }
    }
    if (look < 0 && look != -ENOENT) { /* what cannot be looked at is not opened */
        return look;
    }
    const unsigned mode = (flags & O_CREAT) != 0 ? 0666 : 0;
    const int fd = sys_openat_unchecked(top(w), name, flags | O_NOFOLLOW, mode);
    return fd >= 0 ? check_opened(w, fd, st) : fd;
}

/* Opens the directory where the walk stands, as for a path that ends in `.` or `..`. */
static int open_here(const struct walk *w, int flags)
{
    if ((flags & O_CREAT) != 0) {
        return (flags & O_EXCL) != 0 ? -EEXIST : -EISDIR;
    }
    struct stat st;
    const int fd = sys_openat_unchecked(top(w), ".", flags & ~O_NOFOLLOW, 0);
    return fd >= 0 ? check_opened(w, fd, &st) : fd;
}

/* Opens the last component. `*again` is set where it was a link whose text is now still to do. */
static int open_last(struct walk *w, const struct step *step, int flags, bool *again)
{
    *again = false;
    if (step->slash && (flags & O_CREAT) != 0) {
        return -EISDIR;
    }
    /* A trailing slash stands outside the name: it asks for a directory and for links to be
     * followed. */
    const int wanted = step->slash ? flags | O_DIRECTORY : flags;
    const bool follow = step->slash || (flags & O_NOFOLLOW) == 0;
    const bool creates_only = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    struct stat st;
    int fd = open_name(w, step->name, wanted, &st);
    if (!follow || creates_only) {
        return fd;
    }
    if (fd >= 0 && S_ISLNK(st.st_mode)) { /* with O_PATH */
        sys_close(fd);
        fd = -ELOOP;
    }
    if (!may_be_link(fd, wanted)) {
        return fd;
    }
    int expanded = expand_link(w, top(w), step->name);
    if ((expanded == -EINVAL || expanded == -ENOENT) && fd == -ELOOP) {
        expanded = push_text(w, step->name, strlen(step->name)); /* a link no more: once again */
    }
    *again = expanded == 0;
    return expanded == -EINVAL ? fd : expanded; /* no link at all: the first answer stands */
}

static int walk_open(struct walk *w, int flags)
{
    for (;;) {
        struct step step;
        int result = next_step(w, &step);
        if (result < 0) {
            return result;
        }
        if (step.name[0] == '\0') {
            return open_here(w, flags); /* nothing but slashes after an absolute link */
        }
        const bool dot = strcmp(step.name, ".") == 0;
        const bool dotdot = strcmp(step.name, "..") == 0;
        if (dotdot) {
            result = leave(w);
        } else if (!dot && step.is_last) {
            bool again;
            result = open_last(w, &step, flags, &again);
            if (!again) {
                return result;
            }
        } else if (!dot) {
            result = enter(w, step.name);
        }
        if (result < 0) {
            return result;
        }
        if ((dot || dotdot) && step.is_last) {
            return open_here(w, flags);
        }
    }
}

int ringfort_walk_open(const struct start *start, const char *path, int flags)
{
    const size_t len = strlen(path) + 1;
    struct walk w;
    w.start = start;
    w.depth = 0;
    w.links = 0;
    w.rest = w.text + sizeof w.text;
    int result = stand_at(&w, start->dir);
    if (result == 0) {
        result = push_text(&w, path, len);
    }
    if (result == 0) {
        result = walk_open(&w, flags);
    }
    pop_all(&w);
    return result;
}
