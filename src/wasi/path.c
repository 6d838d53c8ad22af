/* Names in directories: path_create_directory, filestat, link, readlink, remove_directory, rename,
 * symlink, unlink_file.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi.h"

#include "path/utf8.h"
#include "wasi/guest_path.h"

enum { SHORT_TEXT = 60 }; /* a link's text that needs no block, on ext4 */

/* ---- One name that changes ---- */

/* Finds where a path's last name stands, in a directory that may be changed. */
static wasi_errno find_place(struct call *c, const struct guest_path *path, struct place *out)
{
    if (path->dir->read_only) {
        return WASI_EROFS;
    }
    const struct start start = start_at(c, path->dir);
    return ringfort_beneath_place(&start, path->text, out);
}

/* Before a name is made: EXIST where it stands already, as the host says before it looks at
 * quotas; DQUOT where the guest has made all that it may, NOSPC where no space is left for it. */
static wasi_errno begin_name(struct call *c, const struct place *at, uint64_t space)
{
    const wasi_errno error = ringfort_quota_take_name(c, space);
    if (error == WASI_SUCCESS) {
        return WASI_SUCCESS;
    }
    return ringfort_place_is_taken(at) ? WASI_EEXIST : ringfort_quota_refuse_name(c, error);
}

wasi_errno ringfort_path_create_directory(struct call *c, uint32_t fd, gptr path, uint32_t path_len)
{
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_CREATE_DIRECTORY, path, path_len, &at));
    PLACE place = place_nowhere();
    TRY(find_place(c, &at, &place));
    if (place.last != LAST_NAME) {
        return WASI_EEXIST;
    }
    TRY(begin_name(c, &place, QUOTA_DIRECTORY));
    return ringfort_quota_settle_name(c, QUOTA_DIRECTORY, ringfort_place_mkdir(&place));
}

wasi_errno ringfort_path_remove_directory(struct call *c, uint32_t fd, gptr path, uint32_t path_len)
{
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_REMOVE_DIRECTORY, path, path_len, &at));
    PLACE place = place_nowhere();
    TRY(find_place(c, &at, &place));
    if (place.last != LAST_NAME) {
        return place.last == LAST_DOT ? WASI_EINVAL : WASI_ENOTEMPTY;
    }
    return ringfort_place_rmdir(&place);
}

wasi_errno ringfort_path_unlink_file(struct call *c, uint32_t fd, gptr path, uint32_t path_len)
{
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_UNLINK_FILE, path, path_len, &at));
    PLACE place = place_nowhere();
    TRY(find_place(c, &at, &place));
    return place.last == LAST_NAME ? ringfort_place_unlink(&place) : WASI_EISDIR;
}

wasi_errno ringfort_path_symlink(struct call *c, gptr old_path, uint32_t old_path_len, uint32_t fd,
                                 gptr new_path, uint32_t new_path_len)
{
    struct guest_span text_span;
    TRY(guest_span(&c->memory, old_path, old_path_len, &text_span));
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_SYMLINK, new_path, new_path_len, &at));
    char text[PATH_MAX];
    TRY(ringfort_guest_text(c, text_span, old_path_len, text));
    if (text[0] == '/') {
        return WASI_EPERM; /* it would name a file of the host's */
    }
    PLACE place = place_nowhere();
    TRY(find_place(c, &at, &place));
    if (place.last != LAST_NAME) {
        return WASI_EEXIST;
    }
    /* A short text lies in the inode. */
    const uint64_t space = old_path_len < SHORT_TEXT ? QUOTA_NAME : QUOTA_NAME + QUOTA_BLOCK;
    TRY(begin_name(c, &place, space));
    return ringfort_quota_settle_name(c, space, ringfort_place_symlink(text, &place));
}

/* ---- Two names ---- */

wasi_errno ringfort_path_rename(struct call *c, uint32_t fd, gptr old_path, uint32_t old_path_len,
                                uint32_t new_fd, gptr new_path, uint32_t new_path_len)
{
    struct guest_span checked;
    TRY(guest_span(&c->memory, new_path, new_path_len, &checked));
    GUEST_PATH from;
    from.dir = NULL;
    GUEST_PATH to;
    to.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_RENAME_SOURCE, old_path, old_path_len, &from));
    TRY(ringfort_guest_path(c, new_fd, RIGHT_PATH_RENAME_TARGET, new_path, new_path_len, &to));
    PLACE from_place = place_nowhere();
    PLACE to_place = place_nowhere();
    TRY(find_place(c, &from, &from_place));
    TRY(find_place(c, &to, &to_place));
    if (from_place.last != LAST_NAME || to_place.last != LAST_NAME) {
        return WASI_EBUSY;
    }
    /* It makes no name, but the new directory may grow by it, and the old one does not shrink. */
    uint64_t space;
    TRY(ringfort_quota_take(c, QUOTA_SPACE, QUOTA_NAME, QUOTA_NAME, &space));
    const wasi_errno error = ringfort_place_rename(&from_place, &to_place);
    ringfort_quota_settle(c, QUOTA_SPACE, space, error == WASI_SUCCESS ? space : 0);
    return error;
}

