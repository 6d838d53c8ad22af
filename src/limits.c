/* The limits of a WASI object: their names, defaults and ranges.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "config.h"

#include <limits.h>

static const struct {
    const char *name;
    uint64_t standard;
    uint64_t most;
} rules[LIMIT_COUNT] = {
    [RINGFORT_LIMIT_OPEN_FILES] = { "open-files", 256, 1 << 20 },
    [RINGFORT_LIMIT_SUBSCRIPTIONS] = { "subscriptions", 4096, 1 << 20 },
    [RINGFORT_LIMIT_BYTES_WRITTEN] = { "bytes-written", UINT64_MAX, UINT64_MAX },
    [RINGFORT_LIMIT_FILE_SIZE] = { "file-size", UINT64_MAX, UINT64_MAX },
    [RINGFORT_LIMIT_ENTRIES_CREATED] = { "entries-created", UINT64_MAX, UINT64_MAX },
    [RINGFORT_LIMIT_OUTPUT] = { "output", UINT64_MAX, UINT64_MAX },
    [RINGFORT_LIMIT_PATH_LENGTH] = { "path-length", PATH_MAX - 1, PATH_MAX - 1 },
    [RINGFORT_LIMIT_WALL_TIME] = { "wall-time", UINT64_MAX, UINT64_MAX },
    [RINGFORT_LIMIT_MEMORY] = { "memory", 1 << 30, UINT64_MAX },
    [RINGFORT_LIMIT_TABLE_ELEMENTS] = { "table-elements", 1 << 20, UINT32_MAX },
    [RINGFORT_LIMIT_INSTANCES] = { "instances", 10000, UINT32_MAX },
    [RINGFORT_LIMIT_FUEL] = { "fuel", UINT64_MAX, UINT64_MAX },
};

void ringfort_limits_init(uint64_t limits[LIMIT_COUNT])
{
    for (int i = 0; i < LIMIT_COUNT; i++) {
        limits[i] = rules[i].standard;
    }
}

const char *ringfort_limit_name(ringfort_limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? rules[limit].name : NULL;
}

ringfort_status ringfort_config_set_limit(ringfort_config *config, ringfort_limit limit,
                                          uint64_t value)
{
    if ((unsigned)limit >= LIMIT_COUNT) {
        return RINGFORT_ERR_INVALID_ARG_VALUE;
    }
    if (value == 0 || value > rules[limit].most) {
        return RINGFORT_ERR_OUT_OF_RANGE;
    }
    config->limits[limit] = value;
    return RINGFORT_OK;
}

uint64_t ringfort_config_limit(const ringfort_config *config, ringfort_limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? config->limits[limit] : 0;
}
