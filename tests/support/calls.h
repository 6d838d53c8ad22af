/*
 * The functions of the table as C functions: wasi_fd_write(w, fd, iovs, count, nwritten) runs the
 * row "fd_write".
 *
 * Each gives the errno, or WASI_EXITED, WASI_FAULTED or WASI_INTERRUPTED, and checks what holds for
 * every call: that the guest's memory is changed only where the specification lets the function
 * write, and not at all by a call that did not succeed.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_CALLS_H
#define RINGFORT_TESTS_CALLS_H

#include "guest.h"

/** The row of a function in the table that the world uses. */
const ringfort_import *row_of(const struct world *w, const char *name);

/** Runs any function with its arguments as they are, and checks nothing but that a failure writes
 * nothing. */
uint32_t wasi_call(struct world *w, const char *name, const uint64_t *args, size_t count);

uint32_t wasi_args_get(struct world *w, uint32_t argv, uint32_t argv_buf);
uint32_t wasi_args_sizes_get(struct world *w, uint32_t argc, uint32_t size);
uint32_t wasi_environ_get(struct world *w, uint32_t env, uint32_t env_buf);
uint32_t wasi_environ_sizes_get(struct world *w, uint32_t count, uint32_t size);
uint32_t wasi_clock_res_get(struct world *w, uint32_t id, uint32_t out);
uint32_t wasi_clock_time_get(struct world *w, uint32_t id, uint64_t precision, uint32_t out);
uint32_t wasi_fd_advise(struct world *w, uint32_t fd, uint64_t offset, uint64_t length,
                        uint32_t advice);
uint32_t wasi_fd_allocate(struct world *w, uint32_t fd, uint64_t offset, uint64_t length);
uint32_t wasi_fd_close(struct world *w, uint32_t fd);
uint32_t wasi_fd_datasync(struct world *w, uint32_t fd);
uint32_t wasi_fd_fdstat_get(struct world *w, uint32_t fd, uint32_t out);
uint32_t wasi_fd_fdstat_set_flags(struct world *w, uint32_t fd, uint32_t flags);
uint32_t wasi_fd_fdstat_set_rights(struct world *w, uint32_t fd, uint64_t base,
                                   uint64_t inheriting);
uint32_t wasi_fd_filestat_get(struct world *w, uint32_t fd, uint32_t out);
uint32_t wasi_fd_filestat_set_size(struct world *w, uint32_t fd, uint64_t size);
uint32_t wasi_fd_filestat_set_times(struct world *w, uint32_t fd, uint64_t atim, uint64_t mtim,
                                    uint32_t flags);
uint32_t wasi_fd_pread(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint64_t offset,
                       uint32_t nread);
uint32_t wasi_fd_prestat_get(struct world *w, uint32_t fd, uint32_t out);
uint32_t wasi_fd_prestat_dir_name(struct world *w, uint32_t fd, uint32_t buf, uint32_t length);
uint32_t wasi_fd_pwrite(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count,
                        uint64_t offset, uint32_t nwritten);
uint32_t wasi_fd_read(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t nread);
uint32_t wasi_fd_readdir(struct world *w, uint32_t fd, uint32_t buf, uint32_t length,
                         uint64_t cookie, uint32_t used);
uint32_t wasi_fd_renumber(struct world *w, uint32_t from, uint32_t to);
uint32_t wasi_fd_seek(struct world *w, uint32_t fd, int64_t offset, uint32_t whence, uint32_t out);
uint32_t wasi_fd_sync(struct world *w, uint32_t fd);
uint32_t wasi_fd_tell(struct world *w, uint32_t fd, uint32_t out);
uint32_t wasi_fd_write(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count,
                       uint32_t nwritten);
uint32_t wasi_path_create_directory(struct world *w, uint32_t fd, struct span path);
uint32_t wasi_path_filestat_get(struct world *w, uint32_t fd, uint32_t lookup, struct span path,
                                uint32_t out);
uint32_t wasi_path_filestat_set_times(struct world *w, uint32_t fd, uint32_t lookup,
                                      struct span path, uint64_t atim, uint64_t mtim,
                                      uint32_t flags);
uint32_t wasi_path_link(struct world *w, uint32_t old_fd, uint32_t lookup, struct span old_path,
                        uint32_t new_fd, struct span new_path);
uint32_t wasi_path_open(struct world *w, uint32_t fd, uint32_t lookup, struct span path,
                        uint32_t oflags, uint64_t base, uint64_t inheriting, uint32_t fdflags,
                        uint32_t out);
uint32_t wasi_path_readlink(struct world *w, uint32_t fd, struct span path, uint32_t buf,
                            uint32_t length, uint32_t used);
uint32_t wasi_path_remove_directory(struct world *w, uint32_t fd, struct span path);
uint32_t wasi_path_rename(struct world *w, uint32_t old_fd, struct span old_path, uint32_t new_fd,
                          struct span new_path);
uint32_t wasi_path_symlink(struct world *w, struct span target, uint32_t fd, struct span new_path);
uint32_t wasi_path_unlink_file(struct world *w, uint32_t fd, struct span path);
uint32_t wasi_poll_oneoff(struct world *w, uint32_t in, uint32_t out, uint32_t count,
                          uint32_t nevents);
uint32_t wasi_proc_exit(struct world *w, uint32_t code);
uint32_t wasi_proc_raise(struct world *w, uint32_t signal);
uint32_t wasi_random_get(struct world *w, uint32_t buf, uint32_t length);
uint32_t wasi_sched_yield(struct world *w);
uint32_t wasi_sock_accept(struct world *w, uint32_t fd, uint32_t flags, uint32_t out);
uint32_t wasi_sock_recv(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t flags,
                        uint32_t nread, uint32_t roflags);
uint32_t wasi_sock_send(struct world *w, uint32_t fd, uint32_t iovs, uint32_t count, uint32_t flags,
                        uint32_t nwritten);
uint32_t wasi_sock_shutdown(struct world *w, uint32_t fd, uint32_t how);

#endif