wasi_errno ringfort_path_link(struct call *c, uint32_t old_fd, uint32_t old_flags, gptr old_path,
                              uint32_t old_path_len, uint32_t new_fd, gptr new_path,
                              uint32_t new_path_len)
{
    struct guest_span checked;
    TRY(guest_span(&c->memory, new_path, new_path_len, &checked));
    GUEST_PATH from;
    from.dir = NULL;
    GUEST_PATH to;
    to.dir = NULL;
    TRY(ringfort_guest_path(c, old_fd, RIGHT_PATH_LINK_SOURCE, old_path, old_path_len, &from));
    TRY(ringfort_guest_path(c, new_fd, RIGHT_PATH_LINK_TARGET, new_path, new_path_len, &to));
    TRY(check_flags(c, old_flags, LOOKUPFLAGS_ALL));
    if ((old_flags & LOOKUPFLAGS_SYMLINK_FOLLOW) != 0) {
        return WASI_EINVAL;
    }
    PLACE from_place = place_nowhere();
    PLACE to_place = place_nowhere();
    TRY(find_place(
        c, &from,
        &from_place)); /* a second name in a writable directory would make the file writable */
    TRY(find_place(c, &to, &to_place));
    if (to_place.last != LAST_NAME) {
        return WASI_EEXIST;
    }
    if (from_place.last != LAST_NAME) {
        return WASI_EPERM;
    }
    TRY(begin_name(c, &to_place, QUOTA_NAME));
    return ringfort_quota_settle_name(c, QUOTA_NAME, ringfort_place_link(&from_place, &to_place));
}

/* ---- Looking ---- */

wasi_errno ringfort_path_filestat_get(struct call *c, uint32_t fd, uint32_t flags, gptr path,
                                      uint32_t path_len, gptr buf)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, buf, c->layouts->filestat_size, &result));
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_FILESTAT_GET, path, path_len, &at));
    TRY(check_flags(c, flags, LOOKUPFLAGS_ALL));
    const struct start start = start_at(c, at.dir);
    struct stat st;
    TRY(ringfort_beneath_stat(&start, at.text, (flags & LOOKUPFLAGS_SYMLINK_FOLLOW) != 0, &st));
    put_filestat(c, result, &st, filetype_of_mode(st.st_mode));
    return WASI_SUCCESS;
}

wasi_errno ringfort_path_filestat_set_times(struct call *c, uint32_t fd, uint32_t flags, gptr path,
                                            uint32_t path_len, uint64_t atim, uint64_t mtim,
                                            uint32_t fst_flags)
{
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_FILESTAT_SET_TIMES, path, path_len, &at));
    TRY(check_flags(c, flags, LOOKUPFLAGS_ALL));
    struct timespec times[2];
    TRY(times_to_set(atim, mtim, fst_flags, times));
    if (at.dir->read_only) {
        return WASI_EROFS;
    }
    const struct start start = start_at(c, at.dir);
    return ringfort_beneath_set_times(&start, at.text, (flags & LOOKUPFLAGS_SYMLINK_FOLLOW) != 0,
                                      times);
}

wasi_errno ringfort_path_readlink(struct call *c, uint32_t fd, gptr path, uint32_t path_len,
                                  gptr buf, uint32_t buf_len, gptr bufused)
{
    struct guest_span result;
    struct guest_span room;
    TRY(guest_span(&c->memory, bufused, 4, &result));
    TRY(guest_span(&c->memory, buf, buf_len, &room));
    GUEST_PATH at;
    at.dir = NULL;
    TRY(ringfort_guest_path(c, fd, RIGHT_PATH_READLINK, path, path_len, &at));
    const struct start start = start_at(c, at.dir);
    char text[PATH_MAX];
    size_t len;
    TRY(ringfort_beneath_readlink(&start, at.text, text, sizeof text, &len));
    if (!is_node(c) && len > 0 && !is_utf8(text, len)) {
        return WASI_EILSEQ; /* the host may have made it */
    }
    const size_t used = len < buf_len ? len : buf_len;
    span_put_bytes(room, 0, text, used);
    span_put_u32(result, 0, (uint32_t)used);
    return WASI_SUCCESS;
}
