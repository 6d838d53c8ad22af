/* What calls on descriptors answer, and calls that take neither a descriptor nor a path; see
 * errnos.h.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "errnos.h"

/* ---- Calls on descriptors ---- */

static uint32_t call_advise(uint32_t fd)
{
    return fd_advise(fd, 0, 0, 0);
}

static uint32_t call_allocate(uint32_t fd)
{
    return fd_allocate(fd, 0, 1);
}

static uint32_t call_fdstat_get(uint32_t fd)
{
    return fd_fdstat_get(fd, room);
}

static uint32_t call_set_flags(uint32_t fd)
{
    return fd_fdstat_set_flags(fd, 0);
}

static uint32_t call_filestat_get(uint32_t fd)
{
    return fd_filestat_get(fd, room);
}

static uint32_t call_set_size(uint32_t fd)
{
    return fd_filestat_set_size(fd, 4);
}

static uint32_t call_set_times(uint32_t fd)
{
    return fd_filestat_set_times(fd, 1, 1, 1);
}

static uint32_t call_pread(uint32_t fd)
{
    return fd_pread(fd, &one, 1, 0, &n);
}

static uint32_t call_pwrite(uint32_t fd)
{
    return fd_pwrite(fd, &one, 1, 0, &n);
}

static uint32_t call_read(uint32_t fd)
{
    return fd_read(fd, &one, 1, &n);
}

static uint32_t call_write(uint32_t fd)
{
    return fd_write(fd, &one, 1, &n);
}

static uint32_t call_prestat(uint32_t fd)
{
    return fd_prestat_get(fd, room);
}

static uint32_t call_dir_name(uint32_t fd)
{
    return fd_prestat_dir_name(fd, room, 3);
}

static uint32_t call_readdir(uint32_t fd)
{
    return fd_readdir(fd, room, sizeof room, 0, &n);
}

static uint32_t call_seek(uint32_t fd)
{
    return fd_seek(fd, 1, 0, &at);
}

static uint32_t call_tell(uint32_t fd)
{
    return fd_tell(fd, &at);
}

static uint32_t call_accept(uint32_t fd)
{
    return sock_accept(fd, 0, &n);
}

static uint32_t call_recv(uint32_t fd)
{
    uint16_t ro_flags;
    return sock_recv(fd, &one, 1, 0, &n, &ro_flags);
}

static uint32_t call_send(uint32_t fd)
{
    return sock_send(fd, &one, 1, 0, &n);
}

static uint32_t call_shutdown(uint32_t fd)
{
    return sock_shutdown(fd, 1);
}

static const struct {
    const char *name;
    uint32_t (*run)(uint32_t fd);
    bool of_stdin; /* whether it is tried on a pipe that ends at once */
} calls_of_descriptors[] = {
    { "fd_advise", call_advise, true },
    { "fd_allocate", call_allocate, true },
    { "fd_datasync", fd_datasync, true },
    { "fd_fdstat_get", call_fdstat_get, true },
    { "fd_fdstat_set_flags", call_set_flags, false },
    { "fd_filestat_get", call_filestat_get, true },
    { "fd_filestat_set_size", call_set_size, true },
    { "fd_filestat_set_times", call_set_times, false },
    { "fd_pread", call_pread, true },
    { "fd_prestat_get", call_prestat, true },
    { "fd_prestat_dir_name", call_dir_name, true },
    { "fd_pwrite", call_pwrite, true },
    { "fd_read", call_read, true },
    { "fd_readdir", call_readdir, true },
    { "fd_seek", call_seek, true },
    { "fd_sync", fd_sync, true },
    { "fd_tell", call_tell, true },
    { "fd_write", call_write, true },
    { "sock_accept", call_accept, true },
    { "sock_recv", call_recv, true },
    { "sock_send", call_send, true },
    { "sock_shutdown", call_shutdown, false },
};

