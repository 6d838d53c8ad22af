/*
 * Plays each scene again and again: for the first thing that can befall the first system call, then
 * the second, until there is nothing left that could.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "scenes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Ways to set a core up. */
struct setting {
    const char *name;
    bool walks;
    bool single_threaded;
    bool limited;
    ringfort_dialect dialect;
};

static const struct setting settings[] = {
    { "openat2, threads", false, false, false, RINGFORT_DIALECT_STANDARD },
    { "walk, one thread", true, true, false, RINGFORT_DIALECT_STANDARD },
    { "openat2, one thread, limits, node", false, true, true, RINGFORT_DIALECT_NODE },
    { "walk, threads, limits", true, false, true, RINGFORT_DIALECT_STANDARD },
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0], NAME_MAX_ = 128 };

/* A scene in a setting, and what cmocka calls it. */
struct rehearsal {
    const struct scene *scene;
    const struct setting *setting;
    char name[NAME_MAX_];
};

static unsigned long faults_fallen;

void assert_count(const struct stage *s, uint32_t got, uint32_t whole)
{
    if (s->is_faulty ? got == 0 || got > whole : got != whole) {
        fail_msg("%u of %u", got, whole);
    }
}

uint32_t stage_readdir(struct stage *s, uint32_t fd, struct span buffer, uint64_t cookie,
                       uint32_t used)
{
    struct world *const w = s->w;
    enum { GAP = 8 };
    w->unwatched = true;
    const uint32_t error = wasi_fd_readdir(w, fd, buffer.at, buffer.length, cookie, used);
    w->unwatched = false;
    guest_assert_untouched(w, buffer.at - GAP, GAP);
    guest_assert_untouched(w, buffer.at + buffer.length, GAP);
    guest_assert_untouched(w, used - GAP, GAP);
    guest_assert_untouched(w, used + 4, GAP);
    return error;
}

/* ---- The fixture ---- */

static void make_fixture(struct world *w)
{
    host_mkdir(w, "box/dir");
    host_mkdir(w, "box/dir/sub");
    host_write(w, "box/" SCENE_INNER, "inner");
    host_symlink(w, "sub/../sub/inner", "box/" SCENE_LINK);
}

/* Whether the file still has its text; rewriting it each time would keep a disk busy. */
static bool is_as_it_was(struct world *w)
{
    char found[sizeof SCENE_FILE_TEXT + 1];
    const int fd = openat(w->root_fd, "box/" SCENE_FILE, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, found, sizeof found);
    (void)close(fd);
    return n == sizeof SCENE_FILE_TEXT - 1 && memcmp(found, SCENE_FILE_TEXT, (size_t)n) == 0;
}

/* Takes away what a scene may have made, in whatever state it was left. */
static void tidy(struct world *w)
{
    static const char *const made[] = { "box/new", "box/dir/new", "box/dir/sub/new" };
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (host_exists(w, made[i])) {
            const bool is_directory = S_ISDIR(host_stat(w, made[i]).st_mode);
            assert_int_equal(unlinkat(w->root_fd, made[i], is_directory ? AT_REMOVEDIR : 0), 0);
        }
    }
    if (!is_as_it_was(w)) {
        (void)unlinkat(w->root_fd, "box/" SCENE_FILE, 0);
        host_write(w, "box/" SCENE_FILE, SCENE_FILE_TEXT);
    }
}

static void make_config_of(struct world *w, const struct setting *setting)
{
    w->single_threaded = setting->single_threaded;
    world_without_preopens(w);
    world_preopen(w, "box", "box", 0);
    assert_status(ringfort_config_set_dialect(w->config, setting->dialect), RINGFORT_OK);
    if (setting->limited) {
        assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_BYTES_WRITTEN, 1 << 20),
                      RINGFORT_OK);
        assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_FILE_SIZE, 1 << 16),
                      RINGFORT_OK);
        assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_ENTRIES_CREATED, 100),
                      RINGFORT_OK);
        assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_OUTPUT, 1 << 20),
                      RINGFORT_OK);
        assert_status(ringfort_config_set_limit(w->config, RINGFORT_LIMIT_WALL_TIME, 60000),
                      RINGFORT_OK);
    }
}

/* ---- One fault ---- */

/* Whether an errno is what a guest may be told of a fault. Those that are not the host's own word
 * are looked up here. */
static bool tells(const struct fault_report *report, uint32_t error)
{
    static const struct {
        const char *call;
        int from;
        uint32_t to;
    } others[] = {
        { "openat2", EXDEV, WASI_ENOTCAPABLE }, /* an escape */
        { "fstatfs", 0, WASI_ENOTCAPABLE },     /* what cannot be told is not given */
        { "fstatfs", 0, WASI_EPERM },           /* nor to the embedder, who is told why */
        { "pwritev2", ENOSYS, WASI_ENOTSUP },   /* it lacks the call, so it lacks its flags */
        { "readlinkat", ENOENT, WASI_EINVAL },  /* no link, which is how it says so */
        { "getsockopt", 0, WASI_EINVAL },       /* no listener, for all that is known */
    };
    if (error == STAGE_UNNAMED) {
        return true;
    }
    const int host = abs(report->error) % FAULT_TIMES;
    if (host == EINTR || (host == EAGAIN && report->number == SYS_openat2)) {
        return false; /* signals and renames elsewhere are no business of the guest's */
    }
    if (report->error != SHORT_TO_ONE && report->error != SHORT_TO_HALF &&
        error == ringfort_errno_from_host(host)) {
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(faults_call_name(report->number), others[i].call) == 0 &&
            (others[i].from == 0 || others[i].from == host) && others[i].to == error) {
            return true;
        }
    }
    return false;
}

