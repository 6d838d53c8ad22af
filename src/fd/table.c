/* Who is meant: a guest's descriptors, from numbers to open files.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fd/table.h"

#include "fd/dirents.h"
#include "fd/rights.h"
#include "os/errno.h"
#include "os/heap.h"
#include "os/stat.h"
#include "os/sys.h"
#include "os/system_file.h"

int ringfort_table_init(struct fd_table *table, uint32_t limit, bool single_threaded)
{
    *table = (struct fd_table){ .single_threaded = single_threaded, .limit = limit };
    lock_init(&table->lock, single_threaded);
    /* NOLINT(bugprone-sizeof-expression): of pointers */
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): slots hold pointers */
    table->slots = heap_zeroed(limit, sizeof *table->slots);
    return table->slots != NULL ? 0 : -ENOMEM;
}

void ringfort_table_clear(struct fd_table *table)
{
    for (uint32_t fd = 0; table->slots != NULL && fd < table->limit; fd++) {
        ringfort_file_drop(&table->slots[fd]);
    }
    heap_free(table->slots);
    while (table->free_files != NULL) {
        struct open_file *file = table->free_files;
        table->free_files = file->next_free;
        heap_free(file);
    }
    lock_destroy(&table->lock);
}

/* ---- Holding ---- */

/* Atomic read-modify-writes cost 5 ns each, which one thread need not pay. */
static unsigned add_holders(struct open_file *file, unsigned change)
{
    if (file->table->single_threaded) {
        const unsigned now = atomic_load_explicit(&file->holders, memory_order_relaxed) + change;
        atomic_store_explicit(&file->holders, now, memory_order_relaxed);
        return now;
    }
    return atomic_fetch_add_explicit(&file->holders, change, memory_order_acq_rel) + change;
}

void ringfort_file_hold(struct open_file *file)
{
    add_holders(file, 1);
}

/* What the host's close says, which is closed for all that. */
static int destroy_file(struct open_file *file)
{
    struct fd_table *table = file->table;
    const int result = file->host_fd >= 0 ? sys_close(file->host_fd) : 0;
    ringfort_dirents_delete(file->dirents);
    heap_free(file->preopen_name);
    lock_take(&table->lock);
    file->next_free = table->free_files;
    table->free_files = file;
    table->live--;
    lock_drop(&table->lock);
    return result;
}

/* What the host says of closing the first; 0 where somebody still holds it. */
static int let_go(struct open_file *file)
{
    int first = 0;
    for (struct open_file *dropped = file; dropped != NULL && add_holders(dropped, -1U) == 0;) {
        struct open_file *root = dropped->root; /* held by what is dropped */
        const int result = destroy_file(dropped);
        first = dropped == file ? result : first;
        dropped = root;
    }
    return first;
}

void ringfort_file_drop(struct open_file **file)
{
    struct open_file *dropped = *file;
    *file = NULL;
    (void)let_go(dropped);
}

wasi_errno ringfort_file_new(struct fd_table *table, struct open_file **out)
{
    lock_take(&table->lock);
    if (table->live == table->limit) {
        lock_drop(&table->lock);
        return WASI_EMFILE;
    }
    table->live++;
    struct open_file *file = table->free_files;
    if (file != NULL) {
        table->free_files = file->next_free;
    }
    lock_drop(&table->lock);
    if (file == NULL) {
        file = heap_alloc(sizeof *file); /* kept for the next file when this one is closed */
    }
    if (file == NULL) {
        lock_take(&table->lock);
        table->live--;
        lock_drop(&table->lock);
        return WASI_ENOMEM;
    }
    *file = (struct open_file){
        .table = table, .holders = 1, .host_fd = -1, .directory_rights = ringfort_rights_all()
    };
    *out = file;
    return WASI_SUCCESS;
}

/* ---- What it is to the host ---- */

static enum file_kind kind_of_device(int fd, const struct stat *st)
{
    if (ringfort_is_harmless_device(st)) {
        return KIND_MEMORY_DEVICE;
    }
    return sys_isatty(fd) ? KIND_TTY : KIND_CHARACTER_DEVICE;
}

