/* Calls with every address and count that a host must not trust: past the end of the memory, around
 * its end, above 2 GiB, at its last byte, over each other. The guest then looks at its own memory:
 * nothing but declared results may have changed, nothing at all where the call failed, and padding
 * is zero. Who runs it calls one attack at a time, for a fault may end the guest.
 * guest-flags: -nostdlib -mbulk-memory -Wl,--no-entry -Wl,--stack-first -Wl,-z,stack-size=8192
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "memory_arena.h"
#include "memory_rows.h"

/* ---- The attacks ---- */

enum form { GOOD, POINTER, LAST, COUNTED, BUFFER_AT, BUFFER_OF, OVERLAP, ALIAS, FORMS };

enum { POINTERS = 7, COUNTS = 9, ALIASES = 6, OVERLAPS = 3 };

/* What has to come of it. */
enum wanted { NO_FAULT, FAULT, FAILURE, ANYTHING };

struct range {
    uint64_t address;
    uint64_t size;
};

struct attack {
    const struct row *row;
    enum form form;
    uint32_t arg;  /* which of its arguments */
    uint32_t with; /* and for OVERLAP which other one */
    uint32_t variant;
    uint64_t args[ARGS_MAX];
    struct range buffers[BUFFERS_MAX];
    enum wanted wanted;
};

/* In how many variants an argument is attacked in a form. */
static uint32_t variants_of(enum form form, const struct arg *arg)
{
    switch (form) {
    case POINTER:
        return is_pointer(arg) ? POINTERS : 0;
    case LAST:
        return is_pointer(arg) ? 1 : 0;
    case COUNTED:
        return arg->kind == COUNT ? 2 * COUNTS : 0;
    case BUFFER_AT:
        return has_buffers(arg) ? POINTERS : 0;
    case BUFFER_OF:
        return has_buffers(arg) ? COUNTS : 0;
    case OVERLAP:
        return is_pointer(arg) ? OVERLAPS * ARGS_MAX : 0;
    case ALIAS:
        return has_buffers(arg) ? ALIASES : 0;
    default:
        return 0;
    }
}

/* Finds attack `index`; false where there are not so many. */
static bool find(struct attack *a, uint32_t index)
{
    for (uint32_t i = 0; i < ATTACKED_ROWS; i++) {
        *a = (struct attack){ .row = &attacked_rows[i], .form = GOOD };
        if (index-- == 0) {
            return true;
        }
        for (a->form = POINTER; a->form < FORMS; a->form++) {
            for (a->arg = 0; a->arg < ARGS_MAX; a->arg++) {
                const uint32_t variants = variants_of(a->form, &a->row->args[a->arg]);
                if (index < variants) {
                    a->variant = index;
                    return true;
                }
                index -= variants;
            }
        }
    }
    return false;
}

/* An address where `size` bytes cannot be; a memory of 4 GiB has fewer of them. */
static uint64_t bad_address(uint32_t variant, uint64_t size)
{
    const uint64_t candidates[POINTERS] = {
        memory_size - size + 1,     memory_size, memory_size + 1,
        UINT64_C(1) << 31,          UINT32_MAX,  (UINT64_C(1) << 32) - size + 1,
        (UINT64_C(1) << 32) - size,
    };
    return candidates[variant] <= UINT32_MAX ? candidates[variant] : UINT32_MAX;
}

static uint64_t bad_count(uint32_t variant)
{
    static const uint32_t counts[COUNTS] = {
        0x10000000, 0x20000000, 0x20000001, 0x40000000,  0x7fffffff,
        0x80000000, 0xc0000000, 0xfffffff8, 0xffffffffU,
    };
    return counts[variant];
}

static void attack_pointer(struct attack *a)
{
    const uint64_t size = size_of(a->row, a->arg, a->args);
    a->args[a->arg] = bad_address(a->variant, size);
    a->wanted = fits(a->args[a->arg], size) ? NO_FAULT : FAULT;
}

