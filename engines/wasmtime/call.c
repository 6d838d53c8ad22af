/*
 * A guest's call through Wasmtime: slots to arguments, the memory as it is now, and traps for what
 * is no result.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "adapter.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wasm_trap_t *trap_saying(const char *name, const char *what)
{
    char words[384];
    (void)snprintf(words, sizeof words, "%s: %s", name, what);
    return wasmtime_trap_new(words, strlen(words));
}

static wasm_trap_t *trap_for_fault(const char *name, const ringfort_result *result,
                                   size_t memory_size)
{
    char words[256];
    (void)snprintf(words, sizeof words,
                   "%" PRIu64 " bytes at address %" PRIu32 " (0x%" PRIx32
                   ") are outside the guest's memory of %zu bytes",
                   result->fault_length, result->fault_start, result->fault_start, memory_size);
    return trap_saying(name, words);
}

/* Cold: what became of a call that gives nothing back. */
__attribute__((cold, noinline)) static wasm_trap_t *unwind(const struct callee *callee,
                                                           ringfort_outcome outcome,
                                                           const ringfort_result *result,
                                                           size_t memory_size)
{
    const char *name = callee->import->name;
    switch (outcome) {
    case RINGFORT_EXITED:
        if (!callee->binding->unwinds_always &&
            !ringfort_wasi_return_on_exit(callee->binding->wasi)) {
            exit((int)(result->value & 255));
        }
        return wasmtime_trap_new(SAYS_EXITED, sizeof SAYS_EXITED - 1);
    case RINGFORT_FAULT:
        return trap_for_fault(name, result, memory_size);
    case RINGFORT_INTERRUPTED:
        return wasmtime_trap_new_code(WASMTIME_TRAP_CODE_INTERRUPT);
    case RINGFORT_RETURNED:
    default:
        return trap_saying(name, "an outcome that this adapter does not know");
    }
}

/* Cold: a call without memory. Node's rule: only proc_exit works before start. */
__attribute__((cold, noinline)) static wasm_trap_t *
call_without_memory(const struct callee *callee, const wasmtime_val_raw_t *slots)
{
    struct binding *binding = callee->binding;
    if (binding->wasi == NULL) {
        return trap_saying(callee->import->name, "the WASI object of this import was freed");
    }
    if (callee->import->results[0] == '\0') {
        const uint64_t code = le32toh((uint32_t)slots[0].i32);
        ringfort_result result = { 0 };
        const ringfort_memory none = { NULL, 0 };
        const ringfort_outcome outcome = callee->import->call(binding->wasi, none, &code, &result);
        return unwind(callee, outcome, &result, 0);
    }
    if (binding_kind(binding) != MEMORY_NONE) {
        return trap_saying(callee->import->name,
                           "the caller's store is not the one that was started");
    }
    return trap_saying(callee->import->name, SAYS_NOT_STARTED);
}

/* Read anew for each call, because the guest may have grown its memory, which may have moved it. */
static bool memory_now(const struct binding *binding, wasmtime_caller_t *caller,
                       ringfort_memory *memory)
{
    const enum memory_kind kind = binding_kind(binding);
    if (kind == MEMORY_SHARED) {
        *memory = (ringfort_memory){ binding->shared_base,
                                     wasmtime_sharedmemory_data_size(binding->shared) };
        return true;
    }
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    if (kind == MEMORY_NONE || context != binding->context) {
        return false; /* asking a store for another's memory would end the process */
    }
    memory->base = wasmtime_memory_data(context, &binding->memory);
    memory->size = wasmtime_memory_data_size(context, &binding->memory);
    return true;
}

wasm_trap_t *ringfort_wasmtime_on_import(void *env, wasmtime_caller_t *caller,
                                         wasmtime_val_raw_t *slots, size_t count)
{
    (void)count; /* the engine checked the type when it linked */
    const struct callee *callee = env;
    ringfort_memory memory;
    if (!memory_now(callee->binding, caller, &memory)) {
        return call_without_memory(callee, slots);
    }
    if (__builtin_expect(callee->binding->before_call != NULL, 0)) {
        callee->binding->before_call();
    }
    uint64_t args[CALL_PARAMS_MAX];
    for (unsigned i = 0; i < callee->params; i++) {
        args[i] = (callee->wide >> i & 1) != 0 ? le64toh((uint64_t)slots[i].i64)
                                               : le32toh((uint32_t)slots[i].i32);
    }
    ringfort_result result;
    const ringfort_outcome outcome =
        callee->import->call(callee->binding->wasi, memory, args, &result);
    if (__builtin_expect(outcome != RINGFORT_RETURNED, 0)) {
        return unwind(callee, outcome, &result, memory.size);
    }
    slots[0].i32 = (int32_t)htole32(result.value);
    return NULL;
}
