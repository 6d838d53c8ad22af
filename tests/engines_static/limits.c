/*
 * Limits with a Wasmtime that asks nobody before it grows anything: each memory, the GC heap and
 * the tables have their part, and all parts together stay within the limit and what is beside it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "engines/threads.h"

enum { PAGE = 65536, LIMIT = 64 << 20, PAGES = LIMIT / PAGE };

#define GROWS                                                                                      \
    "(module (memory (export \"memory\") 1) (memory $two 1) (table $t 1 funcref)"                  \
    "(func (export \"_start\") (if (i32.lt_s (memory.grow (i32.const 600)) (i32.const 0))"         \
    " (then unreachable)))"                                                                        \
    "(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"                \
    "(func (export \"grow_two\") (param i32) (result i32) (memory.grow $two (local.get 0)))"       \
    "(func (export \"grow_table\") (param i32) (result i32)"                                       \
    " (table.grow $t (ref.null func) (local.get 0))))"

static int32_t grow(struct run *run, const char *what, int32_t by)
{
    int32_t result = 0;
    assert_int_equal(run_call(run, what, &by, &result), RINGFORT_OK);
    return result;
}

static void load(struct run *run, const char *wat)
{
    assert_int_equal(ringfort_config_set_limit(run->config, RINGFORT_LIMIT_MEMORY, LIMIT),
                     RINGFORT_OK);
    run_load(run, wat);
}

/* Of three: two memories and the GC heap. 100 tables have a tenth and 8 MiB together. */
static void each_memory_and_each_table_has_its_part(void **state)
{
    struct run *run = *state;
    load(run, GROWS);
    assert_int_equal(ringfort_wasmtime_limit_guest(run->wasi, run->store, 2, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", PAGES / 3), -1);
    assert_int_equal(grow(run, "grow", PAGES / 3 - 1), 1);
    assert_int_equal(grow(run, "grow_two", PAGES / 3), -1);
    assert_int_equal(grow(run, "grow_table", (LIMIT / 10 + (8 << 20)) / 8 / 100), -1);
    assert_int_equal(grow(run, "grow_table", 10000), 1);
}

static void limit_store_does_the_same(void **state)
{
    struct run *run = *state;
    load(run, GROWS);
    assert_int_equal(ringfort_wasmtime_limit_store(run->store, run->config, 2, &run->error),
                     RINGFORT_OK);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(grow(run, "grow", PAGES / 3), -1);
    assert_int_equal(grow(run, "grow", PAGES / 3 - 1), 1);
}

static void start_limits_the_store(void **state)
{
    struct run *run = *state;
    load(run, GROWS);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_failed(run, run_start(run, NULL), RINGFORT_ERR_TRAP, "unreachable");
}

static void what_begins_with_more_is_refused(void **state)
{
    struct run *run = *state;
    load(run, "(module (memory (export \"memory\") 600))");
    assert_failed(run,
                  ringfort_wasmtime_instantiate(run->wasi, run->linker, run->context, run->module,
                                                &run->instance, &run->error),
                  RINGFORT_ERR_LINK, "memory");
    assert_true(ringfort_wasi_refusal(run->wasi, NULL));
}

/* 64 MiB less a page, for 9 stores, of 101 memories each: 72 KiB. */
static void threads_share_the_limit(void **state)
{
    struct run *run = *state;
    assert_int_equal(ringfort_config_set_limit(run->config, RINGFORT_LIMIT_MEMORY, LIMIT),
                     RINGFORT_OK);
    assert_code(
        run,
        "(module " SPAWN PROC_EXIT
        "(import \"env\" \"memory\" (memory 1 1 shared)) (export \"memory\" (memory 0))"
        "(memory $own 1)" THREAD("(if (i32.ge_s (memory.grow $own (i32.const 1)) (i32.const 0)) "
                                 "(then unreachable))" SIGNAL)
            START("(local $n i32) (drop (call $spawn (i32.const 0)))" WAIT_FOR("1")) ")",
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_memory_and_each_table_has_its_part),
        TEST(limit_store_does_the_same),
        TEST(start_limits_the_store),
        TEST(what_begins_with_more_is_refused),
        TEST(threads_share_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
