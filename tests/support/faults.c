/*
 * Passes system calls and allocations on, but for the one that is to fail.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What the core expects; its headers are not the tests'. */
long sys_call(long number, long a, long b, long c, long d, long e, long f);
void *heap_alloc(size_t size);
void *heap_zeroed(size_t count, size_t size);
void *heap_resized(void *old, size_t size);
void heap_free(void *block);

enum { IOVECS_MAX = 1024 };

static struct fault armed;
static struct fault_report report;
static struct held held;
static bool openat2_denied;
static unsigned calls;
static long only_number = -1; /* of the call that is meant; -1: any */
static int only_choices[2];
static unsigned times_left; /* of a fault that befalls several calls */

void faults_arm(struct fault fault)
{
    armed = fault;
    report = (struct fault_report){ .number = -1 };
    calls = 0;
    times_left = 0;
    only_number = -1;
}

void faults_arm_call(long number, unsigned nth, int error)
{
    faults_arm((struct fault){ .where = FAULT_IN_CALL, .nth = nth });
    only_number = number;
    only_choices[0] = error;
}

struct fault_report faults_disarm(void)
{
    armed.where = FAULT_NOWHERE;
    return report;
}

void faults_deny_openat2(bool denied)
{
    openat2_denied = denied;
}

struct held faults_held(void)
{
    return held;
}

/* ---- Which call ---- */

/* Whether this is the one, for the first time. */
static bool is_reached(enum fault_where where)
{
    if (armed.where != where || report.reached) {
        return false;
    }
    report.reached = calls == armed.nth;
    calls++;
    return report.reached;
}

/* What befalls this call: as in the table, or 0. */
static int fault_of(long number)
{
    const int *choices = faults_of_call(number);
    if (choices == NULL || armed.where != FAULT_IN_CALL ||
        (only_number >= 0 && number != only_number)) {
        return 0;
    }
    choices = only_number >= 0 ? only_choices : choices;
    if (is_reached(FAULT_IN_CALL)) {
        for (unsigned i = 0; i < armed.choice && *choices != 0; i++) {
            choices++;
        }
        report.fell = *choices != 0;
        report.number = number;
        report.error = *choices;
        times_left = *choices > 0 ? (unsigned)(*choices % FAULT_FOR_GOOD / FAULT_TIMES) : 0;
        return *choices;
    }
    if (report.fell && abs(report.error) >= FAULT_FOR_GOOD) {
        return abs(report.error);
    }
    if (report.fell && number == report.number && times_left > 1) {
        times_left--;
        return report.error;
    }
    return 0;
}

/* ---- What befalls it ---- */

static long shorter(long length, int fault)
{
    return fault != SHORT_TO_HALF || length < 2 ? (length > 0) : length / 2;
}

/* The first bytes of some buffers, in a copy of them. */
static long shorter_iovecs(const struct iovec *from, long count, int fault, struct iovec *to)
{
    size_t total = 0;
    for (long i = 0; i < count; i++) {
        total += from[i].iov_len;
    }
    size_t left = (size_t)shorter((long)total, fault);
    long used = 0;
    for (; used < count && left > 0; used++) {
        to[used] = from[used];
        to[used].iov_len = from[used].iov_len < left ? from[used].iov_len : left;
        left -= to[used].iov_len;
    }
    return used;
}

/* A transfer of fewer bytes. */
static long call_short(long number, const long args[6], int fault)
{
    struct iovec few[IOVECS_MAX];
    struct msghdr message;
    long given[6];
    memcpy(given, args, sizeof given);
    switch (number) {
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
        given[2] = shorter_iovecs((const struct iovec *)args[1], args[2], fault, few);
        given[1] = (long)few;
        break;
    case SYS_sendmsg:
    case SYS_recvmsg:
        message = *(struct msghdr *)args[1];
        message.msg_iovlen =
            (size_t)shorter_iovecs(message.msg_iov, (long)message.msg_iovlen, fault, few);
        message.msg_iov = few;
        given[1] = (long)&message;
        break;
    case SYS_getrandom:
        given[1] = shorter(args[1], fault);
        break;
    default:
        given[2] = shorter(args[2], fault);
        break;
    }
    const long n = syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
    return n == -1 ? -errno : n;
}

/* ---- What it leaves ---- */

static void count(long number, const long args[6], long result)
{
    const bool duplicates = number == SYS_fcntl && args[1] == F_DUPFD_CLOEXEC;
    const bool opens = number == SYS_openat || number == SYS_openat2 || number == SYS_accept4 ||
                       number == SYS_eventfd2;
    held.descriptors += (opens || duplicates) && result >= 0;
    held.descriptors -= number == SYS_close;
    held.mappings += number == SYS_mmap && result >= 0;
    held.mappings -= number == SYS_munmap;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    const long args[6] = { a, b, c, d, e, f };
    if (number == SYS_openat2 && openat2_denied) {
        return -ENOSYS;
    }
    const int fault = fault_of(number);
    if (fault < 0) {
        return call_short(number, args, fault);
    }
    const int error = fault % FAULT_TIMES;
    /* close gives the descriptor up, whatever it says. */
    if (error > 0 && number != SYS_close) {
        return -error;
    }
    if (number == SYS_fsync || number == SYS_fdatasync) {
        return -error; /* a disk takes its time, thousands of times */
    }
    long result = syscall(number, a, b, c, d, e, f);
    result = result == -1 ? -errno : result;
    count(number, args, result);
    return error > 0 && fault < FAULT_FOR_GOOD ? -error : result;
}

/* ---- The heap ---- */

static bool is_refused(void)
{
    if (!is_reached(FAULT_IN_HEAP)) {
        /* The second choice is that no memory comes any more. */
        return armed.where == FAULT_IN_HEAP && report.fell && armed.choice == 1;
    }
    report.fell = armed.choice < 2;
    report.error = ENOMEM;
    return report.fell;
}

static void *counted(void *block)
{
    held.blocks += block != NULL;
    return block;
}

void *heap_alloc(size_t size)
{
    return is_refused() ? NULL : counted(malloc(size));
}

void *heap_zeroed(size_t number, size_t size)
{
    return is_refused() ? NULL : counted(calloc(number, size));
}

void *heap_resized(void *old, size_t size)
{
    if (is_refused()) {
        return NULL;
    }
    void *const block = realloc(old, size);
    return old == NULL ? counted(block) : block;
}

void heap_free(void *block)
{
    held.blocks -= block != NULL;
    free(block);
}
