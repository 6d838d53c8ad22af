/*
 * The trace callback, and traces as lines.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "../support/samples.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

/** The last trace, and both of its lines. */
struct seen {
    unsigned count;
    const char *name;
    ringfort_outcome outcome;
    ringfort_result result;
    uint64_t args[16];
    uint64_t start_ns;
    uint64_t duration_ns;
    char text[LINE];
    char json[LINE];
};

static void see(void *data, const ringfort_trace *trace)
{
    struct seen *const seen = data;
    seen->count++;
    seen->name = trace->import->name;
    seen->outcome = trace->outcome;
    seen->result = trace->result;
    memcpy(seen->args, trace->args, strlen(trace->import->params) * sizeof trace->args[0]);
    seen->start_ns = trace->start_ns;
    seen->duration_ns = trace->duration_ns;
    ringfort_trace_print(trace, RINGFORT_TRACE_TEXT, seen->text, LINE);
    ringfort_trace_print(trace, RINGFORT_TRACE_JSON, seen->json, LINE);
}

static void assert_has(const char *line, const char *part)
{
    if (strstr(line, part) == NULL) {
        fail_msg("\"%s\" is not in: %s", part, line);
    }
}

/* ---- A reader of JSON that accepts what the grammar does, and says where it stopped. ---- */

static const char *skip_value(const char *at);

static const char *skip_spaces(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') {
        at++;
    }
    return at;
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) {
            return NULL;
        }
        if (*at == '\\') {
            at++;
            if (*at == 'u') {
                for (int i = 0; i < 4; i++) {
                    at++;
                    if (!isxdigit((unsigned char)*at)) {
                        return NULL;
                    }
                }
            } else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
                return NULL;
            }
        }
    }
    return at + 1;
}

static const char *skip_object(const char *at)
{
    at = skip_spaces(at + 1);
    if (*at == '}') {
        return at + 1;
    }
    for (;;) {
        if (*at != '"' || (at = skip_string(at)) == NULL || *(at = skip_spaces(at)) != ':' ||
            (at = skip_value(skip_spaces(at + 1))) == NULL) {
            return NULL;
        }
        at = skip_spaces(at);
        if (*at == '}') {
            return at + 1;
        }
        if (*at != ',') {
            return NULL;
        }
        at = skip_spaces(at + 1);
    }
}

static const char *skip_value(const char *at)
{
    if (*at == '{') {
        return skip_object(at);
    }
    if (*at == '"') {
        return skip_string(at);
    }
    char *end = NULL;
    (void)strtod(at, &end);
    const bool is_number =
        isdigit((unsigned char)*at) || (*at == '-' && isdigit((unsigned char)at[1]));
    return is_number && end != at ? end : NULL;
}

static void assert_is_json(const char *line)
{
    const char *const end = line[0] == '{' ? skip_object(line) : NULL;
    if (end == NULL || *end != '\0') {
        fail_msg("this is no JSON object: %s", line);
    }
}

static void trace_sees_every_function_once_with_its_arguments_and_outcome(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    const ringfort_abi versions[] = { RINGFORT_PREVIEW1, RINGFORT_UNSTABLE };
    ringfort_config_set_trace(w->config, see, &seen);
    assert_status(ringfort_config_set_version(w->config, 3), RINGFORT_OK);
    for (size_t v = 0; v < 2; v++) {
        size_t count = 0;
        const ringfort_import *const rows = ringfort_import_table(versions[v], &count);
        w->abi = versions[v];
        for (size_t i = 0; i < count; i++) {
            world_restart(w);
            uint64_t args[16] = { 99, 99, 99, 99, 99, 99, 99, 99, 99 };
            const uint32_t outcome = wasi_call(w, rows[i].name, args, strlen(rows[i].params));
            assert_int_equal(seen.count, v * 46 + i + 1);
            assert_string_equal(seen.name, rows[i].name);
            assert_int_equal(seen.outcome, w->outcome);
            assert_int_equal(seen.result.value, w->result.value);
            assert_true(outcome <= WASI_FAULTED);
            char begin[64];
            snprintf(begin, sizeof begin, "%s(", rows[i].name);
            assert_memory_equal(seen.text, begin, strlen(begin));
            assert_is_json(seen.json);
            assert_has(seen.json, "\"ph\":\"X\"");
            assert_null(strchr(seen.text, '\n'));
        }
    }
}

