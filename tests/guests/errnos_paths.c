/* What calls on paths answer; see errnos.h.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "errnos.h"

struct path {
    const char *text;
    uint32_t len;
};

/* Without the slashes at its end, for undoing what was done. */
static struct path bare(struct path p)
{
    while (p.len > 1 && p.text[p.len - 1] == '/') {
        p.len--;
    }
    return p;
}

static void unlink_bare(uint32_t fd, struct path p)
{
    path_unlink_file(fd, bare(p).text, bare(p).len);
}

/* Each undoes what it did. */
static uint32_t call_create_directory(uint32_t fd, struct path p)
{
    const uint32_t error = path_create_directory(fd, p.text, p.len);
    if (error == SUCCESS) {
        path_remove_directory(fd, bare(p).text, bare(p).len);
    }
    return error;
}

static uint32_t call_path_filestat_get(uint32_t fd, struct path p)
{
    return path_filestat_get(fd, FOLLOW, p.text, p.len, room);
}

static uint32_t call_path_set_times(uint32_t fd, struct path p)
{
    return path_filestat_set_times(fd, FOLLOW, p.text, p.len, 1, 1, 1);
}

static uint32_t call_link_from(uint32_t fd, struct path p)
{
    const uint32_t error = path_link(fd, 0, p.text, p.len, BOX, "made", 4);
    if (error == SUCCESS) {
        path_unlink_file(BOX, "made", 4);
    }
    return error;
}

static uint32_t call_link_to(uint32_t fd, struct path p)
{
    const uint32_t error = path_link(BOX, 0, "f", 1, fd, p.text, p.len);
    if (error == SUCCESS) {
        unlink_bare(fd, p);
    }
    return error;
}

static uint32_t call_open(uint32_t fd, struct path p)
{
    uint32_t out = CLOSED;
    const uint32_t error = path_open(fd, FOLLOW, p.text, p.len, 0, READ, 0, 0, &out);
    if (error == SUCCESS) {
        fd_close(out);
    }
    return error;
}

static uint32_t call_open_new(uint32_t fd, struct path p)
{
    uint32_t out = CLOSED;
    const uint32_t error = path_open(fd, FOLLOW, p.text, p.len, CREAT | EXCL, BOTH, 0, 0, &out);
    if (error == SUCCESS) {
        fd_close(out);
        unlink_bare(fd, p);
    }
    return error;
}

static uint32_t call_readlink(uint32_t fd, struct path p)
{
    return path_readlink(fd, p.text, p.len, room, sizeof room, &n);
}

static uint32_t call_rename_from(uint32_t fd, struct path p)
{
    const uint32_t error = path_rename(fd, p.text, p.len, BOX, "made", 4);
    if (error == SUCCESS) {
        path_rename(BOX, "made", 4, fd, bare(p).text, bare(p).len);
    }
    return error;
}

static uint32_t call_rename_to(uint32_t fd, struct path p)
{
    uint32_t out;
    try_open(BOX, "from", CREAT, READ, 0, &out);
    fd_close(out);
    const uint32_t error = path_rename(BOX, "from", 4, fd, p.text, p.len);
    if (error == SUCCESS) {
        unlink_bare(fd, p);
    }
    return error;
}

static uint32_t call_symlink(uint32_t fd, struct path p)
{
    const uint32_t error = path_symlink("text", 4, fd, p.text, p.len);
    if (error == SUCCESS) {
        unlink_bare(fd, p);
    }
    return error;
}

static uint32_t call_symlink_text(uint32_t fd, struct path p)
{
    const uint32_t error = path_symlink(p.text, p.len, fd, "made", 4);
    if (error == SUCCESS) {
        path_unlink_file(fd, "made", 4);
    }
    return error;
}

static uint32_t call_remove(uint32_t fd, struct path p)
{
    return path_remove_directory(fd, p.text, p.len);
}

static uint32_t call_unlink(uint32_t fd, struct path p)
{
    return path_unlink_file(fd, p.text, p.len);
}

static const struct path_call {
    const char *name;
    uint32_t (*run)(uint32_t fd, struct path p);
    bool destroys; /* a name that is there would be gone, or replaced */
} calls_of_paths[] = {
    { "path_create_directory", call_create_directory, false },
    { "path_filestat_get", call_path_filestat_get, false },
    { "path_filestat_set_times", call_path_set_times, false },
    { "path_link from", call_link_from, false },
    { "path_link to", call_link_to, false },
    { "path_open", call_open, false },
    { "path_open with CREAT and EXCL", call_open_new, false },
    { "path_readlink", call_readlink, false },
    { "path_remove_directory", call_remove, true },
    { "path_rename from", call_rename_from, false },
    { "path_rename to", call_rename_to, true },
    { "path_symlink", call_symlink, false },
    { "path_symlink of a text", call_symlink_text, false },
    { "path_unlink_file", call_unlink, true },
};

#define PATH(text)                                                                                 \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

static void one_path(uint32_t fd, const char *situation, struct path path, bool is_there)
{
    const size_t count = sizeof calls_of_paths / sizeof *calls_of_paths;
    for (size_t i = 0; i < count; i++) {
        const struct path_call *call = &calls_of_paths[i];
        if (!is_there || !call->destroys) {
            say(call->name, situation, call->run(fd, path));
        }
    }
}

