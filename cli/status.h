/*
 * The exit statuses that are ringfort's own; every other status is the guest's.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 2,       /* the command line cannot be meant */
    STATUS_TIMEOUT = 124,   /* --timeout or --fuel ended the guest, as timeout(1) says it */
    STATUS_REFUSED = 125,   /* ringfort itself failed: policy, linking, or the system */
    STATUS_NOT_WASM = 126,  /* the file is there but is nothing that can run */
    STATUS_NOT_FOUND = 127, /* no such file */
    STATUS_OF_SIGNAL = 128, /* and the signal's number: one ended ringfort as the first process */
    STATUS_TRAP = 134,      /* the guest trapped: 128 + SIGABRT, as a crashed program says it */
};

#endif
