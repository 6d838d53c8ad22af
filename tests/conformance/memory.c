/*
 * Guest addresses outside the guest's memory, in every argument of every function: a fault that
 * names the address and the length, found before anything else is looked at or done. Checklist
 * rows 18 and 25.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/samples.h"

#include <string.h>

/** Where nothing of `length` bytes can be. */
static void each_bad_address(const struct world *w, uint32_t length, uint32_t addresses[5])
{
    addresses[0] = guest_end(w, length - 1);
    addresses[1] = guest_end(w, 0) + 1;
    addresses[2] = UINT32_C(1) << 31;
    addresses[3] = UINT32_MAX;
    addresses[4] = UINT32_MAX - length + 1; /* their sum wraps to 0 */
}

static void check_sample(struct world *w, const struct sample *sample,
                         const struct sample_world *here)
{
    uint64_t good[SAMPLE_ARGS] = { 0 };
    const size_t count = sample_args(sample, here, good);
    for (size_t i = 0; i < count; i++) {
        if (sample->args[i].kind != IS_POINTER) {
            continue;
        }
        uint32_t addresses[5];
        each_bad_address(w, sample->args[i].value, addresses);
        for (size_t j = 0; j < 5; j++) {
            uint64_t args[SAMPLE_ARGS];
            memcpy(args, good, sizeof args);
            args[i] = addresses[j];
            const uint32_t outcome = wasi_call(w, sample->name, args, count);
            if (outcome != WASI_FAULTED || w->result.fault_start != addresses[j] ||
                w->result.fault_length != sample->args[i].value) {
                print_error("%s with argument %zu at 0x%x, where %u bytes are not\n", sample->name,
                            i, addresses[j], sample->args[i].value);
            }
            assert_fault(w, outcome, addresses[j], sample->args[i].value);
        }
    }
}

static void each_address_outside_the_memory_is_a_fault_and_nothing_happens(void **state)
{
    struct world *const w = *state;
    const struct sample_world here = sample_begin(w);
    const struct stat before = host_stat(w, "box");
    for (size_t i = 0; i < sample_count; i++) {
        check_sample(w, &samples[i], &here);
    }
    host_assert_text(w, "box/f", "kept");
    const struct stat after = host_stat(w, "box");
    assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    assert_int_equal(guest_tell(w, here.file), 0);
}

static void each_address_is_checked_before_each_descriptor(void **state)
{
    struct world *const w = *state;
    struct sample_world here = sample_begin(w);
    here.directory = 99;
    here.file = UINT32_MAX;
    for (size_t i = 0; i < sample_count; i++) {
        check_sample(w, &samples[i], &here);
    }
}

static void each_address_is_outside_a_memory_of_no_bytes(void **state)
{
    struct world *const w = *state;
    const struct sample_world here = sample_begin(w);
    const ringfort_memory none = { 0 };
    for (size_t i = 0; i < sample_count; i++) {
        uint64_t args[SAMPLE_ARGS] = { 0 };
        const size_t count = sample_args(&samples[i], &here, args);
        for (size_t j = 0; j < count; j++) {
            if (samples[i].args[j].kind == IS_POINTER) {
                assert_int_equal(ringfort_import_call(row_of(w, samples[i].name), w->wasi, none,
                                                      args, &w->result),
                                 RINGFORT_FAULT);
                break;
            }
        }
    }
}

/** Runs a sample with each address where the memory ends exactly after what is there. */
static void check_at_end(struct world *w, const struct sample *sample)
{
    const struct sample_world here = sample_begin(w);
    uint64_t good[SAMPLE_ARGS] = { 0 };
    const size_t count = sample_args(sample, &here, good);
    for (size_t i = 0; i < count; i++) {
        if (sample->args[i].kind != IS_POINTER) {
            continue;
        }
        uint64_t args[SAMPLE_ARGS];
        memcpy(args, good, sizeof args);
        const uint32_t at = guest_end(w, sample->args[i].value);
        memcpy(w->memory + at, w->memory + here.room, sample->args[i].value);
        args[i] = at;
        assert_true(wasi_call(w, sample->name, args, count) < WASI_EXITED);
    }
    world_restart(w);
    world_clear_memory(w);
}

