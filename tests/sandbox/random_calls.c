/*
 * Random calls with random arguments, the same in each run: paths from a grammar of traps,
 * descriptors live and dead, addresses at and past the end, counts up to 2^32 - 1. Whatever they
 * give, nothing outside the box changes or is seen, no bad pointer gets to the kernel, no failing
 * call writes, and no descriptor is lost.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/calls.h"
#include "../support/deadline.h"
#include "../support/host.h"

#include <stdio.h>
#include <string.h>

enum {
    SEQUENCES = 80,
    CALLS = 400,
    ARGS_MAX = 16,
    PATH_AT = 128,
    SECOND_PATH_AT = 8192,
    ROOM_AT = 16384
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static uint64_t state_of_random;

static uint64_t any_number(void)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random;
}

static uint32_t below(uint32_t bound)
{
    return (uint32_t)((any_number() >> 16) % bound);
}

/* ---- The folder ---- */

static void make_box(struct world *w)
{
    static const char *const links[][2] = {
        { "../outside", "lo" },
        { "..", "lu" },
        { ".", "ls" },
        { "d", "ld" },
        { "d/", "le" },
        { "f", "lf" },
        { "d/e/../../..", "lh" },
        { "/d", "li" },
        { "/", "lk" },
        { "lq", "lq" },
        { "../outside/new", "ln" },
        { "ld/e/../../../outside.txt", "lt" },
    };
    char path[64];
    char target[512];
    host_mkdir(w, "box/d");
    host_mkdir(w, "box/d/e");
    host_write(w, "box/f", "inside");
    host_write(w, "box/d/f", "inside");
    host_write(w, "other/f", "read only");
    for (size_t i = 0; i < LENGTH(links); i++) {
        snprintf(path, sizeof path, "box/%s", links[i][1]);
        host_symlink(w, links[i][0], path);
    }
    host_symlink(w, host_path(w, "outside", target), "box/la");
}

/* ---- Arguments ---- */

static uint32_t make_path(struct world *w, uint32_t at)
{
    static const char *const words[] = { "a",  "b",   "d",  "e",   "f",    "d/e",    "..", "..",
                                         ".",  "",    "la", "lo",  "lu",   "ls",     "ld", "le",
                                         "lf", "lh",  "li", "lk",  "lq",   "ln",     "lt", "s1",
                                         "s2", "new", "/",  "...", "\xff", "outside" };
    char path[128] = "";
    const uint32_t count = 1 + below(5);
    for (uint32_t i = 0; i < count; i++) {
        strcat(path, i > 0 ? "/" : "");
        strcat(path, words[below(LENGTH(words))]);
    }
    strcat(path, below(6) == 0 ? "/" : "");
    const uint32_t length = (uint32_t)strlen(path);
    memcpy(w->memory + at, path, length);
    return below(50) == 0 ? length + 1 : length; /* now and then with a byte of something else */
}

static uint32_t any_address(const struct world *w)
{
    const uint32_t end = (uint32_t)w->memory_size;
    switch (below(16)) {
    case 0:
        return end - below(40);
    case 1:
        return end + below(9);
    case 2:
        return UINT32_MAX - below(40);
    case 3:
        return (UINT32_C(1) << 31) + below(2);
    default:
        return ROOM_AT + below(32768);
    }
}

static uint64_t any_count(void)
{
    switch (below(8)) {
    case 0:
        return UINT32_C(0x10000000) << below(4);
    case 1:
        return UINT32_MAX - below(9);
    default:
        return below(24);
    }
}

static uint64_t any_wide(void)
{
    switch (below(5)) {
    case 0:
        return UINT64_MAX - below(9);
    case 1:
        return (UINT64_C(1) << 63) - below(2);
    case 2:
        return UINT64_C(1) << below(64);
    default:
        return below(32);
    }
}

static uint64_t any_rights(void)
{
    return below(3) != 0 ? RIGHTS_INHERITING : any_number();
}

static uint32_t any_descriptor(void)
{
    switch (below(12)) {
    case 0:
        return UINT32_MAX - below(2);
    case 1:
    case 2:
    case 3:
    case 4:
        return FIRST_PREOPEN;
    case 5:
    case 6:
        return FIRST_PREOPEN + 1; /* the read-only one */
    default:
        return below(14);
    }
}

/* Iovecs whose buffers lie anywhere; subscriptions that never wait long. */
static void make_array(struct world *w, uint32_t at, const char *name)
{
    if (at > w->memory_size - 2048) {
        return;
    }
    const bool subscribes = strcmp(name, "in") == 0;
    memset(w->memory + at, 0, 24 * SIZE_SUBSCRIPTION);
    for (uint32_t i = 0; i < 24; i++) {
        const uint32_t one = at + i * (subscribes ? SIZE_SUBSCRIPTION : SIZE_IOVEC);
        if (subscribes) {
            w->memory[one + 8] = (unsigned char)below(4);
            guest_set_u32(w, one + 16,
                          w->memory[one + 8] == EVENT_CLOCK ? below(3) : any_descriptor());
            guest_set_u64(w, one + 24, below(1000));
        } else {
            guest_set_u32(w, one, any_address(w));
            guest_set_u32(w, one + 4, below(8) == 0 ? (uint32_t)any_count() : below(200));
        }
    }
}

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* What a parameter of this name gets. `path_length` goes from a path to the parameter after it. */
static uint64_t argument_for(struct world *w, const char *name, char type, uint32_t *path_length)
{
    if (ends_with(name, "path_len") && *path_length != UINT32_MAX) {
        const uint32_t length = *path_length;
        *path_length = UINT32_MAX;
        return length;
    }
    if (ends_with(name, "path") && below(30) != 0) {
        const uint32_t at = strcmp(name, "new_path") == 0 ? SECOND_PATH_AT : PATH_AT;
        *path_length = make_path(w, at);
        return at;
    }
    if (strcmp(name, "fd") == 0 || strcmp(name, "to") == 0 || strcmp(name, "old_fd") == 0 ||
        strcmp(name, "new_fd") == 0) {
        return any_descriptor();
    }
    if (type == 'I') {
        return strstr(name, "rights") != NULL ? any_rights() : any_wide();
    }
    if (ends_with(name, "flags") && strcmp(name, "ro_flags") != 0) {
        return below(16) == 0 ? any_count() : below(4);
    }
    if (ends_with(name, "len") || strcmp(name, "nsubscriptions") == 0) {
        return any_count();
    }
    if (strcmp(name, "id") == 0 || strcmp(name, "whence") == 0 || strcmp(name, "advice") == 0) {
        return below(8);
    }
    const uint32_t at = any_address(w);
    if (strcmp(name, "iovs") == 0 || strcmp(name, "in") == 0 || ends_with(name, "_data")) {
        make_array(w, at, name);
    }
    return at;
}

