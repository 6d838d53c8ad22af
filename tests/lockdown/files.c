/* The walls around files one by one, each without the others: namespaces, then Landlock.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "child.h"
#include "lockdown_walls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, RW = 0, RO = 1 };

/* What a child tries, by the two directories that were given to it. */
typedef long deed(const int dirs[2]);

struct trial {
    deed *act;
    bool is_nobody;
    void (*build)(int dirs[2]);
};

/* ---- A tree: `rw` and `ro` to give, `outside` beside them ---- */

static int make(void **state)
{
    char name[] = "/tmp/ringfort-walls-XXXXXX";
    char *folder = strdup(mkdtemp(name));
    *state = folder;
    (void)umask(0);
    if (folder == NULL || chmod(folder, 0777) != 0 || chdir(folder) != 0) {
        return -1;
    }
    const char *const directories[] = { "rw", "ro", "outside" };
    for (size_t i = 0; i < 3; i++) {
        if (mkdir(directories[i], 0777) != 0) {
            return -1;
        }
        const int dir = open(directories[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const int fd = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || write(fd, "text", 4) != 4 || (geteuid() == 0 && fchown(fd, NOBODY, NOBODY))) {
            return -1;
        }
        (void)close(fd);
        (void)close(dir);
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int remove_all(void **state)
{
    const int result = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

/* ---- Walls ---- */

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void must_stand(const struct wall_report *report)
{
    if (report->state != WALL_STANDS) {
        (void)fprintf(stderr, "%s\n", report->detail);
        _exit(1);
    }
}

static void build_namespaces(int dirs[2])
{
    struct lockdown lockdown = { .old_capabilities = wall_capabilities() };
    struct wall_report *report = &lockdown.walls[WALL_NAMESPACES];
    wall_enter_namespaces(&lockdown);
    const int rw = open_directory("rw");
    const int ro = open_directory("ro");
    dirs[RW] = wall_mount_directory(report, rw, false);
    dirs[RO] = wall_mount_directory(report, ro, true);
    (void)close(rw);
    (void)close(ro);
    wall_leave_root(report);
    must_stand(report);
}

static void build_privileges(int dirs[2])
{
    struct wall_report report;
    dirs[RW] = open_directory("rw");
    dirs[RO] = open_directory("ro");
    wall_drop_privileges(&report, wall_capabilities());
    must_stand(&report);
}

static void build_landlock(int dirs[2])
{
    struct wall_report report;
    dirs[RW] = open_directory("rw");
    dirs[RO] = open_directory("ro");
    const struct lockdown_directory directories[] = {
        { .fd = dirs[RW], .is_read_only = false },
        { .fd = dirs[RO], .is_read_only = true },
    };
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    wall_landlock(&report, directories, 2);
    must_stand(&report);
}

static void try_it(const void *data)
{
    const struct trial *trial = data;
    int dirs[2];
    if (trial->is_nobody && geteuid() == 0) {
        if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
            _exit(1);
        }
        (void)prctl(PR_SET_DUMPABLE, 1); /* as a program of that user has it */
    }
    trial->build(dirs);
    child_tell(trial->act(dirs));
}

/* Asserts how it ends, for root and for an ordinary user. */
static void assert_tried(void (*build)(int dirs[2]), deed *act, long wanted)
{
    for (int is_nobody = 0; is_nobody < 2; is_nobody++) {
        const struct trial trial = { .act = act, .is_nobody = is_nobody != 0, .build = build };
        assert_int_equal(child_run(try_it, &trial), wanted);
    }
}

static long result_of(long result)
{
    return result < 0 ? -errno : 0;
}

/* ---- Attempts ---- */

static long read_outside(const int dirs[2])
{
    return result_of(openat(dirs[RW], "../outside/file", O_RDONLY | O_CLOEXEC));
}

static long read_by_absolute_path(const int dirs[2])
{
    (void)dirs;
    return result_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

/* A mount that lies on the root is found by way of `..`. */
static long read_what_lies_on_the_root(const int dirs[2])
{
    (void)dirs;
    return result_of(open("/../etc/passwd", O_RDONLY | O_CLOEXEC));
}

static long look_outside(const int dirs[2])
{
    struct stat status;
    return result_of(fstatat(dirs[RW], "../outside/file", &status, 0));
}

static long look_by_absolute_path(const int dirs[2])
{
    struct stat status;
    (void)dirs;
    return result_of(stat("/etc/passwd", &status));
}

static long read_link_of_proc(const int dirs[2])
{
    char text[64];
    (void)dirs;
    return result_of(readlink("/proc/self/exe", text, sizeof(text)));
}

/* Where `..` leads at the top: to the directory itself. */
static long is_above_nothing(const int dirs[2])
{
    struct stat top;
    struct stat above;
    return fstatat(dirs[RW], ".", &top, 0) == 0 && fstatat(dirs[RW], "../..", &above, 0) == 0 &&
           top.st_ino == above.st_ino;
}

static long count_root(const int dirs[2])
{
    DIR *stream = opendir("/");
    long count = 0;
    (void)dirs;
    while (stream != NULL && readdir(stream) != NULL) { // NOLINT(concurrency-mt-unsafe)
        count++;
    }
    return count;
}

static long make_in_root(const int dirs[2])
{
    (void)dirs;
    return result_of(open("/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static long make_file(const int dirs[2])
{
    return result_of(openat(dirs[RW], "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static long make_read_only_file(const int dirs[2])
{
    return result_of(openat(dirs[RO], "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static long read_read_only_file(const int dirs[2])
{
    return result_of(openat(dirs[RO], "file", O_RDONLY | O_CLOEXEC));
}

static long truncate_read_only_file(const int dirs[2])
{
    return result_of(openat(dirs[RO], "file", O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static long remove_read_only_file(const int dirs[2])
{
    return result_of(unlinkat(dirs[RO], "file", 0));
}

static long set_times_of_read_only_file(const int dirs[2])
{
    return result_of(utimensat(dirs[RO], "file", NULL, 0));
}

static long link_read_only_file(const int dirs[2])
{
    return result_of(linkat(dirs[RO], "file", dirs[RW], "linked", 0));
}

static long make_pipe(const int dirs[2])
{
    return result_of(mkfifoat(dirs[RW], "pipe", 0666));
}

/* Returns the bits of a new program of ours that others would run as us. */
static long make_set_id_file(const int dirs[2], int flags)
{
    const struct open_how how = { .flags = (unsigned)(flags | O_CREAT | O_CLOEXEC), .mode = 06755 };
    struct stat status;
    const int fd = (int)syscall(SYS_openat2, dirs[RW], "set-id", &how, sizeof how);
    if (fd < 0 || write(fd, "text", 4) != 4 || fstat(fd, &status) != 0) {
        return -errno;
    }
    return status.st_mode & (S_ISUID | S_ISGID);
}

static long write_set_id_file(const int dirs[2])
{
    (void)unlinkat(dirs[RW], "set-id", 0);
    return make_set_id_file(dirs, O_WRONLY);
}

static long append_set_id_file(const int dirs[2])
{
    (void)unlinkat(dirs[RW], "set-id", 0);
    return make_set_id_file(dirs, O_RDWR | O_APPEND);
}

static long move_within(const int dirs[2])
{
    if (mkdirat(dirs[RW], "sub", 0777) != 0 && errno != EEXIST) {
        return -errno;
    }
    const int fd = openat(dirs[RW], "moving", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    (void)close(fd);
    return result_of(renameat(dirs[RW], "moving", dirs[RW], "sub/moved"));
}

static long bind_tcp(const int dirs[2])
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    (void)dirs;
    return result_of(bind(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                          (const struct sockaddr *)&address, sizeof(address)));
}

static long connect_tcp(const int dirs[2])
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(1),
                                         .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    (void)dirs;
    return result_of(connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                             (const struct sockaddr *)&address, sizeof(address)));
}

static long signal_parent(const int dirs[2])
{
    (void)dirs;
    return result_of(kill(getppid(), 0));
}

/* ---- Tests ---- */

static void in_namespaces_nothing_is_above_the_directories(void **state)
{
    (void)state;
    assert_tried(build_namespaces, read_outside, -ENOENT);
    assert_tried(build_namespaces, look_outside, -ENOENT);
    assert_tried(build_namespaces, is_above_nothing, 1);
}

static void in_namespaces_the_root_is_empty_and_stays_so(void **state)
{
    (void)state;
    assert_tried(build_namespaces, read_by_absolute_path, -ENOENT);
    assert_tried(build_namespaces, read_what_lies_on_the_root, -ENOENT);
    assert_tried(build_namespaces, look_by_absolute_path, -ENOENT);
    assert_tried(build_namespaces, read_link_of_proc, -ENOENT);
    assert_tried(build_namespaces, count_root, 2);
    assert_tried(build_namespaces, make_in_root, -EROFS);
}

static void in_namespaces_a_read_only_directory_is_a_read_only_mount(void **state)
{
    (void)state;
    assert_tried(build_namespaces, make_file, 0);
    assert_tried(build_namespaces, move_within, 0);
    assert_tried(build_namespaces, read_read_only_file, 0);
    assert_tried(build_namespaces, make_read_only_file, -EROFS);
    assert_tried(build_namespaces, truncate_read_only_file, -EROFS);
    assert_tried(build_namespaces, remove_read_only_file, -EROFS);
    assert_tried(build_namespaces, set_times_of_read_only_file, -EROFS);
}

static void in_namespaces_the_network_leads_nowhere(void **state)
{
    (void)state;
    assert_tried(build_namespaces, connect_tcp, -ENETUNREACH);
}

static void landlock_opens_nothing_but_the_directories(void **state)
{
    (void)state;
    assert_tried(build_landlock, make_file, 0);
    assert_tried(build_landlock, move_within, 0);
    assert_tried(build_landlock, read_outside, -EACCES);
    assert_tried(build_landlock, read_by_absolute_path, -EACCES);
}

static void landlock_lets_a_read_only_directory_be_read_only(void **state)
{
    (void)state;
    assert_tried(build_landlock, read_read_only_file, 0);
    assert_tried(build_landlock, make_read_only_file, -EACCES);
    assert_tried(build_landlock, truncate_read_only_file, -EACCES);
    assert_tried(build_landlock, remove_read_only_file, -EACCES);
    assert_tried(build_landlock, link_read_only_file, -EXDEV);
}

static void landlock_refuses_pipes_tcp_and_signals(void **state)
{
    (void)state;
    assert_tried(build_landlock, make_pipe, -EACCES);
    assert_tried(build_landlock, bind_tcp, -EACCES);
    assert_tried(build_landlock, connect_tcp, -EACCES);
    assert_tried(build_landlock, signal_parent, -EPERM);
}

static void without_privileges_a_file_that_has_contents_has_no_set_id_bits(void **state)
{
    (void)state;
    assert_tried(build_privileges, write_set_id_file, 0);
    assert_tried(build_privileges, append_set_id_file, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_namespaces_nothing_is_above_the_directories),
        cmocka_unit_test(in_namespaces_the_root_is_empty_and_stays_so),
        cmocka_unit_test(in_namespaces_a_read_only_directory_is_a_read_only_mount),
        cmocka_unit_test(in_namespaces_the_network_leads_nowhere),
        cmocka_unit_test(landlock_opens_nothing_but_the_directories),
        cmocka_unit_test(landlock_lets_a_read_only_directory_be_read_only),
        cmocka_unit_test(landlock_refuses_pipes_tcp_and_signals),
        cmocka_unit_test(without_privileges_a_file_that_has_contents_has_no_set_id_bits),
    };
    return cmocka_run_group_tests(tests, make, remove_all);
}
