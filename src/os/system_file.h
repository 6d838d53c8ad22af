/* Files that are doors to the system itself: those of procfs, sysfs and the like, and devices.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SYSTEM_FILE_H
#define RINGFORT_OS_SYSTEM_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether a descriptor (O_PATH will do) is on a file system that shows the kernel's own state;
 * through /proc/self/mem alone a guest would own its host. */
bool ringfort_is_on_system_fs(int fd);

/* The same, or a device other than null, zero, full, random and urandom. */
bool ringfort_is_system_file(int fd, const struct stat *st);

#endif
