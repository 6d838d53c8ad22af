# Limits: wall time, fuel, memory, tables, descriptors.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "timeout_ends_a_loop_with_124" {
    run -124 --separate-stderr ringfort run --timeout 2s "$(guest spin)" # it is compiled within that time
    [ "$output" = x ]
    says "$(guest spin): was ended after its time of 2s (--timeout)"
}

@test "timeout_ends_a_loop_in_the_start_section" {
    run -124 --separate-stderr ringfort run --timeout 300ms "$(guest start_section_spins)"
    says "(--timeout)"
}

@test "timeout_ends_a_sleep" {
    started=$(milliseconds)
    run -124 --separate-stderr ringfort run --timeout 300ms "$PROBE" sleep 60
    says "(--timeout)"
    [ $(($(milliseconds) - started)) -lt 5000 ]
}

@test "timeout_ends_a_blocked_read_from_a_pipe" {
    mkfifo fifo
    exec 7<>fifo
    run -124 --separate-stderr ringfort run --timeout 300ms "$PROBE" copy <&7
    exec 7>&-
    says "(--timeout)"
}

@test "timeout_ends_a_poll" {
    mkfifo fifo
    exec 7<>fifo
    run -124 --separate-stderr ringfort run --timeout 300ms "$PROBE" poll <&7
    exec 7>&-
    says "(--timeout)"
}

@test "timeout_ends_a_write_to_a_full_pipe" {
    mkfifo fifo
    exec 7<>fifo
    run -124 --separate-stderr ringfort run --timeout 300ms "$PROBE" copy </dev/zero >&7
    exec 7>&-
    says "(--timeout)"
}

@test "timeout_ends_an_accept" {
    run -124 --separate-stderr ringfort run --quiet --listen 127.0.0.1:0 --timeout 300ms "$PROBE" serve 3
    says "(--timeout)"
}

@test "timeout_ends_a_guest_that_nothing_else_can_stop" {
    # Between two instructions of one long straight line the engine never looks at the time.
    {
        echo '(module (memory (export "memory") 8192) (func (export "_start")'
        yes '(memory.fill (i32.const 0) (i32.const 1) (i32.const 536870912))' | head -n 400
        echo '))'
    } >busy.wat
    run -0 ringfort compile --interruptible busy.wat -o busy.code
    started=$(milliseconds)
    run -124 --separate-stderr ringfort run --allow-precompiled --timeout 300ms busy.code
    says "busy.code: was ended after its time of 300ms (--timeout)"
    [ $(($(milliseconds) - started)) -lt 15000 ]
}

@test "a_guest_that_ends_in_time_is_not_disturbed" {
    run -3 --separate-stderr ringfort run --timeout 1m "$PROBE" exit 3
    [ -z "$stderr" ]
}

@test "an_exit_code_of_124_is_told_from_a_timeout_by_its_silence" {
    run -124 --separate-stderr ringfort run --timeout 1m "$PROBE" exit 124
    [ -z "$stderr" ]
}

@test "timeout_takes_every_unit" {
    for time in 20000000us 20000000000ns 20000ms 20s 20 0.5m 1min 1h 1.5h; do
        run -0 ringfort run --timeout "$time" "$(guest hello)"
    done
}

@test "a_time_that_is_none_is_2" {
    for time in "" 0 0s -1 1x s .5s 1.s 1e3 99999999999h 18446744073709551616 " 1s" "1 s"; do
        run -2 --separate-stderr ringfort run --timeout "$time" "$(guest hello)"
        says "--timeout $time: a time is meant such as"
    done
}

@test "fuel_ends_a_loop_with_124_and_says_so" {
    run -124 --separate-stderr ringfort run --fuel 100000 "$(guest spin)"
    [ "$output" = x ]
    says "$(guest spin): ran out of its fuel of 100000 (--fuel)"
}

@test "fuel_ends_the_start_section" {
    run -124 --separate-stderr ringfort run --fuel 1000 "$(guest start_section_spins)"
    says "(--fuel)"
}

@test "enough_fuel_is_enough" {
    run -0 ringfort run --fuel 1000 "$(guest hello)"
    [ "$output" = "hello world" ]
}

@test "fuel_is_deterministic" {
    run -124 ringfort run --fuel 13 "$(guest spin)"
    first=$output
    for _ in 1 2 3; do
        run -124 ringfort run --fuel 13 "$(guest spin)"
        [ "$output" = "$first" ]
    done
}

