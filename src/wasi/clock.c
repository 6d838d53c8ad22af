/* clock_res_get, clock_time_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/clock.h"
#include "wasi.h"

wasi_errno ringfort_clock_res_get(struct call *c, uint32_t id, gptr resolution)
{
    struct guest_span result;
    TRY(guest_span(&c->memory, resolution, 8, &result));
    uint64_t ns;
    TRY(ringfort_clock_resolution(id, &ns));
    span_put_u64(result, 0, ns);
    return WASI_SUCCESS;
}

wasi_errno ringfort_clock_time_get(struct call *c, uint32_t id, uint64_t precision, gptr time)
{
    (void)precision; /* a hint that no host has a use for */
    struct guest_span result;
    TRY(guest_span(&c->memory, time, 8, &result));
    uint64_t ns;
    TRY(ringfort_clock_now(id, &ns));
    span_put_u64(result, 0, ns);
    return WASI_SUCCESS;
}
