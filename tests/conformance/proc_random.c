/*
 * proc_exit, proc_raise, sched_yield, random_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

/* Checklist row 22. */
static void proc_exit_unwinds_with_the_whole_code_and_the_object_remembers_it(void **state)
{
    struct world *const w = *state;
    const uint32_t codes[] = { 0, 1, 33, 125, 126, 255, 256, UINT32_C(1) << 31, UINT32_MAX };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        world_restart(w);
        world_start(w);
        uint32_t code = 77;
        assert_false(ringfort_wasi_exited(w->wasi, &code));
        assert_int_equal(code, 0);
        assert_errno(wasi_proc_exit(w, codes[i]), WASI_EXITED);
        assert_int_equal(w->result.value, codes[i]);
        assert_true(ringfort_wasi_exited(w->wasi, &code));
        assert_int_equal(code, codes[i]);
        assert_true(ringfort_wasi_exited(w->wasi, NULL));
    }
}

static void proc_exit_needs_no_memory(void **state)
{
    struct world *const w = *state;
    world_start(w);
    const uint64_t args[] = { 5 };
    const ringfort_memory none = { 0 };
    assert_int_equal(ringfort_import_call(row_of(w, "proc_exit"), w->wasi, none, args, &w->result),
                     RINGFORT_EXITED);
    assert_int_equal(w->result.value, 5);
}

static void proc_exit_with_return_on_exit_false_still_leaves_the_ending_to_the_adapter(void **state)
{
    struct world *const w = *state;
    ringfort_config_set_return_on_exit(w->config, false);
    assert_errno(wasi_proc_exit(w, 9), WASI_EXITED);
    assert_false(ringfort_wasi_return_on_exit(w->wasi));
}

static void proc_raise_is_notsup_and_raises_nothing(void **state)
{
    struct world *const w = *state;
    for (uint32_t sig = 0; sig <= 31; sig++) {
        assert_errno(wasi_proc_raise(w, sig), WASI_ENOTSUP);
    }
    assert_errno(wasi_proc_raise(w, UINT32_MAX), WASI_ENOTSUP);
}

static void sched_yield_succeeds(void **state)
{
    struct world *const w = *state;
    for (int i = 0; i < 100; i++) {
        assert_errno(wasi_sched_yield(w), WASI_SUCCESS);
    }
}

static void random_get_fills_exactly_the_buffer(void **state)
{
    struct world *const w = *state;
    const uint32_t lengths[] = { 0, 1, 7, 255, 256, 257, 4096, 60000 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        world_clear_memory(w);
        const uint32_t buf = guest_alloc(w, lengths[i] + 1) + 1;
        assert_errno(wasi_random_get(w, buf, lengths[i]), WASI_SUCCESS);
        guest_assert_untouched(w, buf - 1, 1);
        guest_assert_untouched(w, buf + lengths[i], 16);
        unsigned same = 0;
        for (uint32_t j = 0; j < lengths[i]; j++) {
            same += w->memory[buf + j] == SENTINEL;
        }
        assert_true(same <= 16 + lengths[i] / 64);
    }
}

/* getrandom(2) gives at most 32 MiB - 1 at once. */
static void random_get_fills_the_whole_of_a_large_memory(void **state)
{
    struct world *const w = *state;
    const uint32_t size = 40u << 20;
    world_set_memory(w, size);
    assert_errno(wasi_random_get(w, 0, size), WASI_SUCCESS);
    for (uint32_t at = 0; at < size; at += 1u << 20) {
        unsigned zeros = 0;
        for (uint32_t i = 0; i < 64; i++) {
            zeros += w->memory[at + i] == 0;
        }
        assert_true(zeros < 16);
    }
    unsigned zeros = 0;
    for (uint32_t i = 1; i <= 64; i++) {
        zeros += w->memory[size - i] == 0;
    }
    assert_true(zeros < 16);
}

static void random_get_gives_different_bytes_each_time(void **state)
{
    struct world *const w = *state;
    const uint32_t a = guest_alloc(w, 32);
    const uint32_t b = guest_alloc(w, 32);
    assert_errno(wasi_random_get(w, a, 32), WASI_SUCCESS);
    assert_errno(wasi_random_get(w, b, 32), WASI_SUCCESS);
    assert_memory_not_equal(w->memory + a, w->memory + b, 32);
}

/* Checklist row 18. */
static void random_get_past_the_end_of_memory_is_a_fault_and_writes_nothing(void **state)
{
    struct world *const w = *state;
    assert_fault(w, wasi_random_get(w, guest_end(w, 8), 9), guest_end(w, 8), 9);
    assert_fault(w, wasi_random_get(w, 16, UINT32_MAX), 16, UINT32_MAX);
    assert_fault(w, wasi_random_get(w, UINT32_MAX, 1), UINT32_MAX, 1);
    assert_fault(w, wasi_random_get(w, UINT32_MAX, UINT32_MAX), UINT32_MAX, UINT32_MAX);
    assert_errno(wasi_random_get(w, guest_end(w, 0), 0), WASI_SUCCESS);
    assert_fault(w, wasi_random_get(w, guest_end(w, 0) + 1, 0), guest_end(w, 0) + 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(proc_exit_unwinds_with_the_whole_code_and_the_object_remembers_it),
        TEST(proc_exit_needs_no_memory),
        TEST(proc_exit_with_return_on_exit_false_still_leaves_the_ending_to_the_adapter),
        TEST(proc_raise_is_notsup_and_raises_nothing),
        TEST(sched_yield_succeeds),
        TEST(random_get_fills_exactly_the_buffer),
        TEST(random_get_fills_the_whole_of_a_large_memory),
        TEST(random_get_gives_different_bytes_each_time),
        TEST(random_get_past_the_end_of_memory_is_a_fault_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
