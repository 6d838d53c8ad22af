# What reading and compiling a module may use up: time, memory, the size of the file and of the code.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# bomb SHAPE: makes SHAPE.wasm
bomb() {
    python3 "$BATS_TEST_DIRNAME/bombs.py" "$1" "$1.wasm"
}

# peak COMMAND...: runs it, and leaves in the file `peak` what memory it or its compiler process had at most
peak() {
    python3 "$BATS_TEST_DIRNAME/peak.py" peak "$@"
}

# peak_is_below MIB: of the last one. The memory of a sanitized command is its own affair.
peak_is_below() {
    [ "$(cat peak)" -lt "$1" ] || is_sanitized || { printf 'it took %s MiB\n' "$(cat peak)"; return 1; }
}

# compiler_of PID: the process that compiles for it, as soon as there is one
compiler_of() {
    local child=
    for _ in $(seq 500); do
        child=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || return 1
        [ -z "$child" ] || break
        sleep 0.01
    done
    printf '%s\n' "${child%% *}"
}

# A shape is one whose compiling takes seconds; see bombs.py.
long_shapes="blocks loops live functions calls grow deep ifs groups constant elements"
short_shapes="targets types imports exports names segments"

@test "timeout_ends_compiling_whatever_the_shape_of_the_module" {
    for shape in $long_shapes; do
        bomb "$shape"
        run -124 --separate-stderr peak "$RINGFORT" run --no-cache --timeout 100ms "$shape.wasm"
        says "$shape.wasm: compiling it did not end within 100ms (--timeout); raise the limit"
        peak_is_below 300
        rm "$shape.wasm"
    done
}

@test "max_compile_time_ends_compiling_in_every_command" {
    bomb live
    for command in "run --no-cache" "compile -o out"; do
        # shellcheck disable=SC2086
        run -125 --separate-stderr ringfort $command --max-compile-time 100ms live.wasm
        says "live.wasm: compiling it needs more than 100ms of processor time (--max-compile-time); raise the limit"
    done
    [ ! -e out ]
    bomb functions
    run -125 --separate-stderr ringfort inspect --max-compile-time 20ms functions.wasm
    says "functions.wasm: inspecting it needs more than 20ms of processor time (--max-compile-time)"
    bomb text
    for command in "run --no-cache" "compile -o out" inspect; do
        # shellcheck disable=SC2086
        run -125 --separate-stderr ringfort $command --max-compile-time 20ms text.wasm
        says "text.wasm: assembling it needs more than 20ms of processor time (--max-compile-time)"
    done
}

@test "max_compile_memory_ends_compiling_in_every_command" {
    is_sanitized && return # AddressSanitizer maps terabytes, so such a build has no limit
    bomb functions
    for command in "run --no-cache" "compile -o out"; do
        # shellcheck disable=SC2086
        run -125 --separate-stderr peak "$RINGFORT" $command --max-compile-memory 60M functions.wasm
        says "functions.wasm: compiling it needs more than 60 MiB of memory (--max-compile-memory); raise the limit"
        peak_is_below 100
    done
    run -125 --separate-stderr peak "$RINGFORT" inspect --max-compile-memory 20M functions.wasm
    says "functions.wasm: inspecting it needs more than 20 MiB of memory (--max-compile-memory)"
    peak_is_below 60
    bomb text
    run -125 --separate-stderr peak "$RINGFORT" run --max-compile-memory 60M text.wasm
    says "text.wasm: assembling it needs more than 60 MiB of memory (--max-compile-memory)"
    peak_is_below 100
    for size in 1 100K 1M 3M 12M 13M 14M 15M 17M 20M; do
        run -125 --separate-stderr ringfort run --no-cache --max-compile-memory "$size" functions.wasm
        says "(--max-compile-memory)"
    done
}

@test "what_is_large_and_harmless_takes_little_and_has_an_answer" {
    for shape in $short_shapes; do
        bomb "$shape"
        run --separate-stderr peak "$RINGFORT" run --no-cache "$shape.wasm"
        case $status in 0 | 126) ;; *) printf '%s: %s %s\n' "$shape" "$status" "$stderr" && return 1 ;; esac
        peak_is_below 400
        run --separate-stderr peak "$RINGFORT" inspect "$shape.wasm"
        case $status in 0 | 126) ;; *) printf '%s: %s %s\n' "$shape" "$status" "$stderr" && return 1 ;; esac
        peak_is_below 400
        rm "$shape.wasm"
    done
}

