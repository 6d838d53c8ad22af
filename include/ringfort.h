/*
 * ringfort: the WASI class of node:wasi as a C library, for any WebAssembly engine.
 *
 * A config says what a guest is given; a wasi is one guest's world, made from a config. Engines
 * reach it through its import table (ringfort_wasi_import): each row is one WASI function, and
 * ringfort_import_call runs it on the guest's memory.
 * For Wasmtime see ringfort_wasmtime.h, for any engine with the standard wasm.h see
 * ringfort_wasm.h.
 *
 * Ownership, in three words: "lent" (the callee keeps nothing after it returns), "given" (the
 * callee owns it now), "yours" (the caller must free it, with what is named). Strings are UTF-8
 * and end with NUL.
 * The library never prints, exits, aborts on input, changes signal dispositions or keeps state
 * outside its objects.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_H
#define RINGFORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RINGFORT_API __attribute__((visibility("default")))
#else
#define RINGFORT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RINGFORT_VERSION_MAJOR 0
#define RINGFORT_VERSION_MINOR 1
#define RINGFORT_VERSION_PATCH 0
#define RINGFORT_VERSION       "0.1.0"

/** @return the version of the running library, "0.1.0"; lent for ever. Threads: any. */
RINGFORT_API const char *ringfort_version(void);

/* ---- Errors ---------------------------------------------------------------------------------- */

/** What a function that can fail says. The names behind are the codes that node:wasi gives for the
 * same thing. */
typedef enum ringfort_status {
    RINGFORT_OK = 0,
    RINGFORT_ERR_INVALID_ARG_TYPE = 1,  /**< an export has the wrong kind   ERR_INVALID_ARG_TYPE */
    RINGFORT_ERR_INVALID_ARG_VALUE = 2, /**< an invalid value               ERR_INVALID_ARG_VALUE */
    RINGFORT_ERR_OUT_OF_RANGE = 3,      /**< a number outside its range     ERR_OUT_OF_RANGE */
    RINGFORT_ERR_WASI_ALREADY_STARTED =
        4, /**< a second start or the like     ERR_WASI_ALREADY_STARTED */
    RINGFORT_ERR_WASI_NOT_STARTED = 5, /**< a call before any of them      ERR_WASI_NOT_STARTED */
    RINGFORT_ERR_OPEN = 6,             /**< stdio or a preopen cannot be opened  UVWASI_ENOENT */
    RINGFORT_ERR_NO_MEMORY = 7,        /**< the host is out of memory */
    RINGFORT_ERR_LINK = 8,             /**< an import is unknown or has another signature */
    RINGFORT_ERR_TRAP = 9, /**< the guest trapped; the message has the trap and its backtrace */
    RINGFORT_ERR_INTERRUPTED =
        10, /**< ringfort_wasi_interrupt, LIMIT_WALL_TIME, or the engine's deadline or fuel */
    RINGFORT_ERR_UNSUPPORTED = 11, /**< this kernel or build cannot do it */
} ringfort_status;

enum { RINGFORT_MESSAGE_MAX = 2048 };

/** What went wrong. Lent to a function by its caller, who may pass NULL; filled only when the
 * function fails. */
typedef struct ringfort_error {
    ringfort_status status;
    int os_errno; /**< the errno behind it, or 0 */
    char message
        [RINGFORT_MESSAGE_MAX]; /**< names the thing and the remedy; without a newline at its end */
} ringfort_error;

/** @return a status's name, "ERR_WASI_ALREADY_STARTED"; lent for ever. Threads: any. */
RINGFORT_API const char *ringfort_status_name(ringfort_status status);

/* ---- Config: the options of `new WASI(options)`, and more ------------------------------------ */

typedef struct ringfort_config ringfort_config;

/** The ABI that the guest imports. Both may be joined with `|`, for modules that import both. */
typedef enum ringfort_abi {
    RINGFORT_UNSTABLE = 1, /**< "wasi_unstable", snapshot 0, with its own numbers and layouts */
    RINGFORT_PREVIEW1 = 2, /**< "wasi_snapshot_preview1" */
} ringfort_abi;

