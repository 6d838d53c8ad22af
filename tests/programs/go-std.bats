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
    local grants=(--dir '/::/' --env "PWD=$GOROOT/src/$1" --env PATH --env "HOME=$box" --env "TMPDIR=$box")
    cd "$GOROOT/src/$1" || return
    "$RINGFORT" run "${grants[@]}" "$program" -test.list . >"$BATS_TEST_TMPDIR/tests" </dev/null
    timeout 300 "$RINGFORT" run "${grants[@]}" "$program" -test.v=test2json \
        >"$BATS_TEST_TMPDIR/log" 2>&1 </dev/null || code=$?
    if ! awk -v package="$1" -v status="$code" -f "$programs/go-verdict.awk" \
        "$programs/go-std.txt" "$BATS_TEST_TMPDIR/tests" "$BATS_TEST_TMPDIR/log"; then
        grep -v -E $'\026 *(=== |--- (PASS|SKIP):)' "$BATS_TEST_TMPDIR/log" | tail -n 200
        return 1
    fi
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
