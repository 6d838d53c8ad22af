/*
 * A guest's world in memory: predicts what each WASI call answers, what it writes into the guest's
 * memory, and what becomes of the tree. It is written from the specification, POSIX and the
 * decisions in docs/rationale.md, shares no code with src/, and its words come from
 * tests/support/wasi.h.
 *
 * A prediction is made after the call, and sees what the host gave (`real`): only for what no model
 * can know, such as inodes and times, which are taken over where they are plausible, and for the
 * few answers that differ between file systems (model_one_of).
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FUZZ_MODEL_MODEL_H
#define FUZZ_MODEL_MODEL_H

#include "support/wasi.h"
#include "tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_DESCRIPTORS = 64, MODEL_ARGS_MAX = 16, MODEL_SEEN_MAX = 256 };

/* An open file. */
struct description {
    unsigned holders; /* its number, and the descriptions that begin absolute links in it */
    struct node *node;
    uint64_t base;
    uint64_t inheriting;
    uint64_t closed_to; /* of a file: the rights that it was not opened for */
    uint64_t ceiling;   /* of a directory: the rights of the one that it was opened in */
    uint32_t fdflags;
    uint64_t offset;
    bool read_only;
    bool is_link_root;
    struct description *link_root; /* held */
    const char *preopen_name;
    bool is_stdio;
    /* Of a directory that was listed: the cookie of a second entry, and the entry's name. */
    uint64_t second_cookie;
    unsigned second_changes; /* the directory's then */
    char second[NAME_MAX_BYTES + 1];
};

struct model_config {
    bool node_dialect;
    bool unstable; /* the version that is called */
    bool single_threaded;
    bool root_is_slash; /* the first preopen is called `/` */
    uint32_t open_files;
    uint32_t path_length;
    uint32_t subscriptions;
    uint64_t bytes_written; /* UINT64_MAX: no limit, here and below */
    uint64_t file_size;
    uint64_t entries_created;
    uint64_t output;
};

/* The limits that a call can meet, by the names that ringfort gives them. */
#define MODEL_LIMIT_OPEN_FILES      "open-files"
#define MODEL_LIMIT_SUBSCRIPTIONS   "subscriptions"
#define MODEL_LIMIT_BYTES_WRITTEN   "bytes-written"
#define MODEL_LIMIT_FILE_SIZE       "file-size"
#define MODEL_LIMIT_ENTRIES_CREATED "entries-created"
#define MODEL_LIMIT_OUTPUT          "output"
#define MODEL_LIMIT_PATH_LENGTH     "path-length"

struct model {
    struct model_config config;
    struct tree tree;
    struct description *numbers[MODEL_DESCRIPTORS];
    uint32_t live;
    uint64_t bytes_left;
    uint64_t space_left; /* on the disk, for these bytes and for names */
    uint64_t output_left;
    uint64_t entries_left;
    const char *met; /* the limit that refused or cut something last, or NULL */
    uint8_t *memory; /* what the guest's memory should hold */
    size_t memory_size;
    uint64_t device; /* of all files; 0 before one was seen */
    uint64_t seen_inodes[MODEL_SEEN_MAX];
    size_t seen_count;
    /* Of the call that is predicted. */
    const uint8_t *real; /* the guest's memory as the call left it */
    uint32_t heard;      /* the outcome as the call gave it */
    bool is_vague;       /* more than one outcome was allowed */
    const char *wrong;   /* what cannot be, or NULL */
};

/* The tree that every run begins with, host and model alike. */
struct planted {
    const char *path; /* below the world: "box" and "other" are the preopens */
    enum node_type type;
    const char *text; /* a file's bytes, a link's target */
};
extern const struct planted model_planted[];
extern const size_t model_planted_count;

/* Preopens as given to ringfort, in the order of their numbers from 3. */
struct model_preopen {
    const char *guest_name;
    const char *path;
    bool read_only;
};
enum { MODEL_PREOPENS = 3 };
struct model_preopen model_preopen(const struct model_config *config, size_t index);

extern const char *const model_args[];
extern const char *const model_env[];
enum { MODEL_ARG_COUNT = 3, MODEL_ENV_COUNT = 2 };

/* `memory` is taken as it is at the start; free the model with model_free. */
void model_init(struct model *m, const struct model_config *config, const uint8_t *memory,
                size_t memory_size);
void model_free(struct model *m);

/* The node of a planted path. */
struct node *model_node(const struct model *m, const char *path);

/* Whether the call must not be made: it would wait for ever, or the model cannot keep what it does.
 */
bool model_must_skip(struct model *m, const char *name, const uint64_t *args);
bool model_would_wait(struct model *m, const uint64_t *args); /* of poll_oneoff */