@test "nesting_in_text_does_not_reach_the_stack" {
    bomb parentheses
    run -126 --separate-stderr ringfort run parentheses.wasm
    says "parentheses.wasm: is not WebAssembly text: "
    bomb nested
    run -125 --separate-stderr ringfort run --no-cache --max-compile-time 1s nested.wasm
    says "nested.wasm: "
}

@test "code_that_is_too_large_is_refused" {
    bomb data
    run -125 --separate-stderr ringfort compile --max-compile-memory 100M data.wasm -o out
    says "data.wasm: compiling it makes more than 25 MiB of machine code (a quarter of --max-compile-memory); raise"
    run -0 peak "$RINGFORT" compile --max-compile-memory 200M data.wasm -o out
    peak_is_below 200
}

@test "a_limit_of_the_caller_is_named_as_such" {
    is_sanitized && return
    bomb functions
    run -125 --separate-stderr bash -c 'ulimit -v 500000; exec "$0" run --no-cache functions.wasm' "$RINGFORT"
    says "functions.wasm: compiling it needs more memory than the 488.3 MiB that this process may have (ulimit"
    run -125 --separate-stderr bash -c 'ulimit -d 50000; exec "$0" run --no-cache functions.wasm' "$RINGFORT"
    says "(ulimit -v or -d)"
    run -125 --separate-stderr bash -c 'ulimit -t 1; exec "$0" run --no-cache functions.wasm' "$RINGFORT"
    says "functions.wasm: compiling it needs more processor time than this process may have (ulimit -t)"
}

@test "a_small_stack_is_enough_to_compile" {
    run -0 bash -c 'ulimit -s 64; exec "$0" run --no-cache "$1"' "$RINGFORT" "$(guest hello)"
    [ "$output" = "hello world" ]
}

# ---- Reading ----

@test "a_file_larger_than_max_module_size_is_refused_unread" {
    truncate -s 5G sparse.wasm
    for command in run "compile -o out" inspect; do
        # shellcheck disable=SC2086
        run -125 --separate-stderr peak "$RINGFORT" $command sparse.wasm
        says "sparse.wasm: is larger than 512 MiB (--max-module-size); raise the limit if you trust the file"
        peak_is_below 60
        # shellcheck disable=SC2086
        run -125 --separate-stderr peak "$RINGFORT" $command - <sparse.wasm
        says "stdin: is larger than 512 MiB (--max-module-size)"
        peak_is_below 60
    done
}

@test "a_stream_is_read_up_to_max_module_size" {
    run -125 --separate-stderr peak "$RINGFORT" run --max-module-size 1M - </dev/zero
    says "stdin: is larger than 1 MiB (--max-module-size)"
    run -125 --separate-stderr peak "$RINGFORT" run --max-module-size 1M /dev/zero
    says "/dev/zero: is larger than 1 MiB (--max-module-size)"
    peak_is_below 60
    size=$(stat -c %s "$PROBE")
    run -7 ringfort run --max-module-size "$size" - exit 7 <"$PROBE"
    run -7 bash -c 'cat "$1" | "$0" run --max-module-size "$2" - exit 7' "$RINGFORT" "$PROBE" "$size"
    run -125 --separate-stderr bash -c 'cat "$1" | "$0" run --max-module-size "$2" - exit 7' "$RINGFORT" "$PROBE" \
        $((size - 1))
    says "stdin: is larger than "
    run -125 --separate-stderr ringfort run --max-module-size $((size - 1)) "$PROBE"
    says "(--max-module-size)"
}

