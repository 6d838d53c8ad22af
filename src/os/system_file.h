/* Files that are doors to the system itself: those of procfs, sysfs and the like, and devices.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_OS_SYSTEM_FILE_H
#define RINGFORT_OS_SYSTEM_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether a descriptor (O_PATH will do) is on a file system that shows the kernel's own state;
 * through /proc/self/mem alone a guest would own its host. */
bool ringfort_is_on_system_fs(int fd);

/* /dev/null, zero, full, random and urandom: they have no state that is worth anything, and never
 * block. */
bool ringfort_is_harmless_device(const struct stat *st);

/* Whether it is on such a file system, or a device that is not harmless. */
bool ringfort_is_system_file(int fd, const struct stat *st);

#endif
