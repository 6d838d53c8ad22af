/*
 * The walls one by one, for lockdown.c. Each function tells in its report how it went.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_LOCKDOWN_WALLS_H
#define CLI_LOCKDOWN_WALLS_H

#include "lockdown.h"

/* Sets a report; `error` is an errno that is said after the words, or 0. */
void wall_stands(struct wall_report *report, const char *detail);
void wall_missing(struct wall_report *report, const char *what, int error);

/* ---- Namespaces ---- */

/* Goes into a mount namespace of its own, with the help of a user namespace where that is needed.
 * Sets is_in_namespaces. */
void wall_enter_namespaces(struct lockdown *lockdown);

/* A mount of its own for a directory; -1 where that cannot be had, and the wall is missing then.
 * `fd` is lent. */
int wall_mount_directory(struct wall_report *report, int fd, bool is_read_only);

/* Leaves everything behind but those mounts. */
void wall_leave_root(struct wall_report *report);

/* ---- The process ---- */

/* The effective capabilities, a bit each. */
uint64_t wall_capabilities(void);

/* Those of some capabilities that are over files, which the walls leave as they are. */
uint64_t wall_over_files(uint64_t capabilities);

/* In a user namespace a process has all capabilities, some of which would make more of its own
 * files readable than without: only the one to mount is kept. */
void wall_keep_mounting_only(void);

/* Gives up all but those over files, of those that it had. */
void wall_drop_privileges(struct wall_report *report, uint64_t old_capabilities);

void wall_close_inherited(struct wall_report *report);
void wall_limit_resources(struct wall_report *report, bool has_threads);

/* ---- Filters ---- */

void wall_landlock(struct wall_report *report, const struct lockdown_directory *directories,
                   size_t count);
void wall_seccomp(struct wall_report *report, bool has_threads);

/* The system calls that only this build needs, -1 at the end: a sanitizer's. */
extern const int wall_calls_of_build[];

/* Limits the memory that this process may write to, itself and its threads, where the build can
 * have that. Returns 0 or an errno. */
int wall_limit_memory(uint64_t bytes);

/* For the build: the process is locked down from now on. */
void wall_tell_build(void);

#endif
