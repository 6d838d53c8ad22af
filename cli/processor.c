/*
 * Describes the processor by its own feature words. Wasmtime checks them once more when it loads
 * code; here they keep the code for different processors (a home folder on a network) in
 * different files.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "processor.h"

#if defined(__x86_64__)

#include <cpuid.h>

static uint64_t two_words(unsigned low, unsigned high)
{
    return (uint64_t)high << 32 | low;
}

void processor_describe(uint64_t words[PROCESSOR_WORDS])
{
    const unsigned ebx_per_core =
        0xff000000U; /* leaf 1: the APIC id, which changes with the core */
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    for (int i = 0; i < PROCESSOR_WORDS; i++) {
        words[i] = 0;
    }
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) {
        words[0] = two_words(a, b & ~ebx_per_core);
        words[1] = two_words(c, d);
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
        words[2] = two_words(a, b);
        words[3] = two_words(c, d);
    }
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
        words[4] = two_words(a, b);
        words[5] = two_words(c, d);
    }
    if (__get_cpuid(0x80000001U, &a, &b, &c, &d) != 0) {
        words[6] = two_words(c, d);
    }
    words[7] = 1; /* the form of this description */
}

#else

#include <sys/auxv.h>

void processor_describe(uint64_t words[PROCESSOR_WORDS])
{
    for (int i = 0; i < PROCESSOR_WORDS; i++) {
        words[i] = 0;
    }
    words[0] = getauxval(AT_HWCAP);
    words[1] = getauxval(AT_HWCAP2);
    words[7] = 2;
}

#endif
