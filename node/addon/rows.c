/* The functions of both versions, by the numbers that the trampolines use: preview1's rows.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "rows.h"

#include "values.h"

#include <pthread.h>
#include <string.h>

enum { ROWS_MAX = 64 };

static const ringfort_import *preview1[ROWS_MAX];
static const ringfort_import *unstable[ROWS_MAX];
static size_t row_count;

static const ringfort_import *of_unstable(const ringfort_import *row)
{
    size_t count;
    const ringfort_import *old = ringfort_import_table(RINGFORT_UNSTABLE, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(old[i].name, row->name) == 0) {
            return &old[i];
        }
    }
    return row;
}

static void make_rows(void)
{
    size_t count;
    const ringfort_import *rows = ringfort_import_table(RINGFORT_PREVIEW1, &count);
    for (size_t i = 0; i < count && i < ROWS_MAX; i++) {
        preview1[i] = &rows[i];
        unstable[i] = of_unstable(&rows[i]);
    }
    row_count = count;
}

void ringfort_rows_init(void)
{
    /* pthread_once has a new version in glibc 2.34, which older systems do not have. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (row_count == 0) {
        make_rows();
    }
    pthread_mutex_unlock(&lock);
}

const ringfort_import *const *ringfort_rows(unsigned abi)
{
    return abi == RINGFORT_UNSTABLE ? unstable : preview1;
}

napi_value ringfort_node_functions(napi_env env, napi_callback_info info)
{
    (void)info;
    napi_value array = NULL;
    (void)napi_create_array_with_length(env, row_count, &array);
    for (uint32_t i = 0; i < row_count; i++) {
        (void)napi_set_element(env, array, i, ringfort_string(env, preview1[i]->name));
    }
    return array;
}
