/* path_open: rights and flags to an open file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/rights.h"
#include "os/errno.h"
#include "os/own.h"
#include "os/sys.h"
#include "os/system_file.h"
#include "wasi.h"
#include "wasi/guest_path.h"

/* What the guest asked for, beside the path. */
struct wish {
    uint32_t dirflags;
    uint32_t oflags;
    uint32_t fdflags;
    uint64_t base;
    uint64_t inheriting;
    bool reads;
    uint64_t not_opened_for; /* see struct open_file */
    bool only_device; /* to write beneath a read-only preopen: ROFS unless it is a memory device */
};

/* The rights that only a descriptor open for writing can have. */
static uint64_t rights_of_writing(void)
{
    return RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;
}

static uint64_t rights_needed(const struct wish *wish)
{
    return RIGHT_PATH_OPEN | ((wish->oflags & OFLAGS_CREAT) != 0 ? RIGHT_PATH_CREATE_FILE : 0) |
           ((wish->oflags & OFLAGS_TRUNC) != 0 ? RIGHT_PATH_FILESTAT_SET_SIZE : 0);
}

/* What the new descriptor has to inherit for its flags. */
static uint64_t rights_of_fdflags(uint32_t fdflags)
{
    return ((fdflags & FDFLAGS_DSYNC) != 0 ? RIGHT_FD_DATASYNC : 0) |
           ((fdflags & (FDFLAGS_SYNC | FDFLAGS_RSYNC)) != 0 ? RIGHT_FD_SYNC : 0);
}

/* The descriptor is not for these. */
static void leave_out(struct wish *wish, uint64_t rights)
{
    wish->base &= ~rights;
    wish->not_opened_for |= rights;
}

/* What is asked for says how a file is opened: for writing or not, and for reading, also where
 * nothing is asked for. All else is as the directory passes it on. */
static void grant(uint64_t given, struct wish *wish)
{
    const uint64_t asked = wish->base;
    const bool writes = (asked & RIGHT_FD_WRITE) != 0;
    const bool reads = !writes || (asked & (RIGHT_FD_READ | RIGHT_FD_READDIR)) != 0;
    wish->not_opened_for = (reads ? 0 : RIGHT_FD_READ) | (writes ? 0 : RIGHT_FD_WRITE) |
                           ((asked & rights_of_writing()) != 0 ? 0 : rights_of_writing());
    wish->base = given & ~wish->not_opened_for;
    wish->inheriting = given;
    wish->reads = (wish->base & RIGHT_FD_READ) != 0;
}

/* Turns what is asked for into what the descriptor gets. In Node's dialect that is the same, or it
 * is refused. */
static wasi_errno settle_rights(const struct call *c, const struct open_file *dir,
                                struct wish *wish)
{
    const uint64_t given = atomic_load_explicit(&dir->rights_inheriting, memory_order_relaxed);
    const uint64_t excess = (wish->base | wish->inheriting) & ~given;
    if ((excess != 0 && is_node(c)) || (rights_of_fdflags(wish->fdflags) & ~given) != 0) {
        return WASI_ENOTCAPABLE;
    }
    if (is_node(c)) {
        wish->reads = (wish->base & (RIGHT_FD_READ | RIGHT_FD_READDIR)) != 0;
    } else {
        grant(given, wish);
    }
    return WASI_SUCCESS;
}

/* Whether an open file is null, zero, full, random or urandom: writing to it changes nothing. */
static bool is_memory_device(int fd)
{
    struct stat st;
    return sys_fstat(fd, &st) == 0 && ringfort_is_harmless_device(&st);
}

/* The same of what a path names, which is looked at and not opened: opening may do something. */
static bool names_memory_device(const struct start *start, const char *path,
                                const struct wish *wish)
{
    const bool follow = (wish->dirflags & LOOKUPFLAGS_SYMLINK_FOLLOW) != 0;
    OWNED_FD fd = -1;
    return ringfort_beneath_open(start, path, O_PATH | (follow ? 0 : O_NOFOLLOW), &fd) ==
               WASI_SUCCESS &&
           is_memory_device(fd);
}

/* Beneath a read-only preopen nothing is opened in a way that could change it, decided before
 * anything is touched. As on a read-only mount, a device is no part of what is kept: it can be
 * written, and O_CREAT and O_TRUNC do nothing to it. */
