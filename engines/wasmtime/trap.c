/*
 * What came of a call into the guest: from Wasmtime's errors and traps to a status and a message
 * with the backtrace.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <string.h>

/* With this the text of every trap begins, those of host functions too. */
static const char trap_mark[] = "wasm trap: ";

static bool ends_with(const char *text, size_t length, const char *end)
{
    const size_t end_length = strlen(end);
    return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

static bool starts_with(const char *text, size_t length, const char *start)
{
    const size_t start_length = strlen(start);
    return length >= start_length && memcmp(text, start, start_length) == 0;
}

/* The engine renders "error while executing at wasm backtrace: … Caused by:\n    text"; this is
 * where the text begins. */
static const char *cause_in(const wasm_name_t *message, size_t *length)
{
    static const char mark[] = "Caused by:\n";
    const char *at = message->data;
    size_t left = message->size;
    for (;;) {
        const char *found = memmem(at, left, mark, sizeof mark - 1);
        if (found == NULL) {
            break;
        }
        left -= (size_t)(found - at) + sizeof mark - 1;
        at = found + sizeof mark - 1;
    }
    while (left > 0 && *at == ' ') {
        at++;
        left--;
    }
    while (left > 0 && (at[left - 1] == '\0' || at[left - 1] == '\n')) {
        left--;
    }
    *length = left;
    return at;
}

/* Either of the two that Wasmtime reports by: exactly one is set. */
struct failure {
    const wasmtime_error_t *error;
    const wasm_trap_t *trap;
};

static void say_frames(struct text *text, struct failure failure, const struct binding *binding)
{
    wasm_frame_vec_t frames;
    if (failure.trap != NULL) {
        wasm_trap_trace(failure.trap, &frames);
    } else {
        wasmtime_error_wasm_trace(failure.error, &frames);
    }
    ringfort_wasmtime_text_add_frames(text, &frames, binding != NULL ? binding->module : NULL,
                                      binding != NULL ? binding->module_length : 0);
    wasm_frame_vec_delete(&frames);
}

/* The engine's own reasons to stop a guest that did nothing wrong; NULL for true traps. */
static const char *interruption(ringfort_wasi *wasi, const wasm_trap_t *trap)
{
    wasmtime_trap_code_t code = 0;
    if (trap == NULL || !wasmtime_trap_code(trap, &code)) {
        return NULL;
    }
    if (code == WASMTIME_TRAP_CODE_OUT_OF_FUEL) {
        ringfort_wasi_note_refusal(wasi, RINGFORT_LIMIT_FUEL);
        return "interrupted: the guest is out of fuel";
    }
    if (code != WASMTIME_TRAP_CODE_INTERRUPT) {
        return NULL;
    }
    ringfort_refusal last = { 0 };
    if (ringfort_wasi_refusal(wasi, &last) && last.limit == RINGFORT_LIMIT_WALL_TIME) {
        return "interrupted: the guest's time is over (RINGFORT_LIMIT_WALL_TIME)";
    }
    return ringfort_wasi_interrupted(wasi) ? "interrupted: ringfort_wasi_interrupt was called"
                                           : "interrupted: the epoch deadline has passed";
}

/* An error without frames is none of the guest's: the engine refused to begin. */
static bool has_frames(const wasmtime_error_t *error)
{
    wasm_frame_vec_t frames;
    wasmtime_error_wasm_trace(error, &frames);
    const bool has = frames.size > 0;
    wasm_frame_vec_delete(&frames);
    return has;
}

/* What failed, where the engine gave a cause for it too. */
static void say_first_line(struct text *text, const wasm_name_t *message)
{
    const char *end = memchr(message->data, '\n', message->size);
    if (end != NULL) {
        ringfort_wasmtime_text_add_foreign(text, message->data, (size_t)(end - message->data),
                                           false);
        ringfort_wasmtime_text_add(text, ": ");
    }
}

/* The limits of a store that an instantiation may exceed, by the engine's own words. A limiter that
 * asks has noted which limit it was, and knows better: a table may exceed that of memory. */
static void note_limit_in(ringfort_wasi *wasi, const char *what, size_t length)
{
    static const struct {
        const char *words;
        ringfort_limit limit;
    } known[] = {
        { "exceeds memory limits", RINGFORT_LIMIT_MEMORY },
        { "memory count too high", RINGFORT_LIMIT_MEMORY },
        { "exceeds table limits", RINGFORT_LIMIT_TABLE_ELEMENTS },
        { "table count too high", RINGFORT_LIMIT_TABLE_ELEMENTS },
        { "instance count too high", RINGFORT_LIMIT_INSTANCES },
    };
    ringfort_refusal last = { 0 };
    if (ringfort_wasi_refusal(wasi, &last) &&
        (last.limit == RINGFORT_LIMIT_MEMORY || last.limit == RINGFORT_LIMIT_TABLE_ELEMENTS)) {
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (memmem(what, length, known[i].words, strlen(known[i].words)) != NULL) {
            ringfort_wasi_note_refusal(wasi, known[i].limit);
        }
    }
}

/* The engine's words. They would hold the backtrace too, in which an engine that demangles names by
 * itself writes as much as the module's names make it; so a trap of the engine's own is made anew,
 * without one. */
static void get_message(struct failure failure, wasm_name_t *message)
{
    wasmtime_trap_code_t code = 0;
    if (failure.trap == NULL) {
        wasmtime_error_message(failure.error, message);
    } else if (wasmtime_trap_code(failure.trap, &code)) {
        wasm_trap_t *bare = wasmtime_trap_new_code(code);
        wasm_trap_message(bare, message);
        wasm_trap_delete(bare);
    } else {
        wasm_trap_message(failure.trap, message);
    }
}

static ringfort_status status_of(ringfort_wasi *wasi, struct failure failure, ringfort_error *error)
{
    wasm_name_t message;
    size_t length = 0;
    get_message(failure, &message);
    const char *what = cause_in(&message, &length);
    const char *reason = interruption(wasi, failure.trap);
    ringfort_status status = RINGFORT_ERR_TRAP;
    if (reason != NULL) {
        status = RINGFORT_ERR_INTERRUPTED;
        what = reason;
        length = strlen(reason);
    } else if (ends_with(what, length, SAYS_EXITED) && ringfort_wasi_exited(wasi, NULL)) {
        status = RINGFORT_OK;
    } else if (ends_with(what, length, SAYS_NOT_STARTED)) {
        status = RINGFORT_ERR_WASI_NOT_STARTED;
    } else if (failure.error != NULL && !has_frames(failure.error)) {
        status = RINGFORT_ERR_LINK;
    }
    if (status != RINGFORT_OK) {
        struct text text = ringfort_wasmtime_message_of(error, status);
        if (status == RINGFORT_ERR_LINK) { /* the cause alone does not name the thing */
            say_first_line(&text, &message);
            note_limit_in(wasi, what, length);
        }
        if (status == RINGFORT_ERR_TRAP && !starts_with(what, length, trap_mark)) {
            ringfort_wasmtime_text_add(&text, trap_mark);
        }
        ringfort_wasmtime_text_add_foreign(&text, what, length, true);
        say_frames(&text, failure, ringfort_wasmtime_binding_if_any(wasi));
    }
    wasm_byte_vec_delete(&message);
    return status;
}

ringfort_status ringfort_wasi_call_status(ringfort_wasi *wasi, wasmtime_error_t *call_error,
                                          wasm_trap_t *trap, ringfort_error *error)
{
    ringfort_status status = RINGFORT_OK;
    if (call_error != NULL || trap != NULL) {
        status = status_of(wasi, (struct failure){ call_error, trap }, error);
    }
    if (call_error != NULL) {
        wasmtime_error_delete(call_error);
    }
    if (trap != NULL) {
        wasm_trap_delete(trap);
    }
    return status;
}