/* The kind, or a negative errno. */
static int kind_of(int fd)
{
    struct stat st;
    int result = sys_fstat(fd, &st);
    if (result < 0) {
        return result;
    }
    switch (st.st_mode & S_IFMT) {
    case S_IFREG:
        return KIND_REGULAR;
    case S_IFDIR:
        return KIND_DIRECTORY;
    case S_IFCHR:
        return (int)kind_of_device(fd, &st);
    case S_IFBLK:
        return KIND_BLOCK_DEVICE;
    case S_IFIFO:
        return KIND_FIFO;
    case S_IFSOCK: {
        int type = 0;
        result = sys_socket_option(fd, SO_TYPE, &type);
        if (result < 0) {
            return result;
        }
        return type == SOCK_DGRAM ? KIND_SOCKET_DGRAM : KIND_SOCKET_STREAM;
    }
    default:
        return KIND_OTHER;
    }
}

/* The first use asks; what the host cannot tell now it may tell the next. Two threads may both
 * ask: they get the same answer. */
static wasi_errno ask_kind(struct open_file *file)
{
    if (__builtin_expect(ringfort_file_kind(file) != KIND_NOT_ASKED, 1)) {
        return WASI_SUCCESS;
    }
    const int kind = kind_of(file->host_fd);
    TRY(ringfort_errno_of(kind));
    atomic_store_explicit(&file->kind, (enum file_kind)kind, memory_order_relaxed);
    return WASI_SUCCESS;
}

/* ---- Numbers ---- */

uint32_t ringfort_table_insert(struct fd_table *table, struct open_file **file)
{
    lock_take(&table->lock);
    uint32_t fd = table->lowest;
    while (table->slots[fd] != NULL) { /* there is a free one: as many slots as files may live */
        fd++;
    }
    table->slots[fd] = *file;
    table->lowest = fd + 1;
    lock_drop(&table->lock);
    *file = NULL;
    return fd;
}

/* With the lock taken. */
static struct open_file *find(const struct fd_table *table, uint32_t fd)
{
    return fd < table->limit ? table->slots[fd] : NULL;
}

/* Takes a file out of its slot, and the table's hold with it. With the lock taken. */
static struct open_file *remove_file(struct fd_table *table, uint32_t fd)
{
    struct open_file *file = find(table, fd);
    if (file != NULL) {
        table->slots[fd] = NULL;
        table->lowest = fd < table->lowest ? fd : table->lowest;
    }
    return file;
}

wasi_errno ringfort_fd_take(struct fd_table *table, uint32_t fd, uint64_t rights,
                            struct open_file **out)
{
    lock_take(&table->lock);
    struct open_file *file = find(table, fd);
    if (file == NULL) {
        lock_drop(&table->lock);
        return WASI_EBADF;
    }
    ringfort_file_hold(file);
    lock_drop(&table->lock);
    *out = file;
    TRY(ask_kind(file));
    return rights == 0 ? WASI_SUCCESS : ringfort_file_need(file, rights);
}

wasi_errno ringfort_table_close(struct fd_table *table, uint32_t fd)
{
    lock_take(&table->lock);
    struct open_file *file = remove_file(table, fd);
    lock_drop(&table->lock);
    if (file == NULL) {
        return WASI_EBADF;
    }
    /* Some file systems write only now, and it is the last time that they can say how it went. */
    const int result = let_go(file);
    return result == -EINTR ? WASI_SUCCESS : ringfort_errno_of(result);
}

wasi_errno ringfort_table_renumber(struct fd_table *table, uint32_t from, uint32_t to)
{
    struct open_file *replaced = NULL;
    lock_take(&table->lock);
    const bool both_open = find(table, from) != NULL && find(table, to) != NULL;
    if (both_open && from != to) {
        replaced = find(table, to);
        table->slots[to] = remove_file(table, from);
    }
    lock_drop(&table->lock);
    ringfort_file_drop(&replaced);
    return both_open ? WASI_SUCCESS : WASI_EBADF;
}

/* ---- What it is to the guest ---- */

