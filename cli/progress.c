/*
 * Shows what is done, with which file, and for how long.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "progress.h"

#include "moment.h"
#include "say.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_SHOWN = 40 };

static const uint64_t second_ns = 1000000000;

void progress_begin(struct progress *progress, const char *doing, const char *file, size_t size)
{
    const char *slash = strrchr(file, '/'); /* the line has room for a name, not for folders */
    *progress = (struct progress){
        .doing = doing,
        .file = slash != NULL && slash[1] != '\0' ? slash + 1 : file,
        .size = size,
        .start = moment_now(),
        .is_live = say_is_live(),
    };
    progress->next = moment_after(progress->start, second_ns);
}

void progress_tick(struct progress *progress)
{
    if (!progress->is_live || moment_poll_time(progress->next) > 0) {
        return;
    }
    char size[SIZE_TEXT_MAX];
    const uint64_t seconds = moment_since(progress->start) / second_ns;
    FREED_TEXT char *line =
        must_format("ringfort: %s %.*s (%s)... %" PRIu64 " s", progress->doing, NAME_SHOWN,
                    progress->file, size_text(progress->size, size), seconds);
    say_live(line);
    progress->is_shown = true;
    progress->next = moment_after(progress->start, (seconds + 1) * second_ns);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown) {
        say_live("");
        progress->is_shown = false;
    }
}
