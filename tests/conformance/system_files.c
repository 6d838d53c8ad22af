/*
 * A preopen of the host's whole tree leads to no file of the kernel's own and to no device that has
 * state, unless the embedder says so.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/path_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void give(struct world *w, const char *guest_path, const char *host_path, unsigned flags)
{
    world_without_preopens(w);
    assert_int_equal(ringfort_config_preopen(w->config, guest_path, host_path, flags), RINGFORT_OK);
}

static void path_open_of_procfs_and_sysfs_beneath_a_preopen_is_notcapable(void **state)
{
    struct world *const w = *state;
    static const char *const names[] = { "proc/self/mem",
                                         "proc/self/environ",
                                         "proc/version",
                                         "proc/1",
                                         "proc/",

                                         "etc/../proc/version",
                                         "sys/kernel",
                                         "dev/pts/../../proc/version" };
    give(w, "/", "/", 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char host[64] = "/";
        struct stat st;
        strcat(host, names[i]); /* a container may have no /sys */
        assert_errno(guest_try_open(w, 3, names[i], LOOKUP_FOLLOW, 0, RIGHT_FD_READ),
                     stat(host, &st) == 0 ? WASI_ENOTCAPABLE : WASI_ENOENT);
    }
    assert_errno(guest_try_open(w, 3, "proc/self/mem", 0, 0, RIGHT_FD_READ | RIGHT_FD_WRITE),
                 WASI_ENOTCAPABLE);
    assert_errno(guest_try_stat(w, 3, "proc/version", LOOKUP_FOLLOW), WASI_ENOTCAPABLE);
    /* A magic link is LOOP to the kernel, which sees that it is one. */
    const uint32_t magic = guest_try_open(w, 3, "proc/self/root/etc", 0, 0, RIGHT_FD_READ);
    assert_true(magic == WASI_ENOTCAPABLE || magic == WASI_ELOOP);
}

static void path_open_of_a_device_without_state_works_and_others_are_notcapable(void **state)
{
    struct world *const w = *state;
    static const char *const refused[] = { "dev/tty", "dev/ptmx", "dev/console", "dev/vda",
                                           "dev/kmsg" };
    give(w, "/", "/", 0);
    const uint32_t null = guest_open(w, 3, "dev/null", 0, RIGHT_FD_READ | RIGHT_FD_WRITE);
    guest_write(w, null, "gone");
    guest_close(w, null);
    guest_close(w, guest_open(w, 3, "dev/zero", 0, RIGHT_FD_READ));
    guest_close(w, guest_open(w, 3, "dev/urandom", 0, RIGHT_FD_READ));
    struct stat st;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char host[64] = "/";
        strcat(host, refused[i]);
        const bool exists = stat(host, &st) == 0;
        assert_errno(guest_try_open(w, 3, refused[i], 0, 0, RIGHT_FD_READ),
                     exists ? WASI_ENOTCAPABLE : WASI_ENOENT);
    }
}

/** A folder behind a mount is as little a way around as a path through it. */
static void path_open_from_a_folder_behind_a_mount_is_refused_the_same(void **state)
{
    struct world *const w = *state;
    struct stat st;
    give(w, "/", "/", 0);
    const uint32_t dev = guest_open(w, 3, "dev", OFLAG_DIRECTORY, RIGHTS_PREOPEN);
    const uint64_t both = RIGHT_FD_READ | RIGHT_FD_WRITE;
    const uint32_t refused = stat("/dev/kmsg", &st) == 0 ? WASI_ENOTCAPABLE : WASI_ENOENT;
    assert_errno(guest_try_open(w, dev, "kmsg", 0, 0, both), refused);
    assert_errno(guest_try_open(w, dev, "./kmsg", LOOKUP_FOLLOW, 0, both), refused);
    const uint32_t again = guest_open(w, dev, ".", OFLAG_DIRECTORY, RIGHTS_PREOPEN);
    assert_errno(guest_try_open(w, again, "kmsg", 0, 0, both), refused);
    guest_close(w, guest_open(w, again, "null", 0, both));
}

static void path_open_of_an_ordinary_mount_beneath_a_preopen_works(void **state)
{
    struct world *const w = *state;
    char at[] = "/dev/shm/ringfort-test-XXXXXX";
    assert_non_null(mkdtemp(at));
    give(w, "/", "/", 0);
    char name[64];
    snprintf(name, sizeof name, "%s/made", at + 1);
    const uint32_t fd = guest_open(w, 3, name, OFLAG_CREAT, RIGHT_FD_WRITE);
    guest_write(w, fd, "through a mount");
    assert_int_equal(guest_stat_at(w, 3, name).size, 15);
    assert_errno(wasi_path_unlink_file(w, 3, text(w, name)), WASI_SUCCESS);
    assert_int_equal(rmdir(at), 0);
}

static void config_preopen_on_procfs_is_refused_unless_it_is_allowed(void **state)
{
    struct world *const w = *state;
    ringfort_wasi *wasi = NULL;
    ringfort_error error;
    give(w, "/p", "/proc", RINGFORT_READ_ONLY);
    assert_int_equal(ringfort_wasi_new(w->config, &wasi, &error), RINGFORT_ERR_OPEN);
    assert_non_null(strstr(error.message, "/proc"));
    give(w, "/p", "/proc", RINGFORT_READ_ONLY | RINGFORT_SYSTEM_FILES);
    guest_close(w, guest_open(w, 3, "version", 0, RIGHT_FD_READ));
    give(w, "/", "/", RINGFORT_READ_ONLY | RINGFORT_SYSTEM_FILES);
    world_restart(w);
    guest_close(w, guest_open(w, 3, "proc/version", 0, RIGHT_FD_READ));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(path_open_of_procfs_and_sysfs_beneath_a_preopen_is_notcapable),
        TEST(path_open_of_a_device_without_state_works_and_others_are_notcapable),
        TEST(path_open_from_a_folder_behind_a_mount_is_refused_the_same),
        TEST(path_open_of_an_ordinary_mount_beneath_a_preopen_works),
        TEST(config_preopen_on_procfs_is_refused_unless_it_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
