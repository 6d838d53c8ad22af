/* Files that are doors to the system itself: those of procfs, sysfs and the like, and devices.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/system_file.h"

#include "os/sys.h"

#include <linux/magic.h>
#include <sys/sysmacros.h>

/* Those that <linux/magic.h> of older headers lacks, or never had. */
enum {
    MAGIC_CONFIGFS = 0x62656570,
    MAGIC_FUSECTL = 0x65735543,
    MAGIC_MQUEUE = 0x19800202,
};

bool ringfort_is_on_system_fs(int fd)
{
    struct statfs fs;
    if (sys_fstatfs(fd, &fs) < 0) {
        return true; /* what cannot be told is not given */
    }
    switch ((unsigned long)fs.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case BPF_FS_MAGIC:
    case PSTOREFS_MAGIC:
    case EFIVARFS_MAGIC:
    case BINFMTFS_MAGIC:
    case SELINUX_MAGIC:
    case SMACK_MAGIC:
    case NSFS_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case MAGIC_CONFIGFS:
    case MAGIC_FUSECTL:
    case MAGIC_MQUEUE:
        return true;
    default:
        return false;
    }
}

bool ringfort_is_harmless_device(const struct stat *st)
{
    enum { MEM_MAJOR = 1, NULL_MINOR = 3, ZERO = 5, FULL = 7, RANDOM = 8, URANDOM = 9 };
    if (!S_ISCHR(st->st_mode) || major(st->st_rdev) != MEM_MAJOR) {
        return false;
    }
    const unsigned n = minor(st->st_rdev);
    return n == NULL_MINOR || n == ZERO || n == FULL || n == RANDOM || n == URANDOM;
}

bool ringfort_is_system_file(int fd, const struct stat *st)
{
    const bool is_device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
    return (is_device && !ringfort_is_harmless_device(st)) || ringfort_is_on_system_fs(fd);
}
