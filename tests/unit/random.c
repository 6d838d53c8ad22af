/* The random generator: nothing comes twice, in no thread and in no child, and nothing is kept.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/random.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DRAWS = 1000000, THREADS = 4, PAGE = 4096, SAMPLE = 1 << 20 };

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Two of a million 64-bit numbers are the same once in 30 million runs. */
static void assert_none_twice(uint64_t *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, compare);
    for (size_t i = 1; i < count; i++) {
        assert_int_not_equal(numbers[i - 1], numbers[i]);
    }
}

static void nothing_comes_twice_in_a_million_draws(void **state)
{
    (void)state;
    struct random random;
    uint64_t *numbers = calloc(DRAWS, sizeof *numbers);
    assert_non_null(numbers);
    ringfort_random_init(&random, true);
    for (size_t i = 0; i < DRAWS; i++) {
        assert_int_equal(ringfort_random_fill(&random, &numbers[i], sizeof *numbers), 0);
    }
    ringfort_random_clear(&random);
    assert_none_twice(numbers, DRAWS);
    free(numbers);
}

/* Lengths that go from the pool to a stream of their own and back, across every border. */
static void nothing_comes_twice_whatever_is_asked_for(void **state)
{
    (void)state;
    struct random random;
    uint64_t *numbers = calloc(DRAWS, sizeof *numbers);
    assert_non_null(numbers);
    ringfort_random_init(&random, true);
    size_t done = 0;
    for (size_t words = 1; done + words <= DRAWS; words = words % 3001 + 7) {
        assert_int_equal(ringfort_random_fill(&random, &numbers[done], words * sizeof *numbers), 0);
        done += words;
    }
    ringfort_random_clear(&random);
    assert_none_twice(numbers, done);
    free(numbers);
}

static void a_length_is_filled_to_its_last_byte_and_no_further(void **state)
{
    (void)state;
    struct random random;
    ringfort_random_init(&random, true);
    for (size_t len = 0; len < 1100; len++) {
        uint8_t bytes[1100 + 16];
        unsigned last_is_zero = 0;
        for (int i = 0; i < 16; i++) {
            memset(bytes, 0, sizeof bytes);
            assert_int_equal(ringfort_random_fill(&random, bytes, len), 0);
            last_is_zero += len > 0 && bytes[len - 1] == 0;
            for (size_t j = len; j < sizeof bytes; j++) {
                assert_int_equal(bytes[j], 0);
            }
        }
        assert_in_range(last_is_zero, 0, 8);
    }
    ringfort_random_clear(&random);
}

/* 255 degrees of freedom: beyond these bounds once in some 10^8 runs. */
static void assert_even(const uint8_t *bytes, size_t len)
{
    uint64_t counts[256] = { 0 };
    for (size_t i = 0; i < len; i++) {
        counts[bytes[i]]++;
    }
    const double expected = (double)len / 256;
    double sum = 0;
    for (int i = 0; i < 256; i++) {
        const double off = (double)counts[i] - expected;
        sum += off * off / expected;
    }
    assert_true(sum > 145 && sum < 400);
}

static void every_byte_comes_as_often_as_any_other(void **state)
{
    (void)state;
    struct random random;
    uint8_t *bytes = malloc(SAMPLE);
    assert_non_null(bytes);
    const size_t lengths[] = { 16, 512, 513, SAMPLE };
    ringfort_random_init(&random, true);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t at = 0; at + lengths[i] <= SAMPLE; at += lengths[i]) {
            assert_int_equal(ringfort_random_fill(&random, bytes + at, lengths[i]), 0);
        }
        assert_even(bytes, SAMPLE / lengths[i] * lengths[i]);
    }
    ringfort_random_clear(&random);
    free(bytes);
}

static void what_was_given_is_not_kept(void **state)
{
    (void)state;
    struct random random;
    ringfort_random_init(&random, true);
    for (int i = 0; i < 500; i++) {
        uint8_t given[16];
        assert_int_equal(ringfort_random_fill(&random, given, sizeof given), 0);
        assert_null(memmem(random.state, PAGE, given, sizeof given));
    }
    ringfort_random_clear(&random);
}