/* Where what is counted lies, and also as near to the end that it is one too many. */
static void attack_counts(struct attack *a)
{
    const uint64_t count = bad_count(a->variant / 2);
    bool all_fit = true;
    a->args[a->arg] = count;
    for (uint32_t i = 0; i < a->arg; i++) {
        const struct arg *const arg = &a->row->args[i];
        if (!arg->is_counted || count_of(a->row, i) != a->arg) {
            continue;
        }
        const uint64_t size = arg->value * count;
        /* what may be filled is, and this test is not about gigabytes of random bytes */
        const bool fills = a->row->call == call_random_get;
        if ((a->variant % 2 == 1 || fills) && size <= memory_size) {
            a->args[i] = memory_size - size + 1;
        } else if (has_buffers(arg) && memory_size > PAGE) {
            a->args[i] = PAGE; /* zeros follow, which are buffers of no bytes */
        }
        all_fit = all_fit && fits(a->args[i], size);
    }
    a->wanted = all_fit ? NO_FAULT : FAILURE;
}

static void attack_buffer(struct attack *a)
{
    struct range *const buffer = &a->buffers[0];
    if (a->form == BUFFER_AT) {
        buffer->address = bad_address(a->variant, BUFFER);
    } else {
        buffer->size = bad_count(a->variant);
        buffer->address = buffer->size <= memory_size ? memory_size - buffer->size + 1 : 0;
    }
    a->wanted = fits(buffer->address, buffer->size) ? NO_FAULT : FAILURE;
}

static void overlap(struct attack *a)
{
    const uint32_t other = a->variant % ARGS_MAX;
    static const uint32_t distances[OVERLAPS] = { 0, 4, 1 };
    if (is_pointer(&a->row->args[other])) {
        a->args[a->arg] = a->args[other] + distances[a->variant / ARGS_MAX];
    }
    a->wanted = ANYTHING;
}

/* The first buffer is the array, reaches into it, is the result, or is the second one. */
static void alias(struct attack *a)
{
    const uint64_t array = a->args[a->arg];
    const uint32_t result = count_of(a->row, a->arg) + 1;
    const struct range places[ALIASES] = {
        { array, BUFFER },
        { array + 4, BUFFER },
        { array - 8, BUFFER },
        { a->args[is_pointer(&a->row->args[result]) ? result : result + 1], BUFFER },
        { a->buffers[1].address, BUFFER },
        { a->buffers[1].address + BUFFER / 2, BUFFER },
    };
    a->buffers[0] = places[a->variant];
    a->args[count_of(a->row, a->arg)] = BUFFERS_MAX;
    a->wanted = ANYTHING;
}

static void aim(struct attack *a)
{
    a->wanted = NO_FAULT;
    switch (a->form) {
    case POINTER:
        attack_pointer(a);
        break;
    case LAST:
        a->args[a->arg] = memory_size - size_of(a->row, a->arg, a->args);
        break;
    case COUNTED:
        attack_counts(a);
        break;
    case BUFFER_AT:
    case BUFFER_OF:
        attack_buffer(a);
        break;
    case OVERLAP:
        overlap(a);
        break;
    case ALIAS:
        alias(a);
        break;
    default:
        break;
    }
}

/* ---- What the guest has before a call ---- */

static uint32_t file;

static void fill(unsigned char *begin, uint32_t size, unsigned char value)
{
    __builtin_memset(begin, value, size);
}

/* Calls by the way, with memory of their own. */
static char name[2];
static uint32_t result[2];

#define SETUP(row, ...)   ((void)call_##row((const uint64_t[]){ __VA_ARGS__ }))
#define ADDRESS(of)       ((uint32_t)(of))
#define LETTER(character) (name[0] = (character), ADDRESS(name)), 1

enum { BOX = 3, CREATE = 1, ALL_OF_A_FILE = 0x08e001ff };

static bool make_files(void)
{
    static char content[BUFFER];
    static uint32_t iovec[2];
    fill((unsigned char *)content, sizeof content, 'c');
    iovec[0] = ADDRESS(content);
    iovec[1] = sizeof content;
    SETUP(fd_close, file);
    SETUP(path_remove_directory, BOX, LETTER('n'));
    SETUP(path_unlink_file, BOX, LETTER('n'));
    SETUP(path_create_directory, BOX, LETTER('d'));
    static char target = 'f';
    SETUP(path_symlink, ADDRESS(&target), 1, BOX, LETTER('l'));
    SETUP(path_open, BOX, 0, LETTER('f'), CREATE, ALL_OF_A_FILE, 0, 0, ADDRESS(&result[0]));
    file = result[0];
    SETUP(fd_pwrite, file, ADDRESS(iovec), 1, 0, ADDRESS(&result[0]));
    return result[0] == sizeof content;
}