static wasi_errno check_read_only(const struct start *start, const char *path,
                                  const struct open_file *dir, struct wish *wish)
{
    if (!dir->read_only) {
        return WASI_SUCCESS;
    }
    const uint32_t changes = wish->oflags & (OFLAGS_CREAT | OFLAGS_TRUNC);
    const uint64_t written = wish->base & RIGHT_FD_WRITE;
    wish->only_device = changes != 0 || written != 0;
    if (wish->only_device && !names_memory_device(start, path, wish)) {
        return WASI_EROFS;
    }
    if ((changes & OFLAGS_CREAT) != 0 && (wish->oflags & OFLAGS_EXCL) != 0) {
        return WASI_EEXIST;
    }
    wish->oflags &= ~changes;
    leave_out(wish, rights_of_writing() & ~written);
    return WASI_SUCCESS;
}

/* What was looked at may have been replaced before it was opened. */
static wasi_errno check_device(const struct wish *wish, int fd)
{
    return !wish->only_device || is_memory_device(fd) ? WASI_SUCCESS : WASI_EROFS;
}

/* O_NONBLOCK, because opening a FIFO must not block the host; the guest's own NONBLOCK is kept
 * beside the descriptor. APPEND too:
 * it is asked for in each write. */
static int host_flags(const struct wish *wish)
{
    int flags = O_NOCTTY | O_NONBLOCK;
    flags |= (wish->dirflags & LOOKUPFLAGS_SYMLINK_FOLLOW) != 0 ? 0 : O_NOFOLLOW;
    flags |= (wish->oflags & OFLAGS_DIRECTORY) != 0 ? O_DIRECTORY : 0;
    flags |= (wish->oflags & OFLAGS_TRUNC) != 0 ? O_TRUNC : 0;
    if ((wish->oflags & OFLAGS_CREAT) != 0) {
        flags |= O_CREAT | ((wish->oflags & OFLAGS_EXCL) != 0 ? O_EXCL : 0);
    }
    if ((wish->fdflags & (FDFLAGS_SYNC | FDFLAGS_RSYNC)) != 0) {
        flags |= O_SYNC;
    } else if ((wish->fdflags & FDFLAGS_DSYNC) != 0) {
        flags |= O_DSYNC;
    }
    return flags;
}

static int access_mode(const struct wish *wish)
{
    if ((wish->base & rights_of_writing()) == 0) {
        return O_RDONLY;
    }
    return wish->reads ? O_RDWR : O_WRONLY;
}

/* Whether a file that cannot be opened for writing may be opened for reading alone. */
static bool is_about_writing(wasi_errno error)
{
    return error == WASI_EISDIR || error == WASI_EACCES || error == WASI_EROFS ||
           error == WASI_EPERM || error == WASI_ETXTBSY;
}

/* A guest that does not ask to write, but to set a size or to allocate (Go asks so for every file
 * it reads), gets a descriptor without those rights where the file is not writable. */
static wasi_errno open_host(const struct start *start, const char *path, struct wish *wish,
                            int *out)
{
    const int flags = host_flags(wish);
    const wasi_errno error = ringfort_beneath_open(start, path, flags | access_mode(wish), out);
    const bool insists = (wish->base & RIGHT_FD_WRITE) != 0 || access_mode(wish) == O_RDONLY;
    if (error == WASI_SUCCESS || insists || !is_about_writing(error)) {
        return error;
    }
    leave_out(wish, rights_of_writing());
    return ringfort_beneath_open(start, path, flags | O_RDONLY, out);
}

/* A directory that the host does not let be listed may still be searched: it is opened for the
 * paths beneath it. Where that is not so either, the first answer stands. */
static wasi_errno open_to_search(const struct start *start, const char *path,
                                 const struct wish *wish, struct open_file *file)
{
    const uint32_t changes = wish->oflags & (OFLAGS_CREAT | OFLAGS_TRUNC);
    if (changes != 0 || access_mode(wish) != O_RDONLY ||
        ringfort_beneath_open_to_search(start, path, host_flags(wish) & O_NOFOLLOW,
                                        &file->host_fd) != WASI_SUCCESS) {
        return WASI_EACCES;
    }
    file->only_searched = true;
    return WASI_SUCCESS;
}

/* Opens what is there, without O_CREAT; with it, the host refuses directories. */
static wasi_errno open_existing(const struct start *start, const char *path, struct wish *wish,
                                int *out)
{
    struct wish there = *wish;
    there.oflags &= ~(uint32_t)OFLAGS_CREAT;
    TRY(open_host(start, path, &there, out));
    struct stat st;
    TRY(ringfort_errno_of(sys_fstat(*out, &st)));
    wish->base = there.base;
    wish->not_opened_for = there.not_opened_for;
    return S_ISDIR(st.st_mode) ? WASI_EISDIR : WASI_SUCCESS;
}

/* No name may be made. What the host says before it looks at quotas is said here too. */
static wasi_errno refuse_name(struct call *c, const struct start *start, const char *path,
                              bool exclusive, wasi_errno error)
{
    PLACE place = place_nowhere();
    TRY(ringfort_beneath_place(start, path, &place));
    return exclusive && place.last == LAST_NAME && ringfort_place_is_taken(&place)
               ? WASI_EEXIST
               : ringfort_quota_refuse_name(c, error);
}