wasi_filetype ringfort_filetype_of_kind(enum file_kind kind)
{
    switch (kind) {
    case KIND_REGULAR:
        return FILETYPE_REGULAR_FILE;
    case KIND_DIRECTORY:
        return FILETYPE_DIRECTORY;
    case KIND_MEMORY_DEVICE:
    case KIND_CHARACTER_DEVICE:
    case KIND_TTY:
        return FILETYPE_CHARACTER_DEVICE;
    case KIND_BLOCK_DEVICE:
        return FILETYPE_BLOCK_DEVICE;
    case KIND_FIFO:
    case KIND_SOCKET_STREAM:
        return FILETYPE_SOCKET_STREAM;
    case KIND_SOCKET_DGRAM:
        return FILETYPE_SOCKET_DGRAM;
    case KIND_NOT_ASKED:
    case KIND_OTHER:
    default:
        return FILETYPE_UNKNOWN;
    }
}

static uint64_t rights_possible(const struct open_file *file)
{
    const enum file_kind kind = ringfort_file_kind(file);
    const uint64_t possible =
        ringfort_rights_possible(ringfort_filetype_of_kind(kind), kind == KIND_TTY);
    return kind == KIND_DIRECTORY ? possible & file->directory_rights : possible;
}

uint64_t ringfort_file_rights(const struct open_file *file)
{
    return atomic_load_explicit(&file->rights_base, memory_order_relaxed) & rights_possible(file);
}

/* A program decides by what the file is, where that is the reason. */
__attribute__((cold, noinline)) static wasi_errno refusal(const struct open_file *file,
                                                          uint64_t missing)
{
    const bool is_directory = ringfort_file_kind(file) == KIND_DIRECTORY;
    if (file->table->rights_first) {
        return is_directory && missing == RIGHT_FD_READ ? WASI_EISDIR : WASI_ENOTCAPABLE;
    }
    const uint64_t of_directories = ringfort_rights_possible(FILETYPE_DIRECTORY, false);
    if (is_directory) {
        return (missing & ~of_directories) != 0 ? WASI_EBADF : WASI_ENOTCAPABLE;
    }
    if ((missing & of_directories & ~ringfort_rights_possible(FILETYPE_REGULAR_FILE, false)) != 0) {
        return WASI_ENOTDIR;
    }
    if ((missing & file->not_opened_for) != 0) {
        return missing == RIGHT_FD_FILESTAT_SET_SIZE ? WASI_EINVAL : WASI_EBADF;
    }
    return (missing & ~rights_possible(file)) != 0 ? WASI_EBADF : WASI_ENOTCAPABLE;
}

wasi_errno ringfort_file_need(const struct open_file *file, uint64_t rights)
{
    const uint64_t missing = rights & ~ringfort_file_rights(file);
    return __builtin_expect(missing == 0, 1) ? WASI_SUCCESS : refusal(file, missing);
}

wasi_errno ringfort_file_position_to_host(struct open_file *file)
{
    if (file->position == POSITION_OWN) {
        const int64_t at = sys_lseek(file->host_fd, (int64_t)file->offset, SEEK_SET);
        TRY(ringfort_errno_of(at));
        file->position = POSITION_OF_HOST;
    }
    return WASI_SUCCESS;
}

/* ---- More threads ---- */

/* Gives every offset back. What was moved before one was refused is as good as it was: the host
 * counts for one thread as well. */
static wasi_errno positions_to_host(struct fd_table *table)
{
    for (uint32_t fd = 0; fd < table->limit; fd++) {
        struct open_file *file = table->slots[fd];
        if (file == NULL) {
            continue;
        }
        TRY(ask_kind(file));
        if (ringfort_file_kind(file) == KIND_REGULAR) {
            TRY(ringfort_file_position_to_host(file));
        }
    }
    return WASI_SUCCESS;
}

wasi_errno ringfort_table_share(struct fd_table *table)
{
    if (!table->single_threaded) {
        return WASI_SUCCESS;
    }
    TRY(positions_to_host(table));
    for (uint32_t fd = 0; fd < table->limit; fd++) {
        if (table->slots[fd] != NULL && table->slots[fd]->dirents != NULL) {
            ringfort_dirents_share(table->slots[fd]->dirents);
        }
    }
    table->single_threaded = false;
    lock_share(&table->lock);
    return WASI_SUCCESS;
}
