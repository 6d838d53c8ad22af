/*
 * The wall of Landlock: of all files only those beneath the guest's directories, none executable,
 * and no TCP. It governs opening, making, removing and moving; it lets a path be looked at.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What the headers of Debian 12 do not know yet, by the version that brought it. */
#define FS_TRUNCATE           (1ULL << 14) /* 3 */
#define FS_IOCTL_DEVICE       (1ULL << 15) /* 5 */
#define NET_BIND_TCP          (1ULL << 0)  /* 4 */
#define NET_CONNECT_TCP       (1ULL << 1)  /* 4 */
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0)  /* 6 */
#define SCOPE_SIGNAL          (1ULL << 1)  /* 6 */

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

enum {
    ABI_REFER = 2,
    ABI_TRUNCATE = 3,
    ABI_NETWORK = 4,
    ABI_IOCTL = 5,
    ABI_SCOPES = 6,
};

/* Files are made by open, and links and directories; WASI has no call for the rest. */
static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
                                     LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE;
static const uint64_t never = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                              LANDLOCK_ACCESS_FS_MAKE_BLOCK | FS_IOCTL_DEVICE;

static struct ruleset ruleset_for(long abi)
{
    struct ruleset ruleset = { .files = read_rights | write_rights | never };
    if (abi < ABI_IOCTL) {
        ruleset.files &= ~FS_IOCTL_DEVICE;
    }
    if (abi < ABI_TRUNCATE) {
        ruleset.files &= ~FS_TRUNCATE;
    }
    if (abi >= ABI_NETWORK) {
        ruleset.network = NET_BIND_TCP | NET_CONNECT_TCP;
    }
    if (abi >= ABI_SCOPES) {
        ruleset.scopes = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
    }
    return ruleset;
}

static bool add_rule(int ruleset, int fd, uint64_t allowed)
{
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = allowed,
        .parent_fd = fd,
    };
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* Whether what is open is null, zero, full, random or urandom. */
static bool is_memory_device(int fd)
{
    enum { MAJOR_OF_MEMORY = 1, NULL_DEVICE = 3, ZERO = 5, FULL = 7, RANDOM = 8, URANDOM = 9 };
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode) || major(st.st_rdev) != MAJOR_OF_MEMORY) {
        return false;
    }
    const unsigned number = minor(st.st_rdev);
    return number == NULL_DEVICE || number == ZERO || number == FULL || number == RANDOM ||
           number == URANDOM;
}

/* A read-only directory keeps its files, and writing to a memory device changes none. A rule is
 * for one file, so the devices are looked for where they usually are: in /dev and in a root. */
static bool add_devices(int ruleset, int directory)
{
    static const char *const names[] = {
        "null",     "zero",     "full",     "random",     "urandom",
        "dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom",
    };
    bool added = true;
    for (size_t i = 0; added && i < sizeof(names) / sizeof(names[0]); i++) {
        const int fd = openat(directory, names[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) {
            added = !is_memory_device(fd) || add_rule(ruleset, fd, LANDLOCK_ACCESS_FS_WRITE_FILE);
            (void)close(fd);
        }
    }
    return added;
}

static bool add_rules(int fd, uint64_t known, const struct lockdown_directory *directories,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool writes = !directories[i].is_read_only;
        const uint64_t allowed = (read_rights | (writes ? write_rights : 0)) & known;
        if (!add_rule(fd, directories[i].fd, allowed) ||
            (!writes && !add_devices(fd, directories[i].fd))) {
            return false;
        }
    }
    return true;
}

void wall_landlock(struct wall_report *report, const struct lockdown_directory *directories,
                   size_t count)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0) {
        wall_missing(report, "the kernel has no Landlock", errno);
        return;
    }
    if (abi < ABI_REFER) {
        wall_missing(report, "the kernel's Landlock, of version 1, would forbid to move files", 0);
        return;
    }
    const struct ruleset ruleset = ruleset_for(abi);
    const int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
    if (fd < 0) {
        wall_missing(report, "a rule set cannot be had", errno);
        return;
    }
    if (!add_rules(fd, ruleset.files, directories, count)) {
        wall_missing(report, "a rule cannot be had", errno);
    } else if (syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
        wall_missing(report, "the rules cannot be applied", errno);
    } else {
        char detail[WALL_DETAIL_MAX];
        (void)snprintf(detail, sizeof(detail), "abi %ld", abi);
        wall_stands(report, detail);
    }
    (void)close(fd);
}
