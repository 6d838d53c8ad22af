# --threads: guests that spawn threads.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# threads FILE THREAD START: a module whose threads run THREAD and whose _start runs START
threads() {
    cat >"$1" <<WAT
(module
  (import "env" "memory" (memory 1 65536 shared))
  (import "wasi" "thread-spawn" (func \$spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func \$proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func \$yield (result i32)))
  (export "memory" (memory 0))
  (func \$thread (export "wasi_thread_start") (param \$tid i32) (param \$argument i32) $2)
  (func (export "_start") (local \$n i32) $3))
WAT
}

spin='(loop $a (br $a))'
wait='(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))'
spawn='(drop (call $spawn (i32.const 0)))'

@test "a_guest_spawns_threads_where_it_may" {
    run -5 --separate-stderr ringfort run --threads "$(guest threads)"
    [ -z "$stderr" ]
    run -5 ringfort run --threads=1 "$(guest threads)"
}

@test "without_threads_such_a_guest_is_125_with_the_remedy" {
    run -125 --separate-stderr ringfort run "$(guest threads)"
    says "$(guest threads): needs threads; --threads lets it spawn them"
}

@test "an_imported_shared_memory_alone_needs_threads" {
    cat >m.wat <<'WAT'
(module
  (import "env" "memory" (memory 1 2 shared))
  (export "memory" (memory 0))
  (func (export "_start")))
WAT
    run -125 --separate-stderr ringfort run m.wat
    says "needs threads"
    run -0 ringfort run --threads m.wat
}

@test "threads_change_nothing_for_other_guests" {
    run -0 ringfort run --threads "$(guest hello)"
    [ "$output" = "hello world" ]
    run -0 ringfort run --threads --invoke double "$(guest functions)" 2
    [ "$output" = 4 ]
}

@test "the_number_of_threads_is_limited" {
    threads m.wat "$wait" '(loop $a (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $a)))) (call $proc_exit (local.get $n))'
    run -3 ringfort run --threads=3 m.wat
    run -64 ringfort run --threads m.wat
}

@test "the_end_of_start_ends_all_threads" {
    for body in "$spin" "$wait"; do
        threads m.wat "$body" "$spawn $spawn $spawn"
        run -0 --separate-stderr timeout 20 "$RINGFORT" run --threads m.wat
        [ -z "$stderr" ]
    done
}

@test "the_exit_of_a_thread_ends_all" {
    for body in "$spin" "$wait"; do
        threads m.wat '(call $proc_exit (i32.const 7))' "$spawn $body"
        run -7 --separate-stderr timeout 20 "$RINGFORT" run --threads m.wat
        [ -z "$stderr" ]
    done
}

@test "the_trap_of_a_thread_ends_all_with_134" {
    threads m.wat unreachable "$spawn $wait"
    run -134 --separate-stderr timeout 20 "$RINGFORT" run --threads m.wat
    [[ ${stderr_lines[0]} == "ringfort: m.wat: "*unreachable* ]]
    [[ $stderr == *"at thread"* ]]
}

@test "timeout_ends_all_threads" {
    for thread in "$spin" "$wait"; do
        for main in "$spin" "$wait"; do
            threads m.wat "$thread" "$spawn $spawn $main"
            run -124 --separate-stderr timeout 20 "$RINGFORT" run --threads --timeout 300ms m.wat
            says "m.wat: was ended after its time of 300ms (--timeout)"
        done
    done
}

@test "fuel_ends_a_thread_and_so_all" {
    threads m.wat "$spin" "$spawn $wait"
    run -124 --separate-stderr timeout 20 "$RINGFORT" run --threads --fuel 100000 m.wat
    says "(--fuel)"
}

@test "max_memory_limits_the_shared_memory" {
    threads m.wat '' '(call $proc_exit (i32.ne (memory.grow (i32.const 200)) (i32.const -1)))'
    run -1 ringfort run --threads m.wat
    run -0 ringfort run --threads --max-memory 1M m.wat
    run -125 --separate-stderr ringfort run --threads --max-memory 32K m.wat
    says "m.wat: "
}

@test "a_trace_of_threads_is_whole" {
    threads m.wat '(drop (call $yield)) (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))' \
        "$spawn $spawn $spawn $spawn
        (loop \$a (br_if \$a (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 4))))"
    run -0 ringfort run --threads --trace=json --trace-file trace m.wat
    run -0 python3 -c 'import json
