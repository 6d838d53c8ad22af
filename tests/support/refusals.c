/*
 * Refusals: setting limits, and who is told when one was met.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "refusals.h"

#include <stdio.h>
#include <string.h>

void limit(struct world *w, ringfort_limit which, uint64_t value)
{
    assert_status(ringfort_config_set_limit(w->config, which, value), RINGFORT_OK);
}

static void tell(void *data, const ringfort_trace *trace)
{
    struct told *const told = data;
    told->calls++;
    told->limit = trace->limit;
    ringfort_trace_print(trace, RINGFORT_TRACE_TEXT, told->text, sizeof told->text);
    ringfort_trace_print(trace, RINGFORT_TRACE_JSON, told->json, sizeof told->json);
}

void watch_limits(struct world *w, struct told *told)
{
    ringfort_config_set_trace(w->config, tell, told);
}

void assert_met(const struct world *w, const struct told *told, ringfort_limit which)
{
    char end[64];
    ringfort_refusal last = { 0 };
    const char *const name = ringfort_limit_name(which);
    assert_true(ringfort_wasi_refusal(w->wasi, &last));
    assert_int_equal(last.limit, which);
    assert_int_equal(last.value, ringfort_config_limit(w->config, which));
    if (told->limit == NULL) {
        fail_msg("the trace names no limit: %s", told->text);
    }
    assert_string_equal(told->limit, name);
    const int length = snprintf(end, sizeof end, "us> limit=%s", name);
    assert_true(strlen(told->text) > (size_t)length);
    assert_string_equal(told->text + strlen(told->text) - (size_t)length, end);
    snprintf(end, sizeof end, ",\"limit\":\"%s\"}}", name);
    assert_non_null(strstr(told->json, end));
}

void assert_met_none(const struct told *told)
{
    assert_true(told->calls > 0);
    assert_null(told->limit);
    assert_null(strstr(told->text, "limit="));
    assert_null(strstr(told->json, "\"limit\""));
}

void begin(struct world *w)
{
    const ringfort_exports exports = { .memory = RINGFORT_EXPORT_MEMORY,
                                       .start = RINGFORT_EXPORT_FUNCTION };
    world_start(w);
    assert_status(ringfort_wasi_begin(w->wasi, RINGFORT_START, &exports, NULL), RINGFORT_OK);
}