static void take_sizes(struct row *row)
{
    row->args[0].value = 4 * result[0];
    row->args[1].value = result[1];
}

static void ask_for_sizes(void)
{
    SETUP(args_sizes_get, ADDRESS(&result[0]), ADDRESS(&result[1]));
    take_sizes(&attacked_rows[ARGS_GET]);
    SETUP(environ_sizes_get, ADDRESS(&result[0]), ADDRESS(&result[1]));
    take_sizes(&attacked_rows[ENVIRON_GET]);
}

static void take_arguments(struct attack *a)
{
    for (uint32_t i = 0; i < ARGS_MAX; i++) {
        const struct arg *const arg = &a->row->args[i];
        a->args[i] = arg->value;
        if (is_pointer(arg)) {
            a->args[i] = arena + SLOT * (i + 1);
        } else if (arg->kind == DIRECTORY) {
            a->args[i] = BOX;
        } else if (arg->kind == A_FILE) {
            a->args[i] = file;
        }
    }
    for (uint32_t i = 0; i < BUFFERS_MAX; i++) {
        a->buffers[i] = (struct range){ arena + BUFFERS_AT + i * SLOT, BUFFER };
    }
}

static void lay_out(struct attack *a)
{
    fill(at(LOW_BEGIN), LOW_END - LOW_BEGIN, SENTINEL);
    fill(at(arena), ARENA, SENTINEL);
    for (uint32_t i = 0; i < ARGS_MAX; i++) {
        const struct arg *const arg = &a->row->args[i];
        const uint64_t to = a->args[i];
        if (arg->kind == IN && is_free(to, arg->value)) {
            fill(at(to), arg->value, (unsigned char)arg->fill);
        }
        for (uint32_t j = 0; has_buffers(arg) && j < BUFFERS_MAX; j++) {
            if (is_free(to + j * IOVEC, IOVEC)) {
                put_u32(to + j * IOVEC, (uint32_t)a->buffers[j].address);
                put_u32(to + j * IOVEC + 4, (uint32_t)a->buffers[j].size);
            }
        }
    }
    __builtin_memcpy(shadow, at(arena), ARENA);
}

/* ---- What it has after it ---- */

enum problem {
    NONE,
    NO_SUCH_ATTACK,
    NO_FILES,
    NOT_WELL,      /* what is in order failed */
    NO_FAULT_MADE, /* what is out of the memory was taken */
    WRONG_FAULT,   /* what is in the memory was not */
    CHANGED,       /* memory that is nobody's result */
    CHANGED_LOW,
    NOT_ZERO, /* padding */
};

enum { SUCCESS = 0, NOTSOCK = 57, OVERFLOW = 61, EFAULT = 21 };

static struct attack current;

static bool is_result(const struct attack *a, uint64_t address)
{
    for (uint32_t i = 0; i < ARGS_MAX; i++) {
        const struct arg *const arg = &a->row->args[i];
        if (arg->kind == OUT && address - a->args[i] < size_of(a->row, i, a->args)) {
            return true;
        }
        for (uint64_t j = 0; arg->kind == BUFFERS_OUT && j < BUFFERS_MAX; j++) {
            if (j < a->args[count_of(a->row, i)] &&
                address - a->buffers[j].address < a->buffers[j].size) {
                return true;
            }
        }
    }
    return false;
}

static enum problem look_at_memory(const struct attack *a, bool has_results)
{
    for (uint32_t i = LOW_BEGIN; i < LOW_END; i++) {
        if (*at(i) != SENTINEL) {
            return CHANGED_LOW;
        }
    }
    for (uint32_t i = 0; i < ARENA; i++) {
        if (*at((uint64_t)arena + i) != shadow[i] && !(has_results && is_result(a, arena + i))) {
            return CHANGED;
        }
    }
    return NONE;
}

