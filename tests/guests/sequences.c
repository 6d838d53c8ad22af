/*
 * Makes sequences of WASI calls that its standard input spells, each in a directory of its own, and
 * prints what every call answers: what several hosts are compared by. The input holds a length in
 * two bytes, little-endian, and so many bytes of a sequence, again and again; a length of 0 ends
 * it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

enum { PREOPEN = 3, SLOTS = 12, CALLS_MAX = 40, NO_DESCRIPTOR = 999 };

/* ---- The sequence ---- */

static unsigned char bytes[65536];
static size_t bytes_left;
static size_t bytes_at;

static unsigned take(void)
{
    if (bytes_left == 0) {
        return 0;
    }
    bytes_left--;
    return bytes[bytes_at++];
}

/* Descriptors by the order in which they were opened: their numbers are the host's affair. */
static __wasi_fd_t slots[SLOTS];
static unsigned slot_count;

static unsigned take_slot(void)
{
    const unsigned byte = take();
    return byte < 100 ? 0 : byte % (slot_count + 1);
}

static __wasi_fd_t descriptor(unsigned slot)
{
    return slot < slot_count ? slots[slot] : NO_DESCRIPTOR;
}

static const char *take_path(void)
{
    static const char *const names[] = { "d",  "f",   "e",  "..", ".",   "d",  "ld", "ls",
                                         "lf", "lt",  "ln", "lo", "lq",  "up", "n1", "n2",
                                         "n3", "new", "f",  "d",  "...", "lu" };
    static char paths[2][256];
    static unsigned which;
    char *path = paths[which ^= 1];
    const unsigned shape = take();
    const unsigned count = 1 + (shape & 3) % 3;
    path[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        strcat(path, i > 0 ? ((shape & 64) != 0 && i == 1 ? "//" : "/") : "");
        strcat(path, names[take() % (sizeof names / sizeof *names)]);
    }
    strcat(path, (shape & 0x30) == 0x30 ? "/" : "");
    return path;
}

/* ---- What is printed ---- */

static void say_result(__wasi_errno_t error)
{
    printf(" = %u", error);
}

static void say_stat(const __wasi_filestat_t *stat)
{
    printf(" type %u", stat->filetype);
    if (stat->filetype != __WASI_FILETYPE_DIRECTORY) {
        printf(" size %llu links %llu", (unsigned long long)stat->size,
               (unsigned long long)stat->nlink);
    }
}

static void say_bytes(const uint8_t *from, size_t length)
{
    unsigned sum = 5381;
    for (size_t i = 0; i < length; i++) {
        sum = sum * 33 + from[i];
    }
    printf(" %zu bytes, %08x", length, sum);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The entries of a directory in order of their names, without `.` and `..`. */
static void list(__wasi_fd_t fd)
{
    static uint8_t buffer[8192];
    static char text[8192];
    char *names[256];
    size_t count = 0;
    size_t used_text = 0;
    __wasi_size_t used = 0;
    const __wasi_errno_t error = __wasi_fd_readdir(fd, buffer, sizeof buffer, 0, &used);
    say_result(error);
    for (size_t at = 0; error == 0 && at + sizeof(__wasi_dirent_t) <= used && count < 256;) {
        __wasi_dirent_t entry;
        memcpy(&entry, buffer + at, sizeof entry);
        at += sizeof entry;
        if (entry.d_namlen > used - at) {
            break;
        }
        char *name = text + used_text;
        used_text += (size_t)snprintf(name, sizeof text - used_text, "%.*s:%u", (int)entry.d_namlen,
                                      (char *)buffer + at, entry.d_type) +
                     1;
        at += entry.d_namlen;
        if (strncmp(name, ".:", 2) != 0 && strncmp(name, "..:", 3) != 0) {
            names[count++] = name;
        }
    }
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        printf(" %s", names[i]);
    }
}

/* ---- Calls ---- */

static uint64_t take_offset(void)
{
    const unsigned byte = take();
    if (byte >= 250) {
        return UINT64_MAX - (byte - 250);
    }
    return byte >= 245 ? (UINT64_C(1) << 63) - (byte - 245) : byte % 80;
}

static void call_open(void)
{
    const unsigned slot = take_slot();
    const char *path = take_path();
    const unsigned how = take();
    const unsigned flags = take();
    const __wasi_oflags_t oflags = how < 128 ? (how & 1) * 9 : how & 15;
    const __wasi_fdflags_t fdflags = flags < 200 ? 0 : flags & __WASI_FDFLAGS_APPEND;
    const bool writes = (flags & 2) != 0;
    /* All that a preopen passes on: what a directory is said to pass on differs. */
    const __wasi_rights_t all = UINT64_C(0x0fffffff);
    const __wasi_rights_t writing = __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_ALLOCATE |
                                    __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_DATASYNC;
    __wasi_rights_t base = all & ~(writes ? 0 : writing);
    if ((oflags & __WASI_OFLAGS_DIRECTORY) != 0) {
        base &= ~(writing | __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL);
    }
    __wasi_fd_t fd = NO_DESCRIPTOR;
    printf("path_open %u %u \"%s\" %u %u %u", slot, how >> 6 & 1, path, oflags, writes, fdflags);
    const __wasi_errno_t error = slot_count == SLOTS
                                     ? 0
                                     : __wasi_path_open(descriptor(slot), how >> 6 & 1, path,
                                                        oflags, base, all, fdflags, &fd);
    say_result(error);
    if (error == 0 && slot_count < SLOTS) {
        slots[slot_count++] = fd;
    }
}