/** Where the specification leaves a choice, or Node answers otherwise. */
typedef enum ringfort_dialect {
    /** wasi-testsuite's answers: fd_readdir lists `.` and `..`, an empty path is NOENT, unknown
     * flag bits are INVAL. The rights in path_open only choose whether a file is opened for
     * reading or for writing; a directory gets all rights, and fd_fdstat_set_rights alone gives
     * rights up. A call that the descriptor was not opened for is BADF, not NOTCAPABLE. A name
     * that is not UTF-8 is ILSEQ, and fd_readdir leaves it out. */
    RINGFORT_DIALECT_STANDARD = 0,
    /** Node's answers: no `.` and `..`, an empty path is INVAL, unknown flag bits are ignored,
     * path_open gives the rights that are asked for, and refuses those that the directory cannot
     * give with NOTCAPABLE. Names may be any bytes. */
    RINGFORT_DIALECT_NODE = 1,
} ringfort_dialect;

/** What a guest may use up. UINT64_MAX is none, where there is none by default. Reaching one is an
 * errno for the guest, never a failure of the host; docs/embedding.md says more of each. */
typedef enum ringfort_limit {
    RINGFORT_LIMIT_OPEN_FILES =
        0, /**< open descriptors, stdio and preopens included; default 256; MFILE */
    RINGFORT_LIMIT_SUBSCRIPTIONS = 1, /**< subscriptions of one poll_oneoff; default 4096; INVAL */
    /** Bytes that it writes anywhere in its life, and reserves; holes and larger sizes count as
     * written. What would pass it is cut short, then NOSPC; a reservation, a size and a datagram
     * are NOSPC as a whole. The room on the disk is at most half as much again, or 16 KiB: blocks,
     * and an estimate for each name. Removing gives nothing back. Default none. */
    RINGFORT_LIMIT_BYTES_WRITTEN = 2,
    /** The size of a file in bytes. A write is cut short there, and FBIG where it begins there;
     * setting a size and reserving room are FBIG as a whole. Default none. */
    RINGFORT_LIMIT_FILE_SIZE = 3,
    /** Files, directories and links that it makes in its life; removing gives none back; default
     * none; DQUOT. */
    RINGFORT_LIMIT_ENTRIES_CREATED = 4,
    /** Bytes to stdio, together, with the holes in files; cut short, then NOSPC; default none. */
    RINGFORT_LIMIT_OUTPUT = 5,
    RINGFORT_LIMIT_PATH_LENGTH = 6, /**< bytes of a path, and of a link's text; default 4095, which
                                     * is also the greatest; NAMETOOLONG */
    /** Milliseconds since start, initialize or finalize_bindings; default none. Calls that come
     * later and those that wait are RINGFORT_INTERRUPTED; code between calls is the engine's. */
    RINGFORT_LIMIT_WALL_TIME = 7,
    /* The engine's: ringfort_wasmtime_limit_store applies them, elsewhere the embedder does. */
    RINGFORT_LIMIT_MEMORY = 8, /**< bytes of all linear memories, tables and GC heaps; 1 GiB */
    RINGFORT_LIMIT_TABLE_ELEMENTS = 9, /**< of a table; default 1,048,576 */
    RINGFORT_LIMIT_INSTANCES = 10,     /**< in one store; default 10,000 */
    RINGFORT_LIMIT_FUEL = 11,          /**< in the engine's measure; default none */
} ringfort_limit;

/** @return a limit's name: "open-files", "subscriptions", "bytes-written", "file-size",
 *         "entries-created", "output", "path-length", "wall-time", "memory", "table-elements",
 *         "instances" or "fuel"; NULL for an unknown one. Lent for ever. Threads: any. */
RINGFORT_API const char *ringfort_limit_name(ringfort_limit limit);

/** Flags of a preopen. */
enum {
    /** Nothing beneath it can be changed; the guest sees ROFS. The devices null, zero, full, random
     * and urandom can be written, as on a read-only mount. */
    RINGFORT_READ_ONLY = 1,
    /** It may be on, or lead into, a file system that shows the kernel's own state (procfs, sysfs,
     * cgroups and the like) and to devices behind mount points. Without it ringfort_wasi_new
     * refuses such a directory, and such mounts beneath a directory are NOTCAPABLE, but for the
     * devices null, zero, full, random and urandom. /proc/self/mem alone gives the whole host
     * away. */
    RINGFORT_SYSTEM_FILES = 2,
};

/** @return a config with Node's defaults: preview1, no args, env or preopens, stdio 0, 1 and 2,
 *         return_on_exit true; yours, free it with ringfort_config_delete. NULL where the host is
 *         out of memory. Threads: any. */
RINGFORT_API ringfort_config *ringfort_config_new(void);

