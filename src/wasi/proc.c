/* proc_exit, proc_raise, sched_yield.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/sys.h"
#include "wasi.h"

wasi_errno ringfort_proc_exit(struct call *c, uint32_t rval)
{
    c->exit_code = rval;
    atomic_store(&c->wasi->exit_code, rval);
    atomic_store(&c->wasi->exited, true);
    return FACT_EXIT;
}

/* Never a signal: it would be the host's process that gets it. */
wasi_errno ringfort_proc_raise(struct call *c, uint32_t sig)
{
    (void)sig;
    return is_node(c) ? WASI_ENOSYS : WASI_ENOTSUP;
}

wasi_errno ringfort_sched_yield(struct call *c)
{
    (void)c;
    sys_yield();
    return WASI_SUCCESS;
}
