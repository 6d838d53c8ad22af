/*
 * Reads /proc/self/mountinfo.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "mount_path.h"

#include "text.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One line of the table; the texts are in the line. */
struct mount {
    uint64_t id;
    unsigned major;
    unsigned minor;
    char *root;  /* what of the file system is mounted */
    char *point; /* where */
};

static bool is_octal(const char *text)
{
    return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' &&
           text[2] <= '7';
}

/* The table writes blanks, line ends and backslashes as \040 and the like. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; to++) {
        if (from[0] == '\\' && is_octal(from + 1)) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 98:0 /root /mount/point options …" */
static bool parse_mount(char *line, struct mount *mount)
{
    char *rest = line;
    const char *id = strsep(&rest, " ");
    (void)strsep(&rest, " "); /* the mount that it lies on */
    const char *major = strsep(&rest, ":");
    const char *minor = strsep(&rest, " ");
    mount->root = strsep(&rest, " ");
    mount->point = strsep(&rest, " ");
    if (mount->point == NULL) {
        return false;
    }
    mount->id = strtoull(id, NULL, 10);
    mount->major = (unsigned)strtoul(major, NULL, 10);
    mount->minor = (unsigned)strtoul(minor, NULL, 10);
    unescape(mount->root);
    unescape(mount->point);
    return true;
}

/* Calls `each` until it returns false. */
static void read_mounts(bool (*each)(void *data, const struct mount *mount), void *data)
{
    FILE *table = fopen("/proc/self/mountinfo", "re");
    FREED_TEXT char *line = NULL;
    size_t room = 0;
    struct mount mount;
    if (table == NULL) {
        return;
    }
    bool goes_on = true;
    while (goes_on && getline(&line, &room, table) > 0) {
        goes_on = !parse_mount(line, &mount) || each(data, &mount);
    }
    (void)fclose(table);
}

/* What follows `outer` in `inner`, from its slash on; NULL where inner does not lie in outer. */
static const char *after(const char *outer, const char *inner)
{
    const size_t length = strcmp(outer, "/") == 0 ? 0 : strlen(outer);
    const bool is_in =
        strncmp(outer, inner, length) == 0 && (inner[length] == '/' || inner[length] == '\0');
    return is_in ? inner + length : NULL;
}

/* The path by which the kernel knows a directory; yours, NULL where it knows none. */
static char *kernel_path(int fd)
{
    char link[64];
    char path[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof(path));
    return length > 0 && length < (ssize_t)sizeof(path) && path[0] == '/'
               ? must_copy(path, (size_t)length)
               : NULL;
}

uint64_t mount_id_of(int fd)
{
    struct statx status;
    return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 &&
                   (status.stx_mask & STATX_MNT_ID) != 0
               ? status.stx_mnt_id
               : 0;
}

struct search {
    uint64_t id;
    const char *path;
    struct mount_path *place;
};

static bool find_place(void *data, const struct mount *mount)
{
    const struct search *search = data;
    if (mount->id != search->id) {
        return true;
    }
    const char *below = after(mount->point, search->path);
    if (below != NULL) {
        const char *root = strcmp(mount->root, "/") == 0 ? "" : mount->root;
        search->place->major = mount->major;
        search->place->minor = mount->minor;
        search->place->path = must_format("%s%s", root, strcmp(below, "/") == 0 ? "" : below);
    }
    return false;
}

void mount_path_of(int fd, struct mount_path *place)
{
    FREED_TEXT char *path = kernel_path(fd);
    struct search search = { .id = mount_id_of(fd), .path = path, .place = place };
    *place = (struct mount_path){ .path = NULL };
    if (path != NULL && search.id != 0) {
        read_mounts(find_place, &search);
    }
}

void mount_path_free(struct mount_path *place)
{
    free(place->path);
    place->path = NULL;
}

bool mount_path_is_in(const struct mount_path *inner, const struct mount_path *outer)
{
    return inner->path != NULL && outer->path != NULL && inner->major == outer->major &&
           inner->minor == outer->minor && after(outer->path, inner->path) != NULL;
}

struct beneath {
    const char *path;
    void (*found)(void *data, const struct mount_path *place, const char *mount_point);
    void *data;
};

static bool find_beneath(void *data, const struct mount *mount)
{
    const struct beneath *beneath = data;
    const char *below = after(beneath->path, mount->point);
    if (below != NULL && below[0] != '\0' && strcmp(below, "/") != 0) {
        const struct mount_path place = {
            .major = mount->major,
            .minor = mount->minor,
            .path = strcmp(mount->root, "/") == 0 ? mount->root + 1 : mount->root,
        };
        beneath->found(beneath->data, &place, mount->point);
    }
    return true;
}

void mounts_beneath(int fd,
                    void (*found)(void *data, const struct mount_path *place,
                                  const char *mount_point),
                    void *data)
{
    FREED_TEXT char *path = kernel_path(fd);
    struct beneath beneath = { .path = path, .found = found, .data = data };
    if (path != NULL) {
        read_mounts(find_beneath, &beneath);
    }
}
