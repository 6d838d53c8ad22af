/* JavaScript's values, as C wants them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "values.h"

napi_value ringfort_throw(napi_env env, const char *message)
{
    bool pending = false;
    (void)napi_is_exception_pending(env, &pending);
    if (!pending) {
        (void)napi_throw_error(env, NULL, message);
    }
    return NULL;
}

bool ringfort_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *args)
{
    size_t given = count;
    if (napi_get_cb_info(env, info, &given, args, NULL, NULL) != napi_ok || given != count) {
        ringfort_throw(env, "wrong number of arguments");
        return false;
    }
    return true;
}

bool ringfort_bytes_of(napi_env env, napi_value value, struct bytes *out)
{
    void *at = NULL;
    size_t length = 0;
    napi_typedarray_type type;
    if (napi_get_typedarray_info(env, value, &type, &length, &at, NULL, NULL) != napi_ok ||
        type != napi_uint8_array) {
        ringfort_throw(env, "not a Uint8Array");
        return false;
    }
    *out = (struct bytes){ .at = at, .length = at != NULL ? length : 0 };
    return true;
}

bool ringfort_int_of(napi_env env, napi_value value, int32_t *out)
{
    if (napi_get_value_int32(env, value, out) != napi_ok) {
        ringfort_throw(env, "not a number");
        return false;
    }
    return true;
}

napi_value ringfort_number(napi_env env, double value)
{
    napi_value number = NULL;
    (void)napi_create_double(env, value, &number);
    return number;
}

napi_value ringfort_string(napi_env env, const char *text)
{
    napi_value string = NULL;
    (void)napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &string);
    return string;
}

void ringfort_set(napi_env env, napi_value object, const char *name, napi_value value)
{
    (void)napi_set_named_property(env, object, name, value);
}