static void trace_of_fd_write_is_a_line_with_names_result_and_duration(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    const uint32_t iovs = iovec(w, text(w, "hello"));
    const uint32_t out = guest_alloc(w, 4);
    const uint64_t before = host_clock_ns(CLOCK_MONOTONIC);
    assert_errno(wasi_fd_write(w, 1, iovs, 1, out), WASI_SUCCESS);
    const uint64_t after = host_clock_ns(CLOCK_MONOTONIC);
    assert_in_range(seen.start_ns, before, after);
    assert_in_range(seen.start_ns + seen.duration_ns, before, after);
    char line[256];
    snprintf(line, sizeof line,
             "fd_write(fd=1, iovs=0x%x, iovs_len=1, nwritten=0x%x) = 0 success nwritten=5 <", iovs,
             out);
    assert_memory_equal(seen.text, line, strlen(line));
    assert_string_equal(seen.text + strlen(seen.text) - 3, "us>");
    assert_is_json(seen.json);
    assert_has(seen.json, "\"name\":\"fd_write\"");
    assert_has(seen.json, "\"fd\":1");
    assert_has(seen.json, "success");
}

static void trace_of_a_failure_names_the_errno(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    assert_errno(wasi_fd_close(w, 99), WASI_EBADF);
    assert_has(seen.text, "fd_close(fd=99) = 8 badf <");
    assert_has(seen.json, "badf");
    assert_fault(w, wasi_random_get(w, UINT32_MAX, 2), UINT32_MAX, 2);
    assert_int_equal(seen.outcome, RINGFORT_FAULT);
    assert_int_equal(seen.result.fault_start, UINT32_MAX);
    assert_int_equal(seen.result.fault_length, 2);
    assert_has(seen.text, "0xffffffff");
    assert_errno(wasi_proc_exit(w, 42), WASI_EXITED);
    assert_has(seen.text, "proc_exit(rval=42)");
    assert_int_equal(seen.count, 3);
}