/** Frees a config. @param config given; NULL is allowed. A wasi made from it lives on. Threads:
 * one per config. */
RINGFORT_API void ringfort_config_delete(ringfort_config *config);

/** `version`: RINGFORT_PREVIEW1, RINGFORT_UNSTABLE, or both. @return OK, ERR_INVALID_ARG_VALUE.
 * Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_set_version(ringfort_config *config, unsigned abis);

/** `args`: what the guest sees as its arguments, the program's name first.
 * @param argv lent, copied; argc strings
 * @return OK, ERR_NO_MEMORY, ERR_OUT_OF_RANGE (2^31 bytes in all). Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_set_args(ringfort_config *config, size_t argc,
                                                      const char *const *argv);

/** `env`: `envc` strings "NAME=value"; lent, copied. Nothing of the host's environment is passed
 * on. As set_args. */
RINGFORT_API ringfort_status ringfort_config_set_env(ringfort_config *config, size_t envc,
                                                     const char *const *env);

/**
 * `preopens`: gives the guest the directory `host_path`, which it sees as `guest_path`. It is
 * opened by ringfort_wasi_new, in the order of the calls, as descriptor 3 and following. In a
 * preopen whose guest path is "/", the target of an absolute symbolic link is looked up inside the
 * preopen; elsewhere such a link is NOTCAPABLE. Where the process may search the directory but not
 * list it, the guest opens what it knows by name, and fd_readdir is ACCES.
 * @param guest_path, host_path  lent, copied
 * @param flags                  RINGFORT_READ_ONLY, RINGFORT_SYSTEM_FILES, both, or 0
 * @return OK, ERR_NO_MEMORY, ERR_INVALID_ARG_VALUE (unknown flags). Threads: one per config.
 */
RINGFORT_API ringfort_status ringfort_config_preopen(ringfort_config *config,
                                                     const char *guest_path, const char *host_path,
                                                     unsigned flags);

/** The same for a directory that is open already. @param dirfd lent; duplicated, so it may be
 * closed at once; one of O_PATH will do.
 * @return also ERR_OPEN (not open, not a directory). Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_preopen_fd(ringfort_config *config,
                                                        const char *guest_path, int dirfd,
                                                        unsigned flags);

/** Gives the guest a socket (a listener, for sock_accept), numbered after the directories in the
 * order of the calls.
 * @param fd lent; duplicated, and a listener is made nonblocking for all who share it.
 * @return OK, ERR_NO_MEMORY, ERR_OPEN (not open, not a socket). Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_preopen_socket(ringfort_config *config, int fd);

/** Flag of a preopened socket: the guest finds it nonblocking, and sock_accept without a caller is
 * AGAIN. Guests with an event loop of their own need that, such as those of Go. */
enum { RINGFORT_NONBLOCK = 1 };

/** The same with flags: RINGFORT_NONBLOCK, or 0, where calls wait.
 * @return also ERR_INVALID_ARG_VALUE (unknown flags). Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_preopen_socket_flags(ringfort_config *config, int fd,
                                                                  unsigned flags);

/** `returnOnExit`: true (the default) gives proc_exit's code back from start; false ends the
 * process. */
RINGFORT_API void ringfort_config_set_return_on_exit(ringfort_config *config, bool return_on_exit);

/** `stdin`, `stdout`, `stderr`: host descriptors for 0, 1 and 2. ringfort_wasi_new duplicates
 * them, so that a guest can never close its host's. The guest may read and write them as they are
 * open, sync what it may write, poll, stat, and seek in a file; of a directory, only stat.
 * @param fd lent; not negative. @return OK, ERR_OUT_OF_RANGE. Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_set_stdin(ringfort_config *config, int fd);
RINGFORT_API ringfort_status ringfort_config_set_stdout(ringfort_config *config, int fd);
RINGFORT_API ringfort_status ringfort_config_set_stderr(ringfort_config *config, int fd);

/** @return OK, or ERR_INVALID_ARG_VALUE (unknown dialect). Threads: one per config. */
RINGFORT_API ringfort_status ringfort_config_set_dialect(ringfort_config *config,
                                                         ringfort_dialect dialect);

/** @return OK, ERR_INVALID_ARG_VALUE (unknown limit), ERR_OUT_OF_RANGE (0; above 2^20 open files or
 *         subscriptions, 4095 bytes of a path, 2^32 - 1 table elements or instances). Threads: one
 *         per config. */
