/* The addon: what lib/ finds in C. Its functions are not for users, and not checked like theirs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "modules.h"
#include "object.h"
#include "rows.h"
#include "thread.h"
#include "trace.h"
#include "values.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* exit(code): ends the process as it is, as node:wasi does: no handlers, no other thread runs
 * on. */
static napi_value exit_now(napi_env env, napi_callback_info info)
{
    napi_value value;
    int32_t code = 0;
    if (ringfort_arguments(env, info, 1, &value) && ringfort_int_of(env, value, &code)) {
        _exit(code & 0xff);
    }
    return NULL;
}

/* crowded(): whether seven of eight descriptors that the process may have are in use. */
static napi_value crowded(napi_env env, napi_callback_info info)
{
    (void)info;
    struct rlimit limit;
    bool result = false;
    const int next = open("/", O_PATH | O_CLOEXEC); /* the lowest that is free */
    if (next >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        result = (rlim_t)next >= limit.rlim_cur - limit.rlim_cur / 8;
    }
    if (next >= 0) {
        (void)close(next);
    }
    napi_value value = NULL;
    (void)napi_get_boolean(env, result, &value);
    return value;
}

/* The names of what memoryModule may serve, in the order of the trampolines' table. */
static napi_value served(napi_env env)
{
    napi_value array = NULL;
    (void)napi_create_array_with_length(env, SERVED, &array);
    for (uint32_t i = 0; i < SERVED; i++) {
        (void)napi_set_element(env, array, i, ringfort_string(env, ringfort_served[i]));
    }
    return array;
}

NAPI_MODULE_INIT()
{
    ringfort_rows_init();
    static const struct {
        const char *name;
        napi_callback callback;
    } functions[] = {
        { "functions", ringfort_node_functions },
        { "trampolines", ringfort_node_trampolines },
        { "memoryModule", ringfort_node_memory_module },
        { "attach", ringfort_node_attach },
        { "create", ringfort_node_create },
        { "address", ringfort_node_address },
        { "bind", ringfort_node_bind },
        { "refresh", ringfort_node_refresh },
        { "close", ringfort_node_close },
        { "take", ringfort_node_take },
        { "refusal", ringfort_node_refusal },
        { "created", ringfort_node_created },
        { "sweep", ringfort_node_sweep },
        { "crowded", crowded },
        { "exit", exit_now },
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        napi_value function = NULL;
        (void)napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].callback,
                                   NULL, &function);
        ringfort_set(env, exports, functions[i].name, function);
    }
    ringfort_set(env, exports, "served", served(env));
    ringfort_set(env, exports, "preopensServed", ringfort_number(env, PREOPENS_MAX));
    ringfort_set(env, exports, "version", ringfort_string(env, ringfort_version()));
    return exports;
}
