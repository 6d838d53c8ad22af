/* Guest pointers: what is inside, what is not, and what the largest numbers do.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "guest/memory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
    assert_int_equal(b->count, 1024);
    assert_int_equal(b->total, 1024);
    free(b);
}

static void what_is_more_than_a_transfer_can_move_is_cut_off_at_its_last_bytes(void **state)
{
    (void)state;
    struct guest g = guest_over(bytes, UINT64_C(1) << 32, false); /* nobody touches what is not */
    struct guest_buffers *b = malloc(sizeof *b);
    put_iovec(0, 0x1000, 0x7fffefff);
    put_iovec(1, 0x2000, 1);
    put_iovec(2, 0x3000, 8);
    put_iovec(3, 0x4000, 9);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 2, b), WASI_SUCCESS);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->total, GUEST_TRANSFER_MAX);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 4, b), WASI_SUCCESS);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->total, 0x7ffff000);
    assert_int_equal(b->iov[1].iov_len, 1);
    put_iovec(0, 0x1000, 0x7fffeffe);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 4, b), WASI_SUCCESS);
    assert_int_equal(b->count, 3);
    assert_int_equal(b->total, GUEST_TRANSFER_MAX);
    assert_int_equal(b->iov[2].iov_len, 1);
    put_iovec(0, 0x1000, 0xfffff000);
    assert_int_equal(guest_buffers(&g, gptr_at(0), 1, b), WASI_SUCCESS);
    assert_int_equal(b->count, 1);
    assert_int_equal(b->iov[0].iov_len, GUEST_TRANSFER_MAX);
    free(b);
}

static void buffers_are_cut_to_any_number_of_bytes(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_buffers *b = malloc(sizeof *b);
    put_iovec(0, 1000, 5);
    put_iovec(1, 2000, 7);
    for (uint64_t total = 0; total <= 13; total++) {
        assert_int_equal(guest_buffers(&g, gptr_at(0), 2, b), WASI_SUCCESS);
        guest_buffers_cut(b, total);
        assert_int_equal(b->total, total < 12 ? total : 12);
        assert_int_equal(b->count, total == 0 ? 0 : total <= 5 ? 1 : 2);
        size_t sum = 0;
        for (int i = 0; i < b->count; i++) {
            sum += b->iov[i].iov_len;
        }
        assert_int_equal(sum, b->total);
    }
    free(b);
}

static void all_of_1024_iovecs_are_taken(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_buffers *b = malloc(sizeof *b);
    for (uint32_t i = 0; i < GUEST_IOVECS_MAX; i++) {
        put_iovec(i, 20000 + i, 1);
    }
    assert_int_equal(guest_buffers(&g, gptr_at(0), 1024, b), WASI_SUCCESS);
    assert_int_equal(b->count, 1024);
    assert_ptr_equal(b->iov[1023].iov_base, bytes + 20000 + 1023);
    free(b);
}

static void bytes_are_copied_out_and_in_and_no_others(void **state)
{
    (void)state;
    struct guest g = guest();
    struct guest_span s;
    char copy[4] = "abc";
    memset(bytes, '-', 16);
    assert_int_equal(guest_span(&g, gptr_at(4), 8, &s), WASI_SUCCESS);
    span_put_bytes(s, 5, copy, 3);
    assert_memory_equal(bytes, "---------abc----", 16);
    span_put_bytes(s, 8, copy, 0);
    span_put_bytes(s, 0, "x", 1);
    assert_int_equal(bytes[4], 'x');
    span_copy_out(s, copy, 1);
    assert_int_equal(copy[0], 'x');
    span_put_bytes(s, 0, NULL, 0);
    span_copy_out(s, NULL, 0);
    memcpy(bytes + 4, "123", 3);
    span_copy_out(s, copy, 3);
    assert_string_equal(copy, "123");
    span_clear(s);
    assert_memory_equal(bytes, "----\0\0\0\0\0\0\0\0----", 16);
    assert_ptr_equal(span_iovec(s).iov_base, bytes + 4);
    assert_int_equal(span_iovec(s).iov_len, 8);
    span_put_u32(span_over_host(copy, 4), 0, 0x64636261);
    assert_memory_equal(copy, "abcd", 4);
}

/* How a child ends that puts a byte into a span of 8 bytes. */
static int end_of_a_byte_at(uint64_t offset)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct guest g = guest();
        struct guest_span s;
        const struct rlimit none = { 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGILL, SIG_DFL); /* cmocka's handler would go on with the tests */
        signal(SIGTRAP, SIG_DFL);
        if (guest_span(&g, gptr_at(0), 8, &s) == WASI_SUCCESS) {
            span_put_u8(s, offset, 0);
            (void)span_get_u64(s, offset == 7 ? 0 : offset);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_span_over_bytes_of_the_host_ends_where_they_do(void **state)
{
    (void)state;
    uint8_t own[8] = { 0 };
    const struct guest_span s = span_over_host(own, sizeof own);
    span_put_u64(s, 0, UINT64_C(0x8877665544332211));
    assert_int_equal(own[0], 0x11);
    assert_int_equal(own[7], 0x88);
    assert_int_equal(span_get_u32(s, 4), 0x88776655);
}

static void a_mistake_of_ours_that_would_leave_a_span_ends_the_program(void **state)
{
    (void)state;
    assert_int_equal(end_of_a_byte_at(0), 0);
    assert_int_equal(end_of_a_byte_at(7), 0);
    assert_true(WIFSIGNALED(end_of_a_byte_at(1))); /* the eight bytes of the number */
    assert_true(WIFSIGNALED(end_of_a_byte_at(8)));
    assert_true(WIFSIGNALED(end_of_a_byte_at(9)));
    assert_true(WIFSIGNALED(end_of_a_byte_at(UINT64_MAX)));
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
        cmocka_unit_test(what_is_more_than_a_transfer_can_move_is_cut_off_at_its_last_bytes),
        cmocka_unit_test(buffers_are_cut_to_any_number_of_bytes),
        cmocka_unit_test(all_of_1024_iovecs_are_taken),
        cmocka_unit_test(bytes_are_copied_out_and_in_and_no_others),
        cmocka_unit_test(a_span_over_bytes_of_the_host_ends_where_they_do),
        cmocka_unit_test(a_mistake_of_ours_that_would_leave_a_span_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
