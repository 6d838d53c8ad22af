/*
 * Parsers for values on the command line; none of them accepts a sign, a blank or a rest.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "parse.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool add_digit(uint64_t *value, char digit)
{
    uint64_t tens = 0;
    return !__builtin_mul_overflow(*value, 10U, &tens) &&
           !__builtin_add_overflow(tens, (uint64_t)(digit - '0'), value);
}

bool parse_count(const char *text, uint64_t *value)
{
    *value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (!is_digit(*text) || !add_digit(value, *text)) {
            return false;
        }
    }
    return true;
}

struct unit {
    const char *name;
    uint64_t scale;
};

static bool unit_scale(const struct unit *units, size_t count, const char *name, uint64_t *scale)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(units[i].name, name) == 0) {
            *scale = units[i].scale;
            return true;
        }
    }
    return false;
}

/* NUMBER[.FRACTION]UNIT, in integers, so that what is written is what is meant. */
static bool parse_scaled(const char *text, const struct unit *units, size_t count, uint64_t *value)
{
    uint64_t whole = 0;
    uint64_t fraction = 0;
    uint64_t divisor = 1;
    const char *at = text;
    if (!is_digit(*at)) {
        return false;
    }
    for (; is_digit(*at); at++) {
        if (!add_digit(&whole, *at)) {
            return false;
        }
    }
    if (*at == '.') {
        at++;
        if (!is_digit(*at)) {
            return false;
        }
        for (; is_digit(*at); at++) {
            if (divisor < 1000000U) { /* six digits: more of an hour would not fit below */
                divisor *= 10;
                fraction = fraction * 10 + (uint64_t)(*at - '0');
            }
        }
    }
    uint64_t scale = 0;
    uint64_t scaled = 0;
    if (!unit_scale(units, count, at, &scale) || __builtin_mul_overflow(whole, scale, &scaled)) {
        return false;
    }
    return !__builtin_add_overflow(scaled, fraction * scale / divisor, value);
}

bool parse_size(const char *text, uint64_t *bytes)
{
    static const struct unit units[] = {
        { "", 1 },
        { "b", 1 },
        { "k", 1ULL << 10 },
        { "kb", 1ULL << 10 },
        { "kib", 1ULL << 10 },
        { "m", 1ULL << 20 },
        { "mb", 1ULL << 20 },
        { "mib", 1ULL << 20 },
        { "g", 1ULL << 30 },
        { "gb", 1ULL << 30 },
        { "gib", 1ULL << 30 },
        { "t", 1ULL << 40 },
        { "tb", 1ULL << 40 },
        { "tib", 1ULL << 40 },
    };
    return parse_scaled(text, units, sizeof(units) / sizeof(units[0]), bytes);
}

bool parse_duration(const char *text, uint64_t *ns)
{
    static const struct unit units[] = {
        { "", 1000000000ULL },     { "s", 1000000000ULL },    { "ns", 1ULL },
        { "us", 1000ULL },         { "ms", 1000000ULL },      { "m", 60000000000ULL },
        { "min", 60000000000ULL }, { "h", 3600000000000ULL },
    };
    return parse_scaled(text, units, sizeof(units) / sizeof(units[0]), ns);
}
