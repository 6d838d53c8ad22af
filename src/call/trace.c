/* Traces as lines of text, in the way of strace, or as events of the Chrome trace-event format.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "call/call.h"
#include "os/sys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started one line above */
    (void)vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    put_text(l, piece);
}

/* A guest string between quotes, escaped so that both C and JSON read it; it may not be UTF-8, so
 * bytes above 126 are shown as code points. */
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

/* A parameter of a call: its kind, its name, and its value (a string has its length too). */
struct param {
    char kind;
    const char *name;
    int name_len;
    uint64_t value;
    uint32_t string_len;
};

/* The parameters of a trace, one after the other. */
struct params {
    const char *kind;
    const char *names;
    const uint64_t *arg;
};

static struct params params_of(const ringfort_trace *t)
{
    return (struct params){ .kind = ringfort_import_kinds(t->import),
                            .names = t->import->param_names,
                            .arg = t->args };
}

static int skip_name(struct params *p)
{
    const size_t len = strcspn(p->names, ",");
    p->names += p->names[len] == ',' ? len + 1 : len;
    return (int)len;
}

static bool next_param(struct params *p, struct param *out)
{
    if (*p->kind == '\0') {
        return false;
    }
    *out = (struct param){ .kind = *p->kind++, .name = p->names };
    out->name_len = skip_name(p);
    out->value = *p->arg++;
    if (out->kind == 's') {
        skip_name(p);
        out->string_len = (uint32_t)*p->arg++;
    }
    return true;
}

/* JSON has no hexadecimal numbers, and readers lose the low bits of large ones. */
static void put_hex(struct line *l, uint64_t value, bool json)
{
    put(l, json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, value);
}

static void put_string(struct line *l, struct guest *g, const struct param *p, bool json)
{
    struct guest_span s;
    if (guest_span(g, gptr_at((uint32_t)p->value), p->string_len, &s) != WASI_SUCCESS) {
        put_hex(l, (uint32_t)p->value, json);
        return;
    }
    const bool cut = p->string_len > STRING_SHOWN_MAX;
    put_quoted(l, s, cut ? STRING_SHOWN_MAX : p->string_len, cut && !json);
}

static void put_value(struct line *l, struct guest *g, const struct param *p, bool json)
{
    switch (p->kind) {
    case 'f':
    case 'u':
        put(l, "%" PRIu32, (uint32_t)p->value);
        break;
    case 'U':
        put(l, "%" PRIu64, p->value);
        break;
    case 'I':
        put(l, "%" PRId64, (int64_t)p->value);
        break;
    case 's':
        put_string(l, g, p, json);
        break;
    case 'r':
        put_hex(l, p->value, json);
        break;
    default:
        put_hex(l, (uint32_t)p->value, json);
    }
}

static void put_args(struct line *l, const ringfort_trace *t, bool json)
{
    struct guest g = guest_over(t->memory.base, t->memory.size, false);
    struct params params = params_of(t);
    struct param p;
    for (const char *between = ""; next_param(&params, &p); between = json ? "," : ", ") {
        put(l, json ? "%s\"%.*s\":" : "%s%.*s=", between, p.name_len, p.name);
        put_value(l, &g, &p, json);
        if (p.kind == 's') {
            put(l, json ? ",\"%.*s_len\":%" PRIu32 : ", %.*s_len=%" PRIu32, p.name_len, p.name,
                p.string_len);
        }
    }
}

/* The values behind result pointers, where the call succeeded. */
static void put_results(struct line *l, const ringfort_trace *t, bool json)
{
    if (t->outcome != RINGFORT_RETURNED || t->result.value != WASI_SUCCESS) {
        return;
    }
    struct guest g = guest_over(t->memory.base, t->memory.size, false);
    struct params params = params_of(t);
    struct param p;
    while (next_param(&params, &p)) {
        const bool wide = p.kind == 'O';
        struct guest_span s;
        if ((wide || p.kind == 'o') &&
            guest_span(&g, gptr_at((uint32_t)p.value), wide ? 8 : 4, &s) == WASI_SUCCESS) {
            put(l, json ? ",\"*%.*s\":%" PRIu64 : " %.*s=%" PRIu64, p.name_len, p.name,
                wide ? span_get_u64(s, 0) : span_get_u32(s, 0));
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
    if (t->limit != NULL) {
        put(l, " limit=%s", t->limit);
    }
    if (t->skipped > 0) {
        put(l, " skipped=%" PRIu32, t->skipped);
    }
}

static void put_json_line(struct line *l, const ringfort_trace *t)
{
    put(l, "{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":%d,\"tid\":%d,", t->import->name,
        t->import->module, sys_getpid(), sys_gettid());
    put(l, "\"ts\":%" PRIu64 ".%03u,\"dur\":%" PRIu64 ".%03u,", t->start_ns / 1000,
        (unsigned)(t->start_ns % 1000), t->duration_ns / 1000, (unsigned)(t->duration_ns % 1000));
    put_text(l, "\"args\":{");
    put_args(l, t, true);
    put_text(l, t->import->params[0] != '\0' ? ",\"result\":\"" : "\"result\":\"");
    put_text(l, outcome_name(t));
    put_char(l, '"');
    put_results(l, t, true);
    if (t->limit != NULL) {
        put(l, ",\"limit\":\"%s\"", t->limit);
    }
    if (t->skipped > 0) {
        put(l, ",\"skipped\":%" PRIu32, t->skipped);
    }
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
