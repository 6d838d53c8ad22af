/* args_get, args_sizes_get, environ_get, environ_sizes_get: what the embedder gave the guest as
 * words.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "wasi.h"

static wasi_errno put_strings(struct call *c, const struct strings *strings, gptr pointers,
                              gptr bytes)
{
    struct guest_span to_pointers;
    struct guest_span to_bytes;
    TRY(guest_array(&c->memory, pointers, strings->count, 4, &to_pointers));
    TRY(guest_span(&c->memory, bytes, strings->size, &to_bytes));
    span_put_bytes(to_bytes, 0, strings->bytes, strings->size);
    uint32_t at = 0;
    for (uint32_t i = 0; i < strings->count; i++) {
        span_put_u32(to_pointers, (uint64_t)i * 4, bytes.at + at);
        at += (uint32_t)strlen(strings->bytes + at) + 1;
    }
    return WASI_SUCCESS;
}

static wasi_errno put_sizes(struct call *c, const struct strings *strings, gptr count, gptr size)
{
    struct guest_span to_count;
    struct guest_span to_size;
    TRY(guest_span(&c->memory, count, 4, &to_count));
    TRY(guest_span(&c->memory, size, 4, &to_size));
    span_put_u32(to_count, 0, strings->count);
    span_put_u32(to_size, 0, strings->size);
    return WASI_SUCCESS;
}

wasi_errno ringfort_args_get(struct call *c, gptr argv, gptr argv_buf)
{
    return put_strings(c, &c->wasi->args, argv, argv_buf);
}

wasi_errno ringfort_args_sizes_get(struct call *c, gptr argc, gptr argv_buf_size)
{
    return put_sizes(c, &c->wasi->args, argc, argv_buf_size);
}

wasi_errno ringfort_environ_get(struct call *c, gptr environ, gptr environ_buf)
{
    return put_strings(c, &c->wasi->env, environ, environ_buf);
}

wasi_errno ringfort_environ_sizes_get(struct call *c, gptr environc, gptr environ_buf_size)
{
    return put_sizes(c, &c->wasi->env, environc, environ_buf_size);
}
