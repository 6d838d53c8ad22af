/*
 * Listening sockets for --listen.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef CLI_LISTENER_H
#define CLI_LISTENER_H

/*
 * Opens a listening TCP socket at "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; with port 0
 * the kernel chooses one, which a note names. Returns -1 with *fd set to the descriptor, or the
 * status to end with.
 */
int listener_open(const char *text, int *fd);

#endif
