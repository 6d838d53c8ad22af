/*
 * Draws calls from the bytes of a fuzzer's input.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "draw.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Where drawn things lie in the guest's memory, so that they rarely lie over each other. */
enum { FIRST_PATH_AT = 64, SECOND_PATH_AT = 8192, ARRAY_AT = 16384, ROOM_AT = 24576 };

uint8_t draw_byte(struct input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

uint8_t draw_below(struct input *input, uint8_t bound)
{
    return draw_byte(input) % bound;
}

static uint32_t draw_u32(struct input *input)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        value |= (uint32_t)draw_byte(input) << (8 * i);
    }
    return value;
}

/* ---- Paths ---- */

enum { LONG_NAME = 256 };

static size_t put_name(char *to, size_t used, const char *name, size_t length)
{
    const size_t room = PATH_MAX_BYTES + 2 - used;
    const size_t n = length < room ? length : room;
    memcpy(to + used, name, n);
    return used + n;
}

/* A name of 255 bytes, which a file can have, or of 256, which none can. */
static size_t put_long_name(char *to, size_t used, size_t length)
{
    char name[LONG_NAME];
    memset(name, 'n', sizeof name);
    return put_name(to, used, name, length);
}

static size_t put_component(struct input *input, char *to, size_t used)
{
    static const char *const names[] = {
        "d",  "f",  "e",  "..", ".",  "",   "ld", "ls", "lf",       "lt",  "ln",    "lo",
        "lu", "la", "lq", "up", "n1", "n2", "n3", "l",  "\xff\xfe", "new", "empty", "..."
    };
    const uint8_t byte = draw_byte(input);
    if (byte >= 252) {
        return put_long_name(to, used, byte >= 254 ? LONG_NAME : LONG_NAME - 1);
    }
    if (byte == 251) {
        return put_name(to, used, "\0", 1);
    }
    const char *name = names[byte % LENGTH(names)];
    return put_name(to, used, name, strlen(name));
}

size_t draw_path(struct input *input, char *path)
{
    const uint8_t shape = draw_byte(input);
    const int count = 1 + (shape & 3) + ((shape & 12) == 12 ? 4 : 0);
    size_t used = 0;
    if (shape >= 0xfc) { /* as long as a path can be, or one byte more */
        while (used < PATH_MAX_BYTES - 5) {
            used = put_name(path, used, "./", 2);
        }
        used = put_name(path, used, "./", shape & 1);
    }
    if ((shape & 0xf0) == 0x50) {
        used = put_name(path, used, "/", 1);
    }
    for (int i = 0; i < count; i++) {
        used = put_name(path, used, "/", i > 0 ? 1 : 0);
        used = put_component(input, path, used);
    }
    return put_name(path, used, "/", (shape & 0x70) == 0x30 ? 1 : 0);
}

/* ---- Guest memory ---- */

static void poke(struct guest *guest, uint32_t at, const void *from, size_t length)
{
    if (at < guest->size && length <= guest->size - at) {
        memcpy(guest->memory + at, from, length);
        memcpy(guest->copy + at, from, length);
    }
}

static void poke_little(struct guest *guest, uint32_t at, uint64_t value, unsigned bytes)
{
    uint8_t little[8];
    for (unsigned i = 0; i < bytes; i++) {
        little[i] = (uint8_t)(value >> (8 * i));
    }
    poke(guest, at, little, bytes);
}

/* Mostly a place for a result; else the end of the memory, or far beyond it. */
static uint32_t draw_address(struct input *input, const struct guest *guest)
{
    const uint8_t byte = draw_byte(input);
    const uint32_t end = (uint32_t)guest->size;
    if (byte < 224) {
        return ROOM_AT + UINT32_C(384) * byte;
    }
    switch (byte & 31) {
    case 31:
        return end + draw_below(input, 9);
    case 30:
        return UINT32_MAX - draw_below(input, 80);
    case 29:
        return (UINT32_C(1) << 31) + draw_below(input, 3);
    case 28:
    case 27:
    case 26:
    case 25:
    case 24:
        return end - 24 - draw_below(input, 80); /* around what just fits */
    case 23:
    case 22:
    case 21:
        return end - draw_below(input, 33);
    case 20:
    case 19:
        return ARRAY_AT + draw_byte(input); /* over the arrays */
    case 18:
        return FIRST_PATH_AT + draw_byte(input); /* over the path */
    default:
        return ROOM_AT + draw_u32(input) % (end - ROOM_AT);
    }
}

static uint64_t draw_count(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    if (byte < 245) {
        return byte % 24;
    }
    switch (byte & 7) {
    case 0:
        return UINT32_C(0x10000000) << (byte >> 3 & 1);
    case 1:
        return UINT32_MAX - (byte >> 3 & 1);
    case 2:
        return 1025;
    case 3:
        return 4097;
    case 4:
        return 300 + draw_byte(input);
    default:
        return draw_u32(input);
    }
}

static uint64_t draw_length(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    if (byte < 128) {
        return (uint64_t)byte * 4;
    }
    return byte < 240 ? byte % 64 : draw_count(input);
}

