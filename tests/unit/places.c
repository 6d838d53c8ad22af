/* Numbers for the places in a directory: which number a position gets, which position a number
 * leads to, and how much memory both may take.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define RINGFORT_FAULTS /* the heap is the one below */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fd/places.c"

static struct place_budget budget;
static struct places places;
static bool is_full;
static int blocks;

void *heap_zeroed(size_t count, size_t size)
{
    blocks += is_full ? 0 : 1;
    return is_full ? NULL : calloc(count, size);
}

void *heap_resized(void *old, size_t size)
{
    blocks += old == NULL && !is_full ? 1 : 0;
    return is_full ? NULL : realloc(old, size);
}

void heap_free(void *block)
{
    blocks--;
    free(block);
}

/* The kernel's position behind the i-th entry: far apart, and in no order. */
static uint64_t position(uint64_t i)
{
    return i * UINT64_C(0x9e3779b97f4a7c15) & INT64_MAX;
}

static int begin(void **state)
{
    (void)state;
    is_full = false;
    blocks = 0;
    ringfort_places_init(&places, &budget);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ringfort_places_clear(&places);
    assert_int_equal(blocks, 0);
    assert_int_equal(atomic_load(&budget.used), 0);
    return 0;
}

/* Lists entries `from` up to `to`, whose numbers are counted. */
static void list_in_order(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        if (ringfort_places_number(&places, i, position(i + 1)) != i + 1) {
            fail_msg("entry %llu has another number", (unsigned long long)i);
        }
    }
}

/* The number leads to its own position. */
static void assert_kept(uint64_t number, uint64_t at)
{
    const struct place_known known = ringfort_places_nearest(&places, number);
    assert_true(known.number == number);
    assert_true(known.position == at);
}

static void entries_get_the_numbers_from_one_on_each_time_that_they_are_listed(void **state)
{
    (void)state;
    for (int times = 0; times < 3; times++) {
        list_in_order(0, 5000);
        ringfort_places_restart(&places);
    }
    for (uint64_t i = 1; i <= 5000; i++) {
        assert_kept(i, position(i));
    }
    assert_kept(0, 0);
    assert_true(ringfort_places_nearest(&places, 5001).number == 5000);
    assert_true(ringfort_places_nearest(&places, UINT64_MAX).number == 5000);
}

static void a_table_without_entries_leads_to_the_start(void **state)
{
    (void)state;
    assert_true(ringfort_places_nearest(&places, 1).number == 0);
    assert_true(ringfort_places_nearest(&places, UINT64_MAX).position == 0);
}

static void an_entry_that_is_new_or_gone_changes_no_other_number(void **state)
{
    (void)state;
    list_in_order(0, 3000);
    /* 10 is gone, 20 has a new one behind it, and 3000 has one. */
    uint64_t after = 0;
    for (uint64_t i = 1; i <= 3000; i++) {
        if (i != 10) {
            after = ringfort_places_number(&places, after, position(i));
            assert_true(after == i);
        }
        if (i == 20) {
            after = ringfort_places_number(&places, after, position(7000));
            assert_true(after == 3001);
        }
    }
    assert_true(ringfort_places_number(&places, after, position(7001)) == 3002);
    for (uint64_t i = 1; i <= 3000; i++) {
        assert_kept(i, position(i));
    }
    assert_kept(3001, position(7000));
    assert_kept(3002, position(7001));
    /* The same once more: nothing is new. */
    after = ringfort_places_number(&places, 20, position(7000));
    assert_true(after == 3001);
    assert_true(ringfort_places_number(&places, after, position(21)) == 21);
    assert_int_equal(places.count, 3002);
}

static void a_changed_directory_may_grow(void **state)
{
    (void)state;
    list_in_order(0, 1000);
    uint64_t after = 5; /* the 6th is gone */
    for (uint64_t i = 7; i <= 100000; i++) {
        after = ringfort_places_number(&places, after, position(i));
        assert_true(after == i);
    }
    assert_kept(6, position(6));
    assert_kept(100000, position(100000));
}