@test "a_fuel_that_is_none_is_2" {
    for fuel in "" 0 -1 1.5 1k 18446744073709551616; do
        run -2 --separate-stderr ringfort run --fuel "$fuel" "$(guest hello)"
        says "--fuel $fuel: a number of instructions is meant"
    done
}

@test "fuel_and_timeout_go_together" {
    run -124 --separate-stderr ringfort run --fuel 1000000000000 --timeout 300ms "$(guest spin)"
    says "(--timeout)"
    run -124 --separate-stderr ringfort run --fuel 1000 --timeout 1m "$(guest spin)"
    says "(--fuel)"
}

@test "memory_is_limited_to_1_gib" {
    run -0 ringfort run "$PROBE" grow 16000
    [ "$output" = grown ]
    run -0 ringfort run "$PROBE" grow 16400
    [ "$output" = refused ]
}

@test "max_memory_sets_the_limit" {
    run -0 ringfort run --max-memory 16M "$PROBE" grow 300
    [ "$output" = refused ]
    run -0 ringfort run --max-memory 32M "$PROBE" grow 300
    [ "$output" = grown ]
    run -0 ringfort run --max-memory 3GiB "$PROBE" grow 40000
    [ "$output" = grown ]
}

@test "a_module_that_begins_above_the_limit_is_125" {
    run -125 --separate-stderr ringfort run "$(guest huge_memory)"
    says "32768 pages exceeds memory limits (--max-memory)"
    run -0 ringfort run --max-memory 2G "$(guest huge_memory)"
    run -125 --separate-stderr ringfort run --max-memory 0 "$(guest hello)"
    says "(--max-memory)"
}

@test "several_memories_share_the_limit" {
    run -0 ringfort run "$(guest memories)"
    run -2 ringfort run --max-memory 1300M "$(guest memories)"
}

@test "a_shared_memory_above_the_limit_is_125" {
    run -125 --separate-stderr ringfort run "$(guest huge_shared_memory)"
    says "its shared memory may grow to 4 GiB; --max-memory must allow that"
    run -0 ringfort run --max-memory 4G "$(guest huge_shared_memory)"
}

@test "the_heap_of_collected_objects_is_limited" {
    run -134 --separate-stderr ringfort run --max-memory 16M "$(guest collector)"
    [[ ${stderr_lines[0]} == *"GC heap out of memory"* ]]
}

@test "tables_are_limited" {
    run -0 ringfort run "$(guest table)"
}

@test "a_size_that_is_none_is_2" {
    for size in "" -1 1X M 1.M 65T 99999999999999999999; do
        run -2 --separate-stderr ringfort run --max-memory "$size" "$(guest hello)"
        says "--max-memory $size: a size is meant such as"
    done
}

@test "open_files_are_limited_to_256" {
    echo x >file
    run -0 ringfort run --dir . "$PROBE" open-many file
    [ "$output" = "252 No file descriptors available" ]
}

@test "max_open_files_sets_the_limit" {
    echo x >file
    run -0 ringfort run --dir . --max-open-files 10 "$PROBE" open-many file
    [ "$output" = "6 No file descriptors available" ]
}

@test "more_directories_than_open_files_are_125" {
    run -125 --separate-stderr ringfort run --max-open-files 3 --dir . "$PROBE"
    says "ringfort: "
}

@test "a_number_of_files_that_is_none_is_2" {
    for number in "" 0 -1 x 1.5 1048577; do
        run -2 --separate-stderr ringfort run --max-open-files "$number" "$(guest hello)"
        says "--max-open-files $number: a number is meant, 1 to 1048576"
    done
}

@test "a_small_address_space_is_enough" {
    # AddressSanitizer reserves terabytes, so that under it only the way through this code can be tested.
    limit=700000
    if is_sanitized; then
        limit=$((40 << 30))
    fi
    for _ in compiled cached; do
        run -0 bash -c 'ulimit -v "$2"; exec "$0" run "$1"' "$RINGFORT" "$(guest hello)" "$limit"
        [ "$output" = "hello world" ]
    done
    run -0 bash -c 'ulimit -v "$2"; exec "$0" run "$1" grow 1000' "$RINGFORT" "$PROBE" "$limit"
    [ "$output" = grown ]
    run -7 bash -c 'ulimit -v "$2"; exec "$0" run "$1"' "$RINGFORT" "$(guest shared_memory)" "$limit"
}

