/* A folder with two directories in it, and where paths begin that are beneath it; included after
 * "path/beneath.c".
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_TESTS_BENEATH_FOLDER_H
#define RINGFORT_TESTS_BENEATH_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64];
static int box;

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ringfort-beneath-XXXXXX");
    assert_non_null(mkdtemp(folder));
    box = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(box, "d", 0777), 0);
    assert_int_equal(mkdirat(box, "d/e", 0777), 0);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    close(box);
    return system(command);
}

static struct start start(void)
{
    return (struct start){
        .dir = box, .root = -1, .openat2 = ringfort_openat2_works(), .system_files = true
    };
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
