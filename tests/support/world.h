/*
 * One test's world: a fresh folder with a box for the guest and canaries beside it, a config, a
 * wasi and guest memory.
 *
 *     ROOT/box         the guest's preopen, descriptor 3, named "box"
 *     ROOT/other       an empty folder for tests that need a second preopen or a place to move
 * things to ROOT/outside/secret.txt, ROOT/outside.txt    canaries: each test ends by checking that
 * nothing touched them
 *
 * The wasi is made at the first call, so that a test may change the config or the folder before.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_WORLD_H
#define RINGFORT_TESTS_WORLD_H

#include <ringfort.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "wasi.h"

enum { WORLD_CANARIES = 4, WORLD_KEPT = 64, GUEST_PAGE = 65536, FIRST_PREOPEN = 3 };

/** What every byte of guest memory holds before something is written to it. */
enum { SENTINEL = 0xa5 };

struct world {
    char root[64];
    int root_fd;
    unsigned host_files;  /**< descriptors of this process before the test */
    int null_fd;          /**< stdio, unless the test sets another */
    int kept[WORLD_KEPT]; /**< descriptors of the test's own, closed at its end */
    unsigned kept_count;
    struct stat canaries[WORLD_CANARIES];

    ringfort_config *config;
    ringfort_wasi *wasi;
    ringfort_abi abi; /**< which of the two tables calls go through; preview1 at first */

    unsigned char *memory; /**< ends at a page that nobody may touch */
    size_t memory_size;
    size_t mapped_size;
    unsigned char *before; /**< the memory as it was before the last call */
    uint32_t next;         /**< where guest_alloc goes on */
    bool single_threaded;  /**< what make_config promises */
    bool unwatched;        /**< true: calls do not compare the memory before and after */

    ringfort_outcome outcome; /**< of the last call */
    ringfort_result result;
};

/** cmocka's setup and teardown. `*state` is the struct world. */
int world_setup(void **state);

/** The same with a config that promises one guest thread, which lets the core leave locks out and
 * count offsets itself. */
int world_setup_single_threaded(void **state);
int world_teardown(void **state);

/** Makes the wasi now. Calls do it by themselves. */
void world_start(struct world *w);

/** Frees the wasi, so that the next call makes another from the config. */
void world_restart(struct world *w);

/** Gives the guest another memory, of `size` bytes; everything in the old one is gone. */
void world_set_memory(struct world *w, size_t size);

/** Empties guest memory: every byte is SENTINEL again, and guest_alloc begins anew. */
void world_clear_memory(struct world *w);

/** Checks that nothing outside the box changed. world_teardown does it too. */
void world_check_canaries(struct world *w);

/** Adds the folder `path` of ROOT as a preopen. */
void world_preopen(struct world *w, const char *guest_path, const char *path, unsigned flags);

/** Begins again with a config without preopens. */
void world_without_preopens(struct world *w);

/** How many descriptors this process has open. */
unsigned host_files_open(void);

/** Defined before, where a file runs its tests in another world. */
#ifndef WORLD_SETUP
#define WORLD_SETUP world_setup
#endif
#define TEST(function) cmocka_unit_test_setup_teardown(function, WORLD_SETUP, world_teardown)

/* ---- Assertions ------------------------------------------------------------------------------ */

/** What a call gave must be `expected`: names both errnos where it is not. */
#define assert_errno(call, expected) check_errno((call), (expected), #call, __FILE__, __LINE__)

/** The same where the specification allows two answers. */
#define assert_errno_either(call, expected, or_this)                                               \
    check_errno_either((call), (expected), (or_this), #call, __FILE__, __LINE__)

/** The call must have found that the guest memory at `start` has no `length` bytes. */
#define assert_fault(world, call, start, length)                                                   \
    check_fault((world), (call), (start), (length), #call, __FILE__, __LINE__)

#define assert_status(call, expected) check_status((call), (expected), #call, __FILE__, __LINE__)

void check_errno(uint32_t got, uint32_t expected, const char *call, const char *file, int line);
void check_errno_either(uint32_t got, uint32_t expected, uint32_t or_this, const char *call,
                        const char *file, int line);
void check_fault(const struct world *w, uint32_t got, uint32_t start, uint64_t length,
                 const char *call, const char *file, int line);
void check_status(ringfort_status got, ringfort_status expected, const char *call, const char *file,
                  int line);

#endif
