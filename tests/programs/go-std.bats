#!/usr/bin/env bats
# Go's own tests of the packages that lean on the host, each as one program on ringfort; go-std.txt has what may differ.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

packages='os io/fs path/filepath io bufio bytes strings time'

setup_file() {
    load support
    ringfort_is_given
    go=$("$programs/go.sh")
    GOROOT=$(GOTOOLCHAIN=local "$go" env GOROOT)
    export GOROOT
    # from Go's own module, whose version of the language the tests want; Go keeps what it compiled in its own cache
    cd "$GOROOT/src"
    # shellcheck disable=SC2086  # the list is to be split
    GOTOOLCHAIN=local GOFLAGS='' GOWORK=off GOOS=wasip1 GOARCH=wasm "$go" test -c -o "$BATS_FILE_TMPDIR/" $packages
}

setup() {
    load support
    fresh_folder
}

# go_passes PACKAGE: runs its tests as Go's own go_wasip1_wasm_exec would, in the folder of its sources.
go_passes() {
    local program=$BATS_FILE_TMPDIR/${1##*/}.test code=0
    # two of the tests read /proc
    local grants=(--dir '/::/' --allow-system-files)
    grants+=(--env "PWD=$GOROOT/src/$1" --env PATH --env "HOME=$box" --env "TMPDIR=$box")
    cd "$GOROOT/src/$1" || return
    "$RINGFORT" run "${grants[@]}" "$program" -test.list . >"$BATS_TEST_TMPDIR/tests" </dev/null
    timeout 300 "$RINGFORT" run "${grants[@]}" "$program" -test.v=test2json \
        >"$BATS_TEST_TMPDIR/log" 2>&1 </dev/null || code=$?
    if ! LC_ALL=C awk -v package="$1" -v status="$code" -f "$programs/go-verdict.awk" \
        "$programs/go-std.txt" "$BATS_TEST_TMPDIR/tests" "$BATS_TEST_TMPDIR/log"; then
        grep -v -E $'\026 *(=== |--- (PASS|SKIP):)' "$BATS_TEST_TMPDIR/log" | tail -n 200
        return 1
    fi
}

# verdict LOG [EXIT]: the judgement on the log of a package with three tests, one of which may be skipped
verdict() {
    printf 'skip some TestC(/x)? exec\n' >"$box/rows"
    printf 'TestA\nTestB\nTestC\nBenchmarkD\n' >"$box/tests"
    printf '%b' "$1" >"$box/log"
    run env LC_ALL=C awk -v package=some -v status="${2:-0}" -f "$programs/go-verdict.awk" "$box/rows" "$box/tests" \
        "$box/log"
}

@test "the verdict on a log sees failures, unknown skips, tests that did not end, and rows without a test" {
    local a='\026--- PASS: TestA (0.01s)\n' b='text\026--- PASS: TestB (0.00s)\n' end='\026PASS\n'
    local c='    \026    --- PASS: TestC/y (0.00s)\n\026--- SKIP: TestC (0.00s)\n'
    verdict "$a$b$c$end"
    equals "$output" 'some: 3 tests; with subtests 3 passed, 1 skipped by Go itself, 0 failed'
    equals "$status" 0
    verdict "$a$c$end" # TestB crashed, or never ran
    equals "$status" 1
    equals "${lines[0]}" 'some: TestB did not come to an end'
    verdict "${a/PASS/FAIL}$b$c$end"
    equals "$status" 1
    equals "${lines[0]}" 'some: TestA failed'
    verdict "${a/PASS/SKIP}$b$c$end"
    equals "$status" 1
    equals "${lines[0]}" 'some: TestA was skipped, and go-std.txt does not say why'
    verdict "$a$b${c/SKIP/PASS}$end"
    equals "$status" 1
    equals "${lines[0]}" 'some: go-std.txt expects skip of TestC(/x)?, which no test answered'
    verdict "$a$b$c$end" 134
    equals "$status" 1
    verdict "$a$b$c"
    equals "$status" 1
}

@test "Go's tests of os pass" {
    go_passes os
}

@test "Go's tests of io/fs pass" {
    go_passes io/fs
}

@test "Go's tests of path/filepath pass" {
    go_passes path/filepath
}

@test "Go's tests of io pass" {
    go_passes io
}

@test "Go's tests of bufio pass" {
    go_passes bufio
}

@test "Go's tests of bytes pass" {
    go_passes bytes
}

@test "Go's tests of strings pass" {
    go_passes strings
}

@test "Go's tests of time pass" {
    go_passes time
}
