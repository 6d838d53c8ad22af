/*
 * A process that made 10,000 WASI objects and deleted them is as it was: no descriptor, no thread
 * and no memory more, also where their guests left files open and were interrupted.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <dirent.h>
#include <malloc.h>

enum { OBJECTS = 10000 };

struct look {
    unsigned files;
    unsigned threads;
    size_t bytes; /* none with a sanitizer's allocator, which looks for leaks itself */
};

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *const dir = opendir("/proc/self/task");
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static struct look look_at_process(void)
{
    return (struct look){ .files = host_files_open(),
                          .threads = count_threads(),
                          .bytes = mallinfo2().uordblks };
}

/* What makes an object have all that it can have: files, a stream of a directory, a wake. */
static void live_and_die(struct world *w)
{
    const uint32_t file = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    guest_open_dir(w, FIRST_PREOPEN, ".");
    guest_write(w, file, "text");
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t room = guest_alloc(w, 64);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, room, 64, 0, used), WASI_SUCCESS);
    ringfort_wasi_interrupt(w->wasi);
    world_restart(w);
    w->next = 1024;
}

static void process_of_10000_objects_has_no_descriptor_thread_or_memory_more(void **state)
{
    struct world *const w = *state;
    w->unwatched = true;
    live_and_die(w);
    const struct look before = look_at_process();
    for (int i = 0; i < OBJECTS; i++) {
        live_and_die(w);
    }
    const struct look after = look_at_process();
    assert_int_equal(after.files, before.files);
    assert_int_equal(after.threads, before.threads);
    assert_true(after.bytes < before.bytes + OBJECTS); /* the heap's own caches are counted too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(process_of_10000_objects_has_no_descriptor_thread_or_memory_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