static uint64_t draw_wide(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    switch (byte >> 5) {
    case 7:
        return UINT64_MAX - (byte & 15);
    case 6:
        return (UINT64_C(1) << 63) - (byte & 3);
    case 5:
        return UINT64_C(1) << draw_below(input, 64);
    case 4:
        return (uint64_t)draw_byte(input) << 8 | draw_byte(input);
    default:
        return byte % 48;
    }
}

/* Mostly one that is open: the first preopen, or what was opened last, more than others. */
static uint32_t draw_descriptor(struct input *input, const struct guest *guest)
{
    const uint8_t byte = draw_byte(input);
    if (byte < 80) {
        return 3;
    }
    if (byte < 120 && guest->open_count > 0) {
        return guest->open[guest->open_count - 1];
    }
    if (byte < 240 && guest->open_count > 0) {
        return guest->open[byte % guest->open_count];
    }
    return byte < 250 ? byte % 14 : (byte == 250 ? 256 : UINT32_MAX - (byte - 251U));
}

static uint64_t draw_rights(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    switch (byte & 7) {
    case 0:
        return draw_u32(input);
    case 1:
        return RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_READDIR | RIGHT_PATH_OPEN;
    case 2:
        return RIGHT_FD_READ | RIGHT_FD_FILESTAT_SET_SIZE | RIGHT_FD_ALLOCATE;
    case 3:
        return (byte & 64) != 0 ? UINT64_MAX : 0;
    case 4:
        return RIGHTS_PREOPEN;
    default:
        return RIGHTS_INHERITING;
    }
}

/* `known` has the bits that mean something. */
static uint64_t draw_flags(struct input *input, uint8_t known)
{
    const uint8_t byte = draw_byte(input);
    if (byte >= 250) {
        return byte >= 253 ? known + 1U : UINT32_C(1) << (byte & 3) << 16;
    }
    return byte < 100 ? byte & 1 : byte & known;
}

static uint8_t known_flags(const char *function, const char *name)
{
    static const struct {
        const char *name;
        uint8_t known;
    } flags[] = { { "oflags", 15 }, { "fdflags", 31 }, { "fst_flags", 15 }, { "ri_flags", 3 } };
    for (size_t i = 0; i < LENGTH(flags); i++) {
        if (strcmp(name, flags[i].name) == 0) {
            return flags[i].known;
        }
    }
    return strcmp(function, "fd_fdstat_set_flags") == 0 ? 31 : 1;
}

/* ---- Arrays ---- */

static void poke_iovecs(struct input *input, struct guest *guest, uint32_t at, uint64_t count)
{
    const uint64_t n = count < 8 ? count : 8;
    for (uint32_t i = 0; i < n; i++) {
        poke_little(guest, at + i * SIZE_IOVEC, draw_address(input, guest), 4);
        poke_little(guest, at + i * SIZE_IOVEC + 4, draw_length(input), 4);
    }
}

static uint64_t draw_timeout(struct input *input)
{
    const uint8_t byte = draw_byte(input);
    return byte < 128 ? byte % 3 : (byte < 250 ? UINT64_MAX - byte : draw_wide(input));
}

static void poke_subscriptions(struct input *input, struct guest *guest, uint32_t at,
                               uint64_t count, bool unstable)
{
    const uint32_t size = unstable ? SIZE_SUBSCRIPTION_UNSTABLE : SIZE_SUBSCRIPTION;
    const uint64_t n = count < 6 ? count : 6;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t one = at + i * size;
        const uint8_t byte = draw_byte(input);
        const uint8_t tag = byte >= 250 ? byte : byte % 3;
        poke_little(guest, one, byte, 8);
        poke_little(guest, one + 8, tag, 8);
        if (tag == EVENT_CLOCK) {
            const uint32_t clock = one + (unstable ? 24 : 16);
            const uint64_t timeout = draw_timeout(input);
            poke_little(guest, clock, draw_byte(input) % 5, 8);
            poke_little(guest, clock + 8, timeout, 8);
            poke_little(guest, clock + 16, 0, 8);
            poke_little(guest, clock + 24, draw_byte(input) % 3, 2);
        } else {
            poke_little(guest, one + 16, draw_descriptor(input, guest), 4);
        }
    }
}

/* ---- Calls ---- */

/* What is being drawn: earlier arguments decide some of the later ones. */
struct drawing {
    struct input *input;
    struct guest *guest;
    bool unstable;
    bool has_path;
    uint32_t path_length;
    uint32_t array_at;
    bool has_iovecs;
    bool has_subscriptions;
};

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static uint64_t draw_path_argument(struct drawing *d, const char *name)
{
    char path[PATH_MAX_BYTES + 2];
    const uint32_t at = strcmp(name, "new_path") == 0 ? SECOND_PATH_AT : FIRST_PATH_AT;
    d->path_length = (uint32_t)draw_path(d->input, path);
    d->has_path = true;
    poke(d->guest, at, path, d->path_length);
    return at;
}