static void descriptors(void)
{
    const struct {
        const char *name;
        uint32_t fd;
    } kinds[] = {
        { "a descriptor that is not open", CLOSED },
        { "a directory", opened("d", DIRECTORY, READ) },
        { "a directory opened without DIRECTORY", opened("d", 0, READ) },
        { "a directory opened with rights of 0", opened("d", 0, 0) },
        { "a file opened for reading and writing", opened("f", 0, BOTH) },
        { "a file opened for reading", opened("f", 0, READ) },
        { "a file opened with FD_READ alone", opened("f", 0, ONLY_READ) },
        { "a file opened with FD_WRITE alone", opened("f", 0, ONLY_WRITE) },
        { "a file opened for reading and setting the size", opened("f", 0, READ | SET_SIZE) },
        { "a file opened for writing", opened("f", 0, WRITE) },
        { "a file opened with rights of 0", opened("f", 0, 0) },
        { "a file opened with CREAT and rights of 0", opened("f", CREAT, 0) },
        { "a file opened with TRUNC and for reading", opened("t", TRUNC, READ) },
        { "a pipe as standard input", STDIN },
    };
    const size_t count = sizeof calls_of_descriptors / sizeof *calls_of_descriptors;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (kinds[k].fd != STDIN || calls_of_descriptors[i].of_stdin) {
                say(calls_of_descriptors[i].name, kinds[k].name,
                    calls_of_descriptors[i].run(kinds[k].fd));
            }
        }
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (kinds[k].fd != STDIN) {
            say("fd_close", kinds[k].name, fd_close(kinds[k].fd));
        }
    }
}

/* A success that lists something is none. */
static uint32_t past_the_end(uint32_t dir, uint64_t cookie)
{
    const uint32_t error = fd_readdir(dir, room, sizeof room, cookie, &n);
    if (error == SUCCESS && n != 0) {
        printf("a cookie past the end lists something\n");
    }
    return error;
}

/* Their other arguments. */
static void arguments_of_descriptors(void)
{
    const uint32_t file = opened("f", 0, BOTH);
    say("fd_advise", "a length above 2^63 - 1", fd_advise(file, 0, TOO_FAR, 0));
    say("fd_allocate", "no bytes", fd_allocate(file, 0, 0));
    say("fd_fdstat_set_flags", "DSYNC, which the file was opened without",
        fd_fdstat_set_flags(file, DSYNC));
    say("fd_filestat_set_size", "a size above 2^63 - 1", fd_filestat_set_size(file, TOO_FAR));
    say("fd_filestat_set_times", "a time that is both given and now",
        fd_filestat_set_times(file, 1, 1, 3));
    say("fd_pread", "an offset above 2^63 - 1", fd_pread(file, &one, 1, TOO_FAR, &n));
    say("fd_pread", "an offset behind the end", fd_pread(file, &one, 1, 100, &n));
    say("fd_pwrite", "an offset above 2^63 - 1", fd_pwrite(file, &one, 1, TOO_FAR, &n));
    say("fd_prestat_dir_name", "a buffer that is too small", fd_prestat_dir_name(BOX, room, 1));
    say("fd_seek", "to before the start", fd_seek(file, -1, 0, &at));
    say("fd_seek", "beyond 2^63 - 1", (fd_seek(file, 8, 0, &at), fd_seek(file, INT64_MAX, 1, &at)));
    say("fd_renumber", "from a descriptor that is not open", fd_renumber(CLOSED, file));
    say("fd_renumber", "to a descriptor that is not open", fd_renumber(file, CLOSED));
    say("fd_renumber", "a descriptor onto itself", fd_renumber(file, file));
    say("fd_fdstat_set_flags", "APPEND", fd_fdstat_set_flags(file, APPEND));
    say("fd_renumber", "a descriptor that is not open onto itself", fd_renumber(CLOSED, CLOSED));
    fd_close(file);

    const uint32_t dir = opened("full", DIRECTORY, READ);
    say("fd_readdir", "a buffer of no bytes", fd_readdir(dir, room, 0, 0, &n));
    say("fd_readdir", "a cookie past the end", past_the_end(dir, INT64_MAX));
    say("fd_readdir", "a cookie above 2^63 - 1", past_the_end(dir, TOO_FAR));
    fd_close(dir);
}

/* What was given up is another thing than what was not asked for. */
static void rights(void)
{
    const uint32_t file = opened("f", 0, BOTH);
    uint64_t stat[3];
    fd_fdstat_get(file, stat);
    say("fd_fdstat_set_rights", "fewer rights",
        fd_fdstat_set_rights(file, stat[1] & ~ONLY_READ, 0));
    say("fd_read", "a file whose right to be read was given up", call_read(file));
    say("fd_fdstat_set_rights", "more rights", fd_fdstat_set_rights(file, stat[1], 0));
    fd_close(file);
    say("fd_fdstat_set_rights", "a descriptor that is not open",
        fd_fdstat_set_rights(CLOSED, 0, 0));

    const uint32_t dir = opened("d", DIRECTORY, READ);
    fd_fdstat_set_rights(dir, 0, 0);
    say("path_filestat_get", "a directory whose rights were given up",
        path_filestat_get(dir, 0, "e", 1, room));
    fd_close(dir);
}

