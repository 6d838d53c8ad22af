/*
 * args_get, args_sizes_get, environ_get, environ_sizes_get.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <stdlib.h>
#include <string.h>

static void set_args(struct world *w)
{
    const char *const args[] = { "prog", "a b", "", "\xff\xfe" };
    assert_status(ringfort_config_set_args(w->config, 4, args), RINGFORT_OK);
}

enum { ARGS = 4, ARGS_BYTES = 5 + 4 + 1 + 3 };

static void args_sizes_get_counts_the_strings_with_their_nuls(void **state)
{
    struct world *const w = *state;
    set_args(w);
    const uint32_t count = guest_alloc(w, 4);
    const uint32_t size = guest_alloc(w, 4);
    assert_errno(wasi_args_sizes_get(w, count, size), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, count), ARGS);
    assert_int_equal(guest_u32(w, size), ARGS_BYTES);
}

static void args_sizes_get_without_arguments_is_zero_and_zero(void **state)
{
    struct world *const w = *state;
    const uint32_t count = guest_alloc(w, 4);
    const uint32_t size = guest_alloc(w, 4);
    assert_errno(wasi_args_sizes_get(w, count, size), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, count), 0);
    assert_int_equal(guest_u32(w, size), 0);
}

static void args_get_writes_the_pointers_and_the_strings_in_one_run(void **state)
{
    struct world *const w = *state;
    set_args(w);
    const uint32_t argv = guest_alloc(w, (ARGS + 1) * 4);
    const uint32_t buf = guest_alloc(w, ARGS_BYTES + 8);
    assert_errno(wasi_args_get(w, argv, buf), WASI_SUCCESS);
    assert_memory_equal(w->memory + buf, "prog\0a b\0\0\xff\xfe", ARGS_BYTES);
    assert_int_equal(guest_u32(w, argv), buf);
    assert_int_equal(guest_u32(w, argv + 4), buf + 5);
    assert_int_equal(guest_u32(w, argv + 8), buf + 9);
    assert_int_equal(guest_u32(w, argv + 12), buf + 10);
    guest_assert_untouched(w, argv + ARGS * 4, 4);
    guest_assert_untouched(w, buf + ARGS_BYTES, 8);
}

static void args_get_may_write_to_the_very_end_of_memory(void **state)
{
    struct world *const w = *state;
    set_args(w);
    const uint32_t buf = guest_alloc(w, ARGS_BYTES);
    assert_errno(wasi_args_get(w, guest_end(w, ARGS * 4), buf), WASI_SUCCESS);
    world_clear_memory(w);
    const uint32_t argv = guest_alloc(w, ARGS * 4);
    assert_errno(wasi_args_get(w, argv, guest_end(w, ARGS_BYTES)), WASI_SUCCESS);
    assert_memory_equal(w->memory + guest_end(w, ARGS_BYTES), "prog", 5);
}

static void args_get_past_the_end_of_memory_is_a_fault_and_writes_nothing(void **state)
{
    struct world *const w = *state;
    set_args(w);
    const uint32_t argv = guest_alloc(w, ARGS * 4);
    const uint32_t buf = guest_alloc(w, ARGS_BYTES);
    const uint32_t late = guest_end(w, ARGS * 4 - 1);
    assert_fault(w, wasi_args_get(w, late, buf), late, ARGS * 4);
    const uint32_t late_buf = guest_end(w, ARGS_BYTES - 1);
    assert_fault(w, wasi_args_get(w, argv, late_buf), late_buf, ARGS_BYTES);
}

static void args_get_of_nothing_still_checks_its_pointers(void **state)
{
    struct world *const w = *state;
    const uint32_t end = guest_end(w, 0);
    assert_errno(wasi_args_get(w, end, end), WASI_SUCCESS);
    assert_fault(w, wasi_args_get(w, end + 1, end), end + 1, 0);
    assert_fault(w, wasi_args_get(w, end, end + 1), end + 1, 0);
}

static void args_get_gives_what_was_set_and_not_what_became_of_it(void **state)
{
    struct world *const w = *state;
    char name[] = "first";
    const char *args[] = { name };
    assert_status(ringfort_config_set_args(w->config, 1, args), RINGFORT_OK);
    memcpy(name, "later", sizeof name);
    world_start(w);
    const char *const others[] = { "other", "two" };
    assert_status(ringfort_config_set_args(w->config, 2, others), RINGFORT_OK);
    const uint32_t argv = guest_alloc(w, 16);
    const uint32_t buf = guest_alloc(w, 16);
    assert_errno(wasi_args_get(w, argv, buf), WASI_SUCCESS);
    assert_memory_equal(w->memory + buf, "first", 6);
    guest_assert_untouched(w, argv + 4, 4);
}

static void environ_get_gives_values_with_newlines_quotes_and_equals_signs(void **state)
{
    struct world *const w = *state;
    const char *const env[] = { "A=1\n2", "B='\"'", "C=x=y", "D=" };
    assert_status(ringfort_config_set_env(w->config, 4, env), RINGFORT_OK);
    const uint32_t count = guest_alloc(w, 4);
    const uint32_t size = guest_alloc(w, 4);
    assert_errno(wasi_environ_sizes_get(w, count, size), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, count), 4);
    assert_int_equal(guest_u32(w, size), 6 + 6 + 6 + 3);
    const uint32_t environ_at = guest_alloc(w, 20);
    const uint32_t buf = guest_alloc(w, 32);
    assert_errno(wasi_environ_get(w, environ_at, buf), WASI_SUCCESS);
    assert_memory_equal(w->memory + buf, "A=1\n2\0B='\"'\0C=x=y\0D=", 21);
    assert_int_equal(guest_u32(w, environ_at + 12), buf + 18);
    guest_assert_untouched(w, environ_at + 16, 4);
    guest_assert_untouched(w, buf + 21, 11);
}

static void environ_sizes_get_shows_nothing_of_the_hosts_environment(void **state)
{
    struct world *const w = *state;
    assert_int_equal(setenv("RINGFORT_SECRET", "canary", 1), 0);
    const uint32_t count = guest_alloc(w, 4);
    const uint32_t size = guest_alloc(w, 4);
    assert_errno(wasi_environ_sizes_get(w, count, size), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, count), 0);
    assert_int_equal(guest_u32(w, size), 0);
}

static void environ_get_past_the_end_of_memory_is_a_fault_and_writes_nothing(void **state)
{
    struct world *const w = *state;
    const char *const env[] = { "A=1" };
    assert_status(ringfort_config_set_env(w->config, 1, env), RINGFORT_OK);
    const uint32_t room = guest_alloc(w, 8);
    assert_fault(w, wasi_environ_get(w, UINT32_MAX, room), UINT32_MAX, 4);
    assert_fault(w, wasi_environ_get(w, room, guest_end(w, 3)), guest_end(w, 3), 4);
}

static void args_get_accepts_pointers_that_are_not_aligned(void **state)
{
    struct world *const w = *state;
    set_args(w);
    const uint32_t argv = guest_alloc(w, ARGS * 4 + 1) + 1;
    const uint32_t buf = guest_alloc(w, ARGS_BYTES + 1) + 1;
    assert_errno(wasi_args_get(w, argv, buf), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, argv), buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(args_sizes_get_counts_the_strings_with_their_nuls),
        TEST(args_sizes_get_without_arguments_is_zero_and_zero),
        TEST(args_get_writes_the_pointers_and_the_strings_in_one_run),
        TEST(args_get_may_write_to_the_very_end_of_memory),
        TEST(args_get_past_the_end_of_memory_is_a_fault_and_writes_nothing),
        TEST(args_get_of_nothing_still_checks_its_pointers),
        TEST(args_get_gives_what_was_set_and_not_what_became_of_it),
        TEST(args_get_accepts_pointers_that_are_not_aligned),
        TEST(environ_get_gives_values_with_newlines_quotes_and_equals_signs),
        TEST(environ_sizes_get_shows_nothing_of_the_hosts_environment),
        TEST(environ_get_past_the_end_of_memory_is_a_fault_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