@test "a_memory_grows_in_linear_time_in_a_small_address_space" {
    # Page by page, each page used: copied each time, 200 MB would be 320 GB, which takes minutes.
    limit=2000000
    if is_sanitized; then
        limit=$((40 << 30))
    fi
    cat >grow.wat <<'WAT'
(module
  (memory (export "memory") 1)
  (func (export "_start") (local $pages i32)
    (loop $next
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
      (i32.store (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 1))
      (local.set $pages (i32.add (local.get $pages) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $pages) (i32.const 3200))))))
WAT
    run -0 bash -c 'ulimit -v "$2"; exec "$0" run --timeout 30s "$1"' "$RINGFORT" grow.wat "$limit"
}

@test "many_memories_have_room_in_a_small_address_space" {
    limit=700000
    if is_sanitized; then
        limit=$((40 << 30))
    fi
    {
        echo '(module (memory (export "memory") 1)'
        yes '(memory 1)' | head -n 99
        echo '(func (export "_start")))'
    } >many.wat
    run -0 bash -c 'ulimit -v "$2"; exec "$0" run "$1"' "$RINGFORT" many.wat "$limit"
}

@test "ulimit_f_0_is_no_obstacle_or_a_message" {
    # Behind a pipe, because neither the output nor a message could be written to a file.
    limited() {
        bash -c 'ulimit -f 0; "$0" "$@" 2>&1; echo "status $?"' "$RINGFORT" "$@" | cat
    }
    for options in "" --no-cache; do
        # shellcheck disable=SC2086
        [ "$(limited run $options "$(guest hello)")" = $'hello world\nstatus 0' ]
    done
    run limited compile "$(guest hello)" -o new
    remedy="raise the limit on files (ulimit -f)"
    [ "$output" = "ringfort: new: cannot be written: File too large; $remedy"$'\nstatus 125' ]
    run -0 ringfort compile "$(guest hello)" -o hello.code
    run limited run --allow-precompiled hello.code
    [ "$output" = "ringfort: hello.code: cannot be instantiated: File too large (os error 27); $remedy, \
or run the module itself"$'\nstatus 125' ]
}

@test "a_file_larger_than_ulimit_f_is_cut_and_the_signal_does_not_kill" {
    text=$(head -c 120000 /dev/zero | tr '\0' x)
    run bash -c 'ulimit -f 100; "$0" run --no-cache --dir . "$1" put big "$2"' "$RINGFORT" "$PROBE" "$text"
    [ "$status" -lt 128 ]
    [ "$(stat -c %s big)" -eq 102400 ]
}

# notes TEXT: the last line on stderr is a note that names the limit and its option
notes() {
    [[ ${stderr_lines[-1]} == "ringfort: "*": met its limit of $1" ]] && return
    printf 'says instead: %s\n' "$stderr"
    return 1
}

@test "max_output_limits_both_streams_together_and_is_noted" {
    head -c 5000 /dev/zero >zeros
    run -1 --separate-stderr bash -c '"$0" run --max-output 4K "$1" copy <zeros >out' "$RINGFORT" "$PROBE"
    [ "$(stat -c %s out)" -eq 4096 ]
    notes "4 KiB of output (--max-output)"
    run -0 --separate-stderr ringfort run --quiet --max-output 10 "$PROBE" both
    [ "$output$stderr" = "to stdout" ]
}

@test "max_write_limits_all_that_is_written" {
    head -c 100 /dev/zero >zeros
    run -1 --separate-stderr ringfort run --max-write 10 --stdin zeros --stdout out "$PROBE" copy
    [ "$(stat -c %s out)" -eq 10 ]
    notes "10 bytes written (--max-write)"
}

@test "max_file_size_limits_each_file" {
    head -c 5000 /dev/zero >zeros
    run -1 --separate-stderr ringfort run --max-file-size 1K --stdin zeros --stdout out "$PROBE" copy
    [ "$(stat -c %s out)" -eq 1024 ]
    notes "1 KiB in a file (--max-file-size)"
}

@test "max_entries_limits_what_is_made" {
    mkdir box
    run -1 --separate-stderr ringfort run --max-entries 1 --dir box::/box "$WASM_GUESTS/directories.wasm"
    notes "1 new files, directories and links (--max-entries)"
}