static void paths(void)
{
    static char name[256];
    static char path[5000];
    memset(name, 'n', sizeof name);
    for (size_t i = 0; i < sizeof path; i += 2) {
        memcpy(path + i, "./", 2);
    }
    const struct {
        const char *name;
        struct path path;
        bool is_there;
    } situations[] = {
        { "an empty path", PATH(""), false },
        { "an absolute path", PATH("/f"), false },
        { "`..` above the directory", PATH("../none"), false },
        { "beneath a link that leads out", PATH("up/none"), false },
        { "beneath a link with an absolute text", PATH("labs/none"), false },
        { "a NUL inside", PATH("f\0x"), false },
        { "bytes that are not UTF-8", PATH("\xff\xff"), false },
        { "an overlong form", PATH("..\xc0\xaf"), false },
        { "a surrogate", PATH("\xed\xa0\x80"), false },
        { "beyond U+10FFFF", PATH("\xf4\x90\x80\x80"), false },
        { "a character that is cut", PATH("caf\xc3"), false },
        { "a name that is there and not UTF-8", PATH("raw/\xff\xfe"), true },
        { "a name of 256 bytes", { name, sizeof name }, false },
        { "a path of 5,000 bytes", { path, sizeof path }, true },
        { "beneath a file", PATH("f/x"), false },
        { "beneath a name that is not there", PATH("none/x"), false },
        { "beneath a link to itself", PATH("lo/x"), false },
        { "a name that is not there", PATH("none"), true },
        { "a name that is not there, with a slash", PATH("none/"), true },
        { "a file", PATH("f"), true },
        { "a file, with a slash", PATH("f/"), true },
        { "a directory that is not empty", PATH("full"), true },
        { "a directory that is not empty, with a slash", PATH("full/"), true },
        { "the directory itself", PATH("."), true },
        { "a link to a file", PATH("lf"), true },
        { "a link to a file, with a slash", PATH("lf/"), true },
        { "a link to a directory", PATH("ld"), true },
        { "a link to a directory, with a slash", PATH("ld/"), true },
        { "a link that leads nowhere", PATH("ln"), true },
        { "a link to itself", PATH("lo"), true },
        { "a link that leads out", PATH("up"), true },
        { "a link with an absolute text", PATH("labs"), true },
        { "a link with a text that is not UTF-8", PATH("lraw"), true },
        { "beneath a link with a text that is not UTF-8", PATH("ldraw/x"), false },
    };
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
        one_path(BOX, situations[i].name, situations[i].path, situations[i].is_there);
    }
    const struct path x = PATH("x");
    one_path(CLOSED, "a directory's descriptor that is not open", x, false);
    const uint32_t file = opened("f", 0, BOTH);
    one_path(file, "a file's descriptor for the directory", x, false);
    fd_close(file);
    one_path(STDIN, "standard input for the directory", x, false);
}

static void flags_of_open(void)
{
    opening("CREAT with DIRECTORY", 0, "none", CREAT | DIRECTORY, READ, 0);
    opening("DIRECTORY on a file", 0, "f", DIRECTORY, READ, 0);
    opening("DIRECTORY with EXCL", 0, "d", DIRECTORY | EXCL, READ, 0);
    opening("DIRECTORY with TRUNC", 0, "d", DIRECTORY | TRUNC, READ, 0);
    opening("DIRECTORY on a link that is not followed", 0, "ld", DIRECTORY, READ, 0);
    opening("a link that is not followed", 0, "lf", 0, READ, 0);
    opening("CREAT on a directory", 0, "d", CREAT, READ, 0);
    opening("CREAT and EXCL on a file", 0, "f", CREAT | EXCL, READ, 0);
    opening("TRUNC on a directory", 0, "d", TRUNC, READ, 0);
    opening("a directory for writing", 0, "d", 0, BOTH, 0);
    opening("DIRECTORY for writing", 0, "d", DIRECTORY, BOTH, 0);
    opening("DSYNC", 0, "f", 0, BOTH, DSYNC);
    opening("every right that exists", 0, "f", 0, BOTH | 1 << 28 | 1 << 29, 0);
}

static void two_names(void)
{
    const struct path link = PATH("lf");
    say("path_link", "a link that is to be followed",
        path_link(BOX, FOLLOW, link.text, link.len, BOX, "made", 4));
    say("path_rename", "a directory onto a file", path_rename(BOX, "d", 1, BOX, "f", 1));
    say("path_rename", "a file onto a directory", path_rename(BOX, "f", 1, BOX, "d", 1));
    say("path_rename", "a directory onto one that is not empty",
        path_rename(BOX, "d", 1, BOX, "full", 4));
    say("path_rename", "a directory into itself", path_rename(BOX, "d", 1, BOX, "d/x", 3));
    say("path_rename", "a file onto itself", path_rename(BOX, "f", 1, BOX, "f", 1));
    say("path_remove_directory", "a file", path_remove_directory(BOX, "f", 1));
    say("path_remove_directory", "a file, with a slash", path_remove_directory(BOX, "f/", 2));
    say("path_remove_directory", "a directory that is not empty",
        path_remove_directory(BOX, "full", 4));
    say("path_remove_directory", "a link to a directory", path_remove_directory(BOX, "ld", 2));
    say("path_remove_directory", "the directory itself", path_remove_directory(BOX, ".", 1));
    say("path_remove_directory", "a name that is not there", path_remove_directory(BOX, "none", 4));
    say("path_unlink_file", "a directory", path_unlink_file(BOX, "d", 1));
    say("path_unlink_file", "a directory, with a slash", path_unlink_file(BOX, "d/", 2));
    say("path_unlink_file", "a file, with a slash", path_unlink_file(BOX, "f/", 2));
    say("path_unlink_file", "a name that is not there", path_unlink_file(BOX, "none", 4));
    say("path_unlink_file", "the directory itself", path_unlink_file(BOX, ".", 1));
}

int main(void)
{
    paths();
    flags_of_open();
    two_names();
    return 0;
}
