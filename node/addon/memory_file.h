/* Files in memory: what stdin reads that is given as bytes, what stdout writes that is captured.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_NODE_MEMORY_FILE_H
#define RINGFORT_NODE_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A descriptor to read `length` bytes from, which nobody can change; -1 where none can be made. */
int ringfort_memory_file_of(const void *bytes, size_t length);

/* A descriptor that appends, and that its owner may read at any position; or -1. */
int ringfort_memory_file_new(void);

/* How many bytes there are now. */
int64_t ringfort_memory_file_size(int fd);

/* Reads from `at`. @return how many bytes it got. */
size_t ringfort_memory_file_read(int fd, void *bytes, size_t length, int64_t at);

/* Gives the memory before `end` back to the host; what lies behind keeps its position. */
void ringfort_memory_file_forget(int fd, int64_t end);

#endif
