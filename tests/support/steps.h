/*
 * Whole steps that a guest takes and that must succeed, for tests that are about something else.
 * They give the guest memory that they needed back.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_STEPS_H
#define RINGFORT_TESTS_STEPS_H

#include "calls.h"
#include "guest.h"
#include "host.h"

/** path_open with SYMLINK_FOLLOW, `base` and every inheriting right. @return the new descriptor */
uint32_t guest_open(struct world *w, uint32_t fd, const char *path, uint32_t oflags, uint64_t base);

/** A directory with the rights of a preopen. */
uint32_t guest_open_dir(struct world *w, uint32_t fd, const char *path);

/** The same, and then gives some rights of its base up. */
uint32_t guest_open_without(struct world *w, uint32_t fd, const char *path, uint32_t oflags,
                            uint64_t base, uint64_t given_up);

/** Gives rights up: of the base, and of what is passed on. */
void guest_give_up(struct world *w, uint32_t fd, uint64_t base, uint64_t inheriting);

/** path_open as guest_open does it, for its errno; what it opened is closed again. */
uint32_t guest_try_open(struct world *w, uint32_t fd, const char *path, uint32_t lookup,
                        uint32_t oflags, uint64_t base);

void guest_close(struct world *w, uint32_t fd);
void guest_write(struct world *w, uint32_t fd, const char *string);

/** One fd_read of at most `max` bytes gives exactly `string`. */
void guest_assert_reads(struct world *w, uint32_t fd, uint32_t max, const char *string);

uint64_t guest_tell(struct world *w, uint32_t fd);
uint64_t guest_seek(struct world *w, uint32_t fd, int64_t offset, uint32_t whence);
struct filestat guest_stat(struct world *w, uint32_t fd);
struct filestat guest_stat_at(struct world *w, uint32_t fd, const char *path);
struct fdstat guest_fdstat_of(struct world *w, uint32_t fd);

/** path_filestat_get for its errno alone. */
uint32_t guest_try_stat(struct world *w, uint32_t fd, const char *path, uint32_t lookup);

#endif