/* Where names are counted, a file that is there is opened without O_CREAT, so that what O_CREAT
 * opens was made by it. Where another makes it between the two, it counts all the same. */
static wasi_errno open_counted(struct call *c, const struct start *start, const char *path,
                               struct wish *wish, int *out)
{
    const bool exclusive = (wish->oflags & OFLAGS_EXCL) != 0;
    if (!exclusive) {
        const wasi_errno error = open_existing(start, path, wish, out);
        if (error != WASI_ENOENT) {
            return error;
        }
    }
    const wasi_errno error = ringfort_quota_take_name(c, QUOTA_NAME);
    if (error != WASI_SUCCESS) {
        return refuse_name(c, start, path, exclusive, error);
    }
    return ringfort_quota_settle_name(c, QUOTA_NAME, open_host(start, path, wish, out));
}

/* A directory has no right that the one it was opened in had given up: `.` would bring it back. */
static uint64_t directory_rights(const struct call *c, const struct open_file *dir)
{
    return is_node(c) ? ringfort_rights_all() : ringfort_file_rights(dir);
}

static void describe(struct open_file *file, const struct open_file *dir, const struct wish *wish)
{
    const bool is_directory = (wish->oflags & OFLAGS_DIRECTORY) != 0;
    const bool appends = (wish->fdflags & FDFLAGS_APPEND) != 0;
    file->kind = is_directory ? KIND_DIRECTORY : KIND_NOT_ASKED;
    file->fdflags = (uint16_t)(wish->fdflags & FDFLAGS_ALL);
    file->rights_base = wish->base;
    file->rights_inheriting = wish->inheriting;
    file->not_opened_for = wish->not_opened_for;
    file->position = file->table->single_threaded && !appends ? POSITION_OWN : POSITION_OF_HOST;
    file->read_only = dir->read_only;
    file->system_files = dir->system_files;
}

/* The preopen `/` that a directory lies beneath stays open as long as it does. */
static void remember_root(struct open_file *file, struct open_file *dir)
{
    struct open_file *root = dir->is_link_root ? dir : dir->root;
    if (root != NULL) {
        ringfort_file_hold(root);
        file->root = root;
    }
}

wasi_errno ringfort_path_open(struct call *c, uint32_t fd, uint32_t dirflags, gptr path,
                              uint32_t path_len, uint32_t oflags, uint64_t fs_rights_base,
                              uint64_t fs_rights_inheriting, uint32_t fdflags, gptr opened_fd)
{
    struct wish wish = { .dirflags = dirflags,
                         .oflags = oflags,
                         .fdflags = fdflags,
                         .base = fs_rights_base,
                         .inheriting = fs_rights_inheriting };
    struct guest_span result;
    TRY(guest_span(&c->memory, opened_fd, 4, &result));
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, rights_needed(&wish), path, path_len, &at));
    TRY(check_flags(c, dirflags, LOOKUPFLAGS_ALL));
    TRY(check_flags(c, oflags, OFLAGS_ALL));
    TRY(check_flags(c, fdflags, FDFLAGS_ALL));
    if ((oflags & (OFLAGS_CREAT | OFLAGS_DIRECTORY)) == (OFLAGS_CREAT | OFLAGS_DIRECTORY)) {
        return WASI_EINVAL; /* some kernels would make a file of it */
    }
    TRY(settle_rights(c, at.dir, &wish));
    struct start start = start_at(c, at.dir);
    TRY(check_read_only(&start, at.text, at.dir, &wish));
    TAKEN *file = NULL;
    TRY(new_file(c, &file)); /* before the file is made: it may be one too many */
    file->behind_mount = at.dir->behind_mount;
    start.crossed = &file->behind_mount;
    const bool counted = (wish.oflags & OFLAGS_CREAT) != 0 && at.text[path_len - 1] != '/' &&
                         ringfort_quota_counts_names(c); /* before a slash, no file is made */
    const wasi_errno error = counted ? open_counted(c, &start, at.text, &wish, &file->host_fd)
                                     : open_host(&start, at.text, &wish, &file->host_fd);
    TRY(error == WASI_EACCES ? open_to_search(&start, at.text, &wish, file) : error);
    TRY(check_device(&wish, file->host_fd));
    describe(file, at.dir, &wish);
    file->directory_rights = directory_rights(c, at.dir);
    remember_root(file, at.dir);
    span_put_u32(result, 0, ringfort_table_insert(&c->wasi->fds, &file));
    return WASI_SUCCESS;
}
