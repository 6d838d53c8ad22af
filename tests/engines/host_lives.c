/*
 * What a guest must not do to the process that holds it, see tests/guests/host_lives.c: run by the
 * Wasmtime adapter, one object after the other in one process, which must live on as it was.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "load.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { WALL_MS = 200, ALL_CASES = 11 };

static unsigned open_files(void)
{
    unsigned count = 0;
    DIR *const dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

/* ---- A box with a FIFO, in memory where that can be ---- */

static char box[64];

static void make_box(void)
{
    char fifo[80];
    snprintf(box, sizeof box, "%s/ringfort-test-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(box));
    snprintf(fifo, sizeof fifo, "%s/fifo", box);
    assert_int_equal(mkfifo(fifo, 0600), 0);
}

/* The tree is deeper than nftw's paths can be long. */
static void remove_box(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", box);
    assert_int_equal(system(command), 0);
}

/* ---- One run ---- */

static ringfort_status run_case(struct run *run, const char *name, const char *more, uint32_t *code)
{
    const char *const args[] = { "host_lives", name, more };
    const size_t count = more != NULL ? 3 : 2;
    make_box();
    ringfort_config_delete(run->config);
    run->config = ringfort_config_new();
    assert_int_equal(ringfort_config_set_args(run->config, count, args), RINGFORT_OK);
    assert_int_equal(ringfort_config_preopen(run->config, "box", box, 0), RINGFORT_OK);
    if (strstr(name, "_for_ever") != NULL) {
        assert_int_equal(ringfort_config_set_limit(run->config, RINGFORT_LIMIT_WALL_TIME, WALL_MS),
                         RINGFORT_OK);
    }
    const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(none >= 0);
    assert_int_equal(ringfort_config_set_stdin(run->config, none), RINGFORT_OK);
    run_link(run);
    assert_int_equal(close(none), 0);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    const ringfort_status status = run_start(run, code);
    run_drop_store(run);
    wasmtime_linker_delete(run->linker);
    run->linker = NULL;
    ringfort_wasi_delete(run->wasi);
    run->wasi = NULL;
    remove_box();
    return status;
}

/* How many files are open once the engine has its own, an image of the module's memory. */
static unsigned open_files_after_a_run(struct run *run)
{
    uint32_t code = 0;
    run_load_file(run, "host_lives.wasm");
    assert_int_equal(run_case(run, "signals", NULL, &code), RINGFORT_OK);
    return open_files();
}

static void nothing_that_a_guest_asks_for_ends_or_hangs_the_process(void **state)
{
    struct run *const run = *state;
    static const char *const cases[ALL_CASES][2] = {
        { "signals" },        { "descriptor_numbers" },
        { "opens_20000" },    { "sockets_that_are_none" },
        { "poll_counts" },    { "poll_of_bad_descriptors" },
        { "deep_tree" },      { "times_and_sizes_at_the_ends" },
        { "fifo_is_opened" }, { "many_links", "100000" },
        { "closed_stdio" },
    };
    const unsigned before = open_files_after_a_run(run);
    for (size_t i = 0; i < ALL_CASES; i++) {
        uint32_t code = UINT32_MAX;
        const ringfort_status status = run_case(run, cases[i][0], cases[i][1], &code);
        if (status != RINGFORT_OK || code != 0) {
            fail_msg("%s: %s, exit code %u: %s", cases[i][0], ringfort_status_name(status), code,
                     run->error.message);
        }
        assert_int_equal(open_files(), before);
    }
}

static void what_waits_for_ever_ends_at_the_limit_of_time(void **state)
{
    struct run *const run = *state;
    static const char *const cases[] = { "poll_for_ever", "fifo_read_for_ever",
                                         "fifo_write_for_ever" };
    const unsigned before = open_files_after_a_run(run);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 0;
        alarm(20);
        assert_int_equal(run_case(run, cases[i], NULL, &code), RINGFORT_ERR_INTERRUPTED);
        alarm(0);
        assert_int_equal(open_files(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_that_a_guest_asks_for_ends_or_hangs_the_process),
        TEST(what_waits_for_ever_ends_at_the_limit_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
