# --trace: a line for each call, as text or as Chrome trace events.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# events FILE: the names of the events of a JSON trace, which must be whole and of the right form
events() {
    python3 - "$1" <<'PYTHON'
import json, sys
for event in json.load(open(sys.argv[1])):
    assert event["ph"] == "X", event
    assert isinstance(event["ts"], (int, float)) and event["dur"] >= 0, event
    assert "pid" in event and "tid" in event, event
    print(event["name"])
PYTHON
}

@test "trace_writes_a_line_for_each_call_to_stderr" {
    run -0 --separate-stderr ringfort run --trace "$(guest hello)"
    [ "$output" = "hello world" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr =~ ^fd_write\(fd=1,\ .*iovs_len=1.*\)\ =\ 0\ success.*\<.*\>$ ]]
}

@test "trace_text_is_trace" {
    run -0 --separate-stderr ringfort run --trace=text "$(guest hello)"
    [[ $stderr == fd_write* ]]
}

@test "trace_file_takes_the_trace" {
    echo old >trace
    run -0 --separate-stderr ringfort run --trace --trace-file trace "$PROBE" args
    [ -z "$stderr" ]
    grep -q '^args_get(' trace
    grep -q '^fd_write(fd=1' trace
    run -1 grep -vE '^[a-z_]+\(.*\) = ' trace
}

@test "trace_file_alone_means_text" {
    run -0 ringfort run --trace-file trace "$(guest hello)"
    [[ $(cat trace) == fd_write* ]]
}

@test "a_json_trace_is_whole" {
    run -0 --separate-stderr ringfort run --trace=json --trace-file trace "$PROBE" args
    [ -z "$stderr" ]
    run -0 events trace
    [[ $output == *args_get* ]]
    [[ $output == *fd_write* ]]
}

@test "a_json_trace_is_whole_after_an_early_exit" {
    run -7 ringfort run --trace=json --trace-file trace "$PROBE" exit 7
    run -0 events trace
    [[ ${lines[-1]} == proc_exit ]]
}

@test "a_json_trace_is_whole_after_a_trap" {
    run -134 ringfort run --trace=json --trace-file trace "$(guest pointer)"
    run -0 events trace
    [ "$output" = fd_write ]
}

@test "a_json_trace_is_whole_after_a_timeout" {
    run -124 ringfort run --timeout 2s --trace=json --trace-file trace "$(guest spin)" # it is compiled within that time
    run -0 events trace
    [ "$output" = fd_write ]
}

@test "a_json_trace_is_whole_where_the_guest_had_to_be_killed" {
    {
        echo '(module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))'
        echo '(memory (export "memory") 8192) (func (export "_start") (drop (call $yield))'
        yes '(memory.fill (i32.const 0) (i32.const 1) (i32.const 536870912))' | head -n 400
        echo '))'
    } >busy.wat
    run -0 ringfort compile --interruptible busy.wat -o busy.code
    run -124 ringfort run --allow-precompiled --timeout 300ms --trace=json --trace-file trace busy.code
    run -0 events trace
    [ "$output" = sched_yield ]
}

@test "a_json_trace_without_calls_is_whole" {
    run -0 ringfort run --trace=json --trace-file trace --invoke double "$(guest functions)" 1
    run -0 events trace
    [ -z "$output" ]
}

@test "a_json_trace_goes_to_stderr" {
    ringfort run --trace=json "$(guest hello)" 2>trace
    run -0 events trace
    [ "$output" = fd_write ]
}

@test "long_lines_are_whole" {
    printf -v name '%04000d' 0
    run -1 ringfort run --dir . --trace=json --trace-file trace "$PROBE" cat "$name"
    run -0 events trace
    [[ $output == *path_open* ]]
}

@test "a_trace_of_snapshot_0_is_written" {
    run -0 --separate-stderr ringfort run --trace "$(guest hello_unstable)"
    [[ $stderr == fd_write* ]]
}

@test "a_trace_file_that_cannot_be_opened_is_125" {
    run -125 --separate-stderr ringfort run --trace-file no/such "$(guest hello)"
    says "no/such: cannot be opened for --trace-file: No such file or directory"
}

@test "a_trace_that_cannot_be_written_is_noted_once_and_the_guest_runs_on" {
    run -0 --separate-stderr ringfort run --trace-file /dev/full "$PROBE" args
    [ "${lines[0]}" = "0=cli_probe.wasm" ]
    says "/dev/full: the trace cannot be written any more: No space left on device"
}

@test "another_format_is_2" {
    run -2 --separate-stderr ringfort run --trace=xml "$(guest hello)"
    says "--trace=xml: a trace is text or json"
}
