/*
 * The guest's frames as text: names demangled, places in the source where the module tells them,
 * and as many lines as there is room for.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"
#include "extras.h"

#include <stdlib.h>
#include <string.h>

enum {
    FULL_NAME_BYTES = 160, /* names can fill pages; the start tells enough */
    FULL_FILE_BYTES = 240,
    BRIEF_NAME_BYTES = 80,
    BRIEF_FILE_BYTES = 40,
    LINE_BYTES = 512,
    PLACES = 320,    /* 20 frames, as many as the engine tells of, of 16 calls at most */
    PLACES_MS = 500, /* of looking for places; a module's debug information may be huge */
    MORE_BYTES = 48, /* of the line that says how many are left out */
};

/* How much a line tells. */
struct detail {
    size_t name_bytes;
    size_t file_bytes;
    bool has_inlined;   /* a line for each call that was inlined, too */
    bool has_positions; /* in the module, where there is one in the source too */
};

static const struct detail full = { FULL_NAME_BYTES, FULL_FILE_BYTES, true, true };
static const struct detail brief = { BRIEF_NAME_BYTES, BRIEF_FILE_BYTES, false, false };

/* One place in the source, of a frame or of a call in it. */
struct place {
    size_t frame;
    char function[FULL_NAME_BYTES + 1]; /* one byte more than is shown tells that it was cut */
    size_t function_length;
    char file[FULL_FILE_BYTES]; /* its end, which tells more than its start */
    size_t file_length;
    size_t file_cut;
    uint32_t line;
    uint32_t column;
};

struct line {
    char at[LINE_BYTES];
    size_t length;
};

/* All that a backtrace is made of. Large, so it is no local variable. */
struct backtrace {
    const wasm_frame_vec_t *frames;
    size_t place_count;
    struct place places[PLACES];
    size_t line_count;
    struct line lines[PLACES];
};

/* ---- Places ---- */

static void keep_place(void *data, size_t frame, const struct engine_place *found)
{
    struct backtrace *trace = data;
    if (trace->place_count == PLACES) {
        return;
    }
    struct place *place = &trace->places[trace->place_count++];
    place->frame = frame;
    place->line = found->line;
    place->column = found->column;
    if (found->function != NULL) {
        const size_t length = found->function_length;
        place->function_length = length < sizeof place->function ? length : sizeof place->function;
        memcpy(place->function, found->function, place->function_length);
    }
    if (found->file_length > 0) {
        const size_t length = found->file_length;
        place->file_length = length < sizeof place->file ? length : sizeof place->file;
        place->file_cut = length - place->file_length;
        memcpy(place->file, found->file + place->file_cut, place->file_length);
    }
}

static void find_places(struct backtrace *trace, const uint8_t *module, size_t module_length)
{
    size_t offsets[PLACES];
    size_t count = trace->frames->size < PLACES ? trace->frames->size : PLACES;
    for (size_t i = 0; i < count; i++) {
        offsets[i] = wasm_frame_module_offset(trace->frames->data[i]);
    }
    ringfort_engine_places(module, module_length, offsets, count, PLACES_MS, keep_place, trace);
}

/* ---- Lines ---- */

static bool is_inside_a_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static void add_name(struct text *text, const char *name, size_t length,
                     const struct detail *detail)
{
    size_t shown = length;
    if (shown > detail->name_bytes) {
        shown = detail->name_bytes;
        while (shown > 0 && is_inside_a_character(name[shown])) {
            shown--;
        }
    }
    ringfort_wasmtime_text_add_foreign(text, name, shown, false);
    ringfort_wasmtime_text_add(text, shown < length ? "... " : " ");
}

static void add_place(struct text *text, const struct place *place, const struct detail *detail)
{
    size_t from = 0;
    if (place->file_length > detail->file_bytes) {
        from = place->file_length - detail->file_bytes;
    }
    const bool is_cut = from + place->file_cut > 0;
    while (is_cut && from < place->file_length && is_inside_a_character(place->file[from])) {
        from++;
    }
    ringfort_wasmtime_text_add(text, is_cut ? "in ..." : "in ");
    ringfort_wasmtime_text_add_foreign(text, place->file + from, place->file_length - from, false);
    ringfort_wasmtime_text_print(text, ":%u", place->line);
    if (place->column != 0) {
        ringfort_wasmtime_text_print(text, ":%u", place->column);
    }
}

/* The name that the module gives, for it is there more often; else that of its debug
 * information. */
static void add_frame_name(struct text *text, const wasm_frame_t *frame, const struct place *place,
                           const struct detail *detail)
{
    char plain[FULL_NAME_BYTES + 1];
    const wasm_name_t *name = wasmtime_frame_func_name(frame);
    if (name != NULL && name->size > 0) {
        const size_t length = ringfort_engine_demangle(name->data, name->size, plain, sizeof plain);
        add_name(text, length > 0 ? plain : name->data, length > 0 ? length : name->size, detail);
    } else if (place != NULL && place->function_length > 0) {
        add_name(text, place->function, place->function_length, detail);
    }
}

