/* A guest of several threads by wasi-threads, without a C library: threads open, read and close
 * each other's files.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define WASI(name)           IMPORT("wasi_snapshot_preview1", name)
#define EXPORT(name)         __attribute__((export_name(name)))

WASI("path_open")
int path_open(int dir, int lookup, const char *path, size_t path_len, int oflags, uint64_t rights,
              uint64_t inheriting, int flags, int *fd);
struct range {
    const void *at;
    size_t length;
};
WASI("fd_write") int fd_write(int fd, const struct range *ranges, size_t count, size_t *done);
WASI("fd_read") int fd_read(int fd, const struct range *ranges, size_t count, size_t *done);
WASI("fd_seek") int fd_seek(int fd, int64_t offset, int whence, uint64_t *position);
WASI("fd_tell") int fd_tell(int fd, uint64_t *position);
WASI("fd_close") int fd_close(int fd);
WASI("proc_exit") _Noreturn void proc_exit(int code);
IMPORT("wasi", "thread-spawn") int thread_spawn(void *thread);

enum { FILE_RIGHTS = 0x08e001ff, CREATE = 1, BADF = 8, THREADS = 4, EACH = 8, STACK = 16384 };

/* The exit code is the line of the first check that does not hold. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            proc_exit(__LINE__);                                                                   \
        }                                                                                          \
    } while (0)

/* What a thread is started with; thread.s wants the end of its stack first. */
struct thread {
    char *stack_end;
    int number;
    void (*run)(int number);
    _Atomic int state; /* 1 when it has ended */
};

static struct thread threads[THREADS];
static _Alignas(16) char stacks[THREADS][STACK];
static int shared_fd;
static int opened[THREADS][EACH];

void thread_main(int tid, struct thread *thread)
{
    (void)tid;
    thread->run(thread->number);
    thread->state = 1;
    __builtin_wasm_memory_atomic_notify((int *)&thread->state, 1);
}

static void join(struct thread *thread)
{
    while (thread->state == 0) {
        __builtin_wasm_memory_atomic_wait32((int *)&thread->state, 0, -1);
    }
}

static void start(int number, void (*run)(int number))
{
    threads[number] =
        (struct thread){ .stack_end = stacks[number] + STACK, .number = number, .run = run };
    CHECK(thread_spawn(&threads[number]) > 0);
}

/* In a thread of its own, to its end. */
static void in_thread(void (*run)(int number))
{
    start(0, run);
    join(&threads[0]);
}

static int create(const char *path, size_t length)
{
    int fd = -1;
    CHECK(path_open(3, 1, path, length, CREATE, FILE_RIGHTS, 0, 0, &fd) == 0);
    return fd;
}

static void opens_and_writes(int number)
{
    (void)number;
    size_t done = 0;
    shared_fd = create("shared", 6);
    CHECK(fd_write(shared_fd, &(struct range){ "one guest", 9 }, 1, &done) == 0 && done == 9);
}

static void sees_offset_and_reads(int number)
{
    (void)number;
    uint64_t position = 0;
    char text[16] = { 0 };
    size_t done = 0;
    CHECK(fd_tell(shared_fd, &position) == 0 && position == 9);
    CHECK(fd_seek(shared_fd, 4, 0, &position) == 0 && position == 4);
    CHECK(fd_read(shared_fd, &(struct range){ text, 3 }, 1, &done) == 0 && done == 3);
    CHECK(text[0] == 'g' && text[1] == 'u' && text[2] == 'e');
}

static void closes(int number)
{
    (void)number;
    CHECK(fd_close(shared_fd) == 0);
}

static void finds_it_closed(int number)
{
    (void)number;
    uint64_t position = 0;
    CHECK(fd_tell(shared_fd, &position) == BADF);
    CHECK(fd_close(shared_fd) == BADF);
}

static void opens_many(int number)
{
    char path[] = "many-0-0";
    path[5] = (char)('0' + number);
    for (int i = 0; i < EACH; i++) {
        path[7] = (char)('0' + i);
        opened[number][i] = create(path, sizeof path - 1);
    }
}

static void numbers_are_given_once(void)
{
    bool seen[256] = { false };
    for (int i = 0; i < THREADS * EACH; i++) {
        const int fd = opened[i / EACH][i % EACH];
        CHECK(fd > 3 && fd < 256 && !seen[fd]);
        seen[fd] = true;
        CHECK(fd_close(fd) == 0);
    }
}

/* What the threads' host asks for where it hands a result over; one spawn is under way at a
 * time. */
static int64_t result;
EXPORT("malloc") void *allocate(size_t size)
{
    return size <= sizeof result ? &result : NULL;
}
EXPORT("free") void release(void *memory)
{
    (void)memory;
}

EXPORT("_start") void start_of_program(void)
{
    uint64_t position = 0;
    in_thread(opens_and_writes);
    CHECK(fd_tell(shared_fd, &position) == 0 && position == 9);
    in_thread(sees_offset_and_reads);
    CHECK(fd_tell(shared_fd, &position) == 0 && position == 7);
    in_thread(closes);
    finds_it_closed(0);
    in_thread(finds_it_closed);

    opens_and_writes(0); /* the first thread's, before there are others */
    in_thread(sees_offset_and_reads);
    in_thread(closes);
    finds_it_closed(0);

    for (int i = 0; i < THREADS; i++) {
        start(i, opens_many);
    }
    for (int i = 0; i < THREADS; i++) {
        join(&threads[i]);
    }
    numbers_are_given_once();
    proc_exit(0);
}