@test "a_text_that_stands_for_too_large_a_module_is_refused" {
    echo '(module (memory 1) (data (i32.const 0) "'"$(head -c 3000 /dev/zero | tr '\0' x)"'"))' >data.wat
    run -0 ringfort compile --max-module-size 3100 data.wat -o out
    # An instruction that is short in text and long in binary.
    python3 -c 'print("(module (func", "i64.const -9223372036854775808 drop " * 300, "))")' >short.wat
    run -0 ringfort compile --max-module-size 20000 short.wat -o out
    run -125 --separate-stderr ringfort compile --max-module-size 100 data.wat -o out
    says "data.wat: is larger than 100 bytes (--max-module-size)"
}

@test "reading_is_inside_the_timeout" {
    mkfifo fifo
    exec 7<>fifo
    run -124 --separate-stderr ringfort run --timeout 200ms - <&7
    says "stdin: reading it did not end within 200ms (--timeout); raise the limit"
    printf '\0asm' >&7
    run -124 --separate-stderr ringfort run --timeout 200ms fifo
    says "fifo: reading it did not end within 200ms (--timeout)"
    exec 7>&-
    run -124 --separate-stderr ringfort run --timeout 200ms fifo # nobody writes
    says "fifo: reading it did not end within 200ms (--timeout)"
}

@test "a_fifo_is_read_when_its_writer_comes" {
    mkfifo fifo
    { sleep 0.3; cat "$PROBE" >fifo; } &
    run -7 ringfort run --timeout 1m fifo exit 7
    { sleep 0.3; cat "$PROBE" >fifo; } &
    run -7 ringfort run fifo exit 7
}

# ---- The process that compiles ----