/* Reads on from the nearest place that is kept. @return the steps that it took */
static uint64_t reach(uint64_t number)
{
    const struct place_known known = ringfort_places_nearest(&places, number);
    assert_true(known.number <= number);
    assert_true(known.position == (known.number > 0 ? position(known.number) : 0));
    return number - known.number;
}

static void a_million_entries_are_kept_and_more_are_thinned_within_the_budget(void **state)
{
    (void)state;
    list_in_order(0, 1000002);
    assert_kept(1000000, position(1000000));
    assert_int_equal(places.thinned, 0);
    list_in_order(1000002, 5000000);
    assert_true(atomic_load(&budget.used) <= PLACES_BUDGET);
    assert_true(places.thinned > 0);
    for (uint64_t i = 0; i <= 5000000; i += 4999) {
        assert_true(reach(i) < UINT64_C(1) << places.thinned);
    }
    list_in_order(0, 5000000);
    assert_true(reach(4999999) < 16);
}

static void without_memory_numbers_count_on(void **state)
{
    (void)state;
    is_full = true;
    list_in_order(0, 100000);
    list_in_order(0, 100000);
    assert_int_equal(places.room, PLACES_WITHIN);
    for (uint64_t i = 0; i <= 100000; i += 97) {
        assert_true(reach(i) < 256);
    }
}

static void without_memory_for_an_index_a_position_may_have_two_numbers(void **state)
{
    (void)state;
    list_in_order(0, 100);
    is_full = true;
    assert_true(ringfort_places_number(&places, 5, position(7)) == 101);
    assert_kept(101, position(7));
    assert_kept(7, position(7));
    is_full = false;
    assert_true(ringfort_places_number(&places, 6, position(9)) == 9);
    assert_true(ringfort_places_number(&places, 5, position(7)) == 7);
}

static void other_tables_leave_less_of_the_budget(void **state)
{
    (void)state;
    static struct places other;
    ringfort_places_init(&other, &budget);
    list_in_order(0, 900000);
    uint64_t after = 0;
    for (uint64_t i = 1; i <= 900000; i++) {
        after = ringfort_places_number(&other, after, position(i));
        assert_true(after == i);
    }
    assert_true(atomic_load(&budget.used) <= PLACES_BUDGET);
    assert_int_equal(places.thinned, 0);
    assert_true(other.thinned > 0);
    ringfort_places_clear(&other);
}

static void
a_changed_directory_that_is_listed_anew_forgets_numbers_when_they_are_very_many(void **state)
{
    (void)state;
    list_in_order(0, PLACES_RENUMBERED + 1);
    ringfort_places_restart(&places);
    assert_int_equal(places.count, PLACES_RENUMBERED + 1);
    assert_true(ringfort_places_number(&places, 0, position(2)) == 2);
    ringfort_places_restart(&places);
    assert_int_equal(places.count, 0);
    list_in_order(0, 10);
}

static void a_thinned_table_takes_over_what_the_last_listing_found(void **state)
{
    (void)state;
    is_full = true;
    list_in_order(0, 4096);
    const uint64_t stride = UINT64_C(1) << places.thinned;
    assert_true(stride > 1);
    for (uint64_t i = 0; i < 4096; i++) {
        assert_true(ringfort_places_number(&places, i, i + 1) == i + 1);
    }
    assert_kept(stride, stride);
    assert_kept(3 * stride, 3 * stride);
}

#define WITH_PLACES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACES(entries_get_the_numbers_from_one_on_each_time_that_they_are_listed),
        WITH_PLACES(a_table_without_entries_leads_to_the_start),
        WITH_PLACES(an_entry_that_is_new_or_gone_changes_no_other_number),
        WITH_PLACES(a_changed_directory_may_grow),
        WITH_PLACES(a_million_entries_are_kept_and_more_are_thinned_within_the_budget),
        WITH_PLACES(without_memory_numbers_count_on),
        WITH_PLACES(without_memory_for_an_index_a_position_may_have_two_numbers),
        WITH_PLACES(other_tables_leave_less_of_the_budget),
        WITH_PLACES(
            a_changed_directory_that_is_listed_anew_forgets_numbers_when_they_are_very_many),
        WITH_PLACES(a_thinned_table_takes_over_what_the_last_listing_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
