/* Traces as lines of text, in the way of strace, or as events of the Chrome trace-event format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "call/call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { STRING_SHOWN_MAX = 256 };

/* Text that may be longer than its room: `used` counts all of it. */
struct line {
    char *text;
    size_t size;
    size_t used;
};

static void put_char(struct line *l, char ch)
{
    if (l->used + 1 < l->size) {
        l->text[l->used] = ch;
        l->text[l->used + 1] = '\0';
    }
    l->used++;
}

static void put_text(struct line *l, const char *text)
{
    for (; *text != '\0'; text++) {
        put_char(l, *text);
    }
}

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *format, ...)
{
    char piece[128];
    va_list args;
    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    put_text(l, piece);
}

/* A guest string between quotes, escaped so that both C and JSON read it; it may not be UTF-8, so bytes above 126 are shown
 * as code points. */
static void put_quoted(struct line *l, struct guest_span s, size_t len, bool cut)
{
    char bytes[STRING_SHOWN_MAX];
    span_copy_out(s, bytes, len);
    put_char(l, '"');
    for (size_t i = 0; i < len; i++) {
        const unsigned char b = (unsigned char)bytes[i];
        if (b == '"' || b == '\\') {
            put_char(l, '\\');
            put_char(l, (char)b);
        } else if (b < 0x20 || b > 0x7e) {
            put(l, "\\u%04x", b);
        } else {
            put_char(l, (char)b);
        }
    }
    put_text(l, cut ? "\"…" : "\"");
}

static void put_string(struct line *l, struct guest *g, uint32_t at, uint32_t len, bool json)
{
    struct guest_span s;
    if (guest_span(g, gptr_at(at), len, &s) != WASI_SUCCESS) {
        put(l, json ? "\"0x%" PRIx32 "\"" : "0x%" PRIx32, at);
        return;
    }
    const bool cut = len > STRING_SHOWN_MAX;
    put_quoted(l, s, cut ? STRING_SHOWN_MAX : len, cut && !json);
}

static void put_name(struct line *l, const char **names, bool json)
{
    if (json) {
        put_char(l, '"');
    }
    while (**names != '\0' && **names != ',') {
        put_char(l, *(*names)++);
    }
    if (**names == ',') {
        ++*names;
    }
    put_text(l, json ? "\":" : "=");
}

/* JSON has no hexadecimal numbers, and readers lose the low bits of large ones. */
static void put_hex(struct line *l, uint64_t value, bool json)
{
    put(l, json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, value);
}

static void put_args(struct line *l, const ringfort_trace *t, bool json)
{
    struct guest g = guest_over(t->memory.base, t->memory.size);
    const char *names = t->import->param_names;
    const uint64_t *arg = t->args;
    for (const char *kind = ringfort_import_kinds(t->import); *kind != '\0'; kind++, arg++) {
        if (arg != t->args) {
            put_text(l, json ? "," : ", ");
        }
        put_name(l, &names, json);
        switch (*kind) {
        case 'f':
        case 'u':
            put(l, "%" PRIu32, (uint32_t)*arg);
            break;
        case 'U':
            put(l, "%" PRIu64, *arg);
            break;
        case 'I':
            put(l, "%" PRId64, (int64_t)*arg);
            break;
        case 's':
            put_string(l, &g, (uint32_t)arg[0], (uint32_t)arg[1], json);
            put_text(l, json ? "," : ", ");
            put_name(l, &names, json);
            put(l, "%" PRIu32, (uint32_t) * ++arg);
            break;
        case 'r':
            put_hex(l, *arg, json);
            break;
        default:
            put_hex(l, (uint32_t)*arg, json);
        }
    }
}

/* The values behind result pointers, where the call succeeded. */
static void put_results(struct line *l, const ringfort_trace *t, bool json)
{
    if (t->outcome != RINGFORT_RETURNED || t->result.value != WASI_SUCCESS) {
        return;
    }
    struct guest g = guest_over(t->memory.base, t->memory.size);
    const char *names = t->import->param_names;
    const uint64_t *arg = t->args;
    for (const char *kind = ringfort_import_kinds(t->import); *kind != '\0'; kind++, arg++) {
        struct line ignored = { 0 };
        const bool wide = *kind == 'O';
        struct guest_span s;
        if ((wide || *kind == 'o') &&
            guest_span(&g, gptr_at((uint32_t)*arg), wide ? 8 : 4, &s) == WASI_SUCCESS) {
            put_text(l, json ? "," : " ");
            if (json) {
                put_text(l, "\"*");
                const char *rest = names;
                struct line name = *l;
                put_name(&name, &rest, false);
                name.used--; /* its '=' */
                *l = name;
                put_text(l, "\":");
            } else {
                const char *rest = names;
                put_name(l, &rest, false);
            }
            put(l, "%" PRIu64, wide ? span_get_u64(s, 0) : span_get_u32(s, 0));
        }
        put_name(&ignored, &names, false);
        if (*kind == 's') {
            put_name(&ignored, &names, false);
            arg++;
        }
    }
}

static const char *outcome_name(const ringfort_trace *t)
{
    switch (t->outcome) {
    case RINGFORT_RETURNED:
        return ringfort_errno_name(t->result.value);
    case RINGFORT_EXITED:
        return "exit";
    case RINGFORT_FAULT:
        return "pointer out of bounds";
    case RINGFORT_INTERRUPTED:
    default:
        return "interrupted";
    }
}

static void put_text_line(struct line *l, const ringfort_trace *t)
{
    put_text(l, t->import->name);
    put_char(l, '(');
    put_args(l, t, false);
    put_text(l, ") = ");
    if (t->outcome == RINGFORT_RETURNED) {
        put(l, "%" PRIu32 " ", t->result.value);
    }
    put_text(l, outcome_name(t));
    if (t->outcome == RINGFORT_FAULT) {
        put(l, " at 0x%" PRIx32 ", %" PRIu64 " bytes", t->result.fault_start,
            t->result.fault_length);
    }
    put_results(l, t, false);
    put(l, " <%" PRIu64 ".%03uus>", t->duration_ns / 1000, (unsigned)(t->duration_ns % 1000));
}

static void put_json_line(struct line *l, const ringfort_trace *t)
{
    put(l, "{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":%d,\"tid\":%d,", t->import->name,
        t->import->module, (int)getpid(), (int)gettid());
    put(l, "\"ts\":%" PRIu64 ".%03u,\"dur\":%" PRIu64 ".%03u,", t->start_ns / 1000,
        (unsigned)(t->start_ns % 1000), t->duration_ns / 1000, (unsigned)(t->duration_ns % 1000));
    put_text(l, "\"args\":{");
    put_args(l, t, true);
    put_text(l, t->import->params[0] != '\0' ? ",\"result\":\"" : "\"result\":\"");
    put_text(l, outcome_name(t));
    put_char(l, '"');
    put_results(l, t, true);
    put_text(l, "}}");
}

size_t ringfort_trace_print(const ringfort_trace *trace, ringfort_trace_format format, char *text,
                            size_t size)
{
    struct line l = { .text = text, .size = size };
    if (size > 0) {
        text[0] = '\0';
    }
    if (format == RINGFORT_TRACE_JSON) {
        put_json_line(&l, trace);
    } else {
        put_text_line(&l, trace);
    }
    return l.used;
}
