# Every call in every situation of docs/errnos.md, in the standard dialect.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

@test "each errno of the standard dialect is the one that docs/errnos.md says" {
    local errnos=$BATS_TEST_DIRNAME/../support/errnos.py
    "$errnos" measure "$WASM_GUESTS" "$PWD/tree" "$RINGFORT" run >measured
    "$errnos" check "$BATS_TEST_DIRNAME/../../docs/errnos.md" standard measured
}
