/*
 * The kernel and the heap of a core that was built with RINGFORT_FAULTS, which fail when they are
 * told to and count what the core holds of them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_TESTS_FAULTS_H
#define RINGFORT_TESTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/** What befalls a call, written as one number: an errno, once; an errno for this call and the next
 * times - 1 of the same name; an errno for this call and all that follow, but close; or a transfer
 * of fewer bytes than were asked for, perhaps of one, before an errno for good. */
enum { FAULT_TIMES = 1000, FAULT_FOR_GOOD = 1000000, SHORT_TO_ONE = -1, SHORT_TO_HALF = -2 };
#define TIMES(error, times) ((error) + (times)*FAULT_TIMES)
#define FOR_GOOD(error)     ((error) + FAULT_FOR_GOOD)
#define ONE_BEFORE(error)   (-FOR_GOOD(error))

/** What can befall a system call, from its manual page: ends with 0. NULL for one that cannot fail.
 * A call that is not in the table fails the test. */
const int *faults_of_call(long number);

/** The name of a system call of the table. */
const char *faults_call_name(long number);

enum fault_where { FAULT_NOWHERE, FAULT_IN_CALL, FAULT_IN_HEAP };

/** The `choice`-th thing that can befall the `nth` call or allocation, both from 0. */
struct fault {
    enum fault_where where;
    unsigned nth;
    unsigned choice;
};

/** What came of it. */
struct fault_report {
    bool reached; /**< there was an nth call */
    bool fell;    /**< and it had such a choice */
    long number;  /**< the system call; -1 for the heap */
    int error;    /**< as in the table */
};

/** From now on, until faults_disarm. */
void faults_arm(struct fault fault);

/** One thing befalls the `nth` call of a name, from 0; for good is for calls of that name. */
void faults_arm_call(long number, unsigned nth, int error);
struct fault_report faults_disarm(void);

/** Whether openat2 is ENOSYS, fault or no fault. */
void faults_deny_openat2(bool denied);

/** How many descriptors, mapped pages and blocks the core holds. */
struct held {
    long descriptors;
    long mappings;
    long blocks;
};
struct held faults_held(void);

#endif
