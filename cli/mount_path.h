/*
 * Where a directory lies in its file system, by the kernel's table of mounts: two paths that lead
 * to one directory through different mounts have one such place.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_MOUNT_PATH_H
#define CLI_MOUNT_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct mount_path {
    unsigned major;
    unsigned minor;
    char *path; /* owned, from the root of the file system; NULL where it is not known */
};

/* Fills `place` with where a directory lies. Its path is NULL without /proc. */
void mount_path_of(int fd, struct mount_path *place);
void mount_path_free(struct mount_path *place);

/* Returns true if `inner` is `outer` or lies in it. */
bool mount_path_is_in(const struct mount_path *inner, const struct mount_path *outer);

/* Returns the identity of the mount that a descriptor was opened through; 0 where the kernel does
 * not say it. */
uint64_t mount_id_of(int fd);

/* Calls `found` with the place and the mount point of each mount beneath the directory `fd`. */
void mounts_beneath(int fd,
                    void (*found)(void *data, const struct mount_path *place,
                                  const char *mount_point),
                    void *data);

#endif
