/*
 * The wall of Landlock: of all files only those beneath the guest's directories, none executable,
 * and no TCP. It governs opening, making, removing and moving; it lets a path be looked at.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/syscall.h>
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

static bool add_rules(int fd, uint64_t known, const struct lockdown_directory *directories,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct landlock_path_beneath_attr rule = {
            .allowed_access =
                (read_rights | (directories[i].is_read_only ? 0 : write_rights)) & known,
            .parent_fd = directories[i].fd,
        };
        if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
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