/* What the call `name` answers: an errno, or what tests/support/wasi.h has for other outcomes. */
uint32_t model_call(struct model *m, const char *name, const uint64_t *args, const uint8_t *real,
                    uint32_t heard);

/* ---- For the files of the model ---- */

typedef uint32_t model_function(struct model *m, const uint64_t *args);

struct model_row {
    const char *name;
    model_function *predict;
};
extern const struct model_row model_rows_number[]; /* each ends with a row without a name */
extern const struct model_row model_rows_bytes[];
extern const struct model_row model_rows_path[];
extern const struct model_row model_rows_open[];
extern const struct model_row model_rows_look[];
extern const struct model_row model_rows_poll[];

#define MODEL_TRY(expr)                                                                            \
    do {                                                                                           \
        const uint32_t tried_ = (expr);                                                            \
        if (tried_ != WASI_SUCCESS) {                                                              \
            return tried_;                                                                         \
        }                                                                                          \
    } while (0)

/* What was heard, if it is one of the two; else the first. */
uint32_t model_one_of(struct model *m, uint32_t usual, uint32_t other);

/* A limit is met: gives the errno back. */
uint32_t model_refuse(struct model *m, const char *limit, uint32_t error);

/* What a limit on bytes counts for room on the disk. */
enum {
    MODEL_BLOCK = 4096,
    MODEL_NAME = 1024,
    MODEL_SPACE_LEAST = 4 * MODEL_BLOCK,
    MODEL_SHORT_TEXT = 60,
};

/* Takes room, where it is counted: false where less is left. */
bool model_take_space(struct model *m, uint64_t space);

/* What refuses a new name that takes `space`, or WASI_SUCCESS. */
uint32_t model_name_error(const struct model *m, uint64_t space);

/* The same, and takes the name where nothing refuses it. */
uint32_t model_take_name(struct model *m, uint64_t space);

/* A name is refused with what model_name_error gave. */
uint32_t model_refuse_name(struct model *m, uint32_t error);

/* Notes what cannot be. */
void model_wrong(struct model *m, const char *what);

/* Memory. */
uint32_t model_fits(const struct model *m, uint64_t at, uint64_t length); /* or WASI_FAULTED */
uint32_t model_get32(const struct model *m, uint64_t at);
uint64_t model_get64(const struct model *m, uint64_t at);
void model_put(struct model *m, uint64_t at, const void *from, size_t length);
void model_put8(struct model *m, uint64_t at, uint8_t value);
void model_put16(struct model *m, uint64_t at, uint16_t value);
void model_put32(struct model *m, uint64_t at, uint32_t value);
void model_put64(struct model *m, uint64_t at, uint64_t value);
void model_clear(struct model *m, uint64_t at, size_t length);
void model_adopt(struct model *m, uint64_t at, size_t length); /* as the call left it */
uint32_t model_real32(const struct model *m, uint64_t at);
uint64_t model_real64(const struct model *m, uint64_t at);

/* Descriptors. `rights` 0 asks for none. */
struct description *model_description(const struct model *m, uint64_t number);
uint32_t model_take(const struct model *m, uint64_t number, uint64_t rights,
                    struct description **out);
uint32_t model_need(const struct model *m, const struct description *d, uint64_t rights);
uint64_t model_rights(const struct description *d);
struct description *model_describe(struct model *m, struct node *node);
uint32_t model_number(struct model *m, struct description *d); /* gives it the lowest */
void model_drop(struct model *m, struct description *d);
uint32_t model_flags(const struct model *m, uint64_t flags, uint32_t known);
uint32_t model_fst_flags(uint64_t flags);
uint32_t model_filetype(const struct node *node);

/* Times of a file that was read or written are the host's affair. */
void model_set_times(struct node *node, uint64_t atim, uint64_t mtim, uint64_t flags);

/* Fills a filestat; what is not known is taken over. */
void model_put_filestat(struct model *m, uint64_t at, struct node *node);
uint32_t model_filestat_size(const struct model *m);

/* Learns or checks a file's inode. */
uint64_t model_inode(struct model *m, struct node *node, uint64_t seen);

/* A path argument with its descriptor. */
struct guest_place {
    struct description *dir;
    struct base base;
    char text[PATH_MAX_BYTES + 1];
};

/* Whether names of the standard dialect may hold these bytes, which a NUL follows. */
bool model_is_utf8(const char *text, size_t length);

uint32_t model_text(struct model *m, uint64_t at, uint64_t length, char *out);
uint32_t model_path(struct model *m, uint64_t number, uint64_t rights, uint64_t at, uint64_t length,
                    struct guest_place *out);

/* An error of path_find: a name that is too long may be missed first. */
uint32_t model_found_error(struct model *m, uint32_t error);

#endif
