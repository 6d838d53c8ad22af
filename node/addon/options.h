/* From what JavaScript gives `create` to the core's config.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_OPTIONS_H
#define RINGFORT_NODE_OPTIONS_H

#include "object.h"

#include <ringfort.h>

/* The order of create's arguments. Lists of strings are their UTF-8, each with a NUL. */
enum option {
    OPTION_ABI,      /* RINGFORT_PREVIEW1 or RINGFORT_UNSTABLE */
    OPTION_ARGS,     /* strings */
    OPTION_ENV,      /* strings NAME=value */
    OPTION_PREOPENS, /* strings: guest path, host path, guest path, host path… */
    OPTION_FLAGS,    /* a byte a preopen: RINGFORT_READ_ONLY and so on */
    OPTION_STDIO,    /* an array of three descriptors */
    OPTION_SOCKETS,  /* an array of descriptors, each with its flags after it: RINGFORT_NONBLOCK */
    OPTION_LIMITS,   /* an array of numbers by enum ringfort_limit; undefined for the default */
    OPTION_STDIN,    /* the bytes that stdin has, or undefined */
    OPTION_CAPTURE,  /* bits: 1 << 1 for stdout, 1 << 2 for stderr */
    OPTION_TRACED,   /* whether calls will be run by ringfort_trace_frame */
    OPTIONS,
};

/* @return the config, yours; with `object`'s memory files made. NULL with an exception pending. */
ringfort_config *ringfort_options_config(napi_env env, const napi_value options[OPTIONS],
                                         struct object *object);

#endif