static void each_address_may_reach_to_the_last_byte_of_the_memory(void **state)
{
    struct world *const w = *state;
    for (size_t i = 0; i < sample_count; i++) {
        check_at_end(w, &samples[i]);
    }
}

static void each_function_with_room_of_no_bytes_at_the_end_is_no_fault(void **state)
{
    struct world *const w = *state;
    host_symlink(w, "t", "box/l");
    const uint32_t end = guest_end(w, 0);
    const uint32_t out = guest_alloc(w, 4);
    assert_errno(wasi_random_get(w, end, 0), WASI_SUCCESS);
    assert_errno(wasi_fd_write(w, 1, end, 0, out), WASI_SUCCESS);
    assert_errno(wasi_fd_read(w, 0, end, 0, out), WASI_SUCCESS);
    assert_errno(wasi_fd_readdir(w, FIRST_PREOPEN, end, 0, 0, out), WASI_SUCCESS);
    assert_errno(wasi_path_readlink(w, FIRST_PREOPEN, text(w, "l"), end, 0, out), WASI_SUCCESS);
    assert_fault(w, wasi_fd_write(w, 1, end + 1, 0, out), end + 1, 0);
    assert_fault(w, wasi_fd_readdir(w, FIRST_PREOPEN, end + 1, 0, 0, out), end + 1, 0);
    assert_fault(w, wasi_path_readlink(w, FIRST_PREOPEN, text(w, "l"), end + 1, 0, out), end + 1,
                 0);
    const struct span outside = { end + 1, 0 };
    assert_fault(w, wasi_path_unlink_file(w, FIRST_PREOPEN, outside), end + 1, 0);
}

enum { HIGH = 16 };

/* Checklist row 25. The memory is reserved and not filled. */
static void each_function_takes_addresses_of_two_gigabytes_and_above(void **state)
{
    struct world *const w = *state;
    const struct sample_world low = sample_begin(w);
    world_set_memory(w, (size_t)1 << 32);
    struct sample_world here = low;
    const uint32_t rooms[] = { (UINT32_C(1) << 31) - 8, UINT32_C(1) << 31, UINT32_C(0xfffffe00) };
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        here.room = rooms[i];
        w->memory[here.room] = 'f';
        w->next = here.room + 128;
        const struct span word = { here.room + 64, 4 };
        memcpy(w->memory + word.at, "high", 4);
        guest_set_u32(w, here.room + HIGH, word.at);
        guest_set_u32(w, here.room + HIGH + 4, word.length);
        const uint32_t out = here.room + 32;
        assert_errno(wasi_fd_pwrite(w, here.file, here.room + HIGH, 1, 0, out), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, out), 4);
        assert_errno(wasi_fd_pread(w, here.file, here.room + HIGH, 1, 0, out), WASI_SUCCESS);
        assert_errno(wasi_clock_time_get(w, 0, 0, out), WASI_SUCCESS);
        assert_true(guest_u64(w, out) > 0);
        assert_errno(wasi_fd_seek(w, here.file, 2, SEEK_FROM_START, out), WASI_SUCCESS);
        assert_int_equal(guest_u64(w, out), 2);
        assert_errno(wasi_random_get(w, word.at, 4), WASI_SUCCESS);
        const struct span path = { here.room, 1 };
        assert_errno(wasi_path_open(w, 3, 0, path, 0, RIGHT_FD_READ, 0, 0, out), WASI_SUCCESS);
        guest_close(w, guest_u32(w, out));
        assert_errno(wasi_fd_readdir(w, 3, word.at, 24, 0, out), WASI_SUCCESS);
        assert_errno(wasi_path_filestat_get(w, 3, 0, path, word.at), WASI_SUCCESS);
        host_assert_text(w, "box/f", "high");
    }
    const struct span last = { UINT32_MAX, 1 };
    assert_errno(wasi_random_get(w, last.at, last.length), WASI_SUCCESS);
    assert_fault(w, wasi_random_get(w, last.at, 2), last.at, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_address_outside_the_memory_is_a_fault_and_nothing_happens),
        TEST(each_address_is_checked_before_each_descriptor),
        TEST(each_address_is_outside_a_memory_of_no_bytes),
        TEST(each_address_may_reach_to_the_last_byte_of_the_memory),
        TEST(each_function_with_room_of_no_bytes_at_the_end_is_no_fault),
        TEST(each_function_takes_addresses_of_two_gigabytes_and_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
