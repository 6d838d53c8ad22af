#!/usr/bin/env bats
# What `make test-outside` makes of results: a failure needs its reason, and a reason needs its failure.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup() {
    load support
    outside=$programs/../outside
    list=$BATS_TEST_TMPDIR/list
    results=$BATS_TEST_TMPDIR/results
    printf '# a comment\nbad one\tit needs a fork\n' >"$list"
}

# verdict RESULTS: the judgement on these lines
verdict() {
    printf '%b' "$1" >"$results"
    run awk -F'\t' -v suite=some -v units='1 program' -f "$outside/verdict.awk" "$list" "$results"
}

# fails LINE: the last judgement is a failure, whose first line is LINE
fails() {
    equals "${lines[0]}" "$1"
    equals "$status" 1
}

good='run\tgood\npass\tgood\n'
bad='run\tbad one\nfail\tbad one\n'

@test "a suite whose failures are all in the list passes, and its tests are counted" {
    verdict "$good$bad"'skip\tanother\n'
    equals "$output" \
        'some: 1 program, 1 tests passed, 1 skipped by the suite itself, 1 expected failures, 0 unexpected'
    equals "$status" 0
}

@test "a failure that the list does not have fails the suite" {
    verdict "$good$bad"'fail\tworse\n'
    fails 'some: worse failed'
    verdict "$good$bad"'fail\ttwice\npass\ttwice\n'
    fails 'some: twice failed'
}

@test "a test without a verdict has failed" {
    verdict "$good$bad"'run\tlast\n'
    fails 'some: last failed (it ended the program, or ran out of time)'
    verdict "$good"'run\tbad one\n'
    equals "$status" 0
}

@test "a listed test that passes or is skipped fails the suite" {
    verdict "$good"'run\tbad one\npass\tbad one\n'
    fails 'some: bad one is in the list of failures, but its verdict is pass; remove it from the list'
    verdict "$good"'skip\tbad one\n'
    fails 'some: bad one is in the list of failures, but its verdict is skip; remove it from the list'
}

@test "a listed name that no test has fails the suite" {
    verdict "$good"
    fails 'some: bad one is in the list of failures, but no test has this name; remove it from the list'
}

@test "a suite in which nothing passed, a line without a reason and a line that is no result fail" {
    verdict "$bad"
    fails 'some: no test passed'
    verdict "$good$bad"'Segmentation fault\n'
    fails 'some: not a line of results: Segmentation fault'
    printf 'bad one\n' >"$list"
    verdict "$good$bad"
    fails 'some: line 1 of the list is not a name, a tab and a reason: bad one'
    printf 'bad one\ta\nbad one\tb\n' >"$list"
    verdict "$good$bad"
    fails 'some: the list has bad one twice'
}

@test "the log of a Go program gives a line for each test, and one for the program" {
    local tests=$BATS_TEST_TMPDIR/tests log=$BATS_TEST_TMPDIR/log
    printf 'TestA\nTestB\nTestC\nBenchmarkD\n' >"$tests"
    printf '\026--- PASS: TestA (0.01s)\n    \026    --- FAIL: TestB/x (0.00s)\n\026--- FAIL: TestB (0.00s)\n' >"$log"
    run bash -c 'awk -v package=some -f "$1" "$2" "$3" | sort' _ "$outside/go-results.awk" "$tests" "$log"
    equals "$output" $'fail\tsome:TestB/x\npass\tsome\npass\tsome:TestA\nrun\tsome:TestC'
    printf '\026--- PASS: TestA (0.01s)\n' >"$log"
    run awk -v package=some -f "$outside/go-results.awk" /dev/null "$log"
    [[ $output == *$'fail\tsome' ]]
    printf '\026PASS\n' >>"$log"
    run awk -v package=some -f "$outside/go-results.awk" /dev/null "$log"
    [[ $output == *$'pass\tsome' ]]
}
