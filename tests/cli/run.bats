# Running a guest: how it is found, and how its end becomes an exit status.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "a_text_file_runs" {
    run -0 --separate-stderr ringfort run "$(guest hello)"
    [ "$output" = "hello world" ]
    [ -z "$stderr" ]
}

@test "a_binary_file_runs" {
    run -0 ringfort run "$PROBE" args
    [ "$output" = $'0=cli_probe.wasm\n1=args' ]
}

@test "a_bare_file_runs" {
    run -0 ringfort "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "a_bare_file_runs_after_the_options_of_run" {
    run -0 ringfort --argv0 name "$PROBE" args
    [ "${lines[0]}" = "0=name" ]
}

@test "a_module_is_read_from_stdin" {
    run -0 ringfort run - args x <"$PROBE"
    [ "$output" = $'0=-\n1=args\n2=x' ]
}

@test "text_is_read_from_stdin" {
    run -0 ringfort - <"$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "text_is_known_by_its_content_not_its_name" {
    cp "$(guest hello)" hello.wasm
    run -0 ringfort hello.wasm
    [ "$output" = "hello world" ]
}

@test "words_after_the_file_belong_to_the_guest_options_too" {
    run -0 ringfort run "$PROBE" args --help -x -- --dir
    [ "$output" = $'0=cli_probe.wasm\n1=args\n2=--help\n3=-x\n4=--\n5=--dir' ]
}

@test "two_dashes_end_the_options" {
    cp "$(guest hello)" ./--odd.wat
    run -0 ringfort run -- --odd.wat
    [ "$output" = "hello world" ]
}

@test "argument_0_is_the_file_without_its_folder" {
    mkdir -p a/b
    cp "$PROBE" a/b/c.wasm
    run -0 ringfort run a/b/c.wasm args
    [ "${lines[0]}" = "0=c.wasm" ]
}

@test "argv0_sets_argument_0" {
    run -0 ringfort run --argv0 "any thing" "$PROBE" args
    [ "${lines[0]}" = "0=any thing" ]
}

@test "snapshot_0_runs" {
    run -0 ringfort run "$(guest hello_unstable)"
    [ "$output" = "hello snapshot 0" ]
}

@test "a_module_of_both_versions_runs" {
    run -0 ringfort run "$(guest hello_both_versions)"
    [ "$output" = "ab" ]
}

@test "every_exit_code_of_a_byte_is_the_status" {
    for code in 0 1 2 33 124 125 126 127 128 134 254 255; do
        run "-$code" --separate-stderr ringfort run "$PROBE" exit "$code"
        [ -z "$stderr" ]
    done
}

@test "the_low_8_bits_of_a_larger_exit_code_are_the_status" {
    run -255 ringfort run "$(guest exit)"
}

@test "returning_from_start_is_status_0" {
    run -0 ringfort run "$PROBE"
    [ -z "$output" ]
}

@test "a_trap_is_134_with_its_reason_and_backtrace" {
    run -134 --separate-stderr ringfort run "$PROBE" trap
    [[ ${stderr_lines[0]} == "ringfort: $PROBE: "*unreachable* ]]
    [[ $stderr == *"at inner (function "*"at outer (function "*"at _start"* ]]
}

@test "a_pointer_outside_the_memory_traps_and_is_named" {
    run -134 --separate-stderr ringfort run "$(guest pointer)"
    [[ ${stderr_lines[0]} == *"fd_write"*"0xffff0000"* ]]
}

@test "endless_recursion_traps" {
    run -134 --separate-stderr ringfort run "$(guest deep)"
    [[ ${stderr_lines[0]} == *"call stack exhausted"* ]]
}

@test "endless_recursion_traps_on_a_small_stack_too" {
    is_sanitized && return # such a command has no stack but the one it is given
    run -134 --separate-stderr bash -c 'ulimit -s 512; exec "$0" run "$1"' "$RINGFORT" "$(guest deep)"
    [[ ${stderr_lines[0]} == *"call stack exhausted"* ]]
}

@test "a_start_section_may_exit" {
    run -9 --separate-stderr ringfort run "$(guest start_section_exits)"
    [ -z "$stderr" ]
}

@test "a_trap_in_the_start_section_is_134" {
    run -134 --separate-stderr ringfort run "$(guest start_section_traps)"
    [[ $stderr == *unreachable*"at first"* ]]
}

@test "a_missing_file_is_127" {
    run -127 --separate-stderr ringfort run no/such.wasm
    says "no/such.wasm: no such file"
}