RINGFORT_API ringfort_status ringfort_config_set_limit(ringfort_config *config,
                                                       ringfort_limit limit, uint64_t value);

/** @return a limit as it was set, or its default; 0 for an unknown one. Threads: one per config. */
RINGFORT_API uint64_t ringfort_config_limit(const ringfort_config *config, ringfort_limit limit);

/** Promises that the guest has one thread, so that calls need no locks. Default false;
 * ringfort_wasi_share takes it back. Threads: one per config. */
RINGFORT_API void ringfort_config_set_single_threaded(ringfort_config *config,
                                                      bool single_threaded);

/** Whether the call that waits shall end. @param data as given to ringfort_config_set_heartbeat */
typedef bool ringfort_heartbeat_callback(void *data);

/**
 * Asks the embedder about every `period_ms` while a call waits for a descriptor or a clock, on the
 * thread that waits and with no lock held. Where `callback` says true, that call's outcome is
 * RINGFORT_INTERRUPTED, and the object goes on; bytes already transferred are not reported.
 * A call that does not wait costs nothing more. The callback may interrupt the object, but not call
 * or free it. NULL for none, which is the default.
 * @return OK, ERR_OUT_OF_RANGE (a period of 0). Threads: one per config.
 */
RINGFORT_API ringfort_status ringfort_config_set_heartbeat(ringfort_config *config,
                                                           ringfort_heartbeat_callback *callback,
                                                           void *data, uint32_t period_ms);

/* ---- The WASI object ------------------------------------------------------------------------- */

typedef struct ringfort_wasi ringfort_wasi;

/**
 * `new WASI(options)`: duplicates stdio, opens the preopens.
 * @param config lent, not changed: any number of objects may be made from one
 * @param out    set to the object; yours, free it with ringfort_wasi_delete
 * @return OK, or ERR_OPEN (names the path or descriptor), ERR_OUT_OF_RANGE (more preopens than
 *         LIMIT_OPEN_FILES), ERR_NO_MEMORY
 *
 * Where the process has RLIMIT_FSIZE at this time, a file that would grow past it is FBIG for the
 * guest, and SIGXFSZ is kept from the process.
 *
 * Threads: any.
 */
RINGFORT_API ringfort_status ringfort_wasi_new(const ringfort_config *config, ringfort_wasi **out,
                                               ringfort_error *error);

/**
 * Takes the promise of ringfort_config_set_single_threaded back: from now on several threads may
 * call. Files that are open keep their place, which the host counts from now on. Again, or for an
 * object that promised nothing: nothing happens.
 * @return OK, or ERR_UNSUPPORTED where the host refuses a file's offset, which no file system is
 *         known to do; the promise holds on then, and nothing is lost.
 *
 * Threads: one, when no call is under way; the others have to learn of it in a way that orders
 * memory, such as by being started.
 */
RINGFORT_API ringfort_status ringfort_wasi_share(ringfort_wasi *wasi);

/** Frees an object and closes every descriptor the guest had. @param wasi given; NULL is allowed.
 * Threads: one, when no call on it is under way any more. */
RINGFORT_API void ringfort_wasi_delete(ringfort_wasi *wasi);

/* ---- The import table: `wasi.wasiImport` ----------------------------------------------------- */

/** The guest's linear memory, as it is for the length of one call. */
typedef struct ringfort_memory {
    void *base;
    size_t size; /**< in bytes; 0 is allowed */
} ringfort_memory;

/** How a call came out. */
typedef enum ringfort_outcome {
    RINGFORT_RETURNED = 0, /**< give `value`, a WASI errno, back to the guest */
    RINGFORT_EXITED = 1,   /**< proc_exit: unwind the guest; `value` is the exit code */
    RINGFORT_FAULT =
        2, /**< a pointer leaves the memory: trap (the specification) or give OVERFLOW, 61 (Node) */
    RINGFORT_INTERRUPTED =
        3, /**< ringfort_wasi_interrupt, a heartbeat or LIMIT_WALL_TIME: unwind the guest */
} ringfort_outcome;

typedef struct ringfort_result {
    uint32_t value;        /**< see the outcomes */
    uint32_t fault_start;  /**< with RINGFORT_FAULT: the guest address */
    uint64_t fault_length; /**< with RINGFORT_FAULT: how many bytes were wanted there */
} ringfort_result;

typedef struct ringfort_import ringfort_import;

