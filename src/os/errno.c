/* Host errnos to WASI's, and their names, a row each from errno.def.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/errno.h"

#include <errno.h>
#include <ringfort.h>
#include <stddef.h>

_Static_assert(EWOULDBLOCK == EAGAIN && EOPNOTSUPP == ENOTSUP,
               "Linux has one number for each pair");

wasi_errno ringfort_errno_of(long result)
{
    if (result >= 0) {
        return WASI_SUCCESS;
    }
    switch (-result) {
#define ONLY(NAME, name)
#define HOST(NAME, name)                                                                           \
    case NAME:                                                                                     \
        return WASI_##NAME;
#include "abi/errno.def"
#undef ONLY
#undef HOST
    default:
        return WASI_EIO;
    }
}

uint32_t ringfort_errno_from_host(int os_errno)
{
    return os_errno < 0 ? WASI_EIO : (uint32_t)ringfort_errno_of(-(long)os_errno);
}

const char *ringfort_errno_name(uint32_t number)
{
    static const char *const names[] = {
#define ONLY(NAME, name) #name,
#define HOST(NAME, name) #name,
#include "abi/errno.def"
#undef ONLY
#undef HOST
    };
    return number < WASI_ERRNO_COUNT ? names[number] : NULL;
}