print(sum(event["name"] == "sched_yield" for event in json.load(open("trace"))))'
    [ "$output" = 4 ]
}

@test "compiled_code_with_threads_must_be_interruptible" {
    run -0 ringfort compile "$(guest threads)" -o plain.code
    run -125 --separate-stderr ringfort run --allow-precompiled --threads plain.code
    says "was compiled without \`--interruptible\`, which a guest with threads needs"
    run -0 ringfort compile --interruptible "$(guest threads)" -o m.code
    run -5 ringfort run --allow-precompiled --threads m.code
}

@test "no_function_of_a_guest_with_threads_can_be_called" {
    run -125 --separate-stderr ringfort run --threads --invoke wasi_thread_start "$(guest threads)" 1 1
    says "only its _start can be run, not --invoke"
}

@test "what_threads_do_not_bring_is_still_unknown" {
    cat >m.wat <<'WAT'
(module
  (import "env" "memory" (memory 1 2 shared))
  (import "wasi" "thread-sprawn" (func))
  (func (export "_start")))
WAT
    run -125 --separate-stderr ringfort run --threads m.wat
    says "thread-sprawn"
    run -125 ringfort inspect m.wat
    [[ ${lines[-1]} == *"thread-sprawn"* ]]
}

@test "inspect_says_that_threads_are_needed" {
    run -0 ringfort inspect "$(guest threads)"
    [[ $output == *"import     memory env.memory"* ]]
    [[ $output == *"import     function wasi.thread-spawn (i32) -> i32"* ]]
    [[ $output == *"memory     from 64 KiB up to 4 GiB, imported, shared"* ]]
    [[ $output == *"threads    needed: --threads"* ]]
    [[ $output == *"run with   ringfort run --threads $(guest threads)"* ]]
}

@test "a_number_of_threads_that_is_none_is_2" {
    for number in 0 -1 x 65537 ""; do
        run -2 --separate-stderr ringfort run --threads="$number" "$(guest threads)"
        says "--threads=$number: a number is meant, 1 to 65536"
    done
}

# deep NAME BODY: a module whose every instance recurses in its start section before it spawns
deep() {
    cat >"$1" <<WAT
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func \$spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func \$proc_exit (param i32)))
  (export "memory" (memory 0))
  (func \$deep (param \$n i32) (result i32)
    (if (i32.eqz (local.get \$n)) (then (return (call \$spawn (i32.const 0)))))
    (i32.add (call \$deep (i32.sub (local.get \$n) (i32.const 1))) (local.get \$n)))
  (func \$begin (drop (call \$deep (i32.const 60000))))
  (start \$begin)
  (func (export "wasi_thread_start") (param i32 i32) $2)
  (func (export "_start") $3 (call \$proc_exit (i32.const 42))))
WAT
}

@test "start_sections_that_recurse_and_spawn_do_not_overflow_the_hosts_stack" {
    deep m.wat '' ''
    for lockdown in auto strict off; do
        run -42 --separate-stderr timeout 60 "$RINGFORT" run --threads --lockdown "$lockdown" m.wat
        [ -z "$stderr" ]
    done
    run -42 timeout 60 "$RINGFORT" run --threads=300 m.wat
}

@test "a_stack_overflow_of_a_thread_is_a_trap" {
    threads m.wat '(call $thread (i32.const 0) (i32.const 0)) (call $thread (i32.const 0) (i32.const 0))' "$spawn $wait"
    run -134 --separate-stderr timeout 60 "$RINGFORT" run --threads m.wat
    [[ $stderr == *"call stack exhausted"* ]]
}

# Of the threads that there may be, exits with the number that could be spawned, each with what it has written
many='(loop $a (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0))
    (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $a))))
  (loop $b (br_if $b (i32.lt_u (i32.atomic.load (i32.const 4)) (local.get $n)))) (call $proc_exit (local.get $n))'
ready='(drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))'

