/*
 * What the host does to the folder of a test, by paths relative to ROOT; each function fails the
 * test where it fails. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_HOST_H
#define RINGFORT_TESTS_HOST_H

#include "world.h"

#include <stdio.h>
#include <time.h>

void host_mkdir(struct world *w, const char *path);
void host_write(struct world *w, const char *path, const char *text);
void host_append(struct world *w, const char *path, const char *text);
void host_write_bytes(struct world *w, const char *path, const void *bytes, size_t length);
void host_symlink(struct world *w, const char *text, const char *path);
void host_link(struct world *w, const char *old_path, const char *new_path);
void host_mkfifo(struct world *w, const char *path);
void host_rename(struct world *w, const char *old_path, const char *new_path);
void host_unlink(struct world *w, const char *path);
void host_rmdir(struct world *w, const char *path);

/** Of the link itself, where it is one. */
struct stat host_stat(struct world *w, const char *path);
bool host_exists(struct world *w, const char *path);
void host_assert_text(struct world *w, const char *path, const char *text);
void host_assert_link(struct world *w, const char *path, const char *text);

/** Sets both times, in seconds and nanoseconds. */
void host_set_times(struct world *w, const char *path, struct timespec atime,
                    struct timespec mtime);

/** Opens a file with open(2)'s flags; closed at the end of the test. */
int host_open(struct world *w, const char *path, int flags);

/** Closes `fd` at the end of the test. @return fd */
int host_keep(struct world *w, int fd);

/** Closes a descriptor that was kept, now. */
void host_close(struct world *w, int fd);

/** A pipe, a socket pair and a listener on a free port of the loopback address; all kept. */
void host_pipe(struct world *w, int ends[2]);
void host_pipe_as_stdio(struct world *w, int ends[2]); /**< what the guest writes to 1, 0 reads */
void host_socketpair(struct world *w, int ends[2]);
int host_listen(struct world *w, uint16_t *port);

/** Preopens a listener that nobody connects to, and after it one end of a pair. @return the other
 * end, closed by world_teardown */
int host_preopen_quiet_sockets(struct world *w);
int host_connect(struct world *w, uint16_t port);

/** The name of `path` from the host's root. */
const char *host_path(struct world *w, const char *path, char name[static 512]);

void host_remove_tree(struct world *w);

uint64_t host_clock_ns(clockid_t clock);
void host_sleep_ms(long milliseconds);

#endif
