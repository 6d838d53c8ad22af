/*
 * Refusals: setting limits, and who is told when one was met. Each refusal is asserted three
 * times: as the guest hears it, as the embedder asks for it, and in the trace of its call.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_REFUSALS_H
#define RINGFORT_TESTS_REFUSALS_H

#include "world.h"

/** What the trace told of the last call. */
struct told {
    unsigned calls;
    const char *limit;
    char text[1024];
    char json[1024];
};

/** ringfort_config_set_limit, before the first call. */
void limit(struct world *w, ringfort_limit which, uint64_t value);

/** Traces every call from now on, so before the first. @param told lent until the world ends */
void watch_limits(struct world *w, struct told *told);

/** The last call met this limit, and all agree on it. */
void assert_met(const struct world *w, const struct told *told, ringfort_limit which);

/** The last call met none. */
void assert_met_none(const struct told *told);

/** The object is started, as a command. Its time begins. */
void begin(struct world *w);

#endif