@test "max_memory_limits_memories_and_tables_of_all_threads_together" {
    threads m.wat "(memory.fill \$own (i32.const 0) (i32.const 7) (i32.const 6553600)) $ready $wait" "$many"
    sed -i 's/1 65536 shared/1 1 shared/; s/^  (export "memory"/  (memory $own 100) (table 100000 funcref)\n&/' m.wat
    run -0 ringfort compile --interruptible m.wat -o m.code
    run --separate-stderr peak $((64 << 20)) timeout 60 "$RINGFORT" run --allow-precompiled --threads=80 \
        --max-memory 64M m.code
    [ "$status" -ge 5 ]
    [ "$status" -le 10 ]
    [[ $stderr == *"met its limit of 64 MiB of memory (--max-memory)" ]]
}

@test "max_memory_limits_the_shared_memory_and_what_threads_have_beside_it" {
    threads m.wat "(loop \$g (br_if \$g (i32.ge_s (memory.grow \$own (i32.const 4)) (i32.const 0))))
        (memory.fill \$own (i32.const 0) (i32.const 7) (i32.mul (memory.size \$own) (i32.const 65536)))
        (loop \$g (br_if \$g (i32.ge_s (memory.grow (i32.const 4)) (i32.const 0))))
        (memory.fill (i32.const 65536) (i32.const 7) (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)))
        $ready $wait" "$many"
    sed -i 's/^  (export "memory"/  (memory $own 1)\n&/' m.wat
    run -0 ringfort compile --interruptible m.wat -o m.code
    run --separate-stderr peak $((64 << 20)) timeout 60 "$RINGFORT" run --allow-precompiled --threads=80 \
        --max-memory 64M m.code
    [ "$status" -ge 1 ]
    [ "$status" -le 80 ]
}

@test "a_shared_memory_that_is_full_is_noted" {
    threads m.wat '' '(loop $g (br_if $g (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
        (call $proc_exit (i32.const 3))'
    run -3 --separate-stderr ringfort run --threads --max-memory 1M m.wat
    says "m.wat: met its limit of 1 MiB of memory (--max-memory)"
}

@test "threads_that_end_give_their_memory_back" {
    threads m.wat "(table.fill \$t (i32.const 0) (ref.null func) (i32.const 500000)) $ready" \
        "(loop \$a (drop (call \$spawn (i32.const 0)))
          (br_if \$a (i32.lt_u (i32.atomic.load (i32.const 4)) (i32.const 300))))
        (call \$proc_exit (i32.const 42))"
    sed -i 's/1 65536 shared/1 1 shared/; s/^  (export "memory"/  (table $t 500000 funcref)\n&/' m.wat
    run -0 ringfort compile --interruptible m.wat -o m.code
    run -42 peak $((32 << 20)) timeout 60 "$RINGFORT" run --allow-precompiled --threads=64 --max-memory 32M m.code
}

@test "fuel_is_one_budget_of_all_threads" {
    work='(loop $w (br_if $w (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000))))'
    threads m.wat "(local \$i i32) $work
        (if (i32.ge_u (i32.atomic.rmw.add (i32.const 4) (i32.const 1)) (i32.const 3000))
          (then (call \$proc_exit (i32.const 42))))
        (loop \$again (br_if \$again (i32.lt_s (call \$spawn (i32.const 0)) (i32.const 0))))" "$spawn $wait"
    run -124 --separate-stderr timeout 60 "$RINGFORT" run --threads --fuel 1000000 m.wat
    says "m.wat: ran out of its fuel of 1000000 (--fuel)"
    run -42 timeout 100 "$RINGFORT" run --threads --fuel 10000000000 m.wat
}

@test "a_shared_memory_whose_waiters_nothing_wakes_is_refused" {
    cat >two.wat <<'WAT'
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory $own 1 1 shared)
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (memory.atomic.wait32 $own (i32.const 64) (i32.const 0) (i64.const -1))))
  (func (export "_start") (drop (call $spawn (i32.const 0)))))
WAT
    run -125 ringfort run --threads two.wat
    [[ $output == *"defines a shared memory of its own"* ]]
    cat >wide.wat <<'WAT'
(module
  (import "env" "memory" (memory i64 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (memory.atomic.wait32 (i64.const 64) (i32.const 0) (i64.const -1))))
  (func (export "_start") (drop (call $spawn (i32.const 0)))))
WAT
    run -125 ringfort run --threads wide.wat
    [[ $output == *"imports a 64-bit shared memory"* ]]
}