@test "a_compiler_process_has_no_files_and_a_filter" {
    is_sanitized && return # its walls are off
    bomb live
    "$RINGFORT" run --no-cache --dir . live.wasm &
    parent=$!
    child=$(compiler_of "$parent")
    for _ in $(seq 200); do
        grep -q '^Seccomp:.*2$' "/proc/$child/status" && break
        sleep 0.01
    done
    cat "/proc/$child/status" >status
    cat "/proc/$child/limits" >limits
    (cd "/proc/$child/fd" && echo ./*) >files
    kill -9 "$child"
    status=0
    wait "$parent" || status=$?
    [ "$status" = 125 ]
    grep -q '^Seccomp:.*2$' status
    grep -q '^NoNewPrivs:.*1$' status
    grep -q '^CapEff:.*0000000000000000$' status
    grep -q '^Max core file size  *0  *0 ' limits
    grep -q '^Max open files  *3  *3 ' limits
    grep -q '^Max data size  *2147483648  *2147483648 ' limits
    grep -q '^Max cpu time  *301 ' limits
    [ "$(cat files)" = "./1 ./2" ]
}

@test "lockdown_off_leaves_the_filter_out_and_keeps_the_limits" {
    bomb live
    run -125 --separate-stderr ringfort run --no-cache --lockdown off --max-compile-time 100ms live.wasm
    says "(--max-compile-time)"
    for mode in off auto strict; do
        run -0 ringfort run --no-cache --lockdown "$mode" "$(guest hello)"
        [ "$output" = "hello world" ]
    done
}

@test "a_compiler_process_that_is_killed_is_125_and_says_so" {
    bomb live
    "$RINGFORT" run --no-cache live.wasm 2>message &
    parent=$!
    kill -9 "$(compiler_of "$parent")"
    status=0
    wait "$parent" || status=$?
    [ "$status" = 125 ]
    grep -q 'live.wasm: compiling it was ended from outside (SIGKILL), perhaps because the system has no memory' message
    "$RINGFORT" run --no-cache live.wasm 2>message &
    parent=$!
    kill -ABRT "$(compiler_of "$parent")"
    status=0
    wait "$parent" || status=$?
    [ "$status" = 125 ]
    grep -q 'live.wasm: compiling it crashed by signal 6 (Aborted); report it' message
}

@test "a_compiler_process_that_is_stopped_is_ended_in_time" {
    bomb live
    "$RINGFORT" run --no-cache --timeout 500ms live.wasm 2>message &
    parent=$!
    kill -STOP "$(compiler_of "$parent")"
    status=0
    wait "$parent" || status=$?
    [ "$status" = 124 ]
    grep -q "did not end within 500ms (--timeout)" message
    "$RINGFORT" run --no-cache --max-compile-time 200ms live.wasm 2>message &
    parent=$!
    kill -STOP "$(compiler_of "$parent")"
    status=0
    wait "$parent" || status=$?
    [ "$status" = 125 ]
    grep -q "did not end within ten times 200ms, nor within ten seconds (--max-compile-time); raise" message
}

@test "the_compiler_process_ends_with_its_parent" {
    bomb live
    for signal in TERM INT KILL; do
        # A shell makes the programs in its background ignore SIGINT.
        python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$RINGFORT" run --no-cache live.wasm &
        parent=$!
        child=
        for _ in $(seq 500); do
            [ "$(cat "/proc/$parent/comm")" = ringfort ] && child=$(compiler_of "$parent") && break
            sleep 0.01
        done
        kill -"$signal" "$parent"
        status=0
        wait "$parent" || status=$?
        [ "$status" = $((128 + $(kill -l "$signal"))) ]
        for _ in $(seq 200); do
            [ -e "/proc/$child" ] || break
            sleep 0.01
        done
        [ ! -e "/proc/$child" ] || grep -q '^State:.*Z' "/proc/$child/status"
    done
}

@test "what_the_compiler_refuses_is_said_once_and_escaped" {
    run -125 --separate-stderr ringfort run --no-cache --color always "$(guest foreign_import)"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == $'\033[1;31mringfort:\033[0m '* ]]
    [[ ${stderr#*0m } != *$'\033'* ]]
}

# ---- Progress ----

on_terminal() {
    TERM=xterm python3 "$BATS_TEST_DIRNAME/on_terminal.py" "$@"
}

@test "compiling_for_more_than_a_second_is_shown_on_a_terminal" {
    bomb live
    run -124 on_terminal "$RINGFORT" run --no-cache --timeout 2500ms live.wasm
    [[ $output == *$'\rringfort: compiling live.wasm (195.1 KiB)... 1 s\033[K'* ]]
    [[ $output == *$'\rringfort: compiling live.wasm (195.1 KiB)... 2 s\033[K\r\033[K'*"(--timeout)"* ]]
    run -124 on_terminal "$RINGFORT" run --no-cache --timeout 500ms live.wasm
    [[ $output != *"..."* ]]
}

@test "progress_is_shown_neither_in_a_pipe_nor_to_who_asked_for_quiet" {
    bomb live
    run -124 --separate-stderr ringfort run --no-cache --timeout 1500ms live.wasm
    says "(--timeout)"
    run -124 on_terminal "$RINGFORT" run --quiet --no-cache --timeout 1500ms live.wasm
    [[ $output != *"..."* ]]
    run -124 on_terminal env NO_COLOR=1 "$RINGFORT" run --no-cache --timeout 1500ms live.wasm
    [[ $output != *"..."* ]]
    run -124 on_terminal env TERM=dumb "$RINGFORT" run --no-cache --timeout 1500ms live.wasm
    [[ $output != *"..."* ]]
}

# ---- Words ----

@test "limits_on_compiling_that_make_no_sense_are_2" {
    for command in run compile inspect; do
        for option in max-compile-memory max-module-size; do
            for value in "" 0 -1 x 65T 99999999999999999999; do
                run -2 --separate-stderr ringfort "$command" "--$option" "$value" x
                says "--$option $value: invalid size; use a number with K, M or G, such as 512M"
            done
        done
        for value in "" 0 -1 x 99999999999h; do
            run -2 --separate-stderr ringfort "$command" --max-compile-time "$value" x
            says "--max-compile-time $value: invalid time; use a number with ms, s or m, such as 30s"
        done
    done
}

@test "the_policy_has_the_limits_on_compiling" {
    run -0 ringfort run --print-policy "$(guest hello)"
    [[ $output == *$'\nlimit.module-size 536870912\nlimit.compile-memory 2147483648\nlimit.compile-time 300000\n'* ]]
    run -0 ringfort run --print-policy --max-module-size 1M --max-compile-memory 100M --max-compile-time 1.5s \
        "$(guest hello)"
    [[ $output == *$'\nlimit.module-size 1048576\nlimit.compile-memory 104857600\nlimit.compile-time 1500\n'* ]]
}