static void call_transfer(bool writes, bool has_offset)
{
    static uint8_t buffer[128];
    const unsigned slot = take_slot();
    const unsigned length = take() % sizeof buffer;
    const uint64_t offset = has_offset ? take_offset() : 0;
    __wasi_size_t n = 0;
    __wasi_errno_t error = 0;
    memset(buffer, writes ? (int)(length + 1) : 0, sizeof buffer);
    printf("fd_%s%s %u %u %llu", has_offset ? "p" : "", writes ? "write" : "read", slot, length,
           (unsigned long long)offset);
    const __wasi_ciovec_t out = { buffer, length };
    const __wasi_iovec_t in = { buffer, length };
    if (writes) {
        error = has_offset ? __wasi_fd_pwrite(descriptor(slot), &out, 1, offset, &n)
                           : __wasi_fd_write(descriptor(slot), &out, 1, &n);
    } else {
        error = has_offset ? __wasi_fd_pread(descriptor(slot), &in, 1, offset, &n)
                           : __wasi_fd_read(descriptor(slot), &in, 1, &n);
    }
    say_result(error);
    if (error == 0) {
        say_bytes(buffer, n);
    }
}

static void call_seek(void)
{
    const unsigned slot = take_slot();
    const int64_t offset = (int64_t)take_offset() - (take() & 1) * 40;
    const unsigned whence = take() % 3;
    __wasi_filesize_t at = 0;
    printf("fd_seek %u %lld %u", slot, (long long)offset, whence);
    const __wasi_errno_t error = __wasi_fd_seek(descriptor(slot), offset, (uint8_t)whence, &at);
    say_result(error);
    if (error == 0) {
        printf(" at %llu", (unsigned long long)at);
    }
}

static void call_number(unsigned which)
{
    const unsigned slot = take_slot();
    const __wasi_fd_t fd = descriptor(slot);
    __wasi_filestat_t stat;
    __wasi_fdstat_t fdstat;
    __wasi_filesize_t at = 0;
    switch (which) {
    case 0:
        printf("fd_close %u", slot);
        say_result(slot == 0 ? 0 : __wasi_fd_close(fd)); /* the sequence needs its directory */
        if (slot > 0 && slot < slot_count) {
            slots[slot] = NO_DESCRIPTOR;
        }
        break;
    case 1:
        printf("fd_tell %u", slot);
        say_result(__wasi_fd_tell(fd, &at));
        printf(" at %llu", (unsigned long long)at);
        break;
    case 2: {
        printf("fd_filestat_get %u", slot);
        const __wasi_errno_t error = __wasi_fd_filestat_get(fd, &stat);
        say_result(error);
        if (error == 0) {
            say_stat(&stat);
        }
        break;
    }
    case 3: {
        printf("fd_fdstat_get %u", slot);
        const __wasi_errno_t error = __wasi_fd_fdstat_get(fd, &fdstat);
        say_result(error);
        if (error == 0) {
            printf(" type %u flags %u", fdstat.fs_filetype, fdstat.fs_flags);
        }
        break;
    }
    case 4:
        printf("fd_readdir %u", slot);
        list(fd);
        break;
    default:
        printf("fd_sync %u", slot);
        say_result(__wasi_fd_sync(fd));
        break;
    }
}

static void call_size(void)
{
    const unsigned slot = take_slot();
    const uint64_t size = take_offset();
    printf("fd_filestat_set_size %u %llu", slot, (unsigned long long)size);
    say_result(__wasi_fd_filestat_set_size(descriptor(slot), size));
}

static void call_name(unsigned which)
{
    const unsigned slot = take_slot();
    const char *path = take_path();
    const __wasi_fd_t fd = descriptor(slot);
    switch (which) {
    case 0:
        printf("path_create_directory %u \"%s\"", slot, path);
        say_result(__wasi_path_create_directory(fd, path));
        break;
    case 1:
        printf("path_remove_directory %u \"%s\"", slot, path);
        say_result(__wasi_path_remove_directory(fd, path));
        break;
    default:
        printf("path_unlink_file %u \"%s\"", slot, path);
        say_result(__wasi_path_unlink_file(fd, path));
        break;
    }
}

static void call_look(void)
{
    const unsigned slot = take_slot();
    const char *path = take_path();
    const unsigned follow = take() & 1;
    __wasi_filestat_t stat;
    printf("path_filestat_get %u %u \"%s\"", slot, follow, path);
    const __wasi_errno_t error = __wasi_path_filestat_get(descriptor(slot), follow, path, &stat);
    say_result(error);
    if (error == 0) {
        say_stat(&stat);
    }
}

