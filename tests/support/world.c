/*
 * Makes and clears away the world of a test, and checks on the way out that nothing outside the box
 * was touched. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "world.h"

#include "host.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** A test that hangs ends by SIGALRM, which is a failure, rather than with the patience of who runs
 * it. */
enum { WATCHDOG_SECONDS = 60 };

enum { HOST_PAGE = 4096, FIRST_ALLOCATION = 1024 };

static const char *const canary_paths[WORLD_CANARIES] = { ".", "outside", "outside.txt",
                                                          "outside/secret.txt" };

unsigned host_files_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    unsigned count = 0;
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static void look_at_canaries(struct world *w, struct stat found[WORLD_CANARIES])
{
    for (int i = 0; i < WORLD_CANARIES; i++) {
        assert_int_equal(fstatat(w->root_fd, canary_paths[i], &found[i], AT_SYMLINK_NOFOLLOW), 0);
    }
}

void world_check_canaries(struct world *w)
{
    struct stat now[WORLD_CANARIES];
    look_at_canaries(w, now);
    for (int i = 0; i < WORLD_CANARIES; i++) {
        const struct stat *const was = &w->canaries[i];
        if (now[i].st_ino != was->st_ino || now[i].st_mode != was->st_mode ||
            now[i].st_nlink != was->st_nlink || now[i].st_size != was->st_size ||
            now[i].st_mtim.tv_sec != was->st_mtim.tv_sec ||
            now[i].st_mtim.tv_nsec != was->st_mtim.tv_nsec ||
            now[i].st_ctim.tv_sec != was->st_ctim.tv_sec ||
            now[i].st_ctim.tv_nsec != was->st_ctim.tv_nsec) {
            fail_msg("the canary %s was touched", canary_paths[i]);
        }
    }
    host_assert_text(w, "outside.txt", "CANARY outside");
    host_assert_text(w, "outside/secret.txt", "CANARY secret");
}