static void trace_of_paths_of_any_bytes_is_one_line_and_valid_json(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    const char *const paths[] = { "plain",       "quote\"back\\slash", "new\nline\ttab\x01\x7f",
                                  "caf\xc3\xa9", "\xff\xfe",           "" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        guest_try_open(w, FIRST_PREOPEN, paths[i], 0, 0, RIGHT_FD_READ);
        assert_null(strchr(seen.text, '\n'));
        assert_is_json(seen.json);
    }
    guest_try_open(w, FIRST_PREOPEN, "a path", 0, 0, RIGHT_FD_READ);
    assert_has(seen.text, "a path");
    assert_has(seen.json, "a path");
    char longest[4000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    guest_try_open(w, FIRST_PREOPEN, longest, 0, 0, RIGHT_FD_READ);
    assert_is_json(seen.json);
}

/** Entries that are not UTF-8 are missing in the list, and counted here, each time that they are
 * left out. */
static void trace_counts_the_entries_that_fd_readdir_leaves_out(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    host_mkdir(w, "box/d");
    host_write(w, "box/d/f", "");
    const uint32_t dir = guest_open_dir(w, FIRST_PREOPEN, "d");
    const uint32_t buf = guest_alloc(w, 512);
    const uint32_t used = guest_alloc(w, 4);
    const uint32_t whole = 3 * SIZE_DIRENT + sizeof "..." - 1 + sizeof "f" - 1;
    assert_errno(wasi_fd_readdir(w, dir, buf, 512, 0, used), WASI_SUCCESS);
    assert_int_equal(guest_u32(w, used), whole);
    assert_null(strstr(seen.text, "skipped"));
    assert_null(strstr(seen.json, "skipped"));
    host_write(w, "box/d/\xff", "");
    host_mkdir(w, "box/d/caf\xc3");
    for (int i = 0; i < 2; i++) {
        assert_errno(wasi_fd_readdir(w, dir, buf, 512, 0, used), WASI_SUCCESS);
        assert_int_equal(guest_u32(w, used), whole);
        assert_has(seen.text, " skipped=2");
        assert_has(seen.json, ",\"skipped\":2}}");
        assert_is_json(seen.json);
    }
    guest_try_open(w, FIRST_PREOPEN, "d", 0, 0, RIGHT_FD_READ);
    assert_null(strstr(seen.text, "skipped"));
}

static void trace_of_a_path_outside_the_memory_is_a_line_all_the_same(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    const struct span outside[] = { { UINT32_MAX, 5 }, { 0, UINT32_MAX }, { guest_end(w, 1), 2 } };
    for (size_t i = 0; i < 3; i++) {
        assert_fault(w, wasi_path_unlink_file(w, FIRST_PREOPEN, outside[i]), outside[i].at,
                     outside[i].length);
        assert_is_json(seen.json);
    }
}

struct cut {
    size_t whole[2];
    bool right;
};

static void print_at_every_size(void *data, const ringfort_trace *trace)
{
    struct cut *const cut = data;
    cut->right = true;
    for (int format = RINGFORT_TRACE_TEXT; format <= RINGFORT_TRACE_JSON; format++) {
        char whole[LINE];
        const size_t length =
            ringfort_trace_print(trace, (ringfort_trace_format)format, whole, sizeof whole);
        cut->whole[format] = length;
        cut->right = cut->right && strlen(whole) == length;
        for (size_t size = 0; size <= length + 2; size++) {
            char *const part = malloc(size + 1);
            memset(part, '#', size + 1);
            const size_t again =
                ringfort_trace_print(trace, (ringfort_trace_format)format, part, size);
            const size_t kept = size > length ? length : size - 1;
            cut->right = cut->right && again == length && part[size] == '#' &&
                         (size == 0 || (strlen(part) == kept && memcmp(part, whole, kept) == 0));
            free(part);
        }
    }
}

static void trace_print_into_little_room_cuts_and_tells_the_whole_length(void **state)
{
    struct world *const w = *state;
    struct cut cut = { 0 };
    ringfort_config_set_trace(w->config, print_at_every_size, &cut);
    guest_try_open(w, FIRST_PREOPEN, "some\npath", 0, 0, RIGHT_FD_READ);
    assert_true(cut.right);
    assert_true(cut.whole[RINGFORT_TRACE_TEXT] > 60);
    assert_true(cut.whole[RINGFORT_TRACE_JSON] > 60);
}

static void trace_ends_where_the_callback_is_taken_away(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    ringfort_config_set_trace(w->config, NULL, NULL);
    assert_errno(wasi_sched_yield(w), WASI_SUCCESS);
    assert_int_equal(seen.count, 0);
}

static void traced_calls_do_what_untraced_ones_do(void **state)
{
    struct world *const w = *state;
    struct seen seen = { 0 };
    ringfort_config_set_trace(w->config, see, &seen);
    const uint32_t fd = guest_open(w, FIRST_PREOPEN, "f", OFLAG_CREAT, RIGHTS_FILE);
    guest_write(w, fd, "text");
    guest_seek(w, fd, 0, SEEK_FROM_START);
    guest_assert_reads(w, fd, 8, "text");
    assert_has(seen.text, "nread=4");
    guest_close(w, fd);
    assert_int_equal(seen.count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(trace_sees_every_function_once_with_its_arguments_and_outcome),
        TEST(trace_of_fd_write_is_a_line_with_names_result_and_duration),
        TEST(trace_of_a_failure_names_the_errno),
        TEST(trace_of_paths_of_any_bytes_is_one_line_and_valid_json),
        TEST(trace_counts_the_entries_that_fd_readdir_leaves_out),
        TEST(trace_of_a_path_outside_the_memory_is_a_line_all_the_same),
        TEST(trace_print_into_little_room_cuts_and_tells_the_whole_length),
        TEST(trace_ends_where_the_callback_is_taken_away),
        TEST(traced_calls_do_what_untraced_ones_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