static struct text begin_line(struct backtrace *trace, struct line **line)
{
    *line = &trace->lines[trace->line_count++];
    (*line)->length = 0;
    struct text text = { .at = (*line)->at, .size = sizeof(*line)->at };
    ringfort_wasmtime_text_add(&text, "\n    at ");
    return text;
}

/* Without the blank after its last word. */
static void end_line(struct line *line, const struct text *text)
{
    line->length = text->used;
    if (line->length > 0 && line->at[line->length - 1] == ' ') {
        line->at[--line->length] = '\0';
    }
}

static bool is_known(const struct place *place)
{
    return place != NULL && place->file_length > 0 && place->line != 0;
}

static void add_inlined(struct backtrace *trace, const struct place *place,
                        const struct detail *detail)
{
    if (trace->line_count == PLACES || !detail->has_inlined) {
        return;
    }
    struct line *line = NULL;
    struct text text = begin_line(trace, &line);
    if (place->function_length > 0) {
        add_name(&text, place->function, place->function_length, detail);
    }
    ringfort_wasmtime_text_add(&text, "(inlined) ");
    if (is_known(place)) {
        add_place(&text, place, detail);
    }
    end_line(line, &text);
}

static void add_position(struct text *text, const wasm_frame_t *frame)
{
    const size_t offset = wasm_frame_module_offset(frame);
    ringfort_wasmtime_text_print(text, "(function %u", wasm_frame_func_index(frame));
    if (offset != SIZE_MAX) {
        ringfort_wasmtime_text_print(text, ", offset 0x%zx", offset);
    }
    ringfort_wasmtime_text_add(text, ") ");
}

static void add_frame(struct backtrace *trace, const wasm_frame_t *frame, const struct place *place,
                      const struct detail *detail)
{
    if (trace->line_count == PLACES) {
        return;
    }
    struct line *line = NULL;
    struct text text = begin_line(trace, &line);
    add_frame_name(&text, frame, place, detail);
    if (detail->has_positions || !is_known(place)) {
        add_position(&text, frame);
    }
    if (is_known(place)) {
        add_place(&text, place, detail);
    }
    end_line(line, &text);
}

/* Returns how many bytes the lines have in all. */
static size_t make_lines(struct backtrace *trace, const struct detail *detail)
{
    size_t next = 0;
    size_t total = 0;
    trace->line_count = 0;
    for (size_t i = 0; i < trace->frames->size; i++) {
        const struct place *own = NULL; /* the outermost, which comes last */
        for (; next < trace->place_count && trace->places[next].frame == i; next++) {
            if (own != NULL) {
                add_inlined(trace, own, detail);
            }
            own = &trace->places[next];
        }
        add_frame(trace, trace->frames->data[i], own, detail);
    }
    for (size_t i = 0; i < trace->line_count; i++) {
        total += trace->lines[i].length;
    }
    return total;
}

/* ---- As many as there is room for ---- */

static void add_lines(struct text *text, const struct backtrace *trace, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        ringfort_wasmtime_text_add(text, trace->lines[i].at);
    }
}

/* The innermost frames get two thirds of the room, the outermost the rest. */
static void add_both_ends(struct text *text, const struct backtrace *trace, size_t room)
{
    size_t head = 0;
    size_t tail = trace->line_count;
    size_t left = room > MORE_BYTES ? room - MORE_BYTES : 0;
    const size_t for_tail = left / 3;
    while (head < tail && trace->lines[head].length + for_tail <= left) {
        left -= trace->lines[head++].length;
    }
    while (tail > head && trace->lines[tail - 1].length <= left) {
        left -= trace->lines[--tail].length;
    }
    add_lines(text, trace, 0, head);
    if (tail > head) {
        ringfort_wasmtime_text_print(text, "\n    ... %zu more frame%s", tail - head,
                                     tail - head == 1 ? "" : "s");
    }
    add_lines(text, trace, tail, trace->line_count);
}

void ringfort_wasmtime_text_add_frames(struct text *text, const wasm_frame_vec_t *frames,
                                       const uint8_t *module, size_t module_length)
{
    struct backtrace *trace =
        frames->size > 0 && text->size > text->used ? calloc(1, sizeof *trace) : NULL;
    if (trace == NULL) {
        return;
    }
    const size_t room = text->size - text->used - 1;
    trace->frames = frames;
    if (module != NULL) {
        find_places(trace, module, module_length);
    }
    if (make_lines(trace, &full) <= room || make_lines(trace, &brief) <= room) {
        add_lines(text, trace, 0, trace->line_count);
    } else {
        add_both_ends(text, trace, room);
    }
    free(trace);
}