void world_set_memory(struct world *w, size_t size)
{
    if (w->memory != NULL) {
        munmap(w->memory, w->mapped_size);
        free(w->before);
        w->before = NULL;
    }
    w->mapped_size = size + HOST_PAGE;
    w->memory = mmap(NULL, w->mapped_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(w->memory, MAP_FAILED);
    assert_int_equal(mprotect(w->memory + size, HOST_PAGE, PROT_NONE), 0);
    w->memory_size = size;
    w->unwatched = size > (size_t)16 * GUEST_PAGE;
    w->next = FIRST_ALLOCATION;
    if (!w->unwatched) {
        w->before = malloc(size + 1);
        assert_non_null(w->before);
        world_clear_memory(w);
    }
}

void world_clear_memory(struct world *w)
{
    memset(w->memory, SENTINEL, w->memory_size);
    w->next = FIRST_ALLOCATION;
}

static void make_folder(struct world *w)
{
    const char *const parent = getenv("RINGFORT_TEST_FOLDER");
    snprintf(w->root, sizeof w->root, "%s/ringfort-test-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(w->root));
    w->root_fd = open(w->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->root_fd >= 0);
    host_mkdir(w, "box");
    host_mkdir(w, "other");
    host_mkdir(w, "outside");
    host_write(w, "outside/secret.txt", "CANARY secret");
    host_write(w, "outside.txt", "CANARY outside");
    look_at_canaries(w, w->canaries);
}

static void make_config(struct world *w)
{
    ringfort_config_delete(w->config);
    w->config = ringfort_config_new();
    assert_non_null(w->config);
    ringfort_config_set_single_threaded(w->config, w->single_threaded);
    /* The null device: what a test prints must not depend on how the test itself was started. */
    assert_status(ringfort_config_set_stdin(w->config, w->null_fd), RINGFORT_OK);
    assert_status(ringfort_config_set_stdout(w->config, w->null_fd), RINGFORT_OK);
    assert_status(ringfort_config_set_stderr(w->config, w->null_fd), RINGFORT_OK);
}

void world_preopen(struct world *w, const char *guest_path, const char *path, unsigned flags)
{
    char host_path[512];
    snprintf(host_path, sizeof host_path, "%s/%s", w->root, path);
    assert_status(ringfort_config_preopen(w->config, guest_path, host_path, flags), RINGFORT_OK);
}

static int setup(void **state, bool single_threaded)
{
    alarm(WATCHDOG_SECONDS);
    umask(022);
    struct world *const w = calloc(1, sizeof *w);
    assert_non_null(w);
    *state = w;
    w->host_files = host_files_open();
    w->abi = RINGFORT_PREVIEW1;
    w->single_threaded = single_threaded;
    w->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(w->null_fd >= 0);
    make_folder(w);
    world_set_memory(w, (size_t)2 * GUEST_PAGE);
    make_config(w);
    world_preopen(w, "box", "box", 0);
    return 0;
}

int world_setup(void **state)
{
    return setup(state, false);
}

int world_setup_single_threaded(void **state)
{
    return setup(state, true);
}

void world_without_preopens(struct world *w)
{
    world_restart(w);
    make_config(w);
}

void world_start(struct world *w)
{
    if (w->wasi != NULL) {
        return;
    }
    ringfort_error error = { 0 };
    const ringfort_status status = ringfort_wasi_new(w->config, &w->wasi, &error);
    if (status != RINGFORT_OK) {
        fail_msg("ringfort_wasi_new: %s: %s", ringfort_status_name(status), error.message);
    }
}

void world_restart(struct world *w)
{
    ringfort_wasi_delete(w->wasi);
    w->wasi = NULL;
}

int world_teardown(void **state)
{
    struct world *const w = *state;
    world_restart(w);
    ringfort_config_delete(w->config);
    world_check_canaries(w);
    host_remove_tree(w);
    close(w->root_fd);
    close(w->null_fd);
    for (unsigned i = 0; i < w->kept_count; i++) {
        close(w->kept[i]);
    }
    const unsigned host_files = w->host_files;
    munmap(w->memory, w->mapped_size);
    free(w->before);
    free(w);
    assert_int_equal(host_files_open(), host_files);
    alarm(0);
    return 0;
}

static const char *name_of(uint32_t got)
{
    switch (got) {
    case WASI_EXITED:
        return "EXITED";
    case WASI_FAULTED:
        return "FAULT";
    case WASI_INTERRUPTED:
        return "INTERRUPTED";
    default:
        break;
    }
    const char *const name = ringfort_errno_name(got);
    return name != NULL ? name : "no errno at all";
}

void check_errno(uint32_t got, uint32_t expected, const char *call, const char *file, int line)
{
    if (got != expected) {
        print_error("%s\n    gave %u %s, expected %u %s\n", call, got, name_of(got), expected,
                    name_of(expected));
        _fail(file, line);
    }
}

void check_errno_either(uint32_t got, uint32_t expected, uint32_t or_this, const char *call,
                        const char *file, int line)
{
    if (got != expected && got != or_this) {
        print_error("%s\n    gave %u %s, expected %s or %s\n", call, got, name_of(got),
                    name_of(expected), name_of(or_this));
        _fail(file, line);
    }
}

void check_fault(const struct world *w, uint32_t got, uint32_t start, uint64_t length,
                 const char *call, const char *file, int line)
{
    check_errno(got, WASI_FAULTED, call, file, line);
    if (w->result.fault_start != start || w->result.fault_length != length) {
        print_error("%s\n    faulted at 0x%x for %llu, expected 0x%x for %llu\n", call,
                    w->result.fault_start, (unsigned long long)w->result.fault_length, start,
                    (unsigned long long)length);
        _fail(file, line);
    }
}

void check_status(ringfort_status got, ringfort_status expected, const char *call, const char *file,
                  int line)
{
    if (got != expected) {
        print_error("%s\n    gave %s, expected %s\n", call, ringfort_status_name(got),
                    ringfort_status_name(expected));
        _fail(file, line);
    }
}