static void check_held(const char *when, struct held expected)
{
    const struct held now = faults_held();
    if (memcmp(&now, &expected, sizeof now) != 0) {
        fail_msg("%s the core holds %ld descriptors, %ld mappings and %ld blocks more", when,
                 now.descriptors - expected.descriptors, now.mappings - expected.mappings,
                 now.blocks - expected.blocks);
    }
}

static void close_all_kept(struct world *w)
{
    while (w->kept_count > 0) {
        host_close(w, w->kept[w->kept_count - 1]);
    }
}

static void begin(struct world *w, const struct rehearsal *r)
{
    tidy(w);
    world_clear_memory(w);
    close_all_kept(w);
    if (r->scene->makes_its_own) {
        return;
    }
    make_config_of(w, r->setting);
    if (r->scene->begin != NULL) {
        r->scene->begin(w);
    }
    world_start(w);
}

static void end(struct world *w)
{
    world_restart(w);
    ringfort_config_delete(w->config);
    w->config = NULL;
    check_held("in the end", (struct held){ 0 });
}

/* Plays it with one fault; false where there is no such call any more. */
static bool play_with(struct world *w, const struct rehearsal *r, struct fault fault, bool *fell)
{
    struct stage stage = { .w = w, .is_faulty = true };
    begin(w, r);
    faults_arm(fault);
    r->scene->play(&stage);
    const struct fault_report report = faults_disarm();
    if (stage.error != WASI_SUCCESS && !(report.fell && tells(&report, stage.error))) {
        const char *const name = ringfort_errno_name(stage.error);
        fail_msg("the guest was told %s", name != NULL ? name : "no errno at all");
    }
    if (report.fell) {
        /* In the same world: nothing that was left behind is in the way. */
        stage = (struct stage){ .w = w };
        if (!r->scene->consumes) {
            tidy(w);
            world_clear_memory(w);
            r->scene->play(&stage);
            assert_errno(stage.error, WASI_SUCCESS);
        }
        faults_fallen++;
    }
    end(w);
    *fell = report.fell;
    return report.reached;
}

/* Who fails between arm and disarm says where. */
static int tell_where(void **state)
{
    const struct fault_report report = faults_disarm();
    if (report.fell) {
        print_error("    with %s failing by %d\n", faults_call_name(report.number), report.error);
    }
    faults_deny_openat2(false);
    return world_teardown(state);
}

static const struct rehearsal *current;

static void run_rehearsal(void **state)
{
    struct world *const w = *state;
    static const enum fault_where places[] = { FAULT_IN_CALL, FAULT_IN_HEAP };
    const unsigned files = host_files_open();
    bool fell;
    make_fixture(w);
    faults_deny_openat2(current->setting->walks);
    assert_int_equal(play_with(w, current, (struct fault){ .where = FAULT_NOWHERE }, &fell), false);
    const unsigned long before = faults_fallen;
    for (size_t place = 0; place < 2; place++) {
        struct fault fault = { .where = places[place] };
        while (play_with(w, current, fault, &fell)) {
            fault.choice = fell ? fault.choice + 1 : 0;
            fault.nth += !fell;
        }
    }
    close_all_kept(w);
    assert_int_equal(host_files_open(), files);
    print_message("    %lu faults\n", faults_fallen - before);
}

static int setup(void **state)
{
    current = *state;
    return world_setup(state);
}

int scenes_run(const char *group, const struct scene *scenes, size_t count)
{
    struct rehearsal *const all = calloc(count * SETTING_COUNT, sizeof *all);
    struct CMUnitTest *const tests = calloc(count * SETTING_COUNT, sizeof *tests);
    size_t used = 0;
    for (size_t i = 0; all != NULL && tests != NULL && i < count; i++) {
        for (size_t j = 0; j < SETTING_COUNT; j++, used++) {
            all[used].scene = &scenes[i];
            all[used].setting = &settings[j];
            (void)snprintf(all[used].name, sizeof all[used].name, "%s (%s)", scenes[i].name,
                           settings[j].name);
            tests[used] =
                (struct CMUnitTest){ all[used].name, run_rehearsal, setup, tell_where, &all[used] };
        }
    }
    const int failed = used > 0 ? _cmocka_run_group_tests(group, tests, used, NULL, NULL) : 1;
    printf("%s: %lu faults\n", group, faults_fallen);
    free(all);
    free(tests);
    return failed;
}
