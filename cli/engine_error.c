/*
 * Turns Wasmtime's errors, which may be of several lines, into one.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "engine_error.h"

#include "text.h"

#include <string.h>

char *engine_error_take(wasmtime_error_t *given)
{
    wasm_name_t message;
    wasmtime_error_message(given, &message);
    char *text = must_copy(message.data, message.size);
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(given);
    make_one_line(text);
    if (strstr(text, "legacy_exceptions") == NULL) {
        return text;
    }
    FREED_TEXT char *reason = text;
    return must_format("%s; its exceptions are of the old form, which "
                       "`wasm-opt --translate-to-exnref -all` turns into the new one",
                       reason);
}

bool engine_error_is_memory(const char *reason)
{
    return strstr(reason, "(os error 12)") != NULL || /* ENOMEM of a mapping */
           strstr(reason, "out of memory (failed to allocate ") != NULL;
}