static void listing(void)
{
    const uint32_t dir = opened("raw", DIRECTORY, READ);
    say("fd_readdir", "a directory that holds a name that is not UTF-8", call_readdir(dir));
    fd_close(dir);
}

/* ---- The rest ---- */

static uint32_t poll_one(uint8_t tag, uint32_t id_or_fd)
{
    const struct subscription of = { .tag = tag, .id_or_fd = id_or_fd };
    return poll_oneoff(&of, room, 1, &n);
}

/* Values that no name stands for. Some hosts end the guest, so there is a run for each. */
static const struct {
    const char *call;
    const char *situation;
} unknown[] = {
    { "fd_advise", "an unknown advice" },           { "fd_fdstat_set_flags", "an unknown flag" },
    { "fd_filestat_set_times", "an unknown flag" }, { "fd_seek", "an unknown whence" },
    { "path_open", "an unknown lookup flag" },      { "path_open", "an unknown open flag" },
    { "path_open", "an unknown descriptor flag" },  { "path_open", "a right that does not exist" },
    { "clock_res_get", "an unknown clock" },        { "clock_time_get", "an unknown clock" },
    { "poll_oneoff", "an unknown clock" },          { "poll_oneoff", "an unknown kind of event" },
};

static uint32_t call_unknown(unsigned which)
{
    enum { CLOCK = 0, UNKNOWN = 9, FLAG = 64 };
    const uint32_t file = opened("f", 0, BOTH);
    switch (which) {
    case 0:
        return fd_advise(file, 0, 0, UNKNOWN);
    case 1:
        return fd_fdstat_set_flags(file, FLAG);
    case 2:
        return fd_filestat_set_times(file, 1, 1, FLAG);
    case 3:
        return fd_seek(file, 0, UNKNOWN, &at);
    case 4:
        return path_open(BOX, FLAG, "f", 1, 0, READ, 0, 0, &n);
    case 5:
        return path_open(BOX, 0, "f", 1, FLAG, READ, 0, 0, &n);
    case 6:
        return path_open(BOX, 0, "f", 1, 0, READ, 0, FLAG, &n);
    case 7:
        return path_open(BOX, 0, "f", 1, 0, READ | UINT64_C(1) << 40, 0, 0, &n);
    case 8:
        return clock_res_get(UNKNOWN, room);
    case 9:
        return clock_time_get(UNKNOWN, 0, room);
    case 10:
        return poll_one(CLOCK, UNKNOWN);
    default:
        return poll_one(UNKNOWN, 0);
    }
}

/* False where there is none of that number. */
static bool unknown_value(unsigned which)
{
    if (which >= sizeof unknown / sizeof *unknown) {
        return false;
    }
    printf("%s|%s|", unknown[which].call, unknown[which].situation);
    fflush(stdout);
    printf("%u\n", call_unknown(which));
    return true;
}

static void rest(void)
{
    enum { CLOCK = 0, FD_READ = 1, PROCESS_TIME = 2 };
    say("clock_time_get", "the clock of processor time", clock_time_get(PROCESS_TIME, 0, room));
    say("poll_oneoff", "no subscriptions", poll_oneoff(room, room, 0, &n));
    say("poll_oneoff", "the clock of processor time", poll_one(CLOCK, PROCESS_TIME));
    say("poll_oneoff", "a descriptor that is not open", poll_one(FD_READ, CLOSED));
    const uint32_t writer = opened("f", 0, WRITE);
    poll_one(FD_READ, writer);
    say("poll_oneoff", "reading of a file opened for writing",
        ((struct event *)(void *)room)->error);
    fd_close(writer);
    say("random_get", "no bytes", random_get(room, 0));
}

/* With a number, only the unknown value of that number is tried. */
int main(int argc, char **argv)
{
    enum { NO_SUCH_NUMBER = 3 };
    if (argc > 1) {
        return unknown_value((unsigned)atoi(argv[1])) ? 0 : NO_SUCH_NUMBER;
    }
    descriptors();
    arguments_of_descriptors();
    rights();
    listing();
    rest();
    return 0;
}
