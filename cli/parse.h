/*
 * Values on the command line: numbers, sizes, durations, and the parts of HOST::GUEST::MODE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, all of `text`; false where it is something else, or above UINT64_MAX. */
bool parse_count(const char *text, uint64_t *value);

/* Bytes, with K, M, G or T (times 1024, also spelled KiB or KB): "256M", "1.5G". */
bool parse_size(const char *text, uint64_t *bytes);

/* Wall time: ns, us, ms, s (also without a unit), m or min, h: "500ms", "2s", "1.5m". */
bool parse_duration(const char *text, uint64_t *ns);

#endif