/** One WASI function. */
struct ringfort_import {
    const char *module; /**< "wasi_snapshot_preview1" or "wasi_unstable" */
    const char *name;   /**< "fd_write" */
    const char
        *params; /**< the wasm types of its parameters, `i` for i32 and `I` for i64: "iiii" */
    const char *results;     /**< "i", or "" for proc_exit */
    const char *param_names; /**< "fd,iovs,iovs_len,nwritten" */
    ringfort_abi abi;
    unsigned index; /**< its row in its table */
    ringfort_outcome (*call)(ringfort_wasi *wasi, ringfort_memory memory, const uint64_t *args,
                             ringfort_result *result);
};

/**
 * `wasi.wasiImport`: the functions of the object's version (of both, one after the other, where
 * both were asked for).
 * @param count set to the number of rows: 46 for preview1, 45 for unstable
 * @return the rows; lent for ever. Threads: any.
 */
RINGFORT_API const ringfort_import *ringfort_wasi_import(const ringfort_wasi *wasi, size_t *count);

/** The same for a version, without an object; `abi` is RINGFORT_PREVIEW1, RINGFORT_UNSTABLE or
 * both. NULL for other values. */
RINGFORT_API const ringfort_import *ringfort_import_table(unsigned abis, size_t *count);

/**
 * Runs one function. The same as import->call(…), with a check that the object serves it.
 * @param args   lent; one slot a parameter, i32 in the low half
 * @param result lent; `value` is set with RETURNED and EXITED, the fault with FAULT
 *
 * Threads: any number at once, unless the config promised one. No lock is held in a system call,
 * but in one that may grow a regular file under a limit on bytes, sizes or, for stdio, output.
 */
RINGFORT_API ringfort_outcome ringfort_import_call(const ringfort_import *import,
                                                   ringfort_wasi *wasi, ringfort_memory memory,
                                                   const uint64_t *args, ringfort_result *result);

/** @return a WASI errno's name, "badf" for 8; NULL above 76. Lent for ever. Threads: any. */
RINGFORT_API const char *ringfort_errno_name(uint32_t number);

/** @return WASI's number for a host errno, 44 for ENOENT; 0 for 0, and 29 (io) for what WASI has no
 *         number for. Threads: any. */
RINGFORT_API uint32_t ringfort_errno_from_host(int os_errno);

/* ---- The life of an object: what `start`, `initialize` and `finalizeBindings` share ---------- */

/** What an instance exports under a name. */
typedef enum ringfort_export {
    RINGFORT_EXPORT_NONE = 0,
    RINGFORT_EXPORT_FUNCTION = 1,
    RINGFORT_EXPORT_MEMORY = 2,
    RINGFORT_EXPORT_OTHER =
        3, /**< something else, or a function with parameters or results where none may be */
} ringfort_export;

typedef struct ringfort_exports {
    ringfort_export memory;     /**< "memory", or MEMORY where the embedder brings one */
    ringfort_export start;      /**< "_start" */
    ringfort_export initialize; /**< "_initialize" */
} ringfort_exports;

typedef enum ringfort_entry {
    RINGFORT_FINALIZE_BINDINGS = 0,
    RINGFORT_START = 1,
    RINGFORT_INITIALIZE = 2,
} ringfort_entry;

/**
 * For engine adapters: checks an instance as Node does, in Node's order, and marks the object as
 * started.
 * An object whose memory was accepted is started for good, also when its entry points are then
 * refused.
 * @return OK, ERR_WASI_ALREADY_STARTED, ERR_INVALID_ARG_TYPE (names the export). Threads: one per
 *         object.
 */
RINGFORT_API ringfort_status ringfort_wasi_begin(ringfort_wasi *wasi, ringfort_entry entry,
                                                 const ringfort_exports *exports,
                                                 ringfort_error *error);

/** @return whether start, initialize or finalize_bindings succeeded. Threads: any. */
RINGFORT_API bool ringfort_wasi_started(const ringfort_wasi *wasi);

/** Whether proc_exit was called, and with what (0 before). @param code may be NULL. Threads:
 * any. */
RINGFORT_API bool ringfort_wasi_exited(const ringfort_wasi *wasi, uint32_t *code);

/** @return the config's return_on_exit, for adapters. Threads: any. */
RINGFORT_API bool ringfort_wasi_return_on_exit(const ringfort_wasi *wasi);

/** Ends the calls of this object that block and all that will: their outcome is
 * RINGFORT_INTERRUPTED. For good.
 * Threads: any; async-signal-safe. */
