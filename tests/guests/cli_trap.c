/*
 * Fails in the way that its first argument says, with debug information to find where.
 * guest-flags: -g -fno-inline-functions
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <string.h>
#include <wasi/api.h>

static inline __attribute__((always_inline)) int innermost(int n)
{
    __builtin_trap(); /* line 11 */
    return n + 1;
}

static inline __attribute__((always_inline)) int between(int n)
{
    return innermost(n) * 2; /* line 17 */
}

__attribute__((noinline)) static int outermost(int n)
{
    return between(n) + 1; /* line 22 */
}

__attribute__((noinline)) static int give_bad_pointer(void)
{
    return __wasi_fd_write(1, (const __wasi_ciovec_t *)0xfffffff0, 1, NULL); /* line 27 */
}

/* Calls the host wherever the stack ends. Nothing of it lies in the guest's memory, which would be
 * used up before. */
__attribute__((noinline)) static int recurse(int n)
{
    static __wasi_timestamp_t now;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &now);
    return n < 0 ? 0 : recurse(n + 1) + (int)now;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "inlined") == 0) {
        return outermost(argc);
    }
    if (strcmp(how, "pointer") == 0) {
        return give_bad_pointer();
    }
    return recurse(0);
}
