/*
 * A guest that attacks its host with addresses and counts, see tests/guests/memory_attacks.c, run
 * by the Wasmtime adapter: each attack ends in an errno or a trap, soon, changes nothing but
 * declared results, and costs the host no memory.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "load.h"

#include <time.h>

enum { NO_FAULT, NO_SUCH_ATTACK = 1 << 8, SLOW_MS = 5000, HOST_GROWTH_KB = 64 * 1024 };

enum { IN_THE_END, IN_THE_MIDDLE };

/* The guest's folder; an attack may leave files of any name there. */
static char box[64];

static void make_guest(struct run *run, const char *name, unsigned version)
{
    static const char *const args[] = { "f" };
    static const char *const env[] = { "f=1" };
    snprintf(box, sizeof box, "/tmp/ringfort-test-XXXXXX");
    assert_non_null(mkdtemp(box));
    assert_int_equal(ringfort_config_set_version(run->config, version), RINGFORT_OK);
    assert_int_equal(ringfort_config_set_args(run->config, 1, args), RINGFORT_OK);
    assert_int_equal(ringfort_config_set_env(run->config, 1, env), RINGFORT_OK);
    assert_int_equal(ringfort_config_preopen(run->config, "box", box, 0), RINGFORT_OK);
    /* It grows to all that 32 bits can address. */
    assert_int_equal(ringfort_config_set_limit(run->config, RINGFORT_LIMIT_MEMORY, UINT64_MAX),
                     RINGFORT_OK);
    run_load_file(run, name);
    run_link(run);
    assert_int_equal(run_instantiate(run), RINGFORT_OK);
    assert_int_equal(ringfort_wasi_initialize(run->wasi, run->context, &run->instance, &run->error),
                     RINGFORT_OK);
}

static void remove_box(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", box);
    assert_int_equal(system(command), 0);
}

/* @return whether the call came back */
static bool call(struct run *run, const char *name, const int32_t *args, size_t count,
                 int32_t *result)
{
    wasmtime_extern_t item;
    assert_true(
        wasmtime_instance_export_get(run->context, &run->instance, name, strlen(name), &item));
    wasmtime_val_t in[2] = { { .kind = WASMTIME_I32 }, { .kind = WASMTIME_I32 } };
    for (size_t i = 0; i < count; i++) {
        in[i].of.i32 = args[i];
    }
    wasmtime_val_t out = { .kind = WASMTIME_I32 };
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *const error =
        wasmtime_func_call(run->context, &item.of.func, in, count, &out, 1, &trap);
    wasmtime_extern_delete(&item);
    const ringfort_status status = ringfort_wasi_call_status(run->wasi, error, trap, &run->error);
    *result = out.of.i32;
    if (status == RINGFORT_ERR_TRAP) {
        assert_message_has(run, "memory of "); /* ours, and not the guest's own fault */
        return false;
    }
    assert_int_equal(status, RINGFORT_OK);
    return true;
}

/* From the kernel: the most memory that the process ever held. */
static long peak_kb(void)
{
    FILE *const file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    char line[128];
    long kb = -1;
    while (fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "VmHWM: %ld", &kb);
    }
    assert_int_equal(fclose(file), 0);
    assert_true(kb > 0);
    return kb;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* @return false after the last */
static bool run_attack(struct run *run, int32_t index, int32_t where)
{
    const int32_t args[] = { index, where };
    int32_t form = 0;
    int32_t verdict = 0;
    const long start = now_ms();
    const bool came_back = call(run, "attack", args, 2, &verdict);
    const long took = now_ms() - start;
    if (verdict == NO_SUCH_ATTACK) {
        return false;
    }
    if (!came_back) {
        assert_true(call(run, "after_fault", NULL, 0, &verdict));
        verdict <<= 8;
    }
    assert_true(call(run, "form_of", args, 1, &form));
    if (verdict >> 8 != 0 || took > SLOW_MS) {
        fail_msg("attack %d (form 0x%x, place %d): problem %d, errno %d, %ld ms", index,
                 (unsigned)form, where, verdict >> 8, verdict & 0xff, took);
    }
    return true;
}

static int32_t run_attacks(struct run *run, int32_t where)
{
    int32_t index = 0;
    while (run_attack(run, index, where)) {
        index++;
    }
    assert_true(index > 2000);
    return index;
}

static void attack_all(struct run *run, const char *name, unsigned version)
{
    int32_t grown = 0;
    make_guest(run, name, version);
    assert_true(run_attack(run, 0, IN_THE_END)); /* what is used once is there */
    const long before = peak_kb();
    int32_t count = run_attacks(run, IN_THE_END);
    assert_true(call(run, "grow", NULL, 0, &grown));
    assert_int_equal(grown, 1);
    count += run_attacks(run, IN_THE_END);
    count += run_attacks(run, IN_THE_MIDDLE);
    const long growth = peak_kb() - before;
    print_message("%d attacks, the host grew by %ld KiB\n", count, growth);
    assert_true(growth < HOST_GROWTH_KB);
    remove_box();
}

static void addresses_and_counts_of_preview1_harm_neither_memory_nor_host(void **state)
{
    attack_all(*state, "memory_attacks.wasm", RINGFORT_PREVIEW1);
}

static void addresses_and_counts_of_unstable_harm_neither_memory_nor_host(void **state)
{
    attack_all(*state, "memory_attacks_unstable.wasm", RINGFORT_UNSTABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_and_counts_of_preview1_harm_neither_memory_nor_host),
        TEST(addresses_and_counts_of_unstable_harm_neither_memory_nor_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
