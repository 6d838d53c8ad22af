/*
 * An interrupt that comes within a call that does not wait ends it: between two entries of a
 * listing, two subscriptions, two pieces of random bytes. It comes when the call touches a page of
 * the guest's memory that was taken away until then.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/steps.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ENTRIES = 100, SUBSCRIPTIONS = 100, MEBIBYTE = 1 << 20 };

/* What the handler needs. */
static ringfort_wasi *interrupted;
static unsigned char *page;
static size_t page_size;

static void interrupt_and_give_back(int number, siginfo_t *info, void *context)
{
    (void)context;
    const unsigned char *const at = info->si_addr;
    if (at < page || at >= page + page_size) {
        signal(number, SIG_DFL); /* a mistake of somebody's */
        return;
    }
    (void)mprotect(page, page_size, PROT_READ | PROT_WRITE);
    ringfort_wasi_interrupt(interrupted);
}

/** Takes the host's page of guest memory that `at` lies in away until it is touched, which
 * interrupts the object. */
static void set_trap(struct world *w, uint32_t at, struct sigaction *before)
{
    const struct sigaction action = { .sa_sigaction = interrupt_and_give_back,
                                      .sa_flags = SA_SIGINFO };
    world_start(w);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    w->unwatched = true;
    interrupted = w->wasi;
    page = w->memory + at / page_size * page_size;
    assert_int_equal(sigaction(SIGSEGV, &action, before), 0);
    assert_int_equal(mprotect(page, page_size, PROT_NONE), 0);
}

static void assert_ended(const struct world *w, uint32_t outcome, const struct sigaction *before)
{
    assert_int_equal(sigaction(SIGSEGV, before, NULL), 0);
    assert_int_equal(mprotect(page, page_size, PROT_READ | PROT_WRITE), 0);
    assert_errno(outcome, WASI_INTERRUPTED);
    assert_true(ringfort_wasi_interrupted(w->wasi));
}

static void an_interrupt_ends_a_listing_between_two_entries(void **state)
{
    struct world *const w = *state;
    struct sigaction before;
    for (int i = 0; i < ENTRIES; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "box/%0100d", i);
        host_write(w, name, "");
    }
    const uint32_t fd = guest_open_dir(w, FIRST_PREOPEN, ".");
    const uint32_t used = guest_alloc(w, 4);
    assert_errno(wasi_fd_readdir(w, fd, GUEST_PAGE, GUEST_PAGE, 0, used), WASI_SUCCESS);
    assert_in_range(guest_u32(w, used), ENTRIES * 124, GUEST_PAGE - 1);
    set_trap(w, GUEST_PAGE + ENTRIES * 124 / 2, &before);
    assert_ended(w, wasi_fd_readdir(w, fd, GUEST_PAGE, GUEST_PAGE, 0, used), &before);
}

static void an_interrupt_ends_a_poll_between_two_subscriptions(void **state)
{
    struct world *const w = *state;
    struct sigaction before;
    const uint32_t in = guest_alloc(w, SUBSCRIPTIONS * SIZE_SUBSCRIPTION);
    const uint32_t out = guest_alloc(w, SUBSCRIPTIONS * SIZE_EVENT);
    const uint32_t nevents = guest_alloc(w, 4);
    for (uint32_t i = 0; i < SUBSCRIPTIONS; i++) {
        subscribe_clock(w, in + i * SIZE_SUBSCRIPTION, i, CLOCK_ID_MONOTONIC, 0, 0);
    }
    assert_errno(wasi_poll_oneoff(w, in, out, SUBSCRIPTIONS, nevents), WASI_SUCCESS);
    /* The page that begins within the subscriptions, and ends before their last. */
    set_trap(w, in + SUBSCRIPTIONS * SIZE_SUBSCRIPTION / 2, &before);
    assert_true(page < w->memory + in + (SUBSCRIPTIONS - 1) * SIZE_SUBSCRIPTION);
    assert_ended(w, wasi_poll_oneoff(w, in, out, SUBSCRIPTIONS, nevents), &before);
}

static void an_interrupt_ends_random_get_between_two_pieces(void **state)
{
    struct world *const w = *state;
    struct sigaction before;
    world_set_memory(w, 4 * MEBIBYTE);
    assert_errno(wasi_random_get(w, 0, 4 * MEBIBYTE), WASI_SUCCESS);
    set_trap(w, MEBIBYTE / 2, &before);
    assert_ended(w, wasi_random_get(w, 0, 4 * MEBIBYTE), &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_interrupt_ends_a_listing_between_two_entries),
        TEST(an_interrupt_ends_a_poll_between_two_subscriptions),
        TEST(an_interrupt_ends_random_get_between_two_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