static bool is_zero(uint64_t address, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if (*at(address + i) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_readdir_padded(const struct attack *a)
{
    const uint64_t room = a->args[1];
    const uint32_t used = get_u32(a->args[4]);
    for (uint32_t next = 0; next + 24 <= used; next += 24 + get_u32(room + next + 16)) {
        if (!is_zero(room + next, 21, 24)) {
            return false;
        }
    }
    return true;
}

/* What lies between the fields of a result. */
static bool is_padded(const struct attack *a)
{
    const bool by_path = a->row->call == call_path_filestat_get;
    if (by_path || a->row->call == call_fd_filestat_get) {
        return is_zero(a->args[by_path ? 4 : 1], 17, FILESTAT == 64 ? 24 : 20);
    }
    if (a->row->call == call_fd_fdstat_get) {
        return is_zero(a->args[1], 1, 2) && is_zero(a->args[1], 4, 8);
    }
    if (a->row->call == call_fd_prestat_get) {
        return is_zero(a->args[1], 1, 4);
    }
    if (a->row->call == call_poll_oneoff) { /* a clock's, so that all behind its type is unused */
        return is_zero(a->args[1], 11, EVENT);
    }
    return a->row->call != call_fd_readdir || is_readdir_padded(a);
}

static enum problem judge(const struct attack *a, uint32_t error)
{
    const bool is_fault = error == OVERFLOW || error == EFAULT;
    const bool is_socket = a->row->call == call_sock_recv || a->row->call == call_sock_send ||
                           a->row->call == call_sock_accept;
    if (a->form == GOOD && error != (is_socket ? NOTSOCK : SUCCESS)) {
        return NOT_WELL;
    }
    if ((a->wanted == FAULT && error != OVERFLOW) || (a->wanted == FAILURE && error == SUCCESS)) {
        return NO_FAULT_MADE;
    }
    if (a->wanted == NO_FAULT && is_fault) {
        return WRONG_FAULT;
    }
    if (a->form == GOOD && error == SUCCESS && !is_padded(a)) {
        return NOT_ZERO;
    }
    return look_at_memory(a, error == SUCCESS);
}

/* ---- What is exported ---- */

#define EXPORT(name) __attribute__((export_name(#name)))

static enum problem prepare(uint32_t index, uint32_t in_the_middle)
{
    memory_size = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    arena = (uint32_t)((in_the_middle ? UINT64_C(1) << 31 : memory_size) - ARENA);
    arena += in_the_middle ? BUFFERS_AT : 0;
    if (!find(&current, index)) {
        return NO_SUCH_ATTACK;
    }
    if (!make_files()) {
        return NO_FILES;
    }
    ask_for_sizes();
    take_arguments(&current);
    aim(&current);
    lay_out(&current);
    return NONE;
}

/* How many attacks there are. */
EXPORT(attack_count) uint32_t attack_count(void)
{
    static struct attack any;
    uint32_t count = 0;
    while (find(&any, count)) {
        count++;
    }
    return count;
}

/* Gives the guest 4 GiB, all there is. */
EXPORT(grow) uint32_t grow(void)
{
    const uint32_t all = (uint32_t)((UINT64_C(1) << 32) / PAGE);
    return __builtin_wasm_memory_grow(0, all - __builtin_wasm_memory_size(0)) != SIZE_MAX;
}

/* What has to come of an attack, for who runs them all. */
EXPORT(wanted) uint32_t wanted(uint32_t index, uint32_t in_the_middle)
{
    return prepare(index, in_the_middle) == NONE ? current.wanted : UINT32_MAX;
}

/* Runs an attack with its arguments at the end of the memory, or around its two gigabytes: the
 * errno, and above it the problem. */
EXPORT(attack) uint32_t attack(uint32_t index, uint32_t in_the_middle)
{
    const enum problem problem = prepare(index, in_the_middle);
    if (problem != NONE) {
        return problem << 8;
    }
    const uint32_t error = current.row->call(current.args);
    return error | judge(&current, error) << 8;
}

/* The same with 4 GiB. */
EXPORT(attack_grown) uint32_t attack_grown(uint32_t index, uint32_t in_the_middle)
{
    return grow() ? attack(index, in_the_middle) : NO_FILES << 8;
}

/* The function that an attack is on, and the attack's form and variant. */
EXPORT(name_of) const char *name_of(uint32_t index)
{
    static struct attack any;
    return find(&any, index) ? any.row->name : NULL;
}

EXPORT(form_of) uint32_t form_of(uint32_t index)
{
    static struct attack any;
    return find(&any, index) ? any.form << 16 | any.arg << 8 | any.variant : UINT32_MAX;
}

/* The problem after an attack that did not come back. */
EXPORT(after_fault) uint32_t after_fault(void)
{
    return current.wanted == NO_FAULT ? WRONG_FAULT : look_at_memory(&current, false);
}