RINGFORT_API void ringfort_wasi_interrupt(ringfort_wasi *wasi);

/** @return whether ringfort_wasi_interrupt was called, or a call came after LIMIT_WALL_TIME.
 *         Threads: any. */
RINGFORT_API bool ringfort_wasi_interrupted(const ringfort_wasi *wasi);

/** A limit that was met, and its value. */
typedef struct ringfort_refusal {
    ringfort_limit limit;
    uint64_t value;
} ringfort_refusal;

/** The limit that last refused or cut short something. @param last set where there is one; may be
 * NULL. @return false where none has. Threads: any. */
RINGFORT_API bool ringfort_wasi_refusal(const ringfort_wasi *wasi, ringfort_refusal *last);

/** @return a limit as the config had it; 0 for an unknown one. Threads: any. */
RINGFORT_API uint64_t ringfort_wasi_limit(const ringfort_wasi *wasi, ringfort_limit limit);

/** For engine adapters: one of the engine's limits has refused something. Threads: any. */
RINGFORT_API void ringfort_wasi_note_refusal(ringfort_wasi *wasi, ringfort_limit limit);

/** A pointer of the engine adapter's, kept with the object; `drop`, where not NULL, frees it with
 * the object or when another is set. Threads: one per object. */
RINGFORT_API void ringfort_wasi_set_engine_data(ringfort_wasi *wasi, void *data,
                                                void (*drop)(void *data));
RINGFORT_API void *ringfort_wasi_engine_data(const ringfort_wasi *wasi);

/* ---- Tracing --------------------------------------------------------------------------------- */

/** One call, seen after it ended (proc_exit too). All pointers are lent for the length of the
 * callback. */
typedef struct ringfort_trace {
    const ringfort_import *import;
    ringfort_memory memory;
    const uint64_t *args;
    ringfort_outcome outcome;
    ringfort_result result;
    uint64_t start_ns; /**< CLOCK_MONOTONIC */
    uint64_t duration_ns;
    const char *limit; /**< the name of the limit that refused or cut this call; NULL for none */
    uint32_t skipped;  /**< entries that fd_readdir left out, because their names are not UTF-8 */
} ringfort_trace;

typedef void ringfort_trace_callback(void *data, const ringfort_trace *trace);

/** Calls `callback` after every WASI call, on the thread that made it; NULL ends tracing. Threads:
 * one per config. */
RINGFORT_API void ringfort_config_set_trace(ringfort_config *config,
                                            ringfort_trace_callback *callback, void *data);

enum {
    RINGFORT_TEXT_LINES = 1,  /**< line feeds stay */
    RINGFORT_TEXT_MARKED = 2, /**< a `?` stands for what is not shown, instead of its number */
};

/**
 * Writes text that a guest or its module chose so that it can be shown to a person: as UTF-8
 * without characters that drive a terminal, turn the direction of the text, separate lines or
 * cannot be seen. Such a character becomes `\u{202e}`, or `\x1b` if it is one of ASCII; each byte
 * that is not UTF-8 becomes `\x9b`. A backslash stays as it is.
 * @param text  lent; need not be UTF-8, may hold NULs
 * @param flags of RINGFORT_TEXT_LINES and RINGFORT_TEXT_MARKED, or 0
 * @param shown lent; up to `size` bytes are written, NUL included, and nothing of a character or of
 *              an escape that does not fit whole; NULL with a size of 0
 * @return the length of the whole result, which was cut where it is `size` or more. Threads: any.
 */
RINGFORT_API size_t ringfort_text_escape(const char *text, size_t length, unsigned flags,
                                         char *shown, size_t size);

typedef enum ringfort_trace_format {
    /** fd_write(fd=1, iovs=0x10, iovs_len=1, nwritten=0x8) = 0 success nwritten=12 <1.204us>, and
     * ` limit=output` where one was met, ` skipped=2` where entries were left out */
    RINGFORT_TRACE_TEXT = 0,
    RINGFORT_TRACE_JSON =
        1, /**< one object of the Chrome trace-event format, of phase X, times in microseconds */
} ringfort_trace_format;

/**
 * Writes a trace as one line, without a newline.
 * @param text lent; up to `size` bytes are written, NUL included
 * @return the length of the whole line, which was cut where it is `size` or more. Threads: any.
 */
RINGFORT_API size_t ringfort_trace_print(const ringfort_trace *trace, ringfort_trace_format format,
                                         char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