/* Where an array begins; its length comes with the next argument, and then it is filled. */
static uint64_t draw_array(struct drawing *d, const char *name)
{
    const uint8_t byte = draw_byte(d->input);
    d->has_iovecs = strcmp(name, "in") != 0;
    d->has_subscriptions = !d->has_iovecs;
    d->array_at = byte < 248 ? ARRAY_AT : draw_address(d->input, d->guest);
    return d->array_at;
}

static uint64_t draw_array_length(struct drawing *d)
{
    const uint64_t count = draw_count(d->input);
    if (d->has_iovecs) {
        poke_iovecs(d->input, d->guest, d->array_at, count);
    } else {
        poke_subscriptions(d->input, d->guest, d->array_at, count, d->unstable);
    }
    d->has_iovecs = false;
    return count;
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

/* A number, or the cookie of the entry that an earlier call left at `buffer`. */
static uint64_t draw_cookie(struct input *input, const struct guest *guest, uint64_t buffer)
{
    uint64_t cookie = 0;
    if (input->left == 0 || *input->at >> 5 != 3 || buffer > guest->size - sizeof cookie) {
        return draw_wide(input);
    }
    (void)draw_byte(input);
    for (unsigned i = 0; i < sizeof cookie; i++) {
        cookie |= (uint64_t)guest->memory[buffer + i] << (8 * i);
    }
    return cookie;
}

static uint64_t draw_argument(struct drawing *d, const char *function, const char *name, char type)
{
    static const char *const descriptors[] = { "fd", "to", "old_fd", "new_fd", NULL };
    static const char *const arrays[] = { "iovs", "in", "ri_data", "si_data", NULL };
    static const char *const counts[] = { "iovs_len", "ri_data_len", "si_data_len",
                                          "nsubscriptions", NULL };
    static const char *const small[] = { "id", "whence", "advice", "sig", "how", NULL };
    if (is_one_of(name, descriptors)) {
        return draw_descriptor(d->input, d->guest);
    }
    if (ends_with(name, "path") && strcmp(function, "fd_prestat_dir_name") != 0) {
        return draw_path_argument(d, name);
    }
    if (ends_with(name, "path_len") && d->has_path) {
        d->has_path = false;
        const uint8_t byte = draw_byte(d->input);
        return byte < 250 ? d->path_length : draw_count(d->input);
    }
    if (is_one_of(name, arrays)) {
        return draw_array(d, name);
    }
    if (is_one_of(name, counts)) {
        return draw_array_length(d);
    }
    if (type == 'I') {
        return strstr(name, "rights") != NULL ? draw_rights(d->input) : draw_wide(d->input);
    }
    if (ends_with(name, "flags") && strcmp(name, "ro_flags") != 0) {
        return draw_flags(d->input, known_flags(function, name));
    }
    if (is_one_of(name, small) || strcmp(name, "rval") == 0) {
        return draw_below(d->input, 8);
    }
    return ends_with(name, "len") ? draw_length(d->input) : draw_address(d->input, d->guest);
}

/* The calls that a guest makes most come up most; those that leave little to call come up less. */
static const ringfort_import *draw_row(struct input *input, ringfort_abi abi)
{
    static const char *const favourites[] = {
        "path_open",
        "path_open",
        "path_open",
        "path_open",
        "path_open",
        "fd_write",
        "fd_write",
        "fd_read",
        "fd_read",
        "fd_readdir",
        "fd_readdir",
        "path_symlink",
        "path_rename",
        "path_rename",
        "path_link",
        "path_create_directory",
        "path_remove_directory",
        "path_unlink_file",
        "path_filestat_get",
        "fd_seek",
    };
    size_t count = 0;
    const ringfort_import *rows = ringfort_import_table((unsigned)abi, &count);
    const uint8_t byte = draw_byte(input);
    if (byte >= 2 * count) {
        const char *name = favourites[byte % LENGTH(favourites)];
        for (size_t i = 0; i < count; i++) {
            if (strcmp(rows[i].name, name) == 0) {
                return &rows[i];
            }
        }
    }
    /* Few guests end themselves, and what they would call then is worth more. */
    const ringfort_import *row = &rows[byte % count];
    const bool goes_on = strcmp(row->name, "proc_exit") == 0 && draw_byte(input) < 240;
    return goes_on ? &rows[0] : row;
}

void draw_call(struct input *input, struct guest *guest, ringfort_abi abi, struct drawn_call *call)
{
    struct drawing d = { .input = input, .guest = guest, .unstable = abi == RINGFORT_UNSTABLE };
    *call = (struct drawn_call){ .row = draw_row(input, abi) };
    const char *name = call->row->param_names;
    for (size_t i = 0; call->row->params[i] != '\0'; i++) {
        char one[32] = "";
        const size_t length = strcspn(name, ",");
        memcpy(one, name, length);
        name += length + (name[length] == ',' ? 1 : 0);
        call->args[i] = strcmp(one, "cookie") == 0
                            ? draw_cookie(input, guest, call->args[1])
                            : draw_argument(&d, call->row->name, one, call->row->params[i]);
    }
}
