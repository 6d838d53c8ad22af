/*
 * The table of limits.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "limits.h"

#include "options.h"
#include "parse.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <stdint.h>

enum { GO_ON = -1 };

enum limit_kind {
    LIMIT_COUNT,
    LIMIT_SIZE,
};

struct limit_row {
    enum option_id option;
    ringfort_limit limit;
    enum limit_kind kind;
    uint64_t least;
    uint64_t most;
    const char *words; /* of what there is so much */
};

static const struct limit_row rows[] = {
    /* at most what a process can address, less what it needs itself */
    { OPTION_MAX_MEMORY, RINGFORT_LIMIT_MEMORY, LIMIT_SIZE, 0, 1ULL << 46, "of memory" },
    { OPTION_MAX_TABLE_ELEMENTS, RINGFORT_LIMIT_TABLE_ELEMENTS, LIMIT_COUNT, 1, UINT32_MAX,
      "elements of a table" },
    { OPTION_MAX_INSTANCES, RINGFORT_LIMIT_INSTANCES, LIMIT_COUNT, 1, UINT32_MAX, "instances" },
    { OPTION_MAX_OPEN_FILES, RINGFORT_LIMIT_OPEN_FILES, LIMIT_COUNT, 1, 1U << 20, "open files" },
    { OPTION_MAX_SUBSCRIPTIONS, RINGFORT_LIMIT_SUBSCRIPTIONS, LIMIT_COUNT, 1, 1U << 20,
      "subscriptions of a poll" },
    { OPTION_MAX_WRITE, RINGFORT_LIMIT_BYTES_WRITTEN, LIMIT_SIZE, 1, UINT64_MAX, "written" },
    { OPTION_MAX_FILE_SIZE, RINGFORT_LIMIT_FILE_SIZE, LIMIT_SIZE, 1, UINT64_MAX, "in a file" },
    { OPTION_MAX_ENTRIES, RINGFORT_LIMIT_ENTRIES_CREATED, LIMIT_COUNT, 1, UINT64_MAX,
      "new files, directories and links" },
    { OPTION_MAX_OUTPUT, RINGFORT_LIMIT_OUTPUT, LIMIT_SIZE, 1, UINT64_MAX, "of output" },
    { OPTION_MAX_PATH, RINGFORT_LIMIT_PATH_LENGTH, LIMIT_COUNT, 1, 4095, "bytes in a path" },
    { OPTION_FUEL, RINGFORT_LIMIT_FUEL, LIMIT_COUNT, 1, UINT64_MAX, "instructions" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct limit_row *row_of_option(int id)
{
    for (size_t i = 0; i < ROWS; i++) {
        if ((int)rows[i].option == id) {
            return &rows[i];
        }
    }
    return NULL;
}

static const struct limit_row *row_of_limit(ringfort_limit limit)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].limit == limit) {
            return &rows[i];
        }
    }
    return NULL;
}

bool limit_is_option(int id)
{
    return row_of_option(id) != NULL;
}

/* ---- Parsing ---- */

static int say_not_meant(const struct limit_row *row, const char *text)
{
    const char *name = option_name(row->option);
    char most[SIZE_TEXT_MAX];
    if (row->kind == LIMIT_COUNT && row->most == UINT64_MAX) {
        return fail(STATUS_USAGE, "--%s %s: a number of %s is meant, 1 or more", name, text,
                    row->words);
    }
    if (row->kind == LIMIT_COUNT) {
        return fail(STATUS_USAGE, "--%s %s: a number is meant, 1 to %llu", name, text,
                    (unsigned long long)row->most);
    }
    if (row->most == UINT64_MAX) {
        return fail(STATUS_USAGE, "--%s %s: a size is meant such as 64M or 2G, 1 or more", name,
                    text);
    }
    return fail(STATUS_USAGE, "--%s %s: a size is meant such as 64M or 2G, at most %s", name, text,
                size_text(row->most, most));
}

int limit_parse(int id, const char *text, ringfort_config *config)
{
    const struct limit_row *row = row_of_option(id);
    uint64_t value = 0;
    const bool is_number =
        row->kind == LIMIT_SIZE ? parse_size(text, &value) : parse_count(text, &value);
    if (!is_number || value < row->least || value > row->most) {
        return say_not_meant(row, text);
    }
    /* The library has no limit of 0; of memory there is no less than a page, so 1 is the same. */
    if (ringfort_config_set_limit(config, row->limit, value > 0 ? value : 1) != RINGFORT_OK) {
        return say_not_meant(row, text);
    }
    return GO_ON;
}

/* ---- Saying ---- */

const char *limit_option(ringfort_limit limit)
{
    const struct limit_row *row = row_of_limit(limit);
    return row != NULL ? option_name(row->option) : NULL;
}

void limit_print_all(const ringfort_config *config)
{
    for (size_t i = 0; i < ROWS; i++) {
        const uint64_t value = ringfort_config_limit(config, rows[i].limit);
        out("limit.%s ", ringfort_limit_name(rows[i].limit));
        if (value == UINT64_MAX) {
            out("none\n");
        } else {
            out("%llu\n", (unsigned long long)value);
        }
    }
}

void limit_note(const ringfort_refusal *refusal, const char *file)
{
    const struct limit_row *row = row_of_limit(refusal->limit);
    if (row == NULL) {
        return; /* the wall time, of which --timeout has told */
    }
    char size[SIZE_TEXT_MAX];
    FREED_TEXT char *value = row->kind == LIMIT_SIZE
                                 ? must_format("%s", size_text(refusal->value, size))
                                 : must_format("%llu", (unsigned long long)refusal->value);
    note("%s: met its limit of %s %s (--%s)", file, value, row->words, option_name(row->option));
}
