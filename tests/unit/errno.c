/* Host errnos to WASI's numbers, against the numbers of typenames.witx written out.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"

#include <errno.h>
#include <limits.h>
#include <ringfort.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    int host;
    unsigned number;
    const char *name;
} known[] = {
    { E2BIG, 1, "2big" },
    { EACCES, 2, "acces" },
    { EADDRINUSE, 3, "addrinuse" },
    { EADDRNOTAVAIL, 4, "addrnotavail" },
    { EAFNOSUPPORT, 5, "afnosupport" },
    { EAGAIN, 6, "again" },
    { EWOULDBLOCK, 6, "again" },
    { EALREADY, 7, "already" },
    { EBADF, 8, "badf" },
    { EBADMSG, 9, "badmsg" },
    { EBUSY, 10, "busy" },
    { ECANCELED, 11, "canceled" },
    { ECHILD, 12, "child" },
    { ECONNABORTED, 13, "connaborted" },
    { ECONNREFUSED, 14, "connrefused" },
    { ECONNRESET, 15, "connreset" },
    { EDEADLK, 16, "deadlk" },
    { EDESTADDRREQ, 17, "destaddrreq" },
    { EDOM, 18, "dom" },
    { EDQUOT, 19, "dquot" },
    { EEXIST, 20, "exist" },
    { EFAULT, 21, "fault" },
    { EFBIG, 22, "fbig" },
    { EHOSTUNREACH, 23, "hostunreach" },
    { EIDRM, 24, "idrm" },
    { EILSEQ, 25, "ilseq" },
    { EINPROGRESS, 26, "inprogress" },
    { EINTR, 27, "intr" },
    { EINVAL, 28, "inval" },
    { EIO, 29, "io" },
    { EISCONN, 30, "isconn" },
    { EISDIR, 31, "isdir" },
    { ELOOP, 32, "loop" },
    { EMFILE, 33, "mfile" },
    { EMLINK, 34, "mlink" },
    { EMSGSIZE, 35, "msgsize" },
    { EMULTIHOP, 36, "multihop" },
    { ENAMETOOLONG, 37, "nametoolong" },
    { ENETDOWN, 38, "netdown" },
    { ENETRESET, 39, "netreset" },
    { ENETUNREACH, 40, "netunreach" },
    { ENFILE, 41, "nfile" },
    { ENOBUFS, 42, "nobufs" },
    { ENODEV, 43, "nodev" },
    { ENOENT, 44, "noent" },
    { ENOEXEC, 45, "noexec" },
    { ENOLCK, 46, "nolck" },
    { ENOLINK, 47, "nolink" },
    { ENOMEM, 48, "nomem" },
    { ENOMSG, 49, "nomsg" },
    { ENOPROTOOPT, 50, "noprotoopt" },
    { ENOSPC, 51, "nospc" },
    { ENOSYS, 52, "nosys" },
    { ENOTCONN, 53, "notconn" },
    { ENOTDIR, 54, "notdir" },
    { ENOTEMPTY, 55, "notempty" },
    { ENOTRECOVERABLE, 56, "notrecoverable" },
    { ENOTSOCK, 57, "notsock" },
    { ENOTSUP, 58, "notsup" },
    { EOPNOTSUPP, 58, "notsup" },
    { ENOTTY, 59, "notty" },
    { ENXIO, 60, "nxio" },
    { EOVERFLOW, 61, "overflow" },
    { EOWNERDEAD, 62, "ownerdead" },
    { EPERM, 63, "perm" },
    { EPIPE, 64, "pipe" },
    { EPROTO, 65, "proto" },
    { EPROTONOSUPPORT, 66, "protonosupport" },
    { EPROTOTYPE, 67, "prototype" },
    { ERANGE, 68, "range" },
    { EROFS, 69, "rofs" },
    { ESPIPE, 70, "spipe" },
    { ESRCH, 71, "srch" },
    { ESTALE, 72, "stale" },
    { ETIMEDOUT, 73, "timedout" },
    { ETXTBSY, 74, "txtbsy" },
    { EXDEV, 75, "xdev" },
};

static void a_host_errno_has_the_number_of_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(ringfort_errno_of(-known[i].host), known[i].number);
        assert_string_equal(ringfort_errno_name(known[i].number), known[i].name);
    }
    assert_string_equal(ringfort_errno_name(76), "notcapable");
    assert_string_equal(ringfort_errno_name(0), "success");
}

static void a_host_errno_that_wasi_does_not_have_is_io(void **state)
{
    (void)state;
    assert_int_equal(ringfort_errno_of(-EUCLEAN), WASI_EIO);
    assert_int_equal(ringfort_errno_of(-EKEYEXPIRED), WASI_EIO);
    assert_int_equal(ringfort_errno_of(-100000), WASI_EIO);
}

static void a_result_that_is_not_negative_is_success(void **state)
{
    (void)state;
    assert_int_equal(ringfort_errno_of(0), WASI_SUCCESS);
    assert_int_equal(ringfort_errno_of(INT64_MAX), WASI_SUCCESS);
}

static void an_embedder_gets_the_same_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(ringfort_errno_from_host(known[i].host), known[i].number);
    }
    assert_int_equal(ringfort_errno_from_host(0), WASI_SUCCESS);
    assert_int_equal(ringfort_errno_from_host(EUCLEAN), WASI_EIO);
    assert_int_equal(ringfort_errno_from_host(-ENOENT), WASI_EIO);
    assert_int_equal(ringfort_errno_from_host(INT_MAX), WASI_EIO);
    assert_int_equal(ringfort_errno_from_host(INT_MIN), WASI_EIO);
}

static void a_number_above_the_last_has_no_name(void **state)
{
    (void)state;
    assert_null(ringfort_errno_name(77));
    assert_null(ringfort_errno_name(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_errno_has_the_number_of_the_specification),
        cmocka_unit_test(a_host_errno_that_wasi_does_not_have_is_io),
        cmocka_unit_test(a_result_that_is_not_negative_is_success),
        cmocka_unit_test(an_embedder_gets_the_same_numbers),
        cmocka_unit_test(a_number_above_the_last_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
