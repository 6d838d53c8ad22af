/*
 * Parses ADDR:PORT and listens there; names are not looked up, so that no run depends on a
 * resolver.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "listener.h"

#include "parse.h"
#include "say.h"
#include "status.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum { BACKLOG = 128 };

static bool parse_host(const char *host, union address *address, socklen_t *length)
{
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    *address = (union address){ .v6 = { .sin6_family = AF_INET6 } };
    *length = sizeof(address->v6);
    const size_t name_length = strlen(name);
    if (name[0] == '[' && name[name_length - 1] == ']') {
        FREED_TEXT char *inside = must_copy(name + 1, name_length - 2);
        return inet_pton(AF_INET6, inside, &address->v6.sin6_addr) == 1;
    }
    *address = (union address){ .v4 = { .sin_family = AF_INET } };
    *length = sizeof(address->v4);
    return inet_pton(AF_INET, name, &address->v4.sin_addr) == 1;
}

static bool parse_address(const char *text, union address *address, socklen_t *length)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || colon == text || !parse_count(colon + 1, &port) || port > UINT16_MAX) {
        return false;
    }
    FREED_TEXT char *host = must_copy(text, (size_t)(colon - text));
    if (!parse_host(host, address, length)) {
        return false;
    }
    const in_port_t number = htons((uint16_t)port);
    if (address->any.sa_family == AF_INET6) {
        address->v6.sin6_port = number;
    } else {
        address->v4.sin_port = number;
    }
    return true;
}

static void note_chosen_port(int fd, const char *text)
{
    union address bound = { .v4 = { .sin_family = AF_INET } };
    socklen_t length = sizeof(bound);
    if (getsockname(fd, &bound.any, &length) == 0) {
        const in_port_t port =
            bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port;
        const char *colon = strrchr(text, ':');
        note("listening on %.*s:%u", (int)(colon - text), text, (unsigned)ntohs(port));
    }
}

static bool listen_at(int fd, const union address *address, socklen_t length)
{
    const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
           bind(fd, &address->any, length) == 0 && listen(fd, BACKLOG) == 0;
}

static bool port_is_chosen(const union address *address)
{
    return (address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port) == 0;
}

int listener_open(const char *text, int *fd)
{
    union address address;
    socklen_t length = 0;
    if (!parse_address(text, &address, &length)) {
        return fail(
            STATUS_USAGE,
            "--listen %s: invalid address; use one such as 127.0.0.1:8080 or [::1]:8080, and "
            "::nonblock after it for a guest with an event loop, such as Go's",
            text);
    }
    const int listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || !listen_at(listener, &address, length)) {
        const char *remedy = errno == EADDRINUSE      ? "; another program listens there"
                             : errno == EACCES        ? "; ports below 1024 are for root"
                             : errno == EADDRNOTAVAIL ? "; this machine does not have the address"
                                                      : "";
        const int status = fail(STATUS_REFUSED, "--listen %s: %s%s", text, strerror(errno), remedy);
        if (listener >= 0) {
            (void)close(listener);
        }
        return status;
    }
    if (port_is_chosen(&address)) {
        note_chosen_port(listener, text);
    }
    *fd = listener;
    return -1;
}
