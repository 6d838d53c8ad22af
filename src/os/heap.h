/* The one way to the host's heap: all that ringfort allocates comes and goes through here.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_HEAP_H
#define RINGFORT_OS_HEAP_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* NULL where the host is out of memory; what is given is the caller's to heap_free. */
#if defined(RINGFORT_FAULTS)
/* The tests of faults bring some that can fail. */
void *heap_alloc(size_t size);
void *heap_zeroed(size_t count, size_t size);
void *heap_resized(void *old, size_t size);
void heap_free(void *block);
#else
static inline void *heap_alloc(size_t size)
{
    return malloc(size);
}

static inline void *heap_zeroed(size_t count, size_t size)
{
    return calloc(count, size);
}

/* As realloc: the old block stays where there is no new one. */
static inline void *heap_resized(void *old, size_t size)
{
    return realloc(old, size);
}

static inline void heap_free(void *block)
{
    free(block);
}
#endif

static inline char *heap_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = heap_alloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

#endif
