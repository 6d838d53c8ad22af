/* What a config holds until a WASI object is made from it.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_CONFIG_H
#define RINGFORT_CONFIG_H

#include "wasi.h"

struct preopen {
    char *guest_path; /* owned; NULL for a socket */
    char *host_path;  /* owned; NULL where `fd` is given */
    int fd;           /* owned; -1 where `host_path` is given */
    bool read_only;
    bool system_files;
    bool nonblocking; /* of a socket */
};

enum { STDIO_COUNT = 3 };

struct ringfort_config {
    unsigned abis;
    ringfort_dialect dialect;
    struct strings args;
    struct strings env;
    struct preopen *preopens; /* owned: directories in their order */
    size_t preopen_count;
    struct preopen *sockets; /* owned: sockets in theirs */
    size_t socket_count;
    int stdio[STDIO_COUNT];
    uint64_t limits[LIMIT_COUNT];
    bool return_on_exit;
    bool single_threaded;
    ringfort_heartbeat_callback *heartbeat;
    void *heartbeat_data;
    uint32_t heartbeat_ms;
    ringfort_trace_callback *trace;
    void *trace_data;
};

/* Sets each limit to its default. */
void ringfort_limits_init(uint64_t limits[LIMIT_COUNT]);

/* Copies what `from` owns; false where the host is out of memory. */
CHECKED bool ringfort_strings_copy(struct strings *to, const struct strings *from);

/* Fills an error, where there is one to fill, and gives its status. */
__attribute__((format(printf, 4, 5))) ringfort_status
ringfort_fail(ringfort_error *error, ringfort_status status, int os_errno, const char *format, ...);

/* The host's words for an errno, from any thread; lent for ever. */
const char *ringfort_errno_text(int host_errno);

#endif
