/*
 * clock_res_get and clock_time_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

static const clockid_t host_clocks[] = {
    [CLOCK_ID_REALTIME] = CLOCK_REALTIME,
    [CLOCK_ID_MONOTONIC] = CLOCK_MONOTONIC,
    [CLOCK_ID_PROCESS] = CLOCK_PROCESS_CPUTIME_ID,
    [CLOCK_ID_THREAD] = CLOCK_THREAD_CPUTIME_ID,
};

static void clock_res_get_of_each_clock_is_the_hosts_and_more_than_zero(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    for (uint32_t id = CLOCK_ID_REALTIME; id <= CLOCK_ID_THREAD; id++) {
        struct timespec resolution;
        assert_int_equal(clock_getres(host_clocks[id], &resolution), 0);
        assert_errno(wasi_clock_res_get(w, id, out), WASI_SUCCESS);
        assert_true(guest_u64(w, out) > 0);
        assert_int_equal(guest_u64(w, out), resolution.tv_sec * 1000000000 + resolution.tv_nsec);
    }
}

static void clock_res_get_of_an_unknown_clock_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_clock_res_get(w, 4, out), WASI_EINVAL);
    assert_errno(wasi_clock_res_get(w, UINT32_MAX, out), WASI_EINVAL);
}

static void clock_time_get_reads_each_clock_of_the_host(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    world_start(w);
    for (uint32_t id = CLOCK_ID_REALTIME; id <= CLOCK_ID_THREAD; id++) {
        const uint64_t before = host_clock_ns(host_clocks[id]);
        assert_errno(wasi_clock_time_get(w, id, 1, out), WASI_SUCCESS);
        const uint64_t after = host_clock_ns(host_clocks[id]);
        assert_in_range(guest_u64(w, out), before, after);
    }
}

static void clock_time_get_ignores_the_precision(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_clock_time_get(w, CLOCK_ID_MONOTONIC, 0, out), WASI_SUCCESS);
    const uint64_t first = guest_u64(w, out);
    assert_errno(wasi_clock_time_get(w, CLOCK_ID_MONOTONIC, UINT64_MAX, out), WASI_SUCCESS);
    assert_true(guest_u64(w, out) >= first);
}

static void clock_time_get_of_an_unknown_clock_is_inval(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 8);
    assert_errno(wasi_clock_time_get(w, 4, 0, out), WASI_EINVAL);
    assert_errno(wasi_clock_time_get(w, UINT32_C(1) << 31, 0, out), WASI_EINVAL);
}

static void clock_time_get_checks_its_pointer_before_its_clock(void **state)
{
    struct world *const w = *state;
    const uint32_t late = guest_end(w, 7);
    assert_fault(w, wasi_clock_time_get(w, 99, 0, late), late, 8);
    assert_fault(w, wasi_clock_res_get(w, 99, late), late, 8);
    assert_errno(wasi_clock_time_get(w, CLOCK_ID_REALTIME, 0, guest_end(w, 8)), WASI_SUCCESS);
}

static void clock_time_get_accepts_a_pointer_that_is_not_aligned(void **state)
{
    struct world *const w = *state;
    const uint32_t out = guest_alloc(w, 16) + 3;
    assert_errno(wasi_clock_time_get(w, CLOCK_ID_REALTIME, 0, out), WASI_SUCCESS);
    assert_true(guest_u64(w, out) > UINT64_C(1000000000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clock_res_get_of_each_clock_is_the_hosts_and_more_than_zero),
        TEST(clock_res_get_of_an_unknown_clock_is_inval),
        TEST(clock_time_get_reads_each_clock_of_the_host),
        TEST(clock_time_get_ignores_the_precision),
        TEST(clock_time_get_of_an_unknown_clock_is_inval),
        TEST(clock_time_get_checks_its_pointer_before_its_clock),
        TEST(clock_time_get_accepts_a_pointer_that_is_not_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
