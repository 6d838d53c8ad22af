/*
 * The wall of namespaces: a root that is empty, directories that are mounts of their own, so that
 * nothing lies above them, and a network that leads nowhere. It covers what Landlock does not:
 * looking at files, and setting their times.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown_walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number is the same on all architectures; glibc before 2.36 has no wrapper. */
enum { CALL_MOUNT_SETATTR = 442, AT_WITH_SUBMOUNTS = 0x8000 };

struct mount_attributes {
    uint64_t set;
    uint64_t clear;
    uint64_t propagation;
    uint64_t user_namespace;
};

/* ---- The user namespace ---- */

static bool has(uint64_t capabilities, int capability)
{
    return (capabilities & (1ULL << capability)) != 0;
}

static bool write_file(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const ssize_t n = write(fd, text, strlen(text));
    const int error = errno;
    (void)close(fd);
    errno = error;
    return n == (ssize_t)strlen(text);
}

/* Ubuntu's rule lets a process in and then takes every right from it, so it is not even tried. */
static bool is_forbidden_by_apparmor(void)
{
    char value = '0';
    const int fd = open("/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
                        O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0) {
        (void)!read(fd, &value, 1);
        (void)close(fd);
    }
    return value != '0';
}

/* The caller keeps its user and group, so that files look and are made as without. */
static bool map_ids(uid_t user, gid_t group)
{
    char line[64];
    (void)snprintf(line, sizeof(line), "%u %u 1", user, user);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", line)) {
        return false;
    }
    (void)snprintf(line, sizeof(line), "%u %u 1", group, group);
    return write_file("/proc/self/gid_map", line);
}

/* Returns whether it is in a namespace in which it may mount. */
static bool enter_user_namespace(struct lockdown *lockdown)
{
    struct wall_report *report = &lockdown->walls[WALL_NAMESPACES];
    const uid_t user = geteuid();
    const gid_t group = getegid();
    if (wall_over_files(lockdown->old_capabilities) != 0) {
        wall_missing(report, "a user namespace would take the right to the files of others away",
                     0);
        return false;
    }
    if (access("/proc/self/uid_map", F_OK) != 0) {
        wall_missing(report, "/proc/self/uid_map", errno);
        return false;
    }
    if (is_forbidden_by_apparmor()) {
        wall_missing(report,
                     "AppArmor forbids user namespaces "
                     "(kernel.apparmor_restrict_unprivileged_userns)",
                     0);
        return false;
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        wall_missing(report, "a user namespace cannot be had", errno);
        return false;
    }
    if (!map_ids(user, group)) {
        wall_missing(report, "the user namespace takes no user", errno);
        lockdown->is_nobody = true;
        return false;
    }
    wall_keep_mounting_only();
    return true;
}

void wall_enter_namespaces(struct lockdown *lockdown)
{
    struct wall_report *report = &lockdown->walls[WALL_NAMESPACES];
    /* Who may mount needs no user namespace, in which root would lose its way to others' files. */
    const bool may_mount = has(lockdown->old_capabilities, CAP_SYS_ADMIN);
    if (may_mount && unshare(CLONE_NEWNS) != 0) {
        wall_missing(report, "a mount namespace cannot be had", errno);
        return;
    }
    if (!may_mount && !enter_user_namespace(lockdown)) {
        return;
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        wall_missing(report, "the mounts cannot be made private", errno);
        return;
    }
    lockdown->is_in_namespaces = true;
}

/* ---- Directories ---- */

/* It stays outside any tree of mounts, so `..` at its root leads nowhere, not even to ours. */
int wall_mount_directory(struct wall_report *report, int fd, bool is_read_only)
{
    const struct mount_attributes attributes = {
        .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | (is_read_only ? MOUNT_ATTR_RDONLY : 0U),
    };
    const unsigned how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_WITH_SUBMOUNTS;
    const int clone = (int)syscall(SYS_open_tree, fd, "", how);
    if (clone < 0) {
        wall_missing(report, "a directory cannot have a mount of its own", errno);
        return -1;
    }
    if (syscall(CALL_MOUNT_SETATTR, clone, "", AT_EMPTY_PATH | AT_WITH_SUBMOUNTS, &attributes,
                sizeof(attributes)) != 0) {
        wall_missing(report, "a mount cannot be restricted", errno);
        (void)close(clone);
        return -1;
    }
    return clone;
}

/* ---- The root ---- */

static int new_root(void)
{
    const int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) {
        return -1;
    }
    int root = -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        root = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                MOUNT_ATTR_NOEXEC);
    }
    (void)close(context);
    return root;
}

/* The old root comes to lie on the new one, from where it is taken away. */
static bool change_root(int root)
{
    return syscall(SYS_move_mount, root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
           fchdir(root) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

void wall_leave_root(struct wall_report *report)
{
    /* Listeners were opened before, and stay in the network that they are in. */
    if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) {
        wall_missing(report, "a network namespace cannot be had", errno);
        return;
    }
    const int root = new_root();
    if (root < 0) {
        wall_missing(report, "an empty root cannot be made", errno);
        return;
    }
    if (change_root(root)) {
        wall_stands(report, "");
    } else {
        wall_missing(report, "the root cannot be changed", errno);
    }
    (void)close(root);
}