static void call_readlink(void)
{
    uint8_t buffer[64];
    const unsigned slot = take_slot();
    const char *path = take_path();
    const unsigned room = take() % sizeof buffer;
    __wasi_size_t used = 0;
    printf("path_readlink %u \"%s\" %u", slot, path, room);
    const __wasi_errno_t error = __wasi_path_readlink(descriptor(slot), path, buffer, room, &used);
    say_result(error);
    if (error == 0) {
        say_bytes(buffer, used);
    }
}

static void call_two_names(unsigned which)
{
    static const char *const words[] = { "path_rename", "path_link", "path_symlink" };
    const unsigned from = take_slot();
    const char *old = take_path();
    const unsigned to = take_slot();
    const char *new = take_path();
    printf("%s %u \"%s\" %u \"%s\"", words[which], from, old, to, new);
    if (which == 0) {
        say_result(__wasi_path_rename(descriptor(from), old, descriptor(to), new));
    } else if (which == 1) {
        say_result(__wasi_path_link(descriptor(from), 0, old, descriptor(to), new));
    } else {
        say_result(__wasi_path_symlink(old, descriptor(to), new));
    }
}

static void call_once(void)
{
    const unsigned which = take();
    if (which < 64) {
        call_open();
    } else if (which < 112) {
        call_transfer((which & 1) != 0, (which & 6) == 6);
    } else if (which < 124) {
        call_seek();
    } else if (which < 160) {
        call_number(which % 6);
    } else if (which < 168) {
        call_size();
    } else if (which < 196) {
        call_name(which % 3);
    } else if (which < 212) {
        call_look();
    } else if (which < 220) {
        call_readlink();
    } else {
        call_two_names(which % 3);
    }
    putchar('\n');
}

/* ---- Sequences ---- */

static __wasi_fd_t open_folder(__wasi_fd_t in, const char *name)
{
    __wasi_fdstat_t stat = { .fs_rights_inheriting = 0 };
    __wasi_fd_t fd = NO_DESCRIPTOR;
    (void)__wasi_fd_fdstat_get(in, &stat);
    if (__wasi_path_create_directory(in, name) != 0 ||
        __wasi_path_open(in, 0, name, __WASI_OFLAGS_DIRECTORY, stat.fs_rights_base,
                         stat.fs_rights_inheriting, 0, &fd) != 0) {
        fprintf(stderr, "%s: cannot be made\n", name);
        exit(1);
    }
    return fd;
}

static void plant(__wasi_fd_t folder)
{
    static const char *const links[][2] = {
        { "d", "ld" },
        { ".", "ls" },
        { "d/f", "lf" },
        { "d/", "lt" },
        { "d/new", "ln" },
        { "../x", "lo" },
        { "d/e/../../..", "lu" },
        { "lq", "lq" },
        { "../ld/../f", "d/up" },
    };
    static const char *const files[] = { "f", "d/f" };
    (void)__wasi_path_create_directory(folder, "d");
    (void)__wasi_path_create_directory(folder, "d/e");
    for (unsigned i = 0; i < 2; i++) {
        __wasi_fdstat_t stat;
        __wasi_fd_t fd = NO_DESCRIPTOR;
        __wasi_size_t n = 0;
        const __wasi_ciovec_t text = { (const uint8_t *)"inside", 6 };
        (void)__wasi_fd_fdstat_get(folder, &stat);
        (void)__wasi_path_open(folder, 0, files[i], __WASI_OFLAGS_CREAT, stat.fs_rights_inheriting,
                               0, 0, &fd);
        (void)__wasi_fd_write(fd, &text, 1, &n);
        (void)__wasi_fd_close(fd);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        (void)__wasi_path_symlink(links[i][0], folder, links[i][1]);
    }
}

static void run_sequence(unsigned number)
{
    char name[16];
    snprintf(name, sizeof name, "s%u", number);
    slot_count = 1;
    slots[0] = open_folder(PREOPEN, name);
    plant(slots[0]);
    for (unsigned i = 0; i < CALLS_MAX && bytes_left > 0; i++) {
        printf("%u.%u ", number, i);
        call_once();
    }
    printf("%u.end fd_readdir", number);
    list(slots[0]);
    putchar('\n');
    for (unsigned i = 0; i < slot_count; i++) {
        (void)__wasi_fd_close(slots[i]);
    }
}

int main(void)
{
    unsigned char head[2];
    for (unsigned number = 0; fread(head, 1, 2, stdin) == 2; number++) {
        bytes_left = head[0] | (size_t)head[1] << 8;
        bytes_at = 0;
        if (bytes_left == 0) {
            return 0;
        }
        if (fread(bytes, 1, bytes_left, stdin) != bytes_left) {
            return 1;
        }
        run_sequence(number);
    }
    return 0;
}
