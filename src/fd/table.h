/* Who is meant: a guest's descriptors, from numbers to open files.
 *
 * A lookup takes a reference and lets go of the lock, so that no lock is held in a system call,
 * and a file that another guest thread closes meanwhile stays open until the last call on it ends.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef RINGFORT_FD_TABLE_H
#define RINGFORT_FD_TABLE_H

#include "abi/types.h"
#include "fd/places.h"
#include "os/lock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct fd_table;
struct dir_stream;

/* What a descriptor is to the host. */
enum file_kind {
    KIND_NOT_ASKED = 0, /* opening does not ask; ringfort_fd_take does */
    KIND_REGULAR,
    KIND_DIRECTORY,
    KIND_MEMORY_DEVICE, /* null, zero and the like: a character device that never blocks */
    KIND_CHARACTER_DEVICE,
    KIND_TTY,
    KIND_BLOCK_DEVICE,
    KIND_FIFO,
    KIND_SOCKET_STREAM,
    KIND_SOCKET_DGRAM,
    KIND_OTHER,
};

/* Where reads and writes of a regular file begin. */
enum file_position {
    POSITION_OF_HOST, /* the host descriptor's own offset */
    /* `offset`: for files that only one guest thread can reach, which saves a system call for seek
     * and tell */
    POSITION_OWN,
};

struct open_file {
    struct fd_table *table;
    atomic_uint holders; /* the table, other files, and calls under way */
    int host_fd;
    _Atomic(enum file_kind) kind;
    atomic_ushort fdflags; /* as the guest set them; the host's may differ */
    _Atomic uint64_t rights_base;
    _Atomic uint64_t rights_inheriting;
    /* Rights of files that opening left out: it is not open for reading, or not for writing. */
    uint64_t not_opened_for;
    /* All that it can have where it is a directory: what its own directory had, when it was opened
     * there. */
    uint64_t directory_rights;
    enum file_position position;
    uint64_t offset;
    bool is_stdio;              /* the embedder gave it as stdin, stdout or stderr */
    bool read_only;             /* beneath a read-only preopen */
    bool system_files;          /* beneath a preopen that may lead to them */
    bool behind_mount;          /* behind a mount of its preopen's */
    bool only_searched;         /* a directory that cannot be listed: the host's is O_PATH */
    bool is_link_root;          /* a preopen called `/`: absolute links begin here */
    struct open_file *root;     /* held: the preopen `/` this lies beneath, or NULL */
    char *preopen_name;         /* owned: NULL where this is no preopen */
    struct dir_stream *dirents; /* owned: NULL until fd_readdir */
    struct open_file *next_free;
};

struct fd_table {
    bool single_threaded;
    bool rights_first; /* every right that a file lacks is NOTCAPABLE, as Node says */
    uint32_t limit;
    struct place_budget place_budget; /* of all directories */
    struct lock lock;                 /* for all that follows */
    uint32_t live;                    /* open files, also those that only a call still holds */
    uint32_t lowest;                  /* no number below it is free */
    struct open_file **slots;
    struct open_file *free_files;
};

/* 0, or -ENOMEM. */
CHECKED int ringfort_table_init(struct fd_table *table, uint32_t limit, bool single_threaded);

/* From now on several threads may use it, and the host counts all offsets; where the host refuses
 * one, the table stays as it was. No call may be under way. */
CHECKED wasi_errno ringfort_table_share(struct fd_table *table);

/* Closes everything. No call may be under way. */
void ringfort_table_clear(struct fd_table *table);

/* A new open file without a descriptor or rights, held by the caller; MFILE at the limit, NOMEM. */
CHECKED wasi_errno ringfort_file_new(struct fd_table *table, struct open_file **out);

/* Gives a file the lowest free number. The caller's hold becomes the table's. */
uint32_t ringfort_table_insert(struct fd_table *table, struct open_file **file);

/* Finds a file and holds it; BADF, what the host says where it cannot tell what the file is, or as
 * ringfort_file_need. */
CHECKED wasi_errno ringfort_fd_take(struct fd_table *table, uint32_t fd, uint64_t rights,
                                    struct open_file **out);

void ringfort_file_hold(struct open_file *file);
void ringfort_file_drop(struct open_file **file);

/* A held file, dropped on every way out. */
#define TAKEN __attribute__((cleanup(ringfort_file_drop))) struct open_file

/* Frees the number, whatever it answers: BADF, or what the host says where this was its last
 * holder. */
CHECKED wasi_errno ringfort_table_close(struct fd_table *table, uint32_t fd);
CHECKED wasi_errno ringfort_table_renumber(struct fd_table *table, uint32_t from, uint32_t to);

/* What the file is, which is known of one that was taken. */
static inline enum file_kind ringfort_file_kind(const struct open_file *file)
{
    return atomic_load_explicit(&file->kind, memory_order_relaxed);
}

wasi_filetype ringfort_filetype_of_kind(enum file_kind kind);

/* The rights it has: what it was given and its kind can have. */
uint64_t ringfort_file_rights(const struct open_file *file);

/* Where the file lacks one of the rights: NOTDIR where only a directory has it, BADF or INVAL where
 * the file cannot have it or was not opened for it, NOTCAPABLE where it was given up. */
CHECKED wasi_errno ringfort_file_need(const struct open_file *file, uint64_t rights);

/* Whether it has no position: seek, tell, pread and pwrite are SPIPE. */
static inline bool kind_is_stream(enum file_kind kind)
{
    return kind == KIND_TTY || kind == KIND_FIFO || kind == KIND_SOCKET_STREAM ||
           kind == KIND_SOCKET_DGRAM;
}

static inline bool kind_is_socket(enum file_kind kind)
{
    return kind == KIND_SOCKET_STREAM || kind == KIND_SOCKET_DGRAM;
}

/* Whether a transfer may block in the kernel, where nobody could end it: it is waited for first. */
static inline bool kind_may_block(enum file_kind kind)
{
    return kind_is_stream(kind) || kind == KIND_CHARACTER_DEVICE || kind == KIND_OTHER;
}

/* From now on the host keeps the position, as for files that are appended to. */
CHECKED wasi_errno ringfort_file_position_to_host(struct open_file *file);

#endif
