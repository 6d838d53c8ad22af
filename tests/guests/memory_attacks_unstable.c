/* The attacks of memory_attacks.c by the functions of wasi_unstable.
 * guest-flags: -nostdlib -mbulk-memory -Wl,--no-entry -Wl,--stack-first -Wl,-z,stack-size=8192
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define GUEST_UNSTABLE

#include "memory_attacks.c"
