/*
 * The model's tree on the host: planted, compared at the end, removed.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "host_tree.h"

#include "finding.h"
#include "model/model.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The base ---- */

enum { CANARIES = 2 };
static const char *const canaries[CANARIES] = { "CANARY", "CANARY-beside" };
static struct stat canary_before[CANARIES];
static char base_path[64];
static pid_t base_owner;

static void must(int result, const char *what)
{
    if (result < 0) {
        (void)fprintf(stderr, "the fuzzer's own folder: %s: %s\n", what, strerror(errno));
        exit(2);
    }
}

static int remove_tree(int directory, const char *name)
{
    const int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return unlinkat(directory, name, 0);
    }
    DIR *stream = fdopendir(fd);
    must(stream != NULL ? 0 : -1, name);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            must(remove_tree(fd, entry->d_name), entry->d_name);
        }
    }
    (void)closedir(stream);
    return unlinkat(directory, name, AT_REMOVEDIR);
}

static void remove_base(void)
{
    if (getpid() == base_owner) {
        (void)remove_tree(AT_FDCWD, base_path);
    }
}

static int make_base(void)
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(base_path, sizeof base_path, "%s/ringfort-fuzz-XXXXXX", folder);
    must(mkdtemp(base_path) != NULL ? 0 : -1, base_path);
    base_owner = getpid();
    (void)atexit(remove_base);
    umask(022);
    const int base = open(base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(base, base_path);
    for (int i = 0; i < CANARIES; i++) {
        const int fd = openat(base, canaries[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
        must(fd < 0 || write(fd, "CANARY\n", 7) != 7 ? -1 : 0, canaries[i]);
        (void)close(fd);
        must(fstatat(base, canaries[i], &canary_before[i], 0), canaries[i]);
    }
    return base;
}

int host_base(void)
{
    static int base = -1;
    if (base < 0) {
        base = make_base();
    }
    return base;
}

void host_check_canaries(void)
{
    for (int i = 0; i < CANARIES; i++) {
        const struct stat *was = &canary_before[i];
        struct stat now;
        if (fstatat(host_base(), canaries[i], &now, AT_SYMLINK_NOFOLLOW) < 0 ||
            now.st_ino != was->st_ino || now.st_size != was->st_size ||
            now.st_nlink != was->st_nlink || now.st_mode != was->st_mode ||
            now.st_atim.tv_sec != was->st_atim.tv_sec ||
            now.st_atim.tv_nsec != was->st_atim.tv_nsec ||
            now.st_ctim.tv_sec != was->st_ctim.tv_sec ||
            now.st_ctim.tv_nsec != was->st_ctim.tv_nsec) {
            finding("the canary %s was touched", canaries[i]);
        }
    }
}

/* ---- The folder of a run ---- */

static void plant(int run, const struct planted *planted)
{
    switch (planted->type) {
    case NODE_DIRECTORY:
        must(mkdirat(run, planted->path, 0777), planted->path);
        break;
    case NODE_LINK:
        must(symlinkat(planted->text, run, planted->path), planted->path);
        break;
    case NODE_FILE:
    case NODE_DEVICE:
    default: {
        const ssize_t length = (ssize_t)strlen(planted->text);
        const int fd = openat(run, planted->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
        must(fd < 0 || write(fd, planted->text, (size_t)length) != length ? -1 : 0, planted->path);
        (void)close(fd);
        break;
    }
    }
}

static const char run_name[] = "run";

int host_plant_empty(void)
{
    must(mkdirat(host_base(), run_name, 0777), run_name);
    const int run = openat(host_base(), run_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(run, run_name);
    return run;
}

int host_plant(void)
{
    const int run = host_plant_empty();
    for (size_t i = 0; i < model_planted_count; i++) {
        plant(run, &model_planted[i]);
    }
    return run;
}

void host_clear(int run)
{
    (void)close(run);
    must(remove_tree(host_base(), run_name), run_name);
}

/* ---- Comparing ---- */

static void compare_bytes(int fd, const char *name, const struct node *node)
{
    static uint8_t host[65536];
    static uint8_t kept[sizeof host];
    for (uint64_t at = 0; at < node->size && at <= FILE_BYTES_MAX; at += sizeof host) {
        const size_t n = node_read(node, at, kept, sizeof kept);
        if (pread(fd, host, sizeof host, (off_t)at) != (ssize_t)n || memcmp(host, kept, n) != 0) {
            finding("%s: other bytes than the model has, at %llu", name, (unsigned long long)at);
        }
    }
}

static void compare_link(int directory, const char *name, const struct node *node)
{
    char text[PATH_MAX_BYTES + 1];
    const ssize_t n = readlinkat(directory, name, text, sizeof text);
    if (n < 0 || (uint64_t)n != node->size || memcmp(text, node->bytes, (size_t)n) != 0) {
        finding("%s: another link than the model has", name);
    }
}

static void compare_entries(int directory, const char *name, const struct node *node)
{
    const int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        finding("%s: cannot be listed", name);
    }
    size_t count = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const struct entry *known = node_find(node, entry->d_name, strlen(entry->d_name));
        if (known == NULL) {
            finding("%s/%s: the model has no such entry", name, entry->d_name);
        }
        host_compare(fd, entry->d_name, known->node);
        count++;
    }
    if (count != node->entry_count) {
        finding("%s: %zu entries, and the model has %zu", name, count, node->entry_count);
    }
    (void)closedir(stream);
}

void host_compare(int directory, const char *name, const struct node *node)
{
    static const mode_t modes[] = {
        [NODE_DIRECTORY] = S_IFDIR, [NODE_FILE] = S_IFREG, [NODE_LINK] = S_IFLNK
    };
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        finding("%s: %s, and the model has it", name, strerror(errno));
    }
    if ((st.st_mode & S_IFMT) != modes[node->type]) {
        finding("%s: another type than the model has", name);
    }
    if (node->inode != 0 && st.st_ino != node->inode) {
        finding("%s: another inode than the guest was told", name);
    }
    if (node->type == NODE_DIRECTORY) {
        compare_entries(directory, name, node);
        return;
    }
    if ((uint64_t)st.st_size != node->size || st.st_nlink != node_link_count(node)) {
        finding("%s: %llu bytes and %llu names, and the model has %llu and %llu", name,
                (unsigned long long)st.st_size, (unsigned long long)st.st_nlink,
                (unsigned long long)node->size, (unsigned long long)node_link_count(node));
    }
    if (node->type == NODE_LINK) {
        compare_link(directory, name, node);
        return;
    }
    const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    compare_bytes(fd, name, node);
    (void)close(fd);
}

unsigned host_descriptors(void)
{
    DIR *stream = opendir("/proc/self/fd");
    must(stream != NULL ? 0 : -1, "/proc/self/fd");
    unsigned count = 0;
    while (readdir(stream) != NULL) {
        count++;
    }
    (void)closedir(stream);
    return count;
}