/* What a forked child draws, as it tells it. */
static void draw_in_child(struct random *random, uint8_t *out, size_t len)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const bool drawn = ringfort_random_fill(random, out, len) == 0;
        _exit(drawn && write(ends[1], out, len) == (ssize_t)len ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], out, len), len);
    close(ends[0]);
    close(ends[1]);
}

static void children_and_their_parent_draw_different_bytes(void **state)
{
    (void)state;
    const size_t lengths[] = { 16, 600 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t len = lengths[i];
        struct random random;
        uint8_t drawn[3][600];
        ringfort_random_init(&random, true);
        assert_int_equal(ringfort_random_fill(&random, drawn[0], len), 0);
        assert_non_null(random.state);
        draw_in_child(&random, drawn[0], len);
        draw_in_child(&random, drawn[1], len);
        assert_int_equal(ringfort_random_fill(&random, drawn[2], len), 0);
        assert_memory_not_equal(drawn[0], drawn[1], len);
        assert_memory_not_equal(drawn[0], drawn[2], len);
        assert_memory_not_equal(drawn[1], drawn[2], len);
        ringfort_random_clear(&random);
    }
}

static void the_kernel_serves_where_a_fork_could_not_be_noticed(void **state)
{
    (void)state;
    struct random random;
    uint8_t bytes[2][40] = { { 0 }, { 0 } };
    ringfort_random_init(&random, true);
    random.kernel_only = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ringfort_random_fill(&random, bytes[i], sizeof bytes[i]), 0);
    }
    assert_null(random.state);
    assert_memory_not_equal(bytes[0], bytes[1], sizeof bytes[0]);
    ringfort_random_clear(&random);
}

static void objects_share_nothing(void **state)
{
    (void)state;
    struct random randoms[2];
    uint64_t numbers[2][4];
    for (int i = 0; i < 2; i++) {
        ringfort_random_init(&randoms[i], true);
        assert_int_equal(ringfort_random_fill(&randoms[i], numbers[i], sizeof numbers[i]), 0);
    }
    assert_memory_not_equal(numbers[0], numbers[1], sizeof numbers[0]);
    for (int i = 0; i < 2; i++) {
        ringfort_random_clear(&randoms[i]);
    }
}

struct drawer {
    struct random *random;
    uint64_t *numbers;
    int result;
    pthread_t thread;
};

static void *draw_many(void *data)
{
    struct drawer *const me = data;
    const size_t words = DRAWS / THREADS;
    for (size_t i = 0; i < words && me->result == 0;) {
        const size_t some = i % 997 == 0 && i + 100 <= words ? 100 : 1;
        me->result = ringfort_random_fill(me->random, &me->numbers[i], some * sizeof *me->numbers);
        i += some;
    }
    return NULL;
}

/* Begins with one thread's promise, which is taken back. */
static void nothing_comes_twice_in_several_threads(void **state)
{
    (void)state;
    struct random random;
    struct drawer drawers[THREADS];
    uint64_t *numbers = calloc(DRAWS + 1, sizeof *numbers);
    assert_non_null(numbers);
    ringfort_random_init(&random, true);
    assert_int_equal(ringfort_random_fill(&random, &numbers[DRAWS], sizeof *numbers), 0);
    ringfort_random_share(&random);
    for (size_t i = 0; i < THREADS; i++) {
        drawers[i] =
            (struct drawer){ .random = &random, .numbers = numbers + i * (DRAWS / THREADS) };
        assert_int_equal(pthread_create(&drawers[i].thread, NULL, draw_many, &drawers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(drawers[i].thread, NULL), 0);
        assert_int_equal(drawers[i].result, 0);
    }
    ringfort_random_clear(&random);
    assert_none_twice(numbers, DRAWS + 1);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_twice_in_a_million_draws),
        cmocka_unit_test(nothing_comes_twice_whatever_is_asked_for),
        cmocka_unit_test(a_length_is_filled_to_its_last_byte_and_no_further),
        cmocka_unit_test(every_byte_comes_as_often_as_any_other),
        cmocka_unit_test(what_was_given_is_not_kept),
        cmocka_unit_test(children_and_their_parent_draw_different_bytes),
        cmocka_unit_test(the_kernel_serves_where_a_fork_could_not_be_noticed),
        cmocka_unit_test(objects_share_nothing),
        cmocka_unit_test(nothing_comes_twice_in_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
