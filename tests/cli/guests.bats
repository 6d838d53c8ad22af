# C programs built with wasi-libc: what a libc makes of the calls, seen from outside.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# program NAME: a guest built from tests/guests/NAME.c
program() {
    printf '%s\n' "$WASM_GUESTS/$1.wasm"
}

# in_a_box NAME: runs it with an empty folder as /box, and a secret beside that folder; both end as they were
in_a_box() {
    mkdir -p place/box
    cd place
    echo canary >secret
    run -0 --separate-stderr ringfort run --dir box::/box "$(program "$1")"
    [ "$output" = "$1: all is well" ]
    [ -z "$stderr" ]
    [ "$(cat secret)" = canary ]
    [ -z "$(ls -A box)" ]
    [ "$(ls -A)" = "$(printf 'box\nsecret')" ]
}

@test "hello_prints_to_stdout_and_stderr" {
    run -0 --separate-stderr ringfort run "$(program hello)"
    [ "$output" = "hello, world" ]
    [ "$stderr" = "hello, errors" ]
}

@test "a_program_sees_its_arguments_as_they_are" {
    run -0 ringfort run --argv0 me "$(program args_env)" one "two words" "" --dir "café" $'new\nline'
    [ "${lines[0]}" = "argument 0 [me]" ]
    [ "${lines[1]}" = "argument 1 [one]" ]
    [ "${lines[2]}" = "argument 2 [two words]" ]
    [ "${lines[3]}" = "argument 3 []" ]
    [ "${lines[4]}" = "argument 4 [--dir]" ]
    [ "${lines[5]}" = "argument 5 [café]" ]
    [ "${lines[6]}" = "argument 6 [new" ]
    [ "${lines[7]}" = "line]" ]
    [ "${#lines[@]}" -eq 8 ]
}

@test "a_program_sees_the_environment_it_was_given_and_no_other" {
    export SECRET_OF_THE_HOST=canary
    run -0 ringfort run --argv0 me --env A=1 --env "B=x=y z" --env C= "$(program args_env)"
    [ "$output" = "$(printf '%s\n' 'argument 0 [me]' 'environment [A=1]' 'environment [B=x=y z]' 'environment [C=]')" ]
}

@test "files_are_made_written_read_renamed_and_removed" {
    in_a_box files
}

@test "directories_are_made_listed_and_removed" {
    in_a_box directories
}

@test "links_are_made_followed_and_lead_nowhere_outside" {
    in_a_box links
}

@test "a_directory_that_was_opened_without_asking_for_rights_can_be_used" {
    in_a_box rights
}

@test "a_program_without_a_folder_finds_none" {
    run -1 --separate-stderr ringfort run "$(program files)"
    [[ $stderr == *"does not hold"* ]]
}

@test "a_program_in_a_read_only_folder_changes_nothing" {
    mkdir box
    echo kept >box/a
    for guest in files directories links; do
        run -1 --separate-stderr ringfort run --ro box::/box "$(program $guest)"
        [[ $stderr == *"errno: Read-only file system"* ]]
    done
    [ "$(cat box/a)" = kept ]
    [ "$(ls -A box)" = a ]
}

@test "an_exit_code_is_the_commands_status" {
    for code in 0 1 2 33 125 126 127 200 255; do
        run -"$code" ringfort run "$(program exit_code)" return "$code"
        [ "$output" = "unflushed and at_exit ran" ]
        run -"$code" ringfort run "$(program exit_code)" exit "$code"
        [ "$output" = "unflushed and at_exit ran" ]
        run -"$code" ringfort run "$(program exit_code)" _Exit "$code"
        [ -z "$output" ]
    done
}

@test "abort_and_a_trap_are_134_with_the_place_on_stderr" {
    for how in abort trap; do
        run -134 --separate-stderr ringfort run "$(program exit_code)" "$how"
        [ -z "$output" ]
        [[ $stderr == *unreachable* ]]
    done
}

@test "poll_and_select_wait_for_input_that_comes_later" {
    mkfifo in
    ringfort run "$(program poll_sleep)" <in >out 2>errors 3>&- &
    guest=$!
    exec 9>in
    for _ in $(seq 500); do
        [ -s out ] && break
        sleep 0.02
    done
    [ "$(cat out)" = waiting ]
    echo "a line" >&9
    exec 9>&-
    wait "$guest"
    [ ! -s errors ]
    [ "$(cat out)" = "$(printf 'waiting\npoll_sleep: got a line')" ]
}

@test "pipes_and_files_are_no_terminals" {
    run -0 ringfort run "$(program isatty)" </dev/null
    [ "$output" = "$(printf '0 is no terminal\n1 is no terminal\n2 is no terminal')" ]
    echo text >in
    ringfort run "$(program isatty)" <in >out 2>errors
    [ "$(cat out)" = "$(printf '0 is no terminal\n1 is no terminal\n2 is no terminal')" ]
}

@test "a_terminal_is_a_terminal" {
    python3 - "$RINGFORT" "$(program isatty)" >out <<'END'
import os, pty, subprocess, sys
control, terminal = pty.openpty()
found = subprocess.run([sys.argv[1], "run", sys.argv[2]], stdin=terminal, stdout=subprocess.PIPE, stderr=terminal)
sys.stdout.write(found.stdout.decode())
sys.exit(found.returncode)
END
    [ "$(cat out)" = "$(printf '0 is a terminal\n1 is no terminal\n2 is a terminal')" ]
}

@test "random_bytes_differ_each_time" {
    run -0 ringfort run "$(program random)"
    [ "$output" = "random: all is well" ]
}

@test "the_clocks_run_and_agree_with_the_hosts" {
    before=$(date +%s)
    run -0 ringfort run "$(program clock)"
    [ "$output" -ge "$before" ]
    [ "$output" -le "$(date +%s)" ]
}

@test "a_megabyte_passes_through_pipes_unchanged" {
    head -c 1048576 /dev/urandom >in
    cat in | ringfort run "$(program cat)" 2>errors | cat >out
    cmp in out
    [ "$(cat errors)" = "1048576 bytes" ]
    ringfort run "$(program cat)" <in >out 2>/dev/null
    cmp in out
}

@test "a_reader_that_leaves_early_ends_the_program_with_an_error_not_a_signal" {
    {
        status=0
        head -c 1048576 /dev/zero | ringfort run "$(program cat)" 2>errors || status=$?
        echo "$status" >status
    } | head -c 1 >out
    [ "$(cat status)" = 1 ]
    [[ $(cat errors) == *"Broken pipe"* ]]
}
