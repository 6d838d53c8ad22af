/*
 * Scenes that a guest plays with every system call and allocation failing in turn.
 *
 * A scene runs in a fresh world for each fault. It must come out right, or stop at an errno that
 * says what befell it; then it must come out right in the same world without a fault. In the end
 * the core must hold nothing: no descriptor, no page, no block.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_SCENES_H
#define RINGFORT_TESTS_SCENES_H

#include "faults.h"
#include "steps.h"

/** An error of an embedder's call that has no number. */
enum { STAGE_UNNAMED = 0x40000 };

struct stage {
    struct world *w;
    uint32_t error; /**< of the step that stopped the scene, or WASI_SUCCESS */
    bool is_faulty; /**< transfers may be short, and errors are no surprise */
};

struct scene {
    const char *name;
    /** Before there is a wasi: files, and what the config gets. May be NULL. */
    void (*begin)(struct world *w);
    /** Ends at the first STEP that fails. */
    void (*play)(struct stage *s);
    /** What it leaves behind is not what it began with: it is not played a second time. */
    bool consumes;
    /** Makes and deletes its own config and wasi, under faults as well. */
    bool makes_its_own;
};

/** A call of the guest's; the scene ends where it fails. */
#define STEP(s, call)                                                                              \
    do {                                                                                           \
        (s)->error = (call);                                                                       \
        if ((s)->error != WASI_SUCCESS) {                                                          \
            return;                                                                                \
        }                                                                                          \
    } while (0)

/** The fixture of each scene, in the box; it may make "new", "dir/new" and "dir/sub/new". */
#define SCENE_FILE_TEXT "0123456789"
#define SCENE_FILE      "file"          /**< SCENE_FILE_TEXT */
#define SCENE_INNER     "dir/sub/inner" /**< "inner" */
#define SCENE_LINK      "dir/link"      /**< to "sub/../sub/inner" */

/** A step's result, which may be a part of the whole under a fault. */
void assert_count(const struct stage *s, uint32_t got, uint32_t whole);

/** fd_readdir, which alone may have written when it fails: the entries before the one that could
 * not be had, into its buffer. Behind `buffer` and `used` there is nobody's room. */
uint32_t stage_readdir(struct stage *s, uint32_t fd, struct span buffer, uint64_t cookie,
                       uint32_t used);

/** Runs the scenes with each fault, in each way that a core can be set up, as a group of cmocka
 * tests. @return the exit status */
int scenes_run(const char *group, const struct scene *scenes, size_t count);

#define SCENES(group, scenes) scenes_run((group), (scenes), sizeof(scenes) / sizeof(scenes)[0])

#endif
