/*
 * In which order the walls are put up: each needs what the next one takes away.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "lockdown.h"

#include "lockdown_walls.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *lockdown_wall_name(enum wall wall)
{
    static const char *const names[WALL_COUNT] = {
        [WALL_PRIVILEGES] = "privileges",   [WALL_NAMESPACES] = "namespaces",
        [WALL_DESCRIPTORS] = "descriptors", [WALL_RESOURCES] = "resources",
        [WALL_LANDLOCK] = "landlock",       [WALL_SECCOMP] = "seccomp",
    };
    return names[wall];
}

void wall_stands(struct wall_report *report, const char *detail)
{
    report->state = WALL_STANDS;
    (void)snprintf(report->detail, sizeof(report->detail), "%s", detail);
}

void wall_missing(struct wall_report *report, const char *what, int error)
{
    report->state = WALL_MISSING;
    (void)snprintf(report->detail, sizeof(report->detail), "%s%s%s", what, error != 0 ? ": " : "",
                   error != 0 ? strerror(error) : "");
}

void lockdown_begin(struct lockdown *lockdown, enum lockdown_mode mode)
{
    *lockdown = (struct lockdown){ .mode = mode };
    if (mode != LOCKDOWN_OFF) {
        lockdown->old_capabilities = wall_capabilities();
        wall_enter_namespaces(lockdown);
    }
}

int lockdown_add_directory(struct lockdown *lockdown, int fd, bool is_read_only)
{
    int seen = fd;
    if (lockdown->is_in_namespaces) {
        seen = wall_mount_directory(&lockdown->walls[WALL_NAMESPACES], fd, is_read_only);
        if (seen >= 0) {
            (void)close(fd); /* through it `..` would lead on to the whole file system */
        } else {
            seen = fd;
        }
    }
    lockdown->directories = must_grow(lockdown->directories, lockdown->directory_count + 1,
                                      sizeof(*lockdown->directories));
    lockdown->directories[lockdown->directory_count++] =
        (struct lockdown_directory){ .fd = seen, .is_read_only = is_read_only };
    return seen;
}

void lockdown_finish(struct lockdown *lockdown)
{
    struct wall_report *walls = lockdown->walls;
    if (lockdown->mode == LOCKDOWN_OFF) {
        return;
    }
    wall_tell_build();
    wall_close_inherited(&walls[WALL_DESCRIPTORS]); /* it looks into /proc */
    if (lockdown->is_in_namespaces && walls[WALL_NAMESPACES].state != WALL_MISSING) {
        wall_leave_root(&walls[WALL_NAMESPACES]); /* needs the right to mount */
    }
    wall_limit_resources(&walls[WALL_RESOURCES], lockdown->has_threads);
    wall_drop_privileges(&walls[WALL_PRIVILEGES], lockdown->old_capabilities);
    /* The filters last: without no_new_privs they are for the privileged only. */
    wall_landlock(&walls[WALL_LANDLOCK], lockdown->directories, lockdown->directory_count);
    wall_seccomp(&walls[WALL_SECCOMP], lockdown->has_threads);
}

void lockdown_free(struct lockdown *lockdown)
{
    for (size_t i = 0; i < lockdown->directory_count; i++) {
        (void)close(lockdown->directories[i].fd);
    }
    free(lockdown->directories);
}

const struct wall_report *lockdown_strict_lacks(const struct lockdown *lockdown, enum wall *which)
{
    static const enum wall needed[] = { WALL_LANDLOCK, WALL_SECCOMP };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (lockdown->walls[needed[i]].state != WALL_STANDS) {
            *which = needed[i];
            return &lockdown->walls[needed[i]];
        }
    }
    return NULL;
}
