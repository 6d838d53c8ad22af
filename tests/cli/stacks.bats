# --max-stack: a full stack is a trap, whatever stack the shell allows.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

TRAP="$WASM_GUESTS/cli_trap.wasm"

# traps ARGUMENTS...: a run that ends with a trap and says so on its first line
traps() {
    run -134 --separate-stderr ringfort run "$@"
    [[ ${stderr_lines[0]} == "ringfort: "*": wasm trap: "* ]]
}

# exhausts ARGUMENTS...: a run that ends with a full stack, not with a signal, with the option named
exhausts() {
    traps "$@"
    [[ ${stderr_lines[0]} == *"wasm trap: call stack exhausted (--max-stack 2M)" ]]
}

@test "a_full_stack_is_a_trap_that_names_the_option" {
    exhausts "$(guest deep)"
    exhausts "$TRAP" recurse
    traps --max-stack 128K "$(guest deep)"
    [[ ${stderr_lines[0]} == *"(--max-stack 128K)" ]]
}

@test "more_stack_lets_a_guest_go_deeper" {
    if is_sanitized; then
        return 0 # it has no stack of its own
    fi
    cat >m.wat <<'WAT'
(module (memory (export "memory") 1)
  (func $f (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "f") (param i32) (result i32) (call $f (local.get 0))))
WAT
    run -134 ringfort run --invoke f m.wat 500000
    run -0 ringfort run --max-stack 64M --invoke f m.wat 500000
    [ "$output" = 500000 ]
    run -134 ringfort run --max-stack 64K --invoke f m.wat 5000
    run -0 ringfort run --max-stack 1G --invoke f m.wat 5000000
    [ "$output" = 5000000 ]
}

@test "a_full_stack_is_a_trap_whatever_stack_the_shell_allows" {
    if is_sanitized; then
        return 0 # it needs more itself
    fi
    cat >start.wat <<'WAT'
(module (memory (export "memory") 1) (func $f (call $f)) (start $f) (func (export "_start")))
WAT
    for size in 64 128 256 512 8192 unlimited; do
        for cache in --no-cache --quiet --quiet; do # cold, perhaps cold, warm
            for arguments in "$(guest deep)" "$TRAP recurse" "start.wat" "--timeout 20s $(guest deep)"; do
                # shellcheck disable=SC2086
                run -134 --separate-stderr bash -c 'ulimit -s "$0"; exec "$@"' "$size" \
                    "$RINGFORT" run "$cache" $arguments
                [[ ${stderr_lines[0]} == *"call stack exhausted (--max-stack 2M)" ]] || {
                    printf 'ulimit -s %s, %s %s: %s\n' "$size" "$cache" "$arguments" "$stderr"
                    return 1
                }
            done
        done
    done
}

@test "a_guest_runs_on_the_smallest_stack_with_a_cold_cache" {
    if is_sanitized; then
        return 0
    fi
    for cache in --no-cache --quiet; do
        run -0 bash -c 'ulimit -s 64; exec "$@"' bash "$RINGFORT" run "$cache" "$PROBE" args
        [ "${lines[0]}" = "0=cli_probe.wasm" ]
    done
    run -0 bash -c 'ulimit -s 64; exec "$@"' bash "$RINGFORT" inspect "$PROBE"
    run -0 bash -c 'ulimit -s 64; exec "$@"' bash "$RINGFORT" compile "$PROBE" -o code
}

@test "a_full_stack_of_a_thread_is_a_trap" {
    cat >m.wat <<'WAT'
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (export "memory" (memory 0))
  (func $deep (param i32) (result i32) (drop (call $yield)) (i32.add (call $deeper (local.get 0)) (i32.const 1)))
  (func $deeper (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
  (func (export "wasi_thread_start") (param i32 i32) (drop (call $deep (i32.const 0))))
  (func (export "_start")
    (drop (call $spawn (i32.const 0)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))
WAT
    for size in 2M 64K 32M; do
        traps --threads --max-stack "$size" m.wat
        [[ ${stderr_lines[0]} == *"call stack exhausted (--max-stack $size)" ]]
    done
    sed 's/(drop (call $spawn (i32.const 0)))/(drop (call $deep (i32.const 0)))/' m.wat >main.wat
    traps --threads --max-stack 16M main.wat
}

@test "a_stack_of_the_wrong_size_is_refused" {
    for size in 0 1K 63K 2G x -1 '' 64k0; do
        run -2 --separate-stderr ringfort run --max-stack "$size" "$(guest hello)"
        says "--max-stack $size: invalid size; use a number with K, M or G, from 64 KiB to 1 GiB"
    done
}

@test "a_stack_that_there_is_no_memory_for_is_refused_with_the_option" {
    if is_sanitized; then
        return 0 # it wants terabytes
    fi
    run -125 --separate-stderr bash -c 'ulimit -v 500000; exec "$0" run --max-stack 1G "$1"' \
        "$RINGFORT" "$(guest hello)"
    says "--max-stack 1G: cannot make a stack: Cannot allocate memory; use less"
}

@test "the_policy_shows_the_stack" {
    run -0 ringfort run --print-policy "$(guest hello)"
    [[ $output == *$'\nlimit.stack 2097152\n'* ]]
    run -0 ringfort run --print-policy --max-stack 64K "$(guest hello)"
    [[ $output == *$'\nlimit.stack 65536\n'* ]]
}
