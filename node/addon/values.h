/* JavaScript's values, as C wants them. What fails leaves an exception pending.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_VALUES_H
#define RINGFORT_NODE_VALUES_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes behind a typed array: JavaScript's, for the length of a call. */
struct bytes {
    uint8_t *at;
    size_t length;
};

#define ARGUMENTS_MAX 11

/* Fills `args` with `count` arguments. lib/ gives the right number of the right types; a mistake
 * there must not be more than an exception. */
bool ringfort_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *args);

bool ringfort_bytes_of(napi_env env, napi_value value, struct bytes *out);
bool ringfort_int_of(napi_env env, napi_value value, int32_t *out);

/* Throws an Error with `message` unless one is pending; for what only a full host can cause. */
napi_value ringfort_throw(napi_env env, const char *message);

napi_value ringfort_number(napi_env env, double value);
napi_value ringfort_string(napi_env env, const char *text);
void ringfort_set(napi_env env, napi_value object, const char *name, napi_value value);

#endif
