/* A guest path with the directory it begins in, as every path function takes them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi/guest_path.h"

#include "path/utf8.h"

/* What is not plain ASCII. */
static wasi_errno check_text(const struct call *c, const char *text, uint32_t len)
{
    if (!is_node(c) && !ringfort_is_utf8(text, len)) {
        return WASI_EILSEQ;
    }
    return memchr(text, '\0', len) == NULL ? WASI_SUCCESS : WASI_EINVAL;
}

wasi_errno ringfort_guest_text(struct call *c, struct guest_span from, uint32_t len,
                               char out[PATH_MAX])
{
    if (len == 0) {
        return is_node(c) ? WASI_EINVAL : WASI_ENOENT;
    }
    if (len > c->wasi->limits[RINGFORT_LIMIT_PATH_LENGTH]) { /* which is less than PATH_MAX */
        return refuse(c, RINGFORT_LIMIT_PATH_LENGTH, WASI_ENAMETOOLONG);
    }
    span_copy_out(from, out, len);
    out[len] = '\0';
    return __builtin_expect(is_plain_text(out, len), 1) ? WASI_SUCCESS : check_text(c, out, len);
}

wasi_errno ringfort_guest_path(struct call *c, uint32_t fd, uint64_t rights, gptr path,
                               uint32_t len, struct guest_path *out)
{
    struct guest_span from;
    TRY(guest_span(&c->memory, path, len, &from));
    TRY(ringfort_fd_take(&c->wasi->fds, fd, rights, &out->dir));
    if (ringfort_file_kind(out->dir) != KIND_DIRECTORY) {
        return WASI_ENOTDIR;
    }
    TRY(ringfort_guest_text(c, from, len, out->text));
    return out->text[0] != '/' ? WASI_SUCCESS : WASI_ENOTCAPABLE;
}