@test "max_path_limits_paths" {
    echo x >file
    echo x >longer
    run -0 ringfort run --max-path 4 --dir . "$PROBE" cat file
    run -1 --separate-stderr ringfort run --max-path 4 --dir . "$PROBE" cat longer
    notes "4 bytes in a path (--max-path)"
}

@test "max_subscriptions_limits_a_poll" {
    cat >poll.wat <<'EOF'
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $proc_exit (call $poll (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 4096)))))
EOF
    run -0 ringfort run --max-subscriptions 3 poll.wat
    run -28 --separate-stderr ringfort run --max-subscriptions 2 poll.wat
    notes "2 subscriptions of a poll (--max-subscriptions)"
}

@test "max_table_elements_limits_tables" {
    run -0 ringfort run --max-table-elements 2000000 "$(guest table)"
    run -1 ringfort run --max-table-elements 2000001 "$(guest table)" # one more: it begins with one
}

@test "limits_that_make_no_sense_are_2" {
    for option in max-table-elements max-instances max-subscriptions max-write max-file-size max-entries max-output \
        max-path; do
        for value in "" 0 -1 x 99999999999999999999; do
            run -2 --separate-stderr ringfort run "--$option" "$value" "$(guest hello)"
            says "--$option $value: a "
        done
    done
    run -2 --separate-stderr ringfort run --max-path 4096 "$(guest hello)"
    says "--max-path 4096: a number is meant, 1 to 4095"
}

# grower FILE DECLARATIONS BODY: a module whose _start runs BODY, and exits with 3 where it did not end before
grower() {
    cat >"$1" <<WAT
(module (import "wasi_snapshot_preview1" "proc_exit" (func \$exit (param i32)))
  (memory (export "memory") 1) $2
  (func (export "_start") (local \$i i32) $3 (call \$exit (i32.const 3))))
WAT
}

@test "memory_that_was_refused_is_noted" {
    grower m.wat '' '(drop (memory.grow (i32.const 16384)))'
    run -3 --separate-stderr ringfort run m.wat
    notes "1 GiB of memory (--max-memory)"
    grower m.wat '(table $t 1 funcref)' '(drop (table.grow $t (ref.null func) (i32.const 400000)))'
    run -3 --separate-stderr ringfort run --max-memory 1M m.wat
    notes "1 MiB of memory (--max-memory)"
    run -3 --separate-stderr ringfort run --max-table-elements 1000 m.wat
    notes "1000 elements of a table (--max-table-elements)"
    run -3 --separate-stderr ringfort run --max-memory 8M m.wat
    [ -z "$stderr" ]
}

@test "what_begins_above_a_limit_names_the_option" {
    grower m.wat '(table 400000 funcref)' ''
    run -125 --separate-stderr ringfort run --max-memory 1M m.wat
    says "(--max-memory)"
    run -125 --separate-stderr ringfort run --max-table-elements 1000 m.wat
    says "(--max-table-elements)"
}

@test "memories_tables_and_collected_objects_share_the_limit" {
    grower m.wat '(type $a (array (mut i8))) (type $n (struct (field (ref $a)) (field (ref null $n))))
        (global $head (mut (ref null $n)) (ref.null $n))' \
        '(drop (memory.grow (i32.const 500))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 32768000))
        (loop $l (global.set $head (struct.new $n (array.new $a (i32.const 5) (i32.const 1000000)) (global.get $head)))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60))))'
    run -0 ringfort compile m.wat -o m.code # the compiler has another limit
    run -134 --separate-stderr peak $((48 << 20)) "$RINGFORT" run --allow-precompiled --max-memory 48M m.code
    [[ $stderr == *"GC heap out of memory"*"met its limit of 48 MiB of memory (--max-memory)" ]]

    tables='' grow=''
    for i in {1..100}; do
        tables+="(table \$t$i 1 funcref) "
        grow+="(drop (table.grow \$t$i (ref.null func) (i32.const 800000))) "
    done
    grower m.wat "$tables" "$grow"
    run -0 ringfort compile m.wat -o m.code
    run -3 --separate-stderr peak $((16 << 20)) "$RINGFORT" run --allow-precompiled --max-memory 16M m.code
    notes "16 MiB of memory (--max-memory)"
}