@test "a_missing_file_that_looks_like_a_command_says_so" {
    run -127 --separate-stderr ringfort rnu
    says "rnu: no such file, and no such command"
}

@test "a_file_below_a_file_is_127" {
    run -127 --separate-stderr ringfort run "$PROBE/x"
    says "no such file"
}

@test "a_folder_is_126" {
    mkdir folder
    run -126 --separate-stderr ringfort run folder
    says "folder: is a directory"
}

@test "a_file_that_may_not_be_read_is_126" {
    cp "$(guest hello)" secret.wat
    chmod 000 secret.wat
    run -126 --separate-stderr as_nobody run secret.wat
    says "secret.wat: cannot be read: Permission denied"
}

@test "a_guest_that_writes_to_a_closed_pipe_is_told_and_not_killed" {
    run -1 bash -c '"$0" run "$1" copy </dev/zero 2>/dev/null | true; exit "${PIPESTATUS[0]}"' "$RINGFORT" "$PROBE"
}

@test "closed_standard_streams_are_never_the_command_s_own_files" {
    run -0 bash -c '"$0" run "$1" <&- 2>&-' "$RINGFORT" "$(guest hello)"
    [ "$output" = "hello world" ]
    run -0 bash -c '"$0" run "$1" copy <&-' "$RINGFORT" "$PROBE"
    [ -z "$output" ]
    run -0 bash -c '"$0" run "$1" both >&- 2>&-' "$RINGFORT" "$PROBE"
    [ -z "$output" ]
}

@test "sigterm_and_sigint_end_the_command_as_any_other" {
    run -143 timeout --preserve-status -s TERM 0.5 "$RINGFORT" run "$(guest spin)"
    [ "$output" = x ]
    run -130 timeout --preserve-status -s INT 0.5 "$RINGFORT" run "$PROBE" sleep 60
}

@test "modern_features_run" {
    run -33 ringfort run "$(guest features)"
}

@test "a_shared_memory_without_threads_runs" {
    run -7 ringfort run "$(guest shared_memory)"
}

@test "a_caller_that_ignores_its_children_is_no_obstacle" {
    run -0 env --ignore-signal=CHLD "$RINGFORT" run --no-cache "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "a_namespace_whose_first_process_compiles_is_no_obstacle" {
    # LeakSanitizer begins a process at the end, which such a namespace then refuses.
    export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
    run -0 unshare --pid --map-root-user "$RINGFORT" run --no-cache "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "a_first_line_that_names_an_interpreter_is_not_the_module_s" {
    { echo '#!/usr/bin/env -S ringfort run'; cat "$PROBE"; } >program
    chmod +x program
    run -0 ringfort run program args
    [ "${lines[1]}" = "1=args" ]
    PATH="$(dirname "$RINGFORT"):$PATH" run -7 ./program exit 7
    run -0 ringfort inspect program
    run -0 ringfort compile program -o program.code
    run -0 ringfort run --allow-precompiled program.code args
    { echo '#!/x'; cat program.code; } >marked.code
    run -0 ringfort run --allow-precompiled marked.code args
    { echo '#! /usr/bin/ringfort'; cat "$(guest hello)"; } >hello
    run -0 ringfort run hello
    [ "$output" = "hello world" ]
    printf '#!/usr/bin/ringfort\n(module\n(wrong))\n' >wrong
    run -126 --separate-stderr ringfort run wrong
    says "wrong: is not WebAssembly text"
    printf '#!/usr/bin/ringfort\n' >nothing
    run -126 --separate-stderr ringfort run nothing
    says "nothing: is not WebAssembly but a script"
}

# as_first_process SIGNAL ARGUMENTS...: what the command ends with where it is the first process of a PID namespace
as_first_process() {
    local signal=$1 first
    shift
    rm -f started
    unshare --pid --fork --map-root-user "$RINGFORT" "$@" >started &
    for _ in {1..1000}; do
        [ ! -s started ] || break
        sleep 0.05
    done
    first=$(pgrep -P "$!")
    kill "-$signal" "$first"
    wait "$!"
}

@test "signals_end_a_run_that_is_the_first_process" {
    cat >says_and_spins.wat <<'EOF'
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\01\00\00\00x")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (loop (br 0))))
EOF
    for lockdown in off auto; do
        run -143 as_first_process TERM run --lockdown "$lockdown" says_and_spins.wat
        run -130 as_first_process INT run --lockdown "$lockdown" says_and_spins.wat
        run -129 as_first_process HUP run --lockdown "$lockdown" --timeout 1m says_and_spins.wat
    done
}