/* ---- Calls ---- */

static void check_inode(struct world *w, const ringfort_import *row, const uint64_t *args)
{
    const bool by_path = strcmp(row->name, "path_filestat_get") == 0;
    if (!by_path && strcmp(row->name, "fd_filestat_get") != 0) {
        return;
    }
    static const char *const outside[] = { ".", "outside", "outside.txt", "outside/secret.txt" };
    const uint64_t inode = guest_u64(w, (uint32_t)args[by_path ? 4 : 1] + 8);
    for (size_t i = 0; i < LENGTH(outside); i++) {
        assert_int_not_equal(inode, host_stat(w, outside[i]).st_ino);
    }
}

static uint32_t call_something(struct world *w)
{
    size_t count = 0;
    const ringfort_import *const rows = ringfort_import_table((unsigned)w->abi, &count);
    const ringfort_import *const row = &rows[below((uint32_t)count)];
    /* Rarely what leaves little to call. */
    if ((strcmp(row->name, "fd_close") == 0 || strcmp(row->name, "fd_renumber") == 0 ||
         strcmp(row->name, "fd_fdstat_set_rights") == 0) &&
        below(10) != 0) {
        return WASI_SUCCESS;
    }
    uint64_t args[ARGS_MAX] = { 0 };
    uint32_t path_length = UINT32_MAX;
    const char *name = row->param_names;
    const size_t arity = strlen(row->params);
    for (size_t i = 0; i < arity; i++) {
        char one[32] = "";
        const size_t length = strcspn(name, ",");
        memcpy(one, name, length);
        name += length + (name[length] == ',');
        args[i] = argument_for(w, one, row->params[i], &path_length);
    }
    if (strcmp(row->name, "fd_allocate") == 0 && args[2] < UINT64_C(1) << 60) {
        args[2] &= UINT16_MAX; /* the disk is real */
    }
    const uint32_t outcome = wasi_call(w, row->name, args, arity);
    if (outcome == WASI_SUCCESS) {
        check_inode(w, row, args);
    }
    /* The kernel was given an address that is not there: the check missed it. */
    assert_int_not_equal(outcome, WASI_EFAULT);
    return outcome;
}

static void run_sequence(struct world *w, unsigned seed)
{
    state_of_random = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
    w->abi = seed % 2 == 0 ? RINGFORT_PREVIEW1 : RINGFORT_UNSTABLE;
    const ringfort_dialect dialect =
        seed % 4 < 2 ? RINGFORT_DIALECT_STANDARD : RINGFORT_DIALECT_NODE;
    assert_status(ringfort_config_set_dialect(w->config, dialect), RINGFORT_OK);
    world_restart(w);
    world_clear_memory(w);
    struct deadline deadline;
    deadline_begin(&deadline, w, 5000);
    for (int i = 0; i < CALLS; i++) {
        assert_int_not_equal(call_something(w), WASI_INTERRUPTED);
    }
    deadline_end(&deadline, w);
    world_check_canaries(w);
}

static void run_sequences(struct world *w, const char *guest_path)
{
    world_without_preopens(w);
    assert_status(ringfort_config_set_version(w->config, RINGFORT_PREVIEW1 | RINGFORT_UNSTABLE),
                  RINGFORT_OK);
    world_preopen(w, guest_path, "box", 0);
    world_preopen(w, "other", "other", RINGFORT_READ_ONLY);
    make_box(w);
    static const char *const kept[] = { "other", "other/f" };
    struct stat before[LENGTH(kept)];
    for (size_t i = 0; i < LENGTH(kept); i++) {
        before[i] = host_stat(w, kept[i]);
    }
    for (unsigned seed = 0; seed < SEQUENCES; seed++) {
        run_sequence(w, seed);
    }
    for (size_t i = 0; i < LENGTH(kept); i++) {
        const struct stat after = host_stat(w, kept[i]);
        assert_int_equal(after.st_ctim.tv_sec, before[i].st_ctim.tv_sec);
        assert_int_equal(after.st_ctim.tv_nsec, before[i].st_ctim.tv_nsec);
    }
    host_assert_text(w, "other/f", "read only");
}

static void random_calls_harm_nothing(void **state)
{
    run_sequences(*state, "box");
}

static void random_calls_in_a_preopen_called_root_harm_nothing(void **state)
{
    run_sequences(*state, "/");
}

#define TEST_SINGLE(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, world_setup_single_threaded, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(random_calls_harm_nothing),
        TEST(random_calls_in_a_preopen_called_root_harm_nothing),
        TEST_SINGLE(random_calls_harm_nothing),
        TEST_SINGLE(random_calls_in_a_preopen_called_root_harm_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
