/* Which file systems and devices are doors to the system, asked of a kernel that names any.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* sys_call is the one below */
#include "os/system_file.c"

#include "os/sys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static long kernel_result;
static unsigned long kernel_type;

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)a;
    (void)c;
    (void)d;
    (void)e;
    (void)f;
    assert_int_equal(number, SYS_fstatfs);
    ((struct statfs *)b)->f_type = (long)kernel_type;
    return kernel_result;
}

static bool is_system(unsigned long type)
{
    kernel_result = 0;
    kernel_type = type;
    return ringfort_is_on_system_fs(3);
}

static void file_systems_that_show_the_kernels_state_are_known_by_their_numbers(void **state)
{
    (void)state;
    /* From statfs(2) and <linux/magic.h>: proc, sysfs, debugfs, tracefs, securityfs, cgroup,
     * cgroup2, bpf, pstore, efivarfs, binfmt_misc, selinuxfs, smackfs, nsfs, devpts, configfs,
     * fusectl, mqueue. */
    static const unsigned long system[] = {
        0x9fa0,     0x62656572, 0x64626720, 0x74726163, 0x73636673, 0x27e0eb,
        0x63677270, 0xcafe4a11, 0x6165676c, 0xde5e81e4, 0x42494e4d, 0xf97cff8c,
        0x43415d53, 0x6e736673, 0x1cd1,     0x62656570, 0x65735543, 0x19800202,
    };
    for (size_t i = 0; i < sizeof system / sizeof *system; i++) {
        assert_true(is_system(system[i]));
    }
}

static void file_systems_for_files_are_not_the_system(void **state)
{
    (void)state;
    /* ext4, tmpfs, xfs, btrfs, overlay, fuse, nfs, none. */
    static const unsigned long files[] = {
        0xef53, 0x01021994, 0x58465342, 0x9123683e, 0x794c7630, 0x65735546, 0x6969, 0,
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_false(is_system(files[i]));
    }
}

static void what_the_kernel_does_not_tell_is_the_system(void **state)
{
    (void)state;
    kernel_type = 0xef53;
    kernel_result = -EIO;
    assert_true(ringfort_is_on_system_fs(3));
}

static bool is_harmless(mode_t mode, unsigned device_major, unsigned device_minor)
{
    const struct stat st = { .st_mode = mode, .st_rdev = makedev(device_major, device_minor) };
    kernel_result = 0;
    kernel_type = 0xef53;
    const bool harmless = ringfort_is_harmless_device(&st);
    const bool is_device = S_ISCHR(mode) || S_ISBLK(mode);
    assert_true(ringfort_is_system_file(3, &st) == (is_device && !harmless));
    return harmless;
}

static void five_devices_are_harmless_and_no_others(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        const bool harmless = i == 3 || i == 5 || i == 7 || i == 8 || i == 9;
        assert_true(is_harmless(S_IFCHR | 0666, 1, i) == harmless); /* mem(4) */
        assert_false(is_harmless(S_IFCHR | 0666, 5, i));
        assert_false(is_harmless(S_IFCHR | 0666, 0, i));
        assert_false(is_harmless(S_IFBLK | 0666, 1, i));
        assert_false(is_harmless(S_IFREG | 0666, 1, i));
    }
}

static void a_plain_file_on_such_a_file_system_is_the_system(void **state)
{
    (void)state;
    const struct stat st = { .st_mode = S_IFREG | 0644 };
    assert_true(is_system(0x9fa0));
    assert_true(ringfort_is_system_file(3, &st));
    assert_false(is_system(0xef53));
    assert_false(ringfort_is_system_file(3, &st));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_systems_that_show_the_kernels_state_are_known_by_their_numbers),
        cmocka_unit_test(file_systems_for_files_are_not_the_system),
        cmocka_unit_test(what_the_kernel_does_not_tell_is_the_system),
        cmocka_unit_test(five_devices_are_harmless_and_no_others),
        cmocka_unit_test(a_plain_file_on_such_a_file_system_is_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
