/* Guest pointers: what is inside, what is not, and what the largest numbers do.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "guest/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIZE = 65536 };

static uint8_t bytes[SIZE];

static struct guest guest(void)
{
    return guest_over(bytes, sizeof bytes, false);
}

static void a_span_ends_at_the_last_byte_and_no_further(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_span s;
    assert_int_equal(guest_span(&g, gptr_at(0), SIZE, &s), WASI_SUCCESS);
    assert_int_equal(guest_span(&g, gptr_at(SIZE - 1), 1, &s), WASI_SUCCESS);
    assert_int_equal(guest_span(&g, gptr_at(SIZE), 0, &s), WASI_SUCCESS);
    assert_int_equal(guest_span(&g, gptr_at(SIZE - 1), 2, &s), FACT_FAULT);
    assert_int_equal(g.fault_start, SIZE - 1);
    assert_int_equal(g.fault_length, 2);
    assert_int_equal(guest_span(&g, gptr_at(SIZE + 1), 0, &s), FACT_FAULT);
    assert_int_equal(guest_span(&g, gptr_at(UINT32_MAX), UINT32_MAX, &s), FACT_FAULT);
    assert_int_equal(guest_span(&g, gptr_at(1), UINT64_MAX, &s), FACT_FAULT);
}

static void a_span_of_a_guest_without_memory_is_a_fault(void **state)
{
    (void)state;
    struct guest g = guest_over(NULL, 0, false);
    struct guest_span s;
    assert_int_equal(guest_span(&g, gptr_at(0), 1, &s), FACT_FAULT);
    assert_int_equal(guest_span(&g, gptr_at(0), 0, &s), WASI_SUCCESS);
}

static void an_array_whose_size_wraps_in_32_bits_is_a_fault(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_span s;
    assert_int_equal(guest_array(&g, gptr_at(0), 0x20000000, 8, &s), FACT_FAULT);
    assert_int_equal(guest_array(&g, gptr_at(0), 0x10000000, 48, &s), FACT_FAULT);
    assert_int_equal(guest_array(&g, gptr_at(0), UINT32_MAX, 64, &s), FACT_FAULT);
    assert_int_equal(guest_array(&g, gptr_at(0), SIZE / 8, 8, &s), WASI_SUCCESS);
}

static void numbers_are_little_endian_at_any_address(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_span s;
    assert_int_equal(guest_span(&g, gptr_at(3), 32, &s), WASI_SUCCESS);
    span_clear(s);
    span_put_u64(s, 1, UINT64_C(0x0102030405060708));
    span_put_u32(s, 9, 0x11121314);
    span_put_u16(s, 13, 0x2122);
    span_put_u8(s, 15, 0x31);
    const uint8_t expected[] = { 8, 7, 6, 5, 4, 3, 2, 1, 0x14, 0x13, 0x12, 0x11, 0x22, 0x21, 0x31 };
    assert_memory_equal(bytes + 4, expected, sizeof expected);
    assert_true(span_get_u64(s, 1) == UINT64_C(0x0102030405060708));
    assert_int_equal(span_get_u32(s, 9), 0x11121314);
}

static void put_iovec(uint32_t index, uint32_t buf, uint32_t len)
{
    struct guest g = guest();
    struct guest_span s;
    assert_int_equal(guest_span(&g, gptr_at(index * IOVEC_SIZE), IOVEC_SIZE, &s), WASI_SUCCESS);
    span_put_u32(s, IOVEC_BUF, buf);
    span_put_u32(s, IOVEC_LEN, len);
}

static void the_end_is_outside_even_for_no_bytes_where_that_is_asked_for(void **state)
{
    (void)state;
    struct guest g = guest_over(bytes, SIZE, true);
    struct guest_span s;
    assert_int_equal(guest_span(&g, gptr_at(SIZE - 1), 1, &s), WASI_SUCCESS);
    assert_int_equal(guest_span(&g, gptr_at(SIZE - 1), 0, &s), WASI_SUCCESS);
    assert_int_equal(guest_span(&g, gptr_at(SIZE), 0, &s), FACT_FAULT);
    g = guest_over(NULL, 0, true);
    assert_int_equal(guest_span(&g, gptr_at(0), 0, &s), FACT_FAULT);
}

static void empty_iovecs_are_left_out(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_buffers *b = malloc(sizeof *b);
    put_iovec(0, SIZE, 0);
    put_iovec(1, 1000, 5);
    put_iovec(2, 0, 0);
    put_iovec(3, 2000, 7);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 4, b), WASI_SUCCESS);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->total, 12);
    assert_ptr_equal(b->iov[0].iov_base, bytes + 1000);
    assert_ptr_equal(b->iov[1].iov_base, bytes + 2000);
    free(b);
}

static void one_iovec_outside_makes_all_of_them_a_fault(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_buffers *b = malloc(sizeof *b);
    put_iovec(0, 1000, 5);
    put_iovec(1, SIZE - 4, 5);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 2, b), FACT_FAULT);
    assert_int_equal(g.fault_start, SIZE - 4);
    assert_int_equal(guest_buffers(&g, gptr_at(SIZE - 8), 2, b), FACT_FAULT);
    free(b);
}

static void what_one_system_call_cannot_take_is_cut_off(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_buffers *b = malloc(sizeof *b);
    for (uint32_t i = 0; i < 2000; i++) {
        put_iovec(i, 20000, 1);
    }
    assert_int_equal(guest_buffers(&g, gptr_at(0), 2000, b), WASI_SUCCESS);
    assert_int_equal(b->count, GUEST_IOVECS_MAX);
    assert_int_equal(b->total, GUEST_IOVECS_MAX);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_ends_at_the_last_byte_and_no_further),
        cmocka_unit_test(a_span_of_a_guest_without_memory_is_a_fault),
        cmocka_unit_test(an_array_whose_size_wraps_in_32_bits_is_a_fault),
        cmocka_unit_test(numbers_are_little_endian_at_any_address),
        cmocka_unit_test(the_end_is_outside_even_for_no_bytes_where_that_is_asked_for),
        cmocka_unit_test(empty_iovecs_are_left_out),
        cmocka_unit_test(one_iovec_outside_makes_all_of_them_a_fault),
        cmocka_unit_test(what_one_system_call_cannot_take_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
